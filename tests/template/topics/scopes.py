"""Which variable a name means."""
from generate import case

TEMPLATES = """
{% set x = 1 %}{% for i in [1] %}{{ x }}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}
{% for i in [1, 2] %}{{ c }}{% set c = i %}{{ c }}{% endfor %}{{ c }}
{% for i in [1, 2] %}{% if i == 1 %}{% set c = i %}{% endif %}{{ c }}{% endfor %}
{% for i in [1, 2] %}{% if i == 2 %}{% set q = i %}{% endif %}[{{ q }}]{% endfor %}
{% if c %}{% set c = 'set' %}{% endif %}{{ c }}
{% if not c %}{% set c = 'set' %}{% endif %}{{ c }}
{% set c = c ~ '!' %}{{ c }}
{% macro m() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ m() }}{% set x = 2 %}{{ m() }}
{% macro m() %}{{ c }}{% set c = 'in' %}{{ c }}{% endmacro %}{{ m() }}{{ c }}
{% macro m(c) %}{{ c }}{% endmacro %}{{ m('arg') }}{{ c }}{{ m() }}
{% macro a() %}{% macro b() %}{{ c }}{{ y }}{% endmacro %}{% set y = 5 %}{{ b() }}{% endmacro %}{{ a() }}
{% set x = 1 %}{% macro m(p=x) %}{{ p }}{% endmacro %}{% set x = 2 %}{{ m() }}
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}
{% macro m(a=b, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m() }}
{% with x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endwith %}
{% with x = 1 %}{% set x = 2 %}{{ x }}{% endwith %}[{{ x }}]
{% with %}{% set c = 2 %}{{ c }}{% endwith %}{{ c }}
{% filter upper %}{% set c = 'q' %}{{ c }}{% endfilter %}{{ c }}
{% set t %}{% set c = 'q' %}{{ c }}{% endset %}{{ c }}{{ t }}
{% autoescape true %}{% set c = 'q' %}{{ c }}{% endautoescape %}{{ c }}
{% block b %}{% set c = 'q' %}{{ c }}{% endblock %}{{ c }}
{% set x = 1 %}{% block b %}{{ x }}{% endblock %}
{% if true %}{% set x = 1 %}{% endif %}{% block b %}{{ x }}{% endblock %}
{% for i in [1, 2] %}{% block b scoped %}{{ i }}{% endblock %}{% endfor %}
{% for i in [1, 2] %}{% block b %}[{{ i }}]{% endblock %}{% endfor %}
{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% block b scoped %}{{ x }}{{ i }}{{ loop.index }}{% endblock %}{% endfor %}
{% for i in [1, 2] %}{% for j in [3, 4] %}{{ i }}{{ j }}{% set i = 9 %}{% endfor %}{{ i }}{% endfor %}
{% set range = 5 %}{{ range }}
{% set dict = 5 %}{% for i in [1] %}{{ dict }}{% endfor %}
{{ range }}{% set range = 1 %}
{% macro m() %}{{ m is defined }}{{ n is defined }}{% endmacro %}{{ m() }}{% set n = 1 %}{{ m() }}
{% macro f(n) %}{{ n }}{% if n > 0 %},{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
{% set f = 1 %}{% macro f() %}x{% endmacro %}{{ f() }}{% set f = 2 %}{{ f }}
{% for x in [1] %}{% set y = x %}{% for z in [1] %}{{ y }}{% set y = 5 %}{{ y }}{% endfor %}{{ y }}{% endfor %}
{% for x in [1, 2] %}{{ loop.index }}{% for y in [1] %}{% set loop = 5 %}{{ loop }}{% endfor %}{% endfor %}
{% for x in [1, 2] %}{% macro m() %}{{ x }}{% endmacro %}{% if loop.last %}{{ m() }}{% endif %}{% endfor %}
{% call(x) wrap() %}{{ x }}{{ c }}{% endcall %}{% macro wrap() %}{% endmacro %}
{% macro wrap() %}[{{ caller('arg') }}]{% endmacro %}{% set v = 1 %}{% call(x) wrap() %}{{ x }}{{ v }}{{ c }}{% endcall %}
{% macro wrap() %}{% set v = 2 %}{{ caller() }}{% endmacro %}{% set v = 1 %}{% call wrap() %}{{ v }}{% endcall %}
{% for i in [1, 2] %}{% if loop.first %}{% set a = i %}{% else %}{% set b = i %}{% endif %}[{{ a }}{{ b }}]{% endfor %}
{% set a = 1 %}{% if true %}{% for i in [1] %}{% set a = 2 %}{% endfor %}{% endif %}{{ a }}
{% if c == 1 %}{% set k = 1 %}{% elif c == 2 %}{% set k = 2 %}{% else %}{% set k = 3 %}{% endif %}{{ k }}
{% if false %}{% set c = 1 %}{% elif false %}{% set c = 2 %}{% endif %}{{ c }}
{% for x in [1] %}{% if false %}{% set c = 1 %}{% endif %}{{ c }}{% endfor %}
{% macro m() %}{% if false %}{% set c = 1 %}{% endif %}{{ c }}{% endmacro %}{{ m() }}
{% set _private = 1 %}{{ _private }}{% block b %}{{ _private }}{% endblock %}
{{ _x }}{% set __y = 2 %}{{ __y }}
"""


def cases():
    for template in TEMPLATES.strip().split("\n"):
        yield case(template, {"c": "ctx"})
