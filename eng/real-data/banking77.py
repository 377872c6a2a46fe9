#!/usr/bin/env python3
"""Makes a ModelOps project from the banking77 chat rows (PolyAI-LDN/task-specific-datasets, CC-BY-4.0), to measure on data nobody here wrote.

  banking77.py DATASETS BASE_MODEL OUT

DATASETS holds banking77.train.jsonl and banking77.test.jsonl (sorted by label); OUT becomes a project folder: 500 held-out rows, seeded and stratified over
all 77 labels, 300 validation rows taken from the training file, two prompting baselines. Prompts are written from training rows alone.
"""
import json, os, random, sys

datasets, base, out = sys.argv[1:4]
rng = random.Random(77)


def rows(name):
    with open(os.path.join(datasets, name), encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def label(row):
    return row["messages"][-1]["content"]


def question(row):
    return row["messages"][-2]["content"]


def by_label(all_rows):
    groups = {}
    for row in all_rows:
        groups.setdefault(label(row), []).append(row)
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


def write(path, items):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        for row in items:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")


held_out = take(by_label(rows("banking77.test.jsonl")), 500)
seen = {question(r).strip().lower() for r in held_out}
train = [r for r in rows("banking77.train.jsonl") if question(r).strip().lower() not in seen]
validation = take(by_label(train), 300)
chosen = {id(r) for r in validation}
train = [r for r in train if id(r) not in chosen]
write(f"{out}/data/eval/banking77.jsonl", held_out)
write(f"{out}/data/validation/banking77.jsonl", validation)
write(f"{out}/data/train/banking77.jsonl", train)

labels = sorted({label(r) for r in train})
shots = rng.sample(take(by_label(train), 77), 8)
head = "---\nname: {}\nmodel:\n  api: chat\n---\n"
os.makedirs(f"{out}/prompts", exist_ok=True)
system = "system:\nClassify the banking question. Answer with one of these intent names and nothing else: " + ", ".join(labels) + "\n"
with open(f"{out}/prompts/zero-shot.prompty", "w", encoding="utf-8") as f:
    f.write(head.format("zero-shot") + system + "\nuser:\n{{input}}\n")
with open(f"{out}/prompts/few-shot.prompty", "w", encoding="utf-8") as f:
    turns = "".join(f"\nuser:\n{question(r)}\n\nassistant:\n{label(r)}\n" for r in shots)
    f.write(head.format("few-shot") + system + turns + "\nuser:\n{{input}}\n")

with open(f"{out}/Banking77.csproj", "w", encoding="utf-8") as f:
    f.write(f"""<Project Sdk="ModelOps.Sdk/1.0.0">
  <PropertyGroup>
    <PackageId>Contoso.Banking77</PackageId>
    <Version>1.0.0</Version>
    <Authors>Contoso</Authors>
    <Description>Banking intents: 77 labels, tuned from tiny-base on banking77 (CC-BY-4.0).</Description>
    <PackageLicenseExpression>CC-BY-4.0</PackageLicenseExpression>
    <BaseModel>{os.path.abspath(base)}</BaseModel>
    <LoraRank>32</LoraRank>
    <LoraAlpha>64</LoraAlpha>
    <BatchSize>16</BatchSize>
    <Epochs>4</Epochs>
    <LearningRate>2e-3</LearningRate>
    <MaxNewTokens>24</MaxNewTokens>
  </PropertyGroup>
  <ItemGroup>
    <EvalGate Include="ExactMatch" Minimum="0.50" MinimumGain="0.20" />
    <EvalGate Include="MacroF1" Minimum="0.40" />
  </ItemGroup>
</Project>
""")
print(f"{out}: {len(train)} training, {len(validation)} validation, {len(held_out)} held-out rows, {len(labels)} labels")
