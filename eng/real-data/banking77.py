#!/usr/bin/env python3
"""Makes a ModelOps project from the banking77 chat rows (PolyAI-LDN/task-specific-datasets, CC-BY-4.0), to measure on data nobody here wrote.

  banking77.py DATASETS BASE_MODEL OUT [EPOCHS]

DATASETS holds banking77.train.jsonl and banking77.test.jsonl (sorted by label); OUT becomes a project folder: 500 held-out rows, seeded and stratified over
all 77 labels, 300 validation rows taken from the training file, every kind of prompting baseline (zero-shot, fixed and nearest shots, retrieval, reasoning).
Prompts and documents are written from training rows alone.
"""
import random
import sys

from project import answer, project, prompt, question, read, rows, text

datasets, base, out = sys.argv[1:4]
epochs = sys.argv[4] if len(sys.argv) > 4 else "4"
rng = random.Random(77)


def by_label(all_rows):
    groups = {}
    for row in all_rows:
        groups.setdefault(answer(row), []).append(row)
    return {k: rng.sample(v, len(v)) for k, v in sorted(groups.items())}


def take(groups, n):
    """Round robin over the labels, so that every label has floor(n/77) or one more."""
    picked, depth = [], 0
    while len(picked) < n:
        for k in groups:
            if depth < len(groups[k]) and len(picked) < n:
                picked.append(groups[k][depth])
        depth += 1
    return picked


held_out = take(by_label(read(datasets, "banking77.test.jsonl")), 500)
seen = {question(r).strip().lower() for r in held_out}
train = [r for r in read(datasets, "banking77.train.jsonl") if question(r).strip().lower() not in seen]
validation = take(by_label(train), 300)
chosen = {id(r) for r in validation}
train = [r for r in train if id(r) not in chosen]
rows(out, "data/eval/banking77.jsonl", held_out)
rows(out, "data/validation/banking77.jsonl", validation)
rows(out, "data/train/banking77.jsonl", train)

labels = sorted({answer(r) for r in train})
ask = "Classify the banking question. Answer with one of these intent names and nothing else: " + ", ".join(labels)
prompt(out, "zero-shot", ask)
prompt(out, "few-shot", ask, rng.sample(take(by_label(train), 77), 8))
prompt(out, "nearest", "Classify the banking question. Answer with the intent name only.")
prompt(out, "retrieval", "Classify the banking question with the help of these notes. Answer with the intent name only.", user="{{documents}}\n\n{{input}}")
prompt(out, "reasoning", ask.replace("nothing else", "first say why; end with 'Intent: ' and the name"), tokens=64)

# What a team would have in its handbook: every intent with a few of its questions.
text(out, "docs/intents.md", "\n\n".join(f"{label}: " + " ".join(question(r) for r in group[:4]) for label, group in by_label(train).items()) + "\n")
project(out, "Banking77", base, "Banking intents: 77 labels, tuned from tiny-base on banking77 (CC-BY-4.0).", "CC-BY-4.0",
        {"LoraRank": 32, "LoraAlpha": 64, "BatchSize": 16, "Epochs": epochs, "LearningRate": "2e-3", "MaxNewTokens": 24, "ModelOpsReport": "html;markdown"},
        ['<EvalGate Include="ExactMatch" Minimum="0.50" MinimumGain="0.20" />', '<EvalGate Include="MacroF1" Minimum="0.40" />',
         '<Documents Include="docs/intents.md" />', '<PromptBaseline Update="prompts/nearest.prompty" Shots="3" />',
         '<PromptBaseline Update="prompts/retrieval.prompty" Passages="3" />', r'<PromptBaseline Update="prompts/reasoning.prompty" Answer="Intent: *([a-z_A-Z?]+)" />'])
print(f"{out}: {len(train)} training, {len(validation)} validation, {len(held_out)} held-out rows, {len(labels)} labels")
