"""Writes what Jinja2, set up as Transformers sets it up, makes of small templates that together use every feature the engine has.

usage: python3 templates.py > tests/ModelOps.Engine.Tests/Cases/templates/GOLDEN.jsonl   (needs jinja2)
"""
import datetime
import json

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2 import nodes

NOW = datetime.datetime(2026, 1, 15, 9, 5, 7)


class Generation(Extension):
    tags = {"generation"}

    def __init__(self, environment):
        super().__init__(environment)
        environment.extend(spans=[])

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_mark"), [], [], body).set_lineno(line)

    def _mark(self, caller):
        return "\x01" + caller() + "\x02"


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda f: NOW.strftime(f)
    return env


MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "  Hello, wörld! 🙂 it's \"me\"\n", "tags": ["b", "A", "c", "a"]},
    {"role": "assistant", "content": None, "tool_calls": [
        {"type": "function", "id": "call_1", "function": {"name": "add", "arguments": {"a": 1, "b": 2.5, "c": [True, None, 1e-7, 1e16, 123456789.125]}}}]},
    {"role": "tool", "content": "3.5", "n": 7, "f": 0.1, "map": {"z": 1, "Y": 2, "x": {}}},
    {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "image"}, {"type": "text", "text": "two"}]},
    {"role": "assistant", "content": "<think>\nwell\n</think>\n\nDone."},
]
TOOLS = [{"type": "function", "function": {"name": "add", "description": "adds <two> & 'more' é", "parameters": {"type": "object", "properties": {"a": {"type": "number"}}, "required": []}}}]

