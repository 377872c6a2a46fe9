#!/usr/bin/env python3
"""Makes a ModelOps project from the word problems of GSM8K's test file (openai/grade-school-math, MIT): the number is the answer. Tiny models cannot do this; what is looked at is that nothing
says they can.

  gsm8k.py DATASETS BASE_MODEL OUT

DATASETS holds gsm8k.test.jsonl; OUT becomes a project folder: 200 held-out, 119 validation and 1,000 training rows, seeded. Prompts are written from training rows alone.
"""
import random
import sys

from project import project, prompt, question, answer, read, rows, text

datasets, base, out = sys.argv[1:4]
rng = random.Random(8)


def short(row):
    return {"messages": [row["messages"][0], {"role": "assistant", "content": answer(row).split("####")[1].strip()}]}


def turn(row):
    return {"messages": [row["messages"][0], {"role": "assistant", "content": answer(row)}]}


everything = read(datasets, "gsm8k.test.jsonl")
rng.shuffle(everything)
held_out, validation, train = everything[:200], everything[200:319], everything[319:]
for name, part in (("eval", held_out), ("validation", validation), ("train", train)):
    rows(out, f"data/{name}/gsm8k.jsonl", [short(r) for r in part])

ask = "Solve the problem. Answer with the number alone."
shots = rng.sample(train, 4)
prompt(out, "zero-shot", ask)
prompt(out, "few-shot", ask, [short(r) for r in shots])
prompt(out, "nearest", ask)
prompt(out, "retrieval", ask + " Solved problems:", user="{{documents}}\n\n{{input}}")
prompt(out, "reasoning", "Solve the problem step by step. End with a line '#### ' and the number.", [turn(r) for r in shots[:2]], tokens=128)
text(out, "docs/solved.md", "\n\n".join(f"{question(r)} {answer(r)}".replace("\n", " ") for r in train) + "\n")
project(out, "Gsm8k", base, "Word problems of GSM8K, tuned from tiny-base (MIT).", "MIT",
        {"LoraRank": 16, "LoraAlpha": 32, "BatchSize": 8, "Epochs": 2, "LearningRate": "1e-3", "MaxNewTokens": 12, "MaxSequenceLength": 512, "ModelOpsReport": "html;markdown"},
        ['<EvalGate Include="ExactMatch" MinimumGain="0" />', '<Documents Include="docs/solved.md" />', '<PromptBaseline Update="prompts/nearest.prompty" Shots="3" />',
         '<PromptBaseline Update="prompts/retrieval.prompty" Passages="2" />', r'<PromptBaseline Update="prompts/reasoning.prompty" Answer="#### *(-?[0-9][0-9,.]*)" />'])
print(f"{out}: {len(train)} training, {len(validation)} validation, {len(held_out)} held-out rows")
