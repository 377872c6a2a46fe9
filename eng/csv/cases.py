"""Writes tests/ModelOps.Core.Tests/Preparing/csv-cases.jsonl: CSV texts with what Python's csv module reads in them (strict). Run: python3 eng/csv/cases.py"""
import csv, io, json, pathlib, random

random.seed(4180)
parts = ['a', 'bc', ' ', 'é', '日本', '🙂', '0', '-1', "'", '\\', '/', '\t?', 'x y']
special = [',', ';', '"', '\n', '\r\n', '""', '"",']
cases = ['a,b\r\n1,2\r\n', 'a,b\n1,2', 'a,b\n"1\n2",3\n', 'a,b\n"x ""y"" z",\n', 'a;b;c\n1;2,5;3\n', 'a\tb\n1\t2\n', '"a","b"\n"",""\n', 'a,b\n,\n\n1,2\n', '"a,1",b\n1,2\n', 'a\n""\n']
for _ in range(300):
    columns, separator, end = random.randint(2, 5), random.choice(',,,;\t'), random.choice(['\n', '\r\n'])
    rows = [[f'c{i}' for i in range(columns)]]
    for _ in range(random.randint(1, 6)):
        rows.append([''.join(random.choice(parts + special * 2) for _ in range(random.randint(0, 5))) for _ in range(columns)])
    def quoted(cell, force):
        return '"' + cell.replace('"', '""') + '"' if force or any(c in cell for c in ',;\t"\r\n') else cell
    text = end.join(separator.join(quoted(c, random.random() < .3) for c in row) for row in rows) + (end if random.random() < .8 else '')
    cases.append(text)
target = pathlib.Path(__file__).parents[2] / 'tests/ModelOps.Core.Tests/Preparing/csv-cases.jsonl'
with open(target, 'w', newline='\n') as out:
    for text in cases:
        header = text.split('\n')[0]
        counts = {s: header.count(s) for s in ',;\t'} if not header.startswith('"a,1"') else {',': 1, ';': 0, '\t': 0}
        separator = max(counts, key=lambda s: (counts[s], -',;\t'.index(s)))
        rows = [r for r in csv.reader(io.StringIO(text, newline=''), delimiter=separator, strict=True) if r]
        out.write(json.dumps({'csv': text, 'rows': rows}, ensure_ascii=False) + '\n')
