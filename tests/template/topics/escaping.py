"""Autoescape and Markup."""
from generate import case

EXPRESSIONS = """
x|y|x ~ y|y ~ x|x + y|y + x|y + y|x * 2|y * 2|x ~ 1|y ~ 1|[x, y]|{'a': x}|(x, y)|x|upper|y|upper|x|lower|y|title|x|title
x|e|y|e|x|e|e|x|safe|x|escape|upper|x|forceescape|y|forceescape|x|string|y|string|x|length|y|length|x|list|y|list
y[0]|y[1:3]|x[1:3]|y.upper()|y.replace('<', '[')|y.replace('&lt;', '<')|y.split('b')|y.join([x, y])|x.join([x, y])|y.strip('<')|y.center(12)|y.format(x)
(y ~ '{}').format(x)|('{}'|safe).format(x)|('{}'|safe).format(y)|('{!r}'|safe).format(x)|('{:>9}'|safe).format(x)|('%s'|safe) % x|('%s %s'|safe) % (x, y)|('%(a)s'|safe) % {'a': x}|('%r'|safe) % x|('%d'|safe) % 5
'%s'|format(y)|'%s' % y|'%s'|safe|format(x)|'{}'.format(y)|[x, y]|join|[x, x]|join(',')|[x, y]|join(',')|[x]|join(y)|[x, y]|join('<')|[y, y]|join('<')
x|replace('<', '[')|x|replace('b', y)|y|replace('<', x)|y|replace('b', y)|x|replace(y, '')|x|default('<')|nope|default('<')|nope|default('<'|safe)|x|trim('<')|y|trim('<')
x|indent(2, true)|y|indent(2, true)|y|indent('<', true)|x|truncate(3, true, '<', 0)|y|truncate(3, true, '<', 0)|x|center(12)|y|center(12)|x|wordwrap(2)|y|wordwrap(2)|x|reverse|y|reverse
x|striptags|y|striptags|x|urlize|y|urlize|{'a': x}|xmlattr|{'a': y}|xmlattr|x|tojson|[x]|tojson|x|urlencode|x|capitalize|y|capitalize|x|first|y|first
x|map('upper')|join|[x, y]|map('e')|join|[y, x]|first|[x, y]|sort|join|[x, y]|max|[x, y]|unique|join|(x, y)|last|x if true else y|x or y|x and y
y == '<b>'|x == y|y in x|x in y|y is escaped|x is escaped|y is string|(x|e) is escaped|y|pprint|[y]|x|pprint|y.striptags()|y.unescape()|y.escape(x)
y.partition('b')|y.splitlines()|y.startswith('<')|y.find('b')|y.count('b')|y.isupper()|y.title()|y.capitalize()|y.swapcase()|y.zfill(6)|y.ljust(5, '<')|y.removeprefix('<')
"\\"'&<>"|"&amp;"|'é<'|none|true|5|1.5|[1, '<']|nope|range(3)|dict(a='<')|y|batch(2)|list|x|slice(2)|list|5|safe|none|safe|[x]|safe|y|wordcount|x|int|y|float
"""
NAMES = ("upper", "title", "lower", "e", "safe", "escape", "forceescape", "string", "length", "list", "format", "join", "replace",
         "default", "trim", "indent", "truncate", "center", "wordwrap", "reverse", "striptags", "urlize", "xmlattr", "tojson",
         "urlencode", "capitalize", "first", "map", "sort", "max", "unique", "last", "pprint", "batch", "slice", "wordcount", "int", "float")

STATEMENTS = """
{% autoescape false %}{{ x }}{% autoescape true %}{{ x }}{% endautoescape %}{{ x }}{% endautoescape %}{{ x }}
{% set t %}{{ x }}<i>{% endset %}{{ t }}{{ t ~ x }}{{ t|length }}
{% set t = '<i>' %}{{ t }}{% set t = t|safe %}{{ t }}
{% filter upper %}{{ x }}<i>{% endfilter %}
{% filter e %}{{ x }}<i>{% endfilter %}
{% filter replace('<', '[') %}<i>{{ x }}{% endfilter %}
{% macro m(a) %}<m>{{ a }}{% endmacro %}{{ m(x) }}{{ m(y) }}{{ m(x) ~ x }}{{ m(x)|upper }}{% set v = m(x) %}{{ v }}
{% autoescape false %}{{ x ~ y }}{{ x|upper }}{{ x|replace('<', y) }}{{ [x, y]|join }}{{ {'a': x}|xmlattr }}{{ x|urlize }}{% endautoescape %}
{% autoescape flag %}{{ x }}{{ x ~ y }}{% set t %}{{ x }}{% endset %}{{ t }}{% endautoescape %}
{% autoescape not flag %}{{ x }}{{ x ~ y }}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endautoescape %}
{% for c in y %}{{ c }}{% endfor %}{% for c in x %}{{ c }}{% endfor %}
{% autoescape false %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% autoescape true %}{{ m() }}{% endautoescape %}{% endautoescape %}
{% set l = [] %}{% do l.append(x) %}{% do l.append(y) %}{{ l }}{{ l|join }}
{{ '<a href="%s">'|format(x)|safe }}{{ ('<a href="%s">'|safe)|format(x) }}
{% call(q) w() %}{{ q }}<i>{% endcall %}{% macro w() %}{% endmacro %}
{% macro w() %}{{ caller(x) }}{% endmacro %}{% call(q) w() %}{{ q }}<i>{% endcall %}
{{ x|safe|upper }}{{ x|upper|safe }}{{ (x|safe)[0] }}{{ x[0]|safe }}
{{ {'k': x}.k }}{{ [x][0] }}{{ (x, y)[1] }}{{ d.k }}{{ d['k'] }}
"""


def cases():
    context = {"x": "<b>", "y0": "<b>", "flag": True, "d": {"k": "<k>"}}
    for line in EXPRESSIONS.strip().split("\n"):
        for text in split(line):
            for on in (True, False):
                yield case("{% set y = y0|safe %}{{ " + text + " }}", context, autoescape=on)
    for template in STATEMENTS.strip().split("\n"):
        for on in (True, False):
            yield case("{% set y = y0|safe %}" + template, context, autoescape=on)


def split(line):
    out = []
    for part in line.split("|"):
        if out and part.split("(")[0].split(" ")[0].split(")")[0] in NAMES and part not in ("x", "y"):
            out[-1] += "|" + part
        else:
            out.append(part)
    return [t for t in out if t.count("(") == t.count(")") and t.count("'") % 2 == 0]
