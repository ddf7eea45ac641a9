"""macro, call, caller, varargs, kwargs."""
from generate import case

TEMPLATES = """
{% macro m() %}x{% endmacro %}{{ m() }}{{ m() }}
{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(1) }}{{ m('b') }}{{ m() }}{{ m(a=3) }}
{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, c=3) }}|{{ m(1, 2, 3) }}|{{ m(b=1, a=0) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}{{ m() }}
{% macro m() %}{{ varargs|length }}{% for v in varargs %}{{ v }}{% endfor %}{% endmacro %}{{ m(*[1, 2]) }}{{ m(1, *[2]) }}
{% macro m() %}{% for k, v in kwargs|dictsort %}{{ k }}={{ v }};{% endfor %}{% endmacro %}{{ m(a=1, **{'b': 2}) }}
{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*[1, 2]) }}{{ m(**{'a': 3, 'b': 4}) }}{{ m(*[1], b=2) }}
{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}inner{% endcall %}
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
{% macro m() %}{{ caller('a', b=1) }}{% endmacro %}{% call(x, b) m() %}{{ x }}{{ b }}{% endcall %}
{% macro m() %}{{ caller('a') }}{% endmacro %}{% call(x, y='d') m() %}{{ x }}{{ y }}{% endcall %}
{% macro m() %}no caller{% endmacro %}{% call m() %}x{% endcall %}
{% macro m() %}{{ caller is defined }}{% if caller %}{{ caller() }}{% endif %}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}
{% macro outer() %}<{{ caller() }}>{% endmacro %}{% call outer() %}{% call outer() %}x{% endcall %}{% endcall %}
{% macro list(items) %}{% for i in items %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(i) list([1, 2]) %}({{ i }}){% endcall %}
{% macro m(a, b=1) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}
{% macro m() %}{{ varargs }}{{ kwargs }}{{ caller }}{% endmacro %}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}{{ m.nothing }}
{% macro m() %}{% endmacro %}{{ m }}
{% macro m(a, a=1, b) %}{% endmacro %}
{% macro m(a=1, b) %}{% endmacro %}
{% macro m %}{% endmacro %}
{% macro %}{% endmacro %}
{% macro m( %}{% endmacro %}
{% macro m() %}
{% call m %}{% endcall %}
{% call 5 %}{% endcall %}
{% call nope() %}{% endcall %}
{% macro m() %}<b>{% endmacro %}{{ m() }}{{ m()|length }}{{ m() ~ '<' }}{{ m()|upper }}
{% macro m(x) %}{{ x }}{% endmacro %}{{ m('<b>') }}{{ m('<b>'|safe) }}
{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}<b>{{ '<i>' }}{% endcall %}
{% autoescape false %}{% macro m() %}{{ '<' }}{% endmacro %}{% endautoescape %}{{ m is defined }}
{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}
{% macro fact(n) %}{% if n > 1 %}{{ n * fact(n - 1)|int }}{% else %}1{% endif %}{% endmacro %}{{ fact(10) }}
{% macro m(x) -%}  {{ x }}  {%- endmacro %}[{{ m(1) }}]
{% macro m(x=[]) %}{% do x.append(1) %}{{ x }}{% endmacro %}{{ m() }}{{ m() }}
{% macro m(x) %}{{ x is defined }}{{ x }}{% endmacro %}{{ m() }}{{ m(none) }}
{% macro m(x) %}{{ x.y }}{% endmacro %}{{ m() }}
{% set m = 5 %}{% if true %}{% macro m() %}x{% endmacro %}{% endif %}{{ m() }}
{% for i in [1, 2] %}{% macro m(x) %}{{ x }}{{ i }}{% endmacro %}{{ m('a') }}{% endfor %}{{ m is defined }}
{% macro input(name, value='', type='text', size=20) %}<input type="{{ type }}" name="{{ name }}" value="{{ value|e }}" size="{{ size }}">{% endmacro %}{{ input('u') }}{{ input('p', type='password', value='<x>') }}
{{ m() }}{% macro m() %}late{% endmacro %}
{% macro m(caller=1) %}{{ caller }}{% endmacro %}{{ m() }}
{% macro m(kwargs) %}{{ kwargs }}{% endmacro %}{{ m(1) }}
{% macro m(varargs=2) %}{{ varargs }}{% endmacro %}{{ m() }}
{% macro m() %}{% set caller = 1 %}{{ caller }}{% endmacro %}{{ m() }}
{% macro m() %}{{ kwargs.a }}{{ varargs[0] }}{% endmacro %}{{ m(1, a=2) }}{{ m(1, 2, b=1) }}
{% macro deep(n) %}{% if n %}{% call deep(n - 1) %}{{ n }}{% endcall %}{% endif %}{{ caller() if caller }}{% endmacro %}{{ deep(3) }}
{% macro m() %}{{ self }}{{ super }}{% endmacro %}{{ super is defined }}
{% macro upper(x) %}mine{% endmacro %}{{ upper('a') }}{{ 'a'|upper }}
{% macro m(a, b) %}{{ b }}{{ a }}{% endmacro %}{{ m(b=1, a=2, **{}) }}{{ m(1, *(2,)) }}
{{ range(*[1, 4])|list }}{{ dict(**{'a': 1}) }}{{ dict(*[[['a', 1]]]) }}
{{ 'x{}{}'.format(*[1, 2]) }}{{ 'x{a}'.format(**{'a': 1}) }}{{ [1, 2]|join(**{'d': '-'}) }}
"""


def cases():
    for template in TEMPLATES.strip().split("\n"):
        yield case(template)
        yield case(template, autoescape=True)
        yield case(template, strict=True)
