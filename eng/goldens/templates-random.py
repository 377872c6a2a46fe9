"""Differential test by hand: random templates out of what the engine has, and what Jinja2, set up as Transformers does, makes of them.
Nothing of it is kept; ChatTemplateGoldenTests reads the file that MODELOPS_TEMPLATE_CASES names.

usage: python3 templates-random.py [templates, 2000] [seed, 1] > FILE   (needs jinja2)
"""
import json
import random
import sys

from templates import golden

count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
pick = r.choice

STRINGS = ["'a'", "''", "'abc'", "'Hello World'", "' x '", "'a,b,c'", "'é🙂'", "'12'", "'3.5'", "'a\\nb\\n'", '"it\'s"', "'<a&b>'", "'x' 'y'", "'ẞß İ'"]
NUMBERS = ["0", "1", "2", "-1", "7", "3.5", "-2.5", "0.1", "1e3", "10", "100"]
NAMES = ["messages", "tools", "bos_token", "eos_token", "nothing", "x", "y", "m", "messages[0]", "messages[1].content", "messages[2].tool_calls", "messages[3].map",
         "messages[1].tags", "messages[4].content", "add_generation_prompt", "documents", "loop", "ns"]
CONSTANTS = ["true", "false", "none", "True", "None", "[]", "{}", "()", "[1, 2, 3]", "[3, 'a', none]", "['b', 'A', 'c']", "{'a': 1, 'b': [2]}", "(1, 2)", "range(3)", "[{'n': 2}, {'n': 1}]", "{'z': 1, 'A': 2}"]
FILTERS = ["abs", "capitalize", "count", "d('q')", "default('d')", "default('d', true)", "dictsort", "first", "float", "indent", "indent(2, true)", "int", "int(5)", "items", "items | list", "join", "join(', ')",
           "last", "length", "list", "lower", "map('upper') | list", "map(attribute='role') | list", "max", "min", "reject('none') | list", "replace('a', 'bb')", "replace('a', 'b', 1)",
           "reverse", "reverse | list", "round", "round(1)", "round(1, 'floor')", "safe", "select | list", "select('string') | list", "selectattr('role', 'equalto', 'user') | list", "selectattr('tags', 'defined') | list",
           "rejectattr('role', 'in', ['user']) | list", "sort", "sort(reverse=true)", "sort(attribute='role')", "string", "sum", "sum(start=1)", "title", "tojson", "tojson(indent=2)", "trim", "trim('a')", "unique | list", "upper", "wordcount",
           "map('length') | list", "map(attribute='n') | sum", "map('string') | join('-')", "batch(2) | list", "slice(2) | list", "center(9)", "truncate(5)", "format(1)", "urlencode", "escape", "e", "striptags", "filesizeformat", "pprint", "xmlattr", "groupby('role') | list", "attr('role')", "forceescape", "wordwrap(3)", "dictsort(false, 'value')"]
TESTS = ["defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "mapping", "sequence", "iterable", "callable", "odd", "even", "divisibleby(2)", "divisibleby 3",
         "eq 1", "eq('a')", "ne 1", "lt 2", "gt(1)", "le 1", "ge 3.5", "in [1, 'a']", "in 'abc'", "sameas none", "lower", "upper", "equalto 'a'", "not none", "not string", "filter", "test", "escaped"]
METHODS = ["strip()", "strip('a')", "lstrip()", "rstrip('\\n')", "split()", "split(',')", "split(' ', 1)", "split('a')[-1]", "rsplit(',', 1)", "splitlines()", "startswith('a')", "endswith('c')", "upper()", "lower()", "title()",
           "capitalize()", "replace('a', 'x')", "replace('a', 'x', 1)", "find('b')", "rfind('b')", "count('a')", "index('a')", "join(['p', 'q'])", "isdigit()", "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "ljust(5)",
           "rjust(5, '*')", "center(7)", "zfill(4)", "partition(',')", "rpartition('b')", "removeprefix('a')", "removesuffix('c')", "swapcase()", "casefold()", "isnumeric()", "isdecimal()", "istitle()", "expandtabs()", "encode()", "format(1)",
           "get('a')", "get('role', 'none')", "keys() | list", "values() | list", "items() | list", "items()", "keys()", "copy()", "append(1)", "pop()", "update({})", "index(2)", "count(1)", "role", "content", "nope", "a", "real", "__class__"]
OPERATIONS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]


