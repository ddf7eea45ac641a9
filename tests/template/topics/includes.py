"""include, import, from."""
from generate import case

FILES = {
    "plain": "plain", "var": "[{{ x }}{{ y }}]", "sets": "{% set inner = 1 %}{{ inner }}",
    "loopvar": "{{ i }}{{ loop.index }}", "broken": "a{% if %}", "fails": "line\n{{ 1 / 0 }}",
    "m": "{% macro hi(n='you') %}hi {{ n }}{{ x }}{% endmacro %}{% macro _p() %}p{% endmacro %}{% set v = 5 %}{% set _h = 1 %}body{{ x }}",
    "m2": "{% from 'm' import hi %}{% macro wrap() %}<{{ hi('w') }}>{% endmacro %}",
    "self": "{% include 'self' %}", "ext": "{% extends 'base' %}{% block b %}in ext {{ x }}{% endblock %}",
    "base": "({% block b %}{% endblock %})", "caller": "{% macro c() %}[{{ caller() }}]{% endmacro %}",
    "nested": "{% include 'var' %}", "html": "{{ '<' }}{{ x }}", "closure": "{% set secret = 's' %}{% macro get() %}{{ secret }}{% endmacro %}",
    "counter": "{% set c = namespace(n=0) %}{% macro tick() %}{% set c.n = c.n + 1 %}{{ c.n }}{% endmacro %}",
}

TEMPLATES = """
a{% include 'plain' %}b
{% include 'var' %}{% include 'var' with context %}{% include 'var' without context %}
{% include 'nope' %}
{% include 'nope' ignore missing %}ok
{% include ['nope', 'plain'] %}
{% include ['nope', 'nada'] %}
{% include ['nope', 'nada'] ignore missing %}ok
{% include ('nope', 'plain') ignore missing without context %}
{% include [] ignore missing %}ok
{% include [] %}
{% include which %}{% include names %}
{% include nope %}
{% include nope ignore missing %}
{% include 'broken' %}
{% include 'broken' ignore missing %}
{% include 'fails' %}
{% include 'self' %}
{% set x = 'new' %}{% include 'var' %}{% include 'nested' %}
{% for i in [1, 2] %}{% include 'loopvar' %}{% endfor %}
{% for x in [1, 2] %}{% include 'var' %}{% endfor %}{% include 'var' %}
{% with x = 'w' %}{% include 'var' %}{% endwith %}
{% macro k(x) %}{% include 'var' %}{% endmacro %}{{ k('arg') }}
{% block q %}{% set x = 'blk' %}{% include 'var' %}{% endblock %}
{% include 'sets' %}{{ inner }}
{% include 'ext' %}{% include 'ext' without context %}
{% include 'm' %}{{ hi is defined }}
{% filter upper %}{% include 'plain' %}{% endfilter %}{% set s %}{% include 'plain' %}{% endset %}{{ s }}
{% import 'm' as k %}{{ k.hi() }}{{ k.hi('bob') }}{{ k.v }}{{ k._h }}{{ k._p }}{{ k.nope }}
{% import 'm' as k with context %}{{ k.hi() }}
{% import 'm' as k without context %}{{ k.hi() }}
{% import 'm' as k %}{{ k }}
{% import 'm' as k with context %}{{ k }}
{% import 'nope' as k %}
{% import 'broken' as k %}
{% import which as k %}{{ k }}
{% import 'm2' as k %}{{ k.wrap() }}{{ k.hi('direct') }}
{% import 'caller' as k %}{% call k.c() %}x{% endcall %}
{% from 'm' import hi %}{{ hi() }}
{% from 'm' import hi as hello, v %}{{ hello('a') }}{{ v }}
{% from 'm' import hi with context %}{{ hi() }}
{% from 'm' import hi, v without context %}{{ hi() }}{{ v }}
{% from 'm' import hi, %}{{ hi() }}
{% from 'm' import nope %}{{ nope is defined }}
{% from 'm' import nope %}{{ nope() }}
{% from 'm' import _p %}
{% from 'm' import hi as _x %}{{ _x() }}
{% from 'm' import %}
{% from 'm' hi %}
{% from 'nope' import x %}
{% import 'm' %}
{% import 'm' as %}
{% for i in [1] %}{% import 'm' as k %}{{ k.hi() }}{% endfor %}{{ k is defined }}
{% for i in [1] %}{% from 'm' import hi %}{{ hi() }}{% endfor %}{{ hi is defined }}
{% import 'm' as k %}{% block b %}{{ k.hi() }}{% endblock %}
{% from 'm' import hi %}{% block b %}{{ hi() }}{% endblock %}
{% import 'm' as k %}{% macro z() %}{{ k.hi() }}{% endmacro %}{{ z() }}
{% set x = 'top' %}{% import 'm' as k with context %}{{ k.hi() }}{{ k }}
{% import 'closure' as k %}{{ k.get() }}{{ k.secret }}
{% import 'counter' as k %}{{ k.tick() }}{{ k.tick() }}{{ k.c.n }}
{% for x in [1, 2] %}{% import 'm' as k with context %}{{ k.hi('q') }}{% endfor %}
{% include 'html' %}{% set q %}{% include 'html' %}{% endset %}{{ q }}
{% import 'html' as k with context %}{{ k }}
{% import 'm' as k %}{{ k.hi('<b>') }}
{% include 'plain' ignore missing with context %}{% include 'plain' ignore %}
{% include %}
{% for i in [1, 2] %}{% include 'loopvar' %}{% for j in [1] %}{{ loop.index }}{% endfor %}{% endfor %}
{% for i in [1, 2] %}{% include 'loopvar' %}{% for j in [] %}{% else %}{{ loop }}{% endfor %}{% endfor %}
{% for i in [1, 2] %}{% include 'loopvar' %}{% block q scoped %}{% endblock %}{% endfor %}
{% for i in [1] %}{% include 'loopvar' %}{% for j in [1] %}{% block q scoped %}{% endblock %}{% endfor %}{% endfor %}
{% with x = nope %}{% include 'var' %}{% endwith %}{% if false %}{% set x = 1 %}{% endif %}{% include 'var' %}
{% macro w() %}{{ kwargs }}{% endmacro %}{% call w() %}{% endcall %}
"""


def cases():
    context = {"x": "X", "y": "Y", "which": "plain", "names": ["nope", "plain"]}
    for template in TEMPLATES.strip().split("\n"):
        yield case(template, context, FILES)
        if "html" in template or "<" in template:
            yield case(template, dict(context, x="<x>"), FILES, autoescape=True)
        if "import" in template:
            yield case(template, context, FILES, strict=True)
