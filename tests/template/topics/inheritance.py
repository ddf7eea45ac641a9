"""extends, block, super, self, scoped, required."""
from generate import case

FILES = {
    "base": "<{% block title %}T{% endblock %}|{% block body %}B{% endblock %}>",
    "mid": "{% extends 'base' %}{% block title %}mid:{{ super() }}{% endblock %}",
    "nested": "[{% block a %}a{% block b %}b{% endblock %}c{% endblock %}]",
    "vars": "{{ x }}{% block v %}{{ x }}{% endblock %}",
    "loop": "{% for i in [1, 2] %}{% block item scoped %}{{ i }}{% endblock %}{% endfor %}",
    "unscoped": "{% for i in [1, 2] %}{% block item %}({{ i }}){% endblock %}{% endfor %}",
    "required": "{% block r required %}{% endblock %}",
    "macros": "{% macro m(x) %}[{{ x }}]{% endmacro %}{% block body %}{% endblock %}",
    "selfref": "{% block t %}X{% endblock %}{{ self.t() }}{{ self.t() }}",
    "broken": "{% if %}",
    "grand": "{% extends 'mid' %}{% block title %}grand:{{ super() }}{% endblock %}",
    "dyn1": "1{% block x %}{% endblock %}", "dyn2": "2{% block x %}{% endblock %}",
    "html": "{% block c %}{{ '<i>' }}{% endblock %}",
}

TEMPLATES = """
{% extends 'base' %}
{% extends 'base' %}{% block title %}child{% endblock %}
{% extends 'base' %}{% block body %}{{ super() }}+{% endblock %}
{% extends 'mid' %}{% block title %}c:{{ super() }}{% endblock %}
{% extends 'grand' %}{% block title %}c:{{ super() }}{% endblock %}
{% extends 'grand' %}{% block title %}c:{{ super.super() }}{% endblock %}
{% extends 'grand' %}{% block title %}c:{{ super.super.super() }}{% endblock %}
{% extends 'grand' %}{% block title %}c:{{ super.super.super.super() }}{% endblock %}
{% extends 'base' %}{% block title %}{{ super() }}{{ super() }}{% endblock %}
{% extends 'base' %}ignored{{ x }}{% block title %}c{% endblock %}ignored
{% extends 'base' %}{% for i in [1] %}ignored{% endfor %}{% if true %}ignored{% endif %}
{% extends 'base' %}{% set x = 5 %}{% block title %}{{ x }}{% endblock %}
{% set x = 5 %}{% extends 'base' %}{% block title %}{{ x }}{% endblock %}
before{% extends 'base' %}
{% extends 'vars' %}{% set x = 7 %}
{% extends 'vars' %}{% block v %}{{ x }}{% endblock %}
{% extends 'nested' %}{% block b %}B{% endblock %}
{% extends 'nested' %}{% block a %}A{% endblock %}
{% extends 'nested' %}{% block a %}A{{ super() }}{% endblock %}{% block b %}B{{ super() }}{% endblock %}
{% extends 'loop' %}{% block item %}[{{ i }}{{ loop.index }}]{% endblock %}
{% extends 'unscoped' %}{% block item %}[{{ i }}]{% endblock %}
{% extends 'required' %}
{% extends 'required' %}{% block r %}filled{% endblock %}
{% block r required %}{% endblock %}
{% block r required %}text{% endblock %}
{% block r required %}  {# comment #}  {% endblock %}
{% extends 'macros' %}{% block body %}{{ m is defined }}{% endblock %}
{% extends 'base' %}{% macro m(x) %}({{ x }}){% endmacro %}{% block body %}{{ m(1) }}{% endblock %}
{% extends 'selfref' %}{% block t %}Y{{ super() }}{% endblock %}
{% block t %}X{% endblock %}-{{ self.t() }}-{{ self.nope }}-{{ self.t }}
{{ self.t() }}{% block t %}{{ y }}{% endblock %}
{{ self.nope() }}
{% block a %}1{% endblock %}{% block a %}2{% endblock %}
{% block a %}x{% endblock a %}
{% block a %}x{% endblock b %}
{% block %}{% endblock %}
{% block a-b %}{% endblock %}
{% block a %}{% block a %}{% endblock %}{% endblock %}
{% extends 'nope' %}
{% extends 'broken' %}
{% extends nope %}
{% extends 5 %}
{% extends 'base' %}{% extends 'base' %}
{% if true %}{% extends 'base' %}{% endif %}{% block title %}c{% endblock %}
{% if false %}{% extends 'base' %}{% endif %}plain{% block title %}c{% endblock %}
{% for i in [1] %}{% extends 'base' %}{% endfor %}
{% extends which %}{% block x %}!{% endblock %}
{% extends 'dyn1' if y else 'dyn2' %}{% block x %}!{% endblock %}
{% block a %}{{ super() }}{% endblock %}
{% block a %}{{ super is defined }}{% endblock %}
{% extends 'base' %}{% block title %}{{ self.body() }}{% endblock %}
{% extends 'base' %}{% block title scoped %}{{ y }}{% endblock %}
{% extends 'base' %}{% block title %}{% for i in [1, 2] %}{{ super() }}{{ i }}{% endfor %}{% endblock %}
{% extends 'base' %}{% block title %}{% macro m() %}{{ y }}m{% endmacro %}{{ m() }}{% endblock %}
{% extends 'base' %}{% block title %}{% set t %}{{ super() }}{% endset %}{{ t|upper }}{% endblock %}
{% extends 'html' %}{% block c %}<b>{{ super() }}{{ '<u>' }}{% endblock %}
{% extends 'html' %}{% block c %}{{ super()|upper }}{{ super()|length }}{% endblock %}
{% block outer %}{% for i in [1, 2] %}{% block inner scoped %}{{ i }}{% endblock %}{% endfor %}{% endblock %}
{% block a %}{% set q = 1 %}{% endblock %}{% block b %}{{ q }}{% endblock %}
{% for i in [1, 2] %}{{ self.a() }}{% endfor %}{% block a %}x{% endblock %}
{% extends 'base' %}{% import 'macros' as k %}{% block title %}{{ k.m(1) }}{% endblock %}
{% extends 'base' %}{% from 'macros' import m %}{% block title %}{{ m(1) }}{% endblock %}
{% extends 'base' %}{% include 'dyn1' %}{% block title %}c{% endblock %}
{% extends 'base' %}{% filter upper %}x{% endfilter %}{% call k() %}{% endcall %}
{% extends 'base' %}{% for i in [1, 2] %}{% block title %}{{ i }}{% endblock %}{% endfor %}
{% extends 'base' %}{% with i = 1 %}{% block title scoped %}{{ i }}{% endblock %}{% endwith %}
{% autoescape true %}{% block title %}{{ '<' }}{% endblock %}{{ '<' }}{% endautoescape %}
{% autoescape false %}{% block html %}{{ '<' }}{% endblock %}{{ '<' }}{% endautoescape %}
{% extends 'base' %}{% set caught %}kept{% endset %}{% block title %}{{ caught }}{% endblock %}
"""


def cases():
    for template in TEMPLATES.strip().split("\n"):
        yield case(template, {"y": "ctx", "which": "dyn2"}, FILES)
        if "html" in template or "super" in template:
            yield case(template, {"y": "<ctx>", "which": "dyn2"}, FILES, autoescape=True)
