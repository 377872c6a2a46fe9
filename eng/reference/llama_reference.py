#!/usr/bin/env python3
"""The Llama family in plain PyTorch, double precision, one row at a time: what the engine is compared with.

  llama_reference.py goldens DIR     writes the golden folders of tests/ModelOps.Engine.Tests/Goldens
  llama_reference.py check DIR       recomputes them and compares

Needs Python and torch, nothing else. A golden folder holds config.json and model.safetensors (f32), rows.json (tokens and marks of the
scored ones), adapter/ (a LoRA initialisation in PEFT's format), gradients.safetensors (of the mean loss over all rows, for every weight
and, under PEFT's names, for the adapter), logprobs.safetensors (of every next token along the first row, without and with the adapter)
and losses.json (per step, for full training, LoRA, and LoRA over quantised weights).
"""
import json, math, os, struct, sys
import torch
import torch.nn.functional as F
import quantization

torch.set_default_dtype(torch.float64)
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TRAINING = dict(steps=50, batch=4, lr=5e-3, warmup=3, minimum=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8, decay=0.1, clip=1.0, seed=11)
COMMON = dict(hidden_act="silu", rms_norm_eps=1e-5, max_position_embeddings=128, num_hidden_layers=2)
CASES = {
    # grouped heads, head_dim apart from hidden / heads, tied head
    "llama-tied": dict(COMMON, model_type="llama", hidden_size=24, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
                       intermediate_size=40, vocab_size=61, rope_theta=10000.0, tie_word_embeddings=True),
    # one key head for all, untied head, biases on q, k and v, another rotary base
    "qwen2-untied": dict(COMMON, model_type="qwen2", hidden_size=32, num_attention_heads=3, num_key_value_heads=1, head_dim=6,
                         intermediate_size=44, vocab_size=53, rope_theta=1e6, tie_word_embeddings=False),
    # Llama 3.1's rotary scaling with waves of all three kinds, biases on o as well, three query heads to a key head
    "llama3-bias": dict(COMMON, model_type="llama", hidden_size=20, num_attention_heads=6, num_key_value_heads=2, head_dim=8,
                        intermediate_size=28, vocab_size=47, rope_theta=100.0, tie_word_embeddings=False, attention_bias=True,
                        rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                          original_max_position_embeddings=64)),
    # norms on queries and keys, a key head for each query head, linear scaling in the newer spelling; an adapter of some modules, rank-stabilised
    "qwen3-tied": dict(COMMON, model_type="qwen3", hidden_size=20, num_attention_heads=3, num_key_value_heads=3, head_dim=10,
                       intermediate_size=28, vocab_size=47, tie_word_embeddings=True,
                       rope_parameters=dict(rope_type="linear", rope_theta=5000.0, factor=2.0)),
    # linear scaling in the older spelling, five query heads to a key head, a window that no row reaches
    "mistral-linear": dict(COMMON, model_type="mistral", hidden_size=18, num_attention_heads=5, num_key_value_heads=1, head_dim=6,
                           intermediate_size=26, vocab_size=43, rope_theta=10000.0, tie_word_embeddings=False, sliding_window=128,
                           rope_scaling=dict(type="linear", factor=2.5)),
}
ADAPTERS = {"qwen3-tied": dict(target_modules=["q_proj", "k_proj", "down_proj"], use_rslora=True, lora_alpha=5)}
TYPES = dict(F32=torch.float32, BF16=torch.bfloat16, F16=torch.float16)


# ---- safetensors: u64 length of the header, JSON header, tensors ----
def read_tensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        body = bytearray(f.read())
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(body, dtype=TYPES[t["dtype"]], offset=t["data_offsets"][0], count=math.prod(t["shape"])).reshape(t["shape"]).double()
            for name, t in header.items()}


def write_tensors(path, tensors):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        size = tensors[name].numel() * 4
        header[name] = dict(dtype="F32", shape=list(tensors[name].shape), data_offsets=[offset, offset + size])
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            f.write(tensors[name].detach().float().contiguous().numpy().tobytes())


