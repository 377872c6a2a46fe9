#!/usr/bin/env python3
"""The peer's LoRA training with one change: logits are computed only where a label is scored.

  torch_scored_head.py PATH/torch_lora.py train --preset tiny15m --data rows.jsonl ...

Everything after the first argument goes to that script unchanged. Its train() calls Llama.logits and F.cross_entropy over all positions;
here logits() returns the rows that predict a scored label, and the loss takes them with their labels. Sorting by length is the data's
order, which the script keeps.
"""
import importlib.util
import sys

import torch.nn.functional as F


def load(path):
    spec = importlib.util.spec_from_file_location("torch_lora", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


peer = load(sys.argv.pop(1))
whole_batch, cross_entropy = peer.batch_of, F.cross_entropy
scored = {}


def batch_of(rows, step, size):
    ids, labels, count = whole_batch(rows, step, size)
    following = F.pad(labels[:, 1:], (0, 1), value=-100)  # label of position t is the token at t + 1
    scored["at"] = following != -100
    scored["labels"] = following[scored["at"]]
    return ids, labels, count


class ScoredLogits:
    """Logits of the scored positions; train() cuts and flattens what logits() returned, which here is done already."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, _):
        return self

    def reshape(self, *_):
        return self.values


def logits(self, ids):
    return ScoredLogits(F.linear(self.hidden(ids)[scored["at"]], self.head))  # [scored, vocabulary]


class ScoredLoss:
    """torch.nn.functional, but for the labels that belong to what logits() returned."""

    def __getattr__(self, name):
        return getattr(F, name)

    @staticmethod
    def cross_entropy(values, _labels, ignore_index):
        return cross_entropy(values, scored["labels"], ignore_index=ignore_index)


peer.batch_of, peer.Llama.logits, peer.F = batch_of, logits, ScoredLoss()
peer.main()
