"""What is not there: by default, and with StrictUndefined."""
from generate import case

EXPRESSIONS = """
nope; nope.x; nope['x']; nope.x.y; nope(); d.x; d.x.y; d['x']; d['x']['y']; l[9]; l[9].x; l.x; n.x; n.x.y; 'a'.x; none.x; none.x.y
nope + 1; 1 + nope; nope - 1; nope * 2; nope / 2; nope // 2; nope % 2; nope ** 2; -nope; +nope; nope ~ 'a'; 'a' ~ nope; not nope
nope == nope; nope == none; nope == 1; nope != 1; nope < 1; nope > nope; nope and 1; nope or 1; 1 if nope else 2; nope in [1]; 1 in nope; nope in nope; nope in 'a'
nope is defined; nope is undefined; d.x is defined; d.x.y is defined; nope is none; nope is string; nope is iterable; nope is callable; nope is sequence; nope is mapping; nope is number
nope is odd; nope is sameas nope; nope is eq 1; nope is in [1]; nope is lower; nope is escaped; nope is true; nope is boolean; nope is integer
nope|default(1); nope|d; d.x|default(1); d.x.y|default(1); nope|default(none); nope|default(1, true); n|default(9); nope|length; nope|list; nope|string
nope|upper; nope|int; nope|float; nope|join; nope|first; nope|last; nope|sum; nope|sort; nope|max; nope|map('x')|list; nope|e; nope|safe; nope|tojson; nope|abs
nope|replace('a', 'b'); nope|trim; nope|round; nope|batch(2)|list; nope|dictsort; nope|urlencode; nope|format; '%s'|format(nope); '%d'|format(nope); '{}'.format(nope)
[nope]; {'a': nope}; (nope, 1); [nope]|join(','); [nope, 1]|length; nope[1:2]; l[nope]; d[nope]; 'a' if nope; (1 if false).x; [1 if false]; nope|select|list
nope.x|default(1); nope['x']|default(1); nope().x; range(nope); nope|length > 0; nope|list|length; nope is not defined; nope|reverse|list; nope|random
"""

STATEMENTS = """
{% if nope %}a{% else %}b{% endif %}
{% for x in nope %}a{% else %}b{% endfor %}
{% for x in d.nope %}a{% else %}b{% endfor %}
{% set x = nope %}{{ x }}|{{ x is defined }}
{% set x = nope %}{% if x %}{% endif %}ok
{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(nope) }}
{% with x = nope %}{{ x }}{% endwith %}
{% filter default('x') %}{% endfilter %}
{% set ns = namespace() %}{{ ns.x }}|{{ ns.x.y is defined }}
{% if nope is defined and nope > 1 %}a{% else %}b{% endif %}
{% if d.a and d.a.b %}a{% else %}b{% endif %}
{{ nope if nope is defined else 'fallback' }}
{% do nope %}ok
{% include nope %}
{% call nope() %}{% endcall %}
{% block b %}{{ nope }}{% endblock %}
{{ loop.index }}
{% for a, b in nope %}{% endfor %}ok
{% set a, b = nope %}
"""


def cases():
    context = {"d": {"a": None}, "l": [1], "n": 5}
    for line in EXPRESSIONS.strip().split("\n"):
        for text in line.split("; "):
            yield case("{{ %s }}" % text, context)
            yield case("{{ %s }}" % text, context, strict=True)
    for template in STATEMENTS.strip().split("\n"):
        yield case(template, context)
        yield case(template, context, strict=True)