# ---- the model: w maps Hugging Face names to weights, lora maps module names to (A, B, scale) ----
def rms_norm(x, weight, epsilon):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * weight


def frequencies(config):  # [D/2] angle per position of each pair
    parameters = config.get("rope_parameters") or dict(config.get("rope_scaling") or {}, rope_theta=config.get("rope_theta", 10000.0))
    size, kind = config["head_dim"], parameters.get("rope_type") or parameters.get("type") or "default"
    frequency = parameters["rope_theta"] ** (-torch.arange(0, size, 2) / size)
    if kind == "linear":
        return frequency / parameters["factor"]
    if kind == "llama3":
        low, high = parameters["low_freq_factor"], parameters["high_freq_factor"]
        waves = parameters["original_max_position_embeddings"] * frequency / (2 * math.pi)  # in a row of the original length
        kept = ((waves - low) / (high - low)).clamp(0, 1)
        return kept * frequency + (1 - kept) * frequency / parameters["factor"]
    assert kind == "default", kind
    return frequency


def rotate(x, frequency):  # [heads, T, D]: element i of a head turns with element i + D/2
    size, length = x.shape[-1], x.shape[-2]
    angle = torch.arange(length)[:, None] * frequency  # [T, D/2]
    cos, sin = angle.cos(), angle.sin()
    a, b = x[..., :size // 2], x[..., size // 2:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def linear(x, name, w, lora):
    y = F.linear(x, w[name + ".weight"], w.get(name + ".bias"))
    if name in lora:
        a, b, scale = lora[name]
        y = y + scale * F.linear(F.linear(x, a), b)
    return y


def logits(config, w, lora, tokens):  # tokens [T] -> [T, V]
    heads, groups, size = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    epsilon, length = config["rms_norm_eps"], len(tokens)
    x = w["model.embed_tokens.weight"][tokens]
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    for layer in range(config["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        h = rms_norm(x, w[p + "input_layernorm.weight"], epsilon)
        q = linear(h, p + "self_attn.q_proj", w, lora).view(length, heads, size).transpose(0, 1)
        k = linear(h, p + "self_attn.k_proj", w, lora).view(length, groups, size).transpose(0, 1)
        v = linear(h, p + "self_attn.v_proj", w, lora).view(length, groups, size).transpose(0, 1)
        if p + "self_attn.q_norm.weight" in w:
            q = rms_norm(q, w[p + "self_attn.q_norm.weight"], epsilon)
            k = rms_norm(k, w[p + "self_attn.k_norm.weight"], epsilon)
        q, k = rotate(q, frequencies(config)), rotate(k, frequencies(config))
        k, v = (t.repeat_interleave(heads // groups, 0) for t in (k, v))
        scores = (q @ k.transpose(1, 2) / math.sqrt(size)).masked_fill(future, -math.inf)
        h = (scores.softmax(-1) @ v).transpose(0, 1).reshape(length, heads * size)
        x = x + linear(h, p + "self_attn.o_proj", w, lora)
        h = rms_norm(x, w[p + "post_attention_layernorm.weight"], epsilon)
        h = F.silu(linear(h, p + "mlp.gate_proj", w, lora)) * linear(h, p + "mlp.up_proj", w, lora)
        x = x + linear(h, p + "mlp.down_proj", w, lora)
    head = w["model.embed_tokens.weight"] if config["tie_word_embeddings"] else w["lm_head.weight"]
    return F.linear(rms_norm(x, w["model.norm.weight"], epsilon), head)


def mean_loss(config, w, lora, rows):
    """Sum over the scored tokens of all rows, divided by their number."""
    total, count = 0.0, 0
    for row in rows:
        tokens, scored = torch.tensor(row["tokens"]), torch.tensor(row["scored"])[1:]
        total = total + F.cross_entropy(logits(config, w, lora, tokens)[:-1][scored], tokens[1:][scored], reduction="sum")
        count += int(scored.sum())
    return total / count


# ---- training ----
def learning_rate(step):
    t = TRAINING
    if step < t["warmup"]:
        return t["lr"] * (step + 1) / t["warmup"]
    progress = (step - t["warmup"]) / (t["steps"] - t["warmup"])
    return t["lr"] * (t["minimum"] + (1 - t["minimum"]) * 0.5 * (1 + math.cos(math.pi * progress)))


def train(config, w, lora, rows, trained):
    """Losses of each step; rows are taken in their order, round and round."""
    t = TRAINING
    matrices, vectors = [p for p in trained if p.dim() > 1], [p for p in trained if p.dim() == 1]
    optimizer = torch.optim.AdamW([dict(params=matrices, weight_decay=t["decay"]), dict(params=vectors, weight_decay=0.0)],
                                  betas=(t["beta1"], t["beta2"]), eps=t["epsilon"])
    losses = []
    for step in range(t["steps"]):
        start = step * t["batch"] % len(rows)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        optimizer.zero_grad()
        loss = mean_loss(config, w, lora, rows[start:start + t["batch"]])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, t["clip"])
        optimizer.step()
        losses.append(loss.item())
    return losses


# ---- goldens ----
def shapes(c):
    q, kv, h, f = c["num_attention_heads"] * c["head_dim"], c["num_key_value_heads"] * c["head_dim"], c["hidden_size"], c["intermediate_size"]
    yield "model.embed_tokens.weight", (c["vocab_size"], h)
    for layer in range(c["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        for name, shape in [("self_attn.q_proj", (q, h)), ("self_attn.k_proj", (kv, h)), ("self_attn.v_proj", (kv, h)), ("self_attn.o_proj", (h, q)),
                            ("mlp.gate_proj", (f, h)), ("mlp.up_proj", (f, h)), ("mlp.down_proj", (h, f))]:
            yield p + name + ".weight", shape
            qkv = name[-6:] in ("q_proj", "k_proj", "v_proj")
            if c["model_type"] == "qwen2" and qkv or c.get("attention_bias") and (qkv or name[-6:] == "o_proj"):
                yield p + name + ".bias", (shape[0],)
        if c["model_type"] == "qwen3":
            yield p + "self_attn.q_norm.weight", (c["head_dim"],)
            yield p + "self_attn.k_norm.weight", (c["head_dim"],)
        yield p + "input_layernorm.weight", (h,)
        yield p + "post_attention_layernorm.weight", (h,)
    yield "model.norm.weight", (h,)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (c["vocab_size"], h)


def make_case(folder, config, settings):
    os.makedirs(os.path.join(folder, "adapter"), exist_ok=True)
    g = torch.Generator().manual_seed(TRAINING["seed"])
    random = lambda shape, deviation: (deviation * torch.randn(shape, generator=g)).float().double()
    weights = {n: random(s, 0.2) + (1.0 if n.endswith("norm.weight") else 0.0) for n, s in shapes(config)}
    rank, adapter = settings["r"], {}
    for name, shape in shapes(config):
        if name.split(".")[-2] in settings["target_modules"] and name.endswith(".weight"):
            module = "base_model.model." + name[:-len(".weight")]
            adapter[module + ".lora_A.weight"] = random((rank, shape[1]), 0.2)
            adapter[module + ".lora_B.weight"] = random((shape[0], rank), 0.1)
    rows, length = [], lambda: int(torch.randint(6, 24, (1,), generator=g))
    for _ in range(16):
        n = length()
        tokens = torch.randint(0, config["vocab_size"], (n,), generator=g).tolist()
        scored = (torch.rand(n, generator=g) < 0.6).tolist()
        scored[-1] = True
        rows.append(dict(tokens=tokens, scored=scored))
    write_tensors(os.path.join(folder, "model.safetensors"), weights)
    write_tensors(os.path.join(folder, "adapter", "adapter_model.safetensors"), adapter)
    dump(os.path.join(folder, "config.json"), config)
    dump(os.path.join(folder, "rows.json"), rows)
    dump(os.path.join(folder, "adapter", "adapter_config.json"), settings)


def load_case(folder):
    read = lambda name: json.load(open(os.path.join(folder, name)))
    w = {n: t.requires_grad_() for n, t in read_tensors(os.path.join(folder, "model.safetensors")).items()}
    config, rows, settings = read("config.json"), read("rows.json"), read("adapter/adapter_config.json")
    tensors = {n: t.requires_grad_() for n, t in read_tensors(os.path.join(folder, "adapter", "adapter_model.safetensors")).items()}
    return config, w, tensors, updates(settings, tensors), rows


def updates(settings, tensors):
    """PEFT's tensors as module name -> (A, B, scale)."""
    scale = settings["lora_alpha"] / (math.sqrt(settings["r"]) if settings.get("use_rslora") else settings["r"])
    suffix, prefix = ".lora_A.weight", "base_model.model."
    modules = [name[:-len(suffix)] for name in tensors if name.endswith(suffix)]
    return {m[len(prefix):]: (tensors[m + suffix], tensors[m + ".lora_B.weight"], scale) for m in modules}


def quantised(w, kind):
    """The weights with those of the layers' linear modules as they come back from NF4 or int8."""
    result = dict(w)
    for name, t in w.items():
        if name.split(".")[-2] in MODULES and t.dim() == 2:
            values = t.tolist()
            back = quantization.nf4([v for row in values for v in row])[3] if kind == "nf4" else quantization.int8(values)[2]
            result[name] = torch.tensor(back).reshape(t.shape)
    return result


def results(folder):
    config, w, tensors, lora, rows = load_case(folder)
    mean_loss(config, w, {}, rows).backward()
    gradients = {n: t.grad.clone() for n, t in w.items()}
    mean_loss(config, w, lora, rows).backward()
    gradients.update({n: t.grad.clone() for n, t in tensors.items()})
    config, w, tensors, lora, rows = load_case(folder)
    adapter_losses = train(config, w, lora, rows, list(tensors.values()))
    config, w, tensors, lora, rows = load_case(folder)
    full_losses = train(config, w, {}, rows, list(w.values()))
    losses = dict(training=TRAINING, full=full_losses, lora=adapter_losses)
    for kind in ("nf4", "int8"):
        config, w, tensors, lora, rows = load_case(folder)
        losses[kind] = train(config, quantised(w, kind), lora, rows, list(tensors.values()))
    return gradients, losses


def log_probabilities(folder):
    """[T, V] of what follows each token of the first row."""
    config, w, tensors, lora, rows = load_case(folder)
    tokens = torch.tensor(rows[0]["tokens"])
    with torch.no_grad():
        return dict(base=logits(config, w, {}, tokens).log_softmax(-1), adapter=logits(config, w, lora, tokens).log_softmax(-1))


def dump(path, value):
    with open(path, "w", newline="\n") as f:
        f.write(json.dumps(value) + "\n")


def main():
    mode, root = sys.argv[1:]
    for name, config in CASES.items():
        folder = os.path.join(root, name)
        settings = dict(dict(peft_type="LORA", task_type="CAUSAL_LM", r=4, lora_alpha=8, lora_dropout=0.0, bias="none", target_modules=MODULES),
                        **ADAPTERS.get(name, {}))
        if mode == "goldens":
            make_case(folder, config, settings)
        gradients, losses = results(folder)
        if mode == "goldens":
            write_tensors(os.path.join(folder, "gradients.safetensors"), gradients)
            write_tensors(os.path.join(folder, "logprobs.safetensors"), log_probabilities(folder))
            dump(os.path.join(folder, "losses.json"), losses)
        else:
            stored, kept = read_tensors(os.path.join(folder, "gradients.safetensors")), json.load(open(os.path.join(folder, "losses.json")))
            worst = max(((gradients[n] - stored[n]).abs().max() / gradients[n].abs().max()).item() for n in gradients)
            drift = max(abs(a - b) for k in ("full", "lora", "nf4", "int8") for a, b in zip(losses[k], kept[k]))
            print(f"{name}: gradients within {worst:.1e}, losses within {drift:.1e}")
            assert worst < 1e-6 and drift < 1e-9
        print(f"{name}: full {losses['full'][0]:.4f} -> {losses['full'][-1]:.4f}, LoRA {losses['lora'][0]:.4f} -> {losses['lora'][-1]:.4f}")


if __name__ == "__main__":
    main()