SOURCES = r'''
{{ bos_token }}{{ eos_token }}{{ nothing }}|{{ none }}|{{ true }}|{{ 1 }}|{{ 1.0 }}|{{ 'x' }}
{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.5e300 }} {{ 123456789.125 }} {{ 0.1 + 0.2 }} {{ 2.0 }} {{ -0.0 }} {{ 5e-324 }} {{ 9.999999999999999e22 }}
{{ [1, 'a', "it's", '"', none, true, 1.5, [], {}, {'k': 'v'}, (1,), (1, 2), ()] }}
{{ 'tab\t nl\\n \x41 \u00e9 \' " \q \101' }} {{ "a" "b" 'c' }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** 3 ** 2 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ -3 + 5 }} {{ +3 }} {{ - 3 | abs }} {{ true + 1 }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.5 }} {{ 'ab' * 3 }} {{ [1] * 2 }} {{ [1] + [2] }} {{ 'a' + 'b' | upper }} {{ 'a' ~ 'b' | upper }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 'a' in 'cat' }} {{ 1 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 3 not in [1] }} {{ not 1 in [1] }} {{ none == false }} {{ 'x' in nothing }} {{ true == 1 }}
{{ 1 and 2 }} {{ 0 or 'x' }} {{ '' and 1 }} {{ not '' }} {{ not not 1 }} {{ 1 if false else 2 }} {{ 1 if true }} {{ 1 if false }}| {{ 'a' if 1 else 'b' if 1 else 'c' }} {{ (1 or 2) and 3 }}
{{ messages[0].role }} {{ messages[0]['content'] }} {{ messages[-1].role }} {{ messages[99] }}| {{ messages[0].nope }}| {{ messages[1].content[2] }} {{ messages[1].content[10] }}{{ messages[1].content[-2] }} {{ messages[2].tool_calls[0].function.name }} {{ messages[3]['map'].z }} {{ messages.0.role }}
{{ messages[1:3] | length }} {{ messages[::-1][0].role }} {{ 'abcdef'[1:4] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-3:] }} {{ 'abcdef'[::2] }} {{ 'abc'[5:] }}| {{ 'abc'[:-1] }} {{ (1, 2, 3)[1:] }} {{ '🙂ab🙂'[1:3] }} {{ '🙂ab'|length }} {{ [1,2,3][2:0:-1] }} {{ 'abc'[1:2:] }}
{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {{ m.role }} {{ loop.previtem.role if not loop.first }} {{ loop.nextitem.role if not loop.last }} {{ loop.cycle('a', 'b') }} {{ loop.changed(m.role) }} {{ loop.depth }}
{% endfor %}
{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.role }},{% else %}none{% endfor %}{% for m in [] %}x{% else %}empty{% endfor %}
{% for k, v in messages[3].map.items() %}{{ k }}={{ v }};{% endfor %}{% for k in messages[3].map %}{{ k }}{% endfor %}{% for c in 'añ🙂' %}[{{ c }}]{% endfor %}{% for x in nothing %}x{% endfor %}{% for a, (b) in [(1, 2)] %}{{ a }}{{ b }}{% endfor %}
{% for i in range(3) %}{% for j in range(i, 5, 2) %}{{ i }}{{ j }}{{ loop.depth }}{% if j == 3 %}{% continue %}{% endif %}-{% endfor %}{% if i == 1 %}{% break %}{% endif %};{% endfor %}
{% set x = 0 %}{% for i in [1, 2, 3] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}
{% set ns = namespace(a=1, found=false) %}{% for i in [1, 2, 3] %}{% set ns.a = ns.a + i %}{% if i == 2 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.a }}{{ ns.found }}{{ ns.nope }}{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set ns = namespace({'q': 5}, r=6) %}{{ ns.q }}{{ ns.r }}
{% set block %}  text {{ 1 + 1 }} {% endset %}[{{ block }}]{% set up | upper | trim %} abc {% endset %}[{{ up }}]
{% macro hi(name, greet='Hi', other=name) %}{{ greet }} {{ name }} {{ other }}!{% endmacro %}{{ hi('Bob') }}{{ hi('Bob', greet='Yo') }}{{ hi(name='Z', other=1) }}{{ hi('a') | upper }}{{ hi() }}
{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}in{{ 1 }}{% endcall %}{% macro each(l) %}{% for x in l %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}{% call(x, i) each(['p', 'q']) %}{{ i }}{{ x }},{% endcall %}
{% macro fact(n) %}{% if n <= 1 %}1{% else %}{{ n * (fact(n - 1) | int) }}{% endif %}{% endmacro %}{{ fact(6) }}
{% filter upper %}abc {{ 'd' }}{% endfilter %}{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}
{% if messages | selectattr('role', 'equalto', 'nobody') %}iterators are true{% endif %}{% if (messages | selectattr('role', 'equalto', 'nobody') | list) %}no{% else %}lists are not{% endif %}
{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='role') | join(',') }} {{ messages | map(attribute='role') | unique | list }} {{ messages | rejectattr('content') | list | length }} {{ [1, 2, 3, 4] | select('odd') | list }} {{ [1, 0, 2] | select | list }} {{ [1, 2, 3] | reject('divisibleby', 2) | list }} {{ ['a', 'b'] | map('upper') | join }} {{ messages | map(attribute='tags', default='-') | list }} {{ messages | map(attribute='tool_calls.0.function.name', default='?') | join(' ') }}
{{ messages[4].content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join('') }} {{ messages | selectattr('tags', 'defined') | list | length }}
{{ '  x ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ 'abc' | length }}|{{ [1, 2] | count }}|{{ 'aBc' | upper }}{{ 'aBc' | lower }}{{ 'hello wORLD-foo (bar' | title }}{{ 'hELLO' | capitalize }}|{{ 'aaa' | replace('a', 'b', 2) }}|{{ 'aaa' | replace('a', 'b') }}|{{ nothing | default('d') }}{{ '' | default('d') }}{{ '' | default('d', true) }}{{ none | d('e', boolean=true) }}{{ 5 | default(1) }}
{{ [3, 1, 2] | first }}{{ [3, 1, 2] | last }}{{ 'abc' | first }}{{ [] | first }}|{{ 'abc' | list }}{{ {'a': 1} | list }}{{ [3, 1, 2] | sort }}{{ ['b', 'A', 'c'] | sort }}{{ ['b', 'A'] | sort(case_sensitive=true) }}{{ [1, 2] | sort(reverse=true) }}{{ [{'n': 2}, {'n': 1}] | sort(attribute='n') }}{{ 'abc' | reverse }}{{ [1, 2] | reverse | list }}{{ [1, 2, 3] | sum }}{{ [{'n': 2}, {'n': 1}] | sum(attribute='n') }}{{ [1, 3, 2] | max }}{{ ['b', 'a'] | min }}
{{ messages[3].map | dictsort }}{{ messages[3].map | items | list }}{{ {'b': 1, 'a': 2} | dictsort(by='value') }}{{ {'b': 1, 'a': 2} | dictsort(reverse=true) }}
{{ '42' | int }}{{ 'x' | int }}{{ 'x' | int(7) }}{{ '3.9' | int }}{{ 3.9 | int }}{{ '2.5' | float }}{{ 'y' | float }}{{ 1 | string + 'x' }}{{ 2.567 | round(2) }}{{ 2.5 | round }}{{ 2.1 | round(method='ceil') }}{{ 2.9 | round(0, 'floor') }}{{ -3 | abs }}{{ 'a b  c-d' | wordcount }}{{ 'x' | safe }}
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb\n' | indent(2, blank=true) }}|{{ 'a\nb' | indent('> ') }}
{{ messages[2].tool_calls | tojson }} {{ tools | tojson }} {{ 'é"\\\n\t\x01/' | tojson }} {{ {'b': 1, 'a': [1, {}], 'c': []} | tojson(indent=2) }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [1, 2] | tojson(separators=(',', ':')) }} {{ 'é🙂' | tojson(ensure_ascii=true) }} {{ tools | tojson(indent=4) }} {{ 1.0 | tojson }} {{ (1, 2) | tojson }}
{{ tools is defined }}{{ nothing is defined }}{{ nothing is undefined }}{{ none is none }}{{ 1 is not none }}{{ 'a' is string }}{{ 1 is number }}{{ true is number }}{{ 1 is integer }}{{ true is integer }}{{ 1.0 is float }}{{ true is boolean }}{{ true is true }}{{ 1 is true }}{{ false is false }}{{ {} is mapping }}{{ [] is mapping }}{{ 'a' is sequence }}{{ [] is sequence }}{{ {} is sequence }}{{ 1 is sequence }}{{ 'a' is iterable }}{{ 1 is iterable }}{{ range is callable }}{{ 'a' is callable }}
{{ 3 is odd }}{{ 3 is even }}{{ 6 is divisibleby 3 }}{{ 6 is divisibleby(4) }}{{ 'a' is eq 'a' }}{{ 1 is ne 1 }}{{ 1 is lt 2 }}{{ 2 is ge(2) }}{{ 1 is in [1] }}{{ 'a' is lower }}{{ 'A' is upper }}{{ none is sameas none }}{{ 1 is equalto 1 and 2 is equalto 2 }}{{ 'x' if 1 is number else 'y' }}
{{ ' a b '.strip() }}|{{ 'xaax'.strip('x') }}|{{ ' a '.lstrip() }}|{{ ' a '.rstrip() }}|{{ 'a,b,,c'.split(',') }}{{ ' a  b '.split() }}{{ 'a b c'.split(' ', 1) }}{{ 'a b c'.split(None, 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ 'a\nb\r\nc'.splitlines() }}{{ 'k=v=w'.partition('=') }}{{ 'k=v=w'.rpartition('=') }}{{ 'kv'.partition('=') }}
{{ 'abc'.startswith('a') }}{{ 'abc'.endswith(('x', 'c')) }}{{ 'abc'.find('c') }}{{ 'abc'.find('z') }}{{ '🙂abc'.find('b') }}{{ 'abcabc'.rfind('b') }}{{ 'aXa'.count('a') }}{{ '-'.join(['a', 'b']) }}{{ 'abc'.upper() }}{{ 'ABC'.lower() }}{{ "they're bill's".title() }}{{ 'hELLO wORLD'.capitalize() }}{{ 'aaa'.replace('a', 'b', 1) }}{{ 'abc'.index('c') }}{{ '12'.isdigit() }}{{ 'a1'.isalnum() }}{{ 'ab'.isalpha() }}{{ ' '.isspace() }}{{ 'AB'.isupper() }}{{ 'ab'.islower() }}{{ 'a'.ljust(3) }}|{{ 'a'.rjust(3, '.') }}{{ '7'.zfill(3) }}{{ 'prefix-x'.removeprefix('prefix-') }}{{ 'x.py'.removesuffix('.py') }}{{ 'straße'.upper() }}
{{ messages[3].map.get('z') }}{{ messages[3].map.get('q') }}{{ messages[3].map.get('q', 5) }}{{ messages[3].map.keys() | list }}{{ messages[3].map.values() | list }}{{ messages[3].items() | list | length }}{{ [1, 2, 1].count(1) }}{{ [1, 2].index(2) }}{{ dict(a=1, b='x') }}{{ dict({'a': 1}, b=2) }}
{{ strftime_now('%d %b %Y') }} {{ strftime_now("%Y-%m-%d %H:%M:%S %A %B %j %p %y %-d %% %I %a") }}
{%- if true -%}   a   {%- endif -%}   b   {{- ' c ' -}}   d   {#- comment -#}   e
  {% if true %}
    line
  {% endif %}
  {%+ if true %}
 kept {%+ endif +%}
end
   {# comment #}
x {# c #} y
	{%- set q = 1 %}

{{ q }}
{% raw %}{{ not }} {% tags %}{% endraw %} after {%- raw -%}  x {{ }}  {%- endraw -%}  z
  {% raw %}
   {{ y }}
  {% endraw %}
z
{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {'b': {}}} }}{{ {'x': 1,} }}{{ [1,] }}{{ (1, 2,) }}{{ 1, 2 }}
{% generation %}model says{% endgeneration %} x {% for m in messages %}{{ m.role }}{% if m.role == 'assistant' %}{% generation %}{{ m.content or 'tools' }}🙂{% endgeneration %}{% endif %}{% endfor %}
{%- for m in messages -%}
    {%- if m.role == 'user' -%}
        {{- '<|user|>' -}}
        {%- if m.content is string -%}{{- m.content | trim -}}{%- else -%}{%- for p in m.content if p.type == 'text' -%}{{- p.text -}}{%- endfor -%}{%- endif -%}
    {%- elif m.role == 'assistant' and m.content and '</think>' in m.content -%}
        {{- '<|assistant|>' + m.content.split('</think>')[-1].lstrip('\n') + eos_token -}}
    {%- elif m.tool_calls is defined and m.tool_calls -%}
        {%- for c in m.tool_calls -%}{{- c.function.name ~ '(' ~ (c.function.arguments | tojson) ~ ')' -}}{%- endfor -%}
    {%- endif -%}
{%- endfor -%}
{{ raise_exception('no: ' + messages[0].role) }}
{{ messages[0].nope.deeper }}
{{ nothing.x }}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ nothing + 'a' }}
{{ none.x }}|{{ none | length }}
{{ messages.append(1) }}
{{ messages[0].update({'a': 1}) }}
{{ 1 / 0 }}
{{ nothing() }}
{{ 'a' < 1 }}
{{ nothing | tojson }}
{% for x in none %}{% endfor %}
{% set messages.x = 1 %}
{{ range(10, 0, -3) | list }}{{ range(2) | length }}{% for a, b in [[1, 2], [3, 4]] %}{{ a + b }}{% endfor %}{% for a, b in [[1]] %}{% endfor %}
{{ [1, 2] | join(', ') }}{{ [{'a': 1}, {'a': 2}] | join('-', attribute='a') }}{{ 'abc' | join('.') }}{{ none | string }}{{ [none, 1] | join('/') }}{{ 12 ~ '' | length }}
{% set g = messages | map(attribute='role') %}{{ g | first }}{{ [1, 2] | map('string') | list }}{{ g is iterable }}
{% macro m(a) %}{{ a }}{{ x }}{% endmacro %}{% set x = 5 %}{{ m(1) }}{% for x in [7] %}{{ m(2) }}{% endfor %}
{{ 'it''s' }}{{ "\"" }}{{ '\u4e2d' }}{{ 'a\
b' }}
{% if messages[0].role == 'system' and messages | length > 2 or false %}A{% elif true %}B{% else %}C{% endif %}{% if not messages[1].tool_calls %}N{% endif %}{% if messages[2].content is none %}null{% endif %}
{{ loop }}|{{ 1_000 }}|{{ 0.5 }}|{{ 10 == 10 and 'y' or 'n' }}|{{ 'a' in ['a'] and not ('b' in ['a']) }}|{{ messages[1].content.strip().split(' ')[0] }}
{% set t = ('a', 'b') %}{{ t[0] }}{{ t | length }}{{ t | join }}{% set d = {'a': [1, 2]} %}{{ d.a[1] }}{{ d['a'][0] }}{{ d.items() | list }}{{ d['items'] is defined }}
{{ range(3) }}|{{ range(0, 9, 2)[1:3] }}|{{ range(5)[::-1] }}|{{ range(5)[-2:] }}|{{ range(5)[9:2] }}|{{ [range(2), range(1, 1)] }}|{{ range(3) | string }}|{{ range(3) ~ '' }}
{{ range(3) == [0, 1, 2] }} {{ range(3) == range(0, 3, 1) }} {{ range(0) == range(2, 1) }} {{ range(0, 3, 2) == range(0, 4, 2) }} {{ range(3) is sequence }} {{ range(3) is iterable }} {{ range(3) is mapping }}
{{ range(3).start }} {{ range(1, 7).stop }} {{ range(3).step }} {{ range(3).index(2) }} {{ range(3).count(1) }} {{ range(3).foo }} {{ range(5, 0, -2)[1] }} {{ range(3)[9] is defined }} {{ 1 in range(3) }}
{{ range(3) | reverse | list }} {{ range(3) | first }} {{ range(3) | last }} {{ range(3) | sum }} {{ range(3) | join }} {{ range(3) | length }} {{ range(3) | list }} {{ range(3) | map('string') | list }} {{ 'a' if range(0) else 'b' }}
{{ range(3) + [1] }}
{{ range(2) * 2 }}
{{ range(3) | tojson }}
{{ range(200000) }}
{{ true | round }} {{ 5 | round }} {{ 5 | round(1) }} {{ 125 | round(-1) }} {{ 135 | round(-1) }} {{ -125 | round(-1) }} {{ 126 | round(-3) }} {{ 5 | round(0, 'ceil') }} {{ true | round(1, 'floor') }} {{ 2.5 | round }} {{ -2.5 | round }} {{ 3.5 | round }}
{{ 1.115 | round(2) }} {{ 0.125 | round(2) }} {{ 0.375 | round(2) }} {{ 2.675 | round(2) }} {{ 1.005 | round(2) }} {{ 123.4 | round(-1) }} {{ 123.4 | round(-1, 'ceil') }} {{ 1e300 | round(3) }} {{ 5e-324 | round(20) }} {{ -0.4 | round }} {{ 0.1 | round(17) }}
{{ false.real }} {{ true.imag }} {{ (5).numerator }} {{ (5).denominator }} {{ 2.5.real }} {{ 2.5.imag }} {{ (5).conjugate() }} {{ (5).bit_length() }} {{ (-8).bit_length() }} {{ 2.5.is_integer() }} {{ 2.0.is_integer() }} {{ 5['real'] }} {{ true['imag'] }} {{ 2.5.numerator }}|{{ (5).nope }}
{% for x in [{'n': 1, 'c': [{'n': 2}, {'n': 3, 'c': [{'n': 4}]}]}, {'n': 5}] recursive %}[{{ x.n }}@{{ loop.depth }}{{ loop.depth0 }}{{ loop.index }}{% if x.c %}{{ loop(x.c) }}{% endif %}]{% endfor %}
{% for x in [[1, [2]], []] recursive %}<{% if x is iterable %}{{ loop(x) }}{% else %}{{ x }}{{ loop.index }}{% endif %}>{% else %}none{% endfor %}
{% for x in [1, [2, [3, 4]]] if x != 3 recursive %}{% if x is number %}{{ x }}{% else %}({{ loop(x) | upper }}){% endif %}{% endfor %}
{% set q = 7 %}{% for x in [1, [2]] recursive %}{% set y = x %}{{ q }}{{ z is defined }}{% set z = 1 %}{% if x is iterable %}{{ loop(x) }}{% endif %}{% endfor %}
{% for x in [1, [2]] recursive %}{% set outer = loop %}{% for w in [1] %}{% if x is iterable %}{{ outer(x) }}{% else %}{{ x }}{% endif %}{% endfor %}{% endfor %}
{% for x in [1, [2]] recursive %}{% for w in [1] %}{% if x is iterable %}{{ loop(x) }}{% endif %}{% endfor %}{% endfor %}
{% for x in [1, 2] %}{{ loop([3]) }}{% endfor %}
{% for x in [[1, 2], 3] recursive %}{% if x is number %}{{ x }}{% break %}{% endif %}{{ loop(x) }}{% endfor %}
{% for a, b in {'x': {'y': {}}} | items recursive %}{{ a }}{{ loop(b | items) }}{% endfor %}
{% for x in [1] recursive %}{{ loop(3) }}{% endfor %}
{% for x in [1] recursive %}{{ loop(nope) }}|{{ loop() }}{% endfor %}
'''.strip("\n")


