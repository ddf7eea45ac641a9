"""if, set, do, with, filter, raw, comments and what is wrong with tags."""
from generate import case

TEMPLATES = """
{% if a %}A{% elif b %}B{% else %}C{% endif %}
{% if not a %}x{% endif %}|{% if a and b %}y{% endif %}|{% if a or b %}z{% endif %}
{% if a %}{% if b %}ab{% else %}a{% endif %}{% else %}-{% endif %}
{% if n > 3 %}big{% elif n == 3 %}three{% elif n %}small{% else %}zero{% endif %}
{% if a: %}x{% endif %}
{% if [] %}x{% else %}empty{% endif %}{% if '' %}x{% else %}empty{% endif %}{% if nope %}x{% else %}undefined{% endif %}
{% set x = 1 %}{{ x }}{% set x = x + 1 %}{{ x }}
{% set x, y = 1, 2 %}{{ x }}{{ y }}{% set (p, q) = [3, 4] %}{{ p }}{{ q }}{% set x, y = y, x %}{{ x }}{{ y }}
{% set x = 1, 2 %}{{ x }}{% set y = 1, %}{{ y }}
{% set a, b = 1 %}
{% set a, b = [1, 2, 3] %}
{% set x %}text {{ n }}{% endset %}{{ x }}|{{ x|length }}
{% set x %}{% if a %}q{% endif %}{% endset %}[{{ x }}]
{% set ns = namespace(x=1, y='a') %}{% set ns.x = 5 %}{{ ns.x }}{{ ns.y }}{{ ns.z }}
{% set ns = namespace() %}{% for i in [1, 2, 3] %}{% set ns.total = (ns.total or 0) + i %}{% endfor %}{{ ns.total }}
{% set ns = namespace({'a': 1}) %}{{ ns.a }}{% set ns.b %}block{% endset %}{{ ns.b }}
{% set d = {} %}{% set d.x = 1 %}
{% set none = 1 %}
{% set 1 = 2 %}
{% set a.b.c = 2 %}
{% set true = 1 %}
{% do l.append(9) %}{{ l }}
{% do 1 + 1 %}x
{% with %}{% set x = 1 %}{{ x }}{% endwith %}{{ x }}
{% with x = 1, y = 2 %}{{ x }}{{ y }}{% endwith %}{{ x }}
{% with a = n, b = a %}{{ a }}{{ b }}{% endwith %}
{% with x = 1 %}{% with x = 2 %}{{ x }}{% endwith %}{{ x }}{% endwith %}
{% with (a, b) = [1, 2] %}{{ a }}{{ b }}{% endwith %}
{% filter upper %}abc{% endfilter %}
{% filter upper|replace('A', 'x') %}abc{{ n }}{% endfilter %}
{% filter nofilter %}x{% endfilter %}
{% filter escape %}<b>{% endfilter %}
{% filter join('-') %}abc{% endfilter %}
{% raw %}{{ x }} {% if %}{% endraw %}
{% raw -%}  a  {%- endraw %}|
  {%- raw %} x {% endraw -%}  y
{% raw %}{# c #}{% endraw %}
{%raw%}a{%endraw%}
{% raw %}never ends
{# comment #}a{# {{ x }} {% if %} #}b
a{#- comment -#} b
{# never ends
{#}x#}y
{#-#}z
a {##} b
{% print n %}{% print n, a %}
{% nonsense %}
{% if a %}
{% for x in l %}
{% endif %}
{% endfor %}
{% else %}
{% if a %}{% endfor %}
{% for x in l %}{% endif %}
{% if a %}{% else %}{% else %}{% endif %}
{% %}
{% 1 %}
{% set %}
{% set x %}
{% set x = %}
{% with x %}{% endwith %}
{% break %}
{% continue %}
{% macro m() %}{% break %}{% endmacro %}
{{ n }
{{ n %}
{% if a }}
{{ }}
{{ 'a }}
a { b } c {d} {{ '{' }} {{ '}}' }} {{ '%}' }}
}} %} #}
{{ {'a': {'b': 1}}.a.b }}
{{ {'a': {}} }}
{{ [{'a': 1}] }}
{{n}}{{ n}}{{n }}{{- n -}}{{+n}}{{-n}}
{{ n -}} x {{- n }} y
{{ n +}}
{% if a +%} x {% endif %}
{{ -n }} {{ - n }} {{ +n }}
{%if a%}x{%endif%}
{%
if a
%}multi{%
endif
%}
{{
n
+
1
}}
{{ a if a }}{{ a if not a }}|{{ (a if not a) is defined }}
{{ range(3)|list }}{{ dict(a=n) }}{{ cycler('a', 'b').next() }}
{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.current }}
{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}c
{% set j = joiner() %}{{ j() }}a{{ j() }}b
{{ cycler() }}
{{ range() }}
{{ range(1, 2, 0) }}
{{ range(1000000) }}
{{ range('a') }}
{{ range(2)|length }} {{ range(0, 10, 3)|list }} {{ range(5) }} {{ range(1, 5, 2) }}
{{ lipsum(n=1)|length > 10 }} {{ lipsum(1, false) is string }}
{% set x = 5 %}{% if true %}{% set x = 6 %}{% endif %}{{ x }}
{% if false %}{% set n = 6 %}{% endif %}{{ n }}
{% if true %}{% set fresh = 6 %}{% endif %}{{ fresh }}
{% if false %}{% set fresh = 6 %}{% endif %}{{ fresh }}|{{ fresh is defined }}
{{ x }}{% set x = 1 %}{{ x }}
{{ n }}{% set n = 1 %}{{ n }}
{{ l[0] }}{{ l.0 }}{{ l[-1] }}{{ l[9] }}|{{ l.x }}|
{{ self }}{{ nope.x }}
{{ n.x }}|{{ n['x'] }}|{{ n.x.y }}
{{ d.x }}|{{ d['x'] }}|{{ d.x.y }}
{{ nope() }}
{{ n() }}
{{ l() }}
{{ n + 'a' }}
{{ l + 1 }}
{{ 'a' + 1 }}
{{ none + 1 }}
{{ {} + {} }}
{{ [] < 1 }}
{{ 'a' < 1 }}
{{ 1 in 1 }}
{{ 1 in 'a' }}
{{ {[]: 1} }}
{{ not }}
{{ n not l }}
{{ "%s" % n }} {{ "%s %s" % (n, a) }} {{ "%(x)s" % {'x': 1} }} {{ "100%%" % () }} {{ "%s" % (l,) }} {{ "%s" % [1, 2] }}
{{ "%s" % (1, 2) }}
{{ "%s %s" % 1 }}
{{ "%q" % 1 }}
{{ "%d" % 'a' }}
{{ "%" % 1 }}
{{ "%(x)s" % 1 }}
{{ "abc" % {} }}{{ "abc" % [] }}{{ "abc" % () }}
{{ "abc" % 1 }}
{% autoescape true %}{{ '<' }}{% endautoescape %}{{ '<' }}
{% autoescape false %}{{ '<' }}{% endautoescape %}
{% autoescape a %}{{ '<' }}{{ '<' ~ ('&'|safe) }}{% endautoescape %}
{% autoescape nope %}{{ '<' }}{% endautoescape %}
"""


def cases():
    context = {"a": 1, "b": 0, "n": 3, "l": [1, 2], "d": {"k": "v"}}
    # A template of several lines stands with its continuation lines joined by \\n.
    joined = TEMPLATES.strip("\n").split("\n")
    i = 0
    while i < len(joined):
        text = joined[i]
        if text in ("{%", "{{"):
            end = i
            while joined[end] not in ("%}", "}}") or (text == "{%" and end < i + 4):
                end += 1
            text = "\n".join(joined[i:end + 1])
            i = end
        i += 1
        yield case(text, context)
        if "<" in text:
            yield case(text, context, autoescape=True)
