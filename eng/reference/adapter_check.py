#!/usr/bin/env python3
"""Reads a base model and an adapter as PEFT lays them out, independently of the engine, and compares scores.

  adapter_check.py MODEL ADAPTER MASKED SCORES [nf4|int8]

MODEL is a Hugging Face folder (one model.safetensors), ADAPTER a PEFT folder ('-' for none). MASKED and SCORES are what the engine's worker writes for the
same rows: `modelops model mask` and `modelops model score --adapter ADAPTER`. With nf4 or int8 the base is quantised as QLoRA does it.
"""
import json, os, sys
import torch
import torch.nn.functional as F
import llama_reference as llama


def main():
    model, adapter, masked, scores = sys.argv[1:5]
    config = json.load(open(os.path.join(model, "config.json")))
    config.setdefault("head_dim", config["hidden_size"] // config["num_attention_heads"])
    config.setdefault("num_key_value_heads", config["num_attention_heads"])
    w = llama.read_tensors(os.path.join(model, "model.safetensors"))
    if len(sys.argv) > 5:
        w = llama.quantised(w, sys.argv[5])
    lora = {}
    if adapter != "-":
        settings = json.load(open(os.path.join(adapter, "adapter_config.json")))
        assert settings["peft_type"] == "LORA" and not settings.get("use_dora") and settings.get("bias", "none") == "none"
        lora = llama.updates(settings, llama.read_tensors(os.path.join(adapter, "adapter_model.safetensors")))
        print(f"{len(lora)} modules, rank {settings['r']}, alpha {settings['lora_alpha']}")
    worst = 0.0
    for row, score in zip(map(json.loads, open(masked)), map(json.loads, open(scores))):
        tokens, scored = torch.tensor(row["ids"]), torch.tensor(row["mask"], dtype=torch.bool)[1:]
        with torch.no_grad():
            ours = F.cross_entropy(llama.logits(config, w, lora, tokens)[:-1][scored], tokens[1:][scored], reduction="sum").item()
        assert row["id"] == score["id"] and int(scored.sum()) == score["tokens"]
        worst = max(worst, abs(ours - score["negativeLogLikelihood"]) / max(1.0, abs(ours)))
        print(f"{row['id']}: {score['tokens']} tokens, PyTorch {ours:.6f}, engine {score['negativeLogLikelihood']:.6f}")
    print(f"largest difference {worst:.1e}")
    assert worst < 1e-4


if __name__ == "__main__":
    main()