def expression(depth=0):
    kind = r.randrange(14 if depth < 3 else 4)
    if kind == 0:
        return pick(STRINGS)
    if kind == 1:
        return pick(NUMBERS)
    if kind == 2:
        return pick(NAMES)
    if kind == 3:
        return pick(CONSTANTS)
    inner = expression(depth + 1)
    if kind in (4, 5):
        return f"{inner} | {pick(FILTERS)}"
    if kind == 6:
        return f"({inner}) | {pick(FILTERS)}"
    if kind == 7:
        return f"{pick(NAMES + STRINGS + CONSTANTS)}.{pick(METHODS)}"
    if kind == 8:
        return f"{inner} is {pick(TESTS)}"
    if kind in (9, 10):
        return f"{inner} {pick(OPERATIONS)} {expression(depth + 1)}"
    if kind == 11:
        return f"({inner})[{pick(['0', '-1', '1:', ':-1', '::-1', '1:2', '::2', repr('role'), repr('a'), '5', '-9:9', 'x'])}]"
    if kind == 12:
        return f"{inner} if {expression(depth + 1)}" + (f" else {expression(depth + 1)}" if r.random() < 0.7 else "")
    return pick(["not ", "-", "not not "]) + inner


def sign():
    return pick(["", "", "", "-", "-", "+"])


def space():
    return pick(["", "", " ", "\n", "  \n  ", "text", " a\n", "\n\n", "\t"])


def tag(inside):
    return "{%" + sign() + " " + inside + " " + sign() + "%}"


def block(depth=0):
    kind = r.randrange(15 if depth < 3 else 5)
    if kind in (0, 1):
        return space()
    if kind in (2, 3):
        return "{{" + pick(["", "", "-"]) + " " + expression() + " " + pick(["", "", "-"]) + "}}"
    if kind == 4:
        return "{#" + sign() + " c " + sign() + "#}"
    inner = body(depth + 1)
    if kind in (5, 6):
        middle = tag("elif " + expression(1)) + body(depth + 1) if r.random() < 0.3 else ""
        return tag("if " + expression(1)) + inner + middle + (tag("else") + body(depth + 1) if r.random() < 0.5 else "") + tag("endif")
    if kind in (7, 8):
        target = pick(["m", "m", "x", "a, b"])
        items = pick(["messages", "[1, 2, 3]", "range(4)", "messages[3].map.items()", "'abc'", expression(2)])
        condition = " if " + pick(["m.role == 'user'", "loop is defined", expression(2)]) if r.random() < 0.2 else ""
        extra = pick(["", "{{ loop.index }}", "{{ loop.last }}", "{{ loop.revindex0 }}", "{{ loop.previtem }}", "{{ loop.cycle(1, 2) }}", "{% if loop.first %}{% continue %}{% endif %}", "{% if loop.index == 2 %}{% break %}{% endif %}", "{{ loop.depth0 }}", "{{ loop.length }}", "{% set x = x ~ 1 %}{{ x }}"])
        return tag(f"for {target} in {items}{condition}") + extra + inner + (tag("else") + body(depth + 1) if r.random() < 0.2 else "") + tag("endfor")
    if kind in (9, 10):
        return tag(f"set {pick(['x', 'y', 'x, y'])} = {expression(1)}")
    if kind == 11:
        return tag("set " + pick(["x", "y | upper", "x | trim"])) + inner + tag("endset")
    if kind == 12:
        return tag("set ns = namespace(a=1)") + tag(f"set ns.{pick('ab')} = {expression(1)}") + "{{ ns.a }}{{ ns.b }}" + inner
    if kind == 13:
        call = pick(["f()", "f(1)", "f(x=2)", "f('a', y=3)", "f(1, 2, 3)"])
        tail = tag("call " + call) + space() + tag("endcall") if r.random() < 0.3 else "{{ " + call + " }}"
        return tag("macro f(x, y='d')") + "{{ x }}{{ y }}" + (pick(["{{ caller() }}", "", ""])) + inner + tag("endmacro") + tail
    return wrapped(inner)


def wrapped(inner):
    name = pick(["filter upper", "with x = 5", "generation", "filter trim"])
    return tag(name) + inner + tag("end" + name.split()[0])


def body(depth=0):
    return "".join(block(depth) for _ in range(r.randrange(1, 4)))


# Most random templates fail somewhere; one failure in twenty is kept.
while count > 0:
    row = golden(body())
    if "error" not in row or r.random() < 0.05:
        print(json.dumps(row, ensure_ascii=True))
        count -= 1
