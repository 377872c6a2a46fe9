#!/usr/bin/env python3
"""NF4 with double quantisation (Dettmers et al., 2023, arXiv:2305.14314) and int8 by rows, element by element in plain Python.

  quantization.py goldens FILE     writes tests/ModelOps.Engine.Tests/Goldens/quantization.json
  quantization.py check FILE       recomputes it and compares

Needs Python alone: `f32` rounds to single precision, every operation is rounded once. llama_reference.py uses nf4 and int8 for QLoRA.
"""
import hashlib, json, math, struct, sys

# Appendix E of the paper.
NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
       0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
       0.7229568362236023, 1.0]
BLOCK, SCALE_BLOCK = 64, 256


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


MIDPOINTS = [f32(f32(a + b) / 2) for a, b in zip(NF4, NF4[1:])]


def nf4(values):
    """(code per element, code per block's scale, (mean, step per 256 blocks), value per element after expansion)"""
    blocks = [values[i:i + BLOCK] for i in range(0, len(values), BLOCK)]
    largest = [max(abs(v) for v in block) for block in blocks]
    codes = [sum(f32(v / top) > m for m in MIDPOINTS) if top > 0 else 7 for block, top in zip(blocks, largest) for v in block]
    total = 0.0
    for top in largest:
        total += top
    mean, steps, scale_codes = f32(total / len(largest)), [], []
    for i in range(0, len(largest), SCALE_BLOCK):
        centred = [f32(top - mean) for top in largest[i:i + SCALE_BLOCK]]
        steps.append(f32(max(abs(c) for c in centred) / 127))
        scale_codes += [max(-127, min(127, round(f32(c / steps[-1])))) if steps[-1] > 0 else 0 for c in centred]
    scales = [max(0.0, f32(mean + steps[b // SCALE_BLOCK] * c)) for b, c in enumerate(scale_codes)]
    return codes, scale_codes, (mean, steps), [f32(f32(NF4[c]) * scales[i // BLOCK]) for i, c in enumerate(codes)]


def int8(rows):
    """(code per element, scale per row, value per element after expansion)"""
    scales = [f32(max(abs(v) for v in row) / 127) for row in rows]
    codes = [max(-127, min(127, round(f32(v / s)))) if s > 0 else 0 for row, s in zip(rows, scales) for v in row]
    return codes, scales, [f32(c * scales[i // len(rows[0])]) for i, c in enumerate(codes)]


# ---- goldens ----
ROWS, COLS = 150, 130  # more than 256 blocks, and rows that do not end where blocks do


def sample():
    """Whole numbers over powers of two, so that every language makes the same: blocks of every size, a row of zeros, outliers."""
    values = []
    for i in range(ROWS * COLS):
        v = ((i * i * 31 + i * 1021) % 4093 - 2046) / 2048
        v /= 1 << (i // 97 % 6)
        values.append(0.0 if i // COLS == 3 or 64 * 40 <= i < 64 * 41 else v * 16 if i % 1801 == 5 else v)
    return values


def digest(values):
    return hashlib.sha256(b"".join(struct.pack("<f", v) for v in values)).hexdigest()


def golden():
    values = sample()
    codes, scale_codes, (mean, steps), expanded = nf4(values)
    codes8, scales8, expanded8 = int8([values[r * COLS:(r + 1) * COLS] for r in range(ROWS)])
    return dict(rows=ROWS, cols=COLS, values=digest(values),
                nf4=dict(codes="".join(f"{c:x}" for c in codes), mean=mean, steps=steps, scaleCodes=scale_codes, expanded=digest(expanded)),
                int8=dict(codes=struct.pack(f"{len(codes8)}b", *codes8).hex(), scales=digest(scales8), expanded=digest(expanded8)))


def main():
    mode, path = sys.argv[1:]
    text = json.dumps(golden()) + "\n"
    if mode == "goldens":
        with open(path, "w", newline="\n") as f:
            f.write(text)
    else:
        assert open(path).read() == text
        print(f"{path}: the same")


if __name__ == "__main__":
    main()
