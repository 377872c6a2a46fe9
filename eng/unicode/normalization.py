"""Writes the engine's table of Unicode normalization from Python's unicodedata (facts of the Unicode Character Database).

usage: python3 normalization.py > src/ModelOps.Engine/Tokenization/UnicodeNormalization.txt
Lines:  c<class> <first>[-<last>]        canonical combining class, where it is not 0
        d <code> <code>...               canonical decomposition, one step;  k ... compatibility decomposition, one step
        p <first> <second> <composed>    primary composite
Hangul is computed, not listed. All numbers but the class are hexadecimal.
"""
import sys
import unicodedata as u

print(f"# Unicode {u.unidata_version}")
codes = [c for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]
start = previous = None
for c in codes + [None]:
    cls = u.combining(chr(c)) if c is not None else 0
    if start is not None and (c is None or cls != start[1] or c != previous + 1):
        print(f"c{start[1]} {start[0]:X}" + (f"-{previous:X}" if previous != start[0] else ""))
        start = None
    if cls and start is None:
        start = (c, cls)
    previous = c
pairs = []
for c in codes:
    decomposition = u.decomposition(chr(c))
    if not decomposition:
        continue
    parts = decomposition.split()
    if parts[0].startswith("<"):
        print(f"k {c:X} " + " ".join(f"{int(p, 16):X}" for p in parts[1:]))
        continue
    print(f"d {c:X} " + " ".join(f"{int(p, 16):X}" for p in parts))
    if len(parts) == 2 and u.normalize("NFC", chr(c)) == chr(c):
        pairs.append((int(parts[0], 16), int(parts[1], 16), c))
for first, second, composed in sorted(pairs):
    print(f"p {first:X} {second:X} {composed:X}")