def golden(source):
    env = environment()
    row = {"source": source, "messages": MESSAGES, "tools": TOOLS, "bos_token": "<s>", "eos_token": "</s>"}
    try:
        text = env.from_string(source).render(messages=MESSAGES, tools=TOOLS, documents=None, add_generation_prompt=False, bos_token="<s>", eos_token="</s>")
        spans, plain = [], ""
        for c in text:
            if c == "\x01":
                spans.append([len(plain), 0])
            elif c == "\x02":
                spans[-1][1] = len(plain)
            else:
                plain += c
        if "generation" in source:
            row["generation_spans"] = spans
            text = plain
        row["rendered"] = text
    except Exception as e:
        row["error"] = f"{type(e).__name__}: {e}"
    return row


def main():
    blocks, current = [], []
    multi = ("{% for m in messages %}{{ loop.index }}", "{%- if true -%}", "{%- for m in messages -%}", "{{ 'it''s'")
    lines = SOURCES.split("\n")
    i = 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("{% for m in messages %}{{ loop.index }}") or line.startswith("{{ 'it''s'"):
            blocks.append(line + "\n" + lines[i + 1])
            i += 2
        elif line.startswith("{%- if true -%}"):
            end = next(j for j in range(i, len(lines)) if lines[j] == "{{ q }}")
            blocks.append("\n".join(lines[i:end + 1]))
            i = end + 1
        elif line.startswith("{% raw %}"):
            blocks.append("\n".join(lines[i:i + 5]))
            i += 5
        elif line.startswith("{%- for m in messages -%}"):
            end = next(j for j in range(i, len(lines)) if lines[j] == "{%- endfor -%}")
            blocks.append("\n".join(lines[i:end + 1]))
            i = end + 1
        else:
            blocks.append(line)
            i += 1
    for source in blocks:
        print(json.dumps(golden(source), ensure_ascii=True))


if __name__ == "__main__":
    main()
