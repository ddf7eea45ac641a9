"""for: all of loop, else, filters, recursion, unpacking, break and continue."""
from generate import case

TREE = [{"n": "a", "c": [{"n": "b", "c": []}, {"n": "c", "c": [{"n": "d", "c": []}]}]}, {"n": "e", "c": []}]
CONTEXT = {"l": [1, 2, 3, 4], "e": [], "d": {"x": 1, "y": 2}, "tree": TREE, "p": [[1, "a"], [2, "b"]],
           "w": ["a", "a", "b", "b", "a"], "t": [[1, [2, 3]], [4, [5, 6]]], "s": "héy"}

TEMPLATES = """
{% for x in l %}{{ x }}{% endfor %}
{% for x in l %}{{ x }}{% else %}empty{% endfor %}|{% for x in e %}{{ x }}{% else %}empty{% endfor %}
{% for x in nope %}{{ x }}{% else %}undefined{% endfor %}
{% for x in none %}{{ x }}{% endfor %}
{% for x in 5 %}{{ x }}{% endfor %}
{% for x in s %}{{ x }}.{% endfor %}
{% for k in d %}{{ k }}{% endfor %}|{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}|{% for v in d.values() %}{{ v }}{% endfor %}
{% for k, v in d|dictsort %}{{ k }}{{ v }}{% endfor %}{% for k, v in d|items %}{{ k }}{{ v }}{% endfor %}
{% for a, b in p %}{{ a }}{{ b }}{% endfor %}|{% for (a, b) in p %}{{ a }}{{ b }}{% endfor %}
{% for a, (b, c) in t %}{{ a }}{{ b }}{{ c }};{% endfor %}
{% for a, b in l %}{% endfor %}
{% for a, b, c in p %}{% endfor %}
{% for x in 1, 2, 3 %}{{ x }}{% endfor %}
{% for x in (1,) %}{{ x }}{% endfor %}
{% for x in range(3) %}{{ x }}{% endfor %}{% for x in range(3, 0, -1) %}{{ x }}{% endfor %}
{% for x in l if x is odd %}{{ x }}{% else %}none{% endfor %}|{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}
{% for x in l if x is odd %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% endfor %}
{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}
{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}
{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}
{% for x in l %}{{ loop.cycle('odd', 'even') }} {% endfor %}
{% for x in l %}{{ loop.cycle() }}{% endfor %}
{% for x in w %}{% if loop.changed(x) %}[{{ x }}]{% endif %}{% endfor %}
{% for x in w %}{{ loop.changed(x, 1) }}{{ loop.changed() }} {% endfor %}
{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{% for y in [1] %}{{ loop.depth }}{% endfor %}{% endfor %}
{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}:{{ loop.index }} {% endfor %}
{% for x in l %}{% set outer = loop %}{% for y in [1, 2] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}
{% for x in l %}{{ loop }}{% endfor %}
{% for x in l %}{{ loop.nothing }}|{% endfor %}
{{ loop }}|{{ loop is defined }}
{% for x in l recursive %}{{ x }}{% endfor %}
{% for i in tree recursive %}{{ i.n }}{% if i.c %}({{ loop(i.c) }}){% endif %}{% endfor %}
{% for i in tree recursive %}{{ loop.depth }}{{ i.n }}{{ loop.index }}/{{ loop.length }}{{ loop(i.c) }}{% else %}-{% endfor %}
{% for i in tree recursive %}<li>{{ i.n }}{% if i.c %}<ul>{{ loop(i.c) }}</ul>{% endif %}</li>{% endfor %}
{% for i in tree %}{{ loop(i.c) }}{% endfor %}
{% for i in tree recursive %}{{ loop(5) }}{% endfor %}
{% for i in tree recursive %}{% set n = i.n %}{{ n }}{{ loop(i.c) }}{{ n }}{% endfor %}
{% for x in l %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}
{% for x in l %}{% if x == 3 %}{% continue %}{% endif %}{{ x }}{% endfor %}
{% for x in l %}{% for y in l %}{% if y > x %}{% break %}{% endif %}{{ y }}{% endfor %};{% endfor %}
{% for x in l %}{% break %}{% else %}empty{% endfor %}.
{% for x in l %}{% continue %}{% else %}empty{% endfor %}.
{% for x in l %}{{ loop.index }}{% if loop.index == 2 %}{% break %}{% endif %}{% endfor %}
{% for x in l %}{% with y = x %}{% if y == 2 %}{% continue %}{% endif %}{{ y }}{% endwith %}{% endfor %}
{% for x in l if x > 1 %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}
{% for x in l|batch(2) %}{{ x|join('-') }};{% endfor %}{% for x in l|slice(2) %}{{ x }}{% endfor %}
{% for x in l|reverse %}{{ x }}{% endfor %}{% for x in l|map('string') %}{{ x }}{{ loop.last }}{% endfor %}
{% for x in l|select('odd') %}{{ loop.length }}{{ x }}{% endfor %}
{% set g = l|map('string') %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}{{ x }}{% else %}used up{% endfor %}
{% for x in l %}{% set y = x %}{% endfor %}{{ y }}|{{ x }}
{% set y = 0 %}{% for x in l %}{% set y = y + x %}{{ y }}{% endfor %}{{ y }}
{% for x in l %}{{ y }}{% set y = x %}{% endfor %}
{% for x in l %}{{ l }}{% set l = [9] %}{{ l }}{% endfor %}
{% set x = 'outer' %}{% for x in l %}{{ x }}{% endfor %}{{ x }}
{% for l in l %}{{ l }}{% endfor %}{{ l }}
{% for x in l %}{% set x = x * 2 %}{{ x }}{% endfor %}
{% for x in l if x in [1, 2] %}{{ x }}{% endfor %}{% for x in l if loop is defined %}{{ x }}{% endfor %}
{% for a in [1] %}{% for x in l if loop.index %}{{ x }}{% endfor %}{{ loop.index }}{% endfor %}
{% for x in l if x > 1 if x < 4 %}{% endfor %}
{% for x in (l if true else e) %}{{ x }}{% endfor %}
{% for x in [3, 1, 2]|sort %}{{ x }}{{ ',' if not loop.last }}{% endfor %}
{% for x in l -%} {{ x }} {%- endfor %}
{% for x, in [[1], [2]] %}{{ x }}{% endfor %}
{% for x.y in l %}{% endfor %}
{% for 1 in l %}{% endfor %}
{% for x l %}{% endfor %}
{% for x in %}{% endfor %}
{% for loop in l %}{{ loop }}{% endfor %}
{% for x in l %}{% for loop in [7] %}{{ loop }}{% endfor %}{% endfor %}
{% for key, group in [{'k': 1}, {'k': 1}, {'k': 2}]|groupby('k') %}{{ key }}:{{ group|length }} {% endfor %}
{% for x in l %}{% if loop.first %}first{% elif loop.last %}last{% else %}.{% endif %}{% endfor %}
{% for x in l %}{% filter upper %}{{ loop.index }}a{% endfilter %}{% endfor %}
{% for x in l %}{% set t %}{{ loop.index }}{% endset %}{{ t }}{% endfor %}
{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}
{% macro m() %}{{ loop }}{% endmacro %}{% for x in l %}{{ m() }}|{% endfor %}
{% for x in l %}{{ x }}{% endfor %}{% for x in l %}{{ x }}{% endfor %}
{% for x in d.items() %}{{ x }}{{ x[0] }}{% endfor %}
{% for x in [] %}{% else %}{{ x }}{{ loop }}{% endfor %}
{% for x in l recursive %}{% if x < 3 %}{{ loop([x + 1]) }}{% endif %}{{ x }}{% endfor %}
{% for i in tree if i.c recursive %}{{ i.n }}{{ loop(i.c) }}{% endfor %}
{% for x in l %}{% do loop.index %}{% endfor %}{% for _ in range(2) %}.{% endfor %}
{% for x in 'abc'|list %}{{ loop.cycle(*['p', 'q']) }}{{ x }}{% endfor %}
"""


def cases():
    for template in TEMPLATES.strip().split("\n"):
        yield case(template, CONTEXT)
        yield case(template, CONTEXT, strict=True)
    yield case("{% for i in tree recursive %}<{{ i.n }}>{{ loop(i.c) }}{% endfor %}", CONTEXT, autoescape=True)
