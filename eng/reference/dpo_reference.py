#!/usr/bin/env python3
"""Direct preference optimisation in plain PyTorch, double precision, on the models of llama_reference.py.

  dpo_reference.py goldens DIR     writes dpo-pairs.json, dpo-gradients.safetensors and dpo-losses.json into the golden folders
  dpo_reference.py check DIR       recomputes the last two and compares

dpo-pairs.json holds token lists (prompt, chosen, rejected); every token of an answer is scored, none of the prompt. The gradients are of
the mean loss over all pairs, for every weight (reference: the same weights) and, under PEFT's names, for the adapter (reference: the
model without it). The losses are those of each step, for full training and for LoRA, with reward accuracy and margin.
"""
import json, math, os, sys
import torch
import torch.nn.functional as F
import llama_reference as llama

SETTINGS = dict(steps=50, batch=4, lr=4e-3, warmup=5, minimum=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8, decay=0.05, clip=1.0, seed=23, pairs=12)
CASES = {"llama-tied": dict(beta=0.1, smoothing=0.0), "qwen2-untied": dict(beta=0.3, smoothing=0.1)}


def answer_log_probability(config, w, lora, prompt, answer):
    tokens = torch.tensor(prompt + answer)
    log_p = llama.logits(config, w, lora, tokens)[:-1].log_softmax(-1)
    return log_p[torch.arange(len(tokens) - 1), tokens[1:]][len(prompt) - 1:].sum()


def both(config, w, lora, pair):
    return torch.stack([answer_log_probability(config, w, lora, pair["prompt"], pair[side]) for side in ("chosen", "rejected")])


def mean_loss(config, w, lora, pairs, references, dpo):
    """Mean loss of pairs, and of each its margin z."""
    z = torch.stack([dpo["beta"] * (lambda gain: gain[0] - gain[1])(both(config, w, lora, p) - r) for p, r in zip(pairs, references)])
    loss = -(1 - dpo["smoothing"]) * F.logsigmoid(z) - dpo["smoothing"] * F.logsigmoid(-z)
    return loss.mean(), z.detach()


def reference(config, w, pairs):
    with torch.no_grad():
        return [both(config, w, {}, p) for p in pairs]


def learning_rate(step):
    s = SETTINGS
    if step < s["warmup"]:
        return s["lr"] * (step + 1) / s["warmup"]
    progress = (step - s["warmup"]) / (s["steps"] - s["warmup"])
    return s["lr"] * (s["minimum"] + (1 - s["minimum"]) * 0.5 * (1 + math.cos(math.pi * progress)))


def train(config, w, lora, pairs, trained, dpo):
    s, references = SETTINGS, reference(config, w, pairs)
    optimizer = torch.optim.AdamW([dict(params=[p for p in trained if p.dim() > 1], weight_decay=s["decay"]),
                                   dict(params=[p for p in trained if p.dim() == 1], weight_decay=0.0)], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"])
    steps = []
    for step in range(s["steps"]):
        start = step * s["batch"] % len(pairs)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        optimizer.zero_grad()
        loss, z = mean_loss(config, w, lora, pairs[start:start + s["batch"]], references[start:start + s["batch"]], dpo)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, s["clip"])
        optimizer.step()
        steps.append(dict(loss=loss.item(), accuracy=(z > 0).double().mean().item(), margin=z.mean().item()))
    return steps


def make_pairs(vocabulary):
    g = torch.Generator().manual_seed(SETTINGS["seed"])
    tokens = lambda low, high: torch.randint(0, vocabulary, (int(torch.randint(low, high, (1,), generator=g)),), generator=g).tolist()
    return [dict(prompt=tokens(2, 12), chosen=tokens(1, 9), rejected=tokens(1, 9)) for _ in range(SETTINGS["pairs"])]


def results(folder, dpo):
    pairs = json.load(open(os.path.join(folder, "dpo-pairs.json")))
    gradients, runs = {}, {}
    for run in ("full", "lora"):
        load = lambda: llama.load_case(folder)[:4]
        config, w, tensors, lora = load()
        lora, trained = (lora, tensors) if run == "lora" else ({}, w)
        mean_loss(config, w, lora, pairs, reference(config, w, pairs), dpo)[0].backward()
        gradients.update({n: t.grad.clone() for n, t in trained.items()})
        config, w, tensors, lora = load()
        lora, trained = (lora, tensors) if run == "lora" else ({}, w)
        runs[run] = train(config, w, lora, pairs, list(trained.values()), dpo)
    return gradients, dict(training=SETTINGS, **dpo, **runs)


def main():
    mode, root = sys.argv[1:]
    for name, dpo in CASES.items():
        folder = os.path.join(root, name)
        if mode == "goldens":
            config = json.load(open(os.path.join(folder, "config.json")))
            llama.dump(os.path.join(folder, "dpo-pairs.json"), make_pairs(config["vocab_size"]))
        gradients, losses = results(folder, dpo)
        if mode == "goldens":
            llama.write_tensors(os.path.join(folder, "dpo-gradients.safetensors"), gradients)
            llama.dump(os.path.join(folder, "dpo-losses.json"), losses)
        else:
            stored, kept = llama.read_tensors(os.path.join(folder, "dpo-gradients.safetensors")), json.load(open(os.path.join(folder, "dpo-losses.json")))
            worst = max(((gradients[n] - stored[n]).abs().max() / gradients[n].abs().max()).item() for n in gradients)
            drift = max(abs(a["loss"] - b["loss"]) for k in ("full", "lora") for a, b in zip(losses[k], kept[k]))
            print(f"{name}: gradients within {worst:.1e}, losses within {drift:.1e}")
            assert worst < 1e-6 and drift < 1e-9
        print(f"{name}: full {losses['full'][0]['loss']:.4f} -> {losses['full'][-1]['loss']:.4f}, LoRA {losses['lora'][0]['loss']:.4f} -> {losses['lora'][-1]['loss']:.4f}")


if __name__ == "__main__":
    main()
