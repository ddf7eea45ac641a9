"""Every filter with the arguments that its documentation has."""
from generate import case

USERS = [{"name": "bob", "age": 30, "city": "Rome", "tags": ["x", "y"]},
         {"name": "Alice", "age": 25, "city": "rome", "tags": []},
         {"name": "carol", "age": 30, "city": "Oslo", "tags": ["z"], "admin": True}]
CONTEXT = {"users": USERS, "words": ["b", "A", "c", "a", "B"], "nums": [3, 1, 2, 3, 2], "text": "The quick brown fox jumps over the lazy dog",
           "html": "<p class='a'>Tom &amp; Jerry &lt;3 <!-- no --> &copy; &#8364;&#x41;</p>  x", "d": {"b": 2, "A": 1, "c": 0},
           "lines": "one\ntwo\n\nthree", "nested": {"a": {"b": [{"c": 1}, {"c": 2}]}}, "mixed": [1, "a", None, 2.5]}

TEMPLATES = """
{{ -5|abs }} {{ -2.5|abs }} {{ 'a'|abs }}
{{ users[0]|attr('name') }}|{{ 'abc'|attr('upper') is callable }}|{{ d|attr('b') }}
{{ nums|batch(2)|list }} {{ nums|batch(2, 'x')|list }} {{ []|batch(2)|list }} {{ nums|batch(10, 0)|list }}
{{ nums|slice(2)|list }} {{ nums|slice(3, 'x')|list }} {{ nums|slice(7)|list }} {{ []|slice(2)|list }}
{{ nums|slice(0)|list }}
{{ 'abc'|capitalize }} {{ 'ABC dEF'|capitalize }} {{ 5|capitalize }} {{ none|upper }}
{{ 'a'|center(5) }}| {{ 'ab'|center(5) }}| {{ 'abc'|center(2) }}|
{{ nope|default('x') }} {{ ''|default('x') }} {{ ''|default('x', true) }} {{ nope|d }}| {{ none|default('x') }} {{ nope.x|default(1) }}
{{ nope|default(default_value='q', boolean=true) }} {{ false|d('f', true) }} {{ users[9]|default('none') }}
{{ d|dictsort }} {{ d|dictsort(true) }} {{ d|dictsort(by='value') }} {{ d|dictsort(false, 'value', true) }} {{ d|dictsort(reverse=true) }}
{{ d|dictsort(by='nothing') }}
{{ '<a href="x">\\'&'|e }} {{ '<'|escape|escape }} {{ '<'|e|forceescape }} {{ 5|e }} {{ ['<']|e }}
{{ 0|filesizeformat }} {{ 1|filesizeformat }} {{ 999|filesizeformat }} {{ 1000|filesizeformat }} {{ 1024|filesizeformat(true) }} {{ 1500000|filesizeformat }}
{{ '2000'|filesizeformat }} {{ 1e30|filesizeformat }} {{ 123456789012345|filesizeformat(binary=true) }} {{ 'x'|filesizeformat }}
{{ nums|first }} {{ []|first }}| {{ 'abc'|first }} {{ d|first }} {{ nope|first }}| {{ 5|first }}
{{ nums|last }} {{ []|last }}| {{ 'abc'|last }} {{ d|last }} {{ range(5)|last }} {{ (1, 2)|last }}
{{ '3.5'|float }} {{ 'x'|float }} {{ 'x'|float(2.0) }} {{ 7|float }} {{ none|float }} {{ [1]|float('d') }}
{{ '%s - %s'|format('a', 'b') }} {{ '%(x)s'|format(x=1) }} {{ '%d%%'|format(5) }} {{ '%s'|format() }}
{{ users|groupby('city') }}
{% for g in users|groupby('city') %}{{ g.grouper }}:{{ g.list|length }}:{{ g[0] }} {% endfor %}
{% for city, items in users|groupby('city', case_sensitive=true) %}{{ city }}={{ items|map(attribute='name')|join(',') }};{% endfor %}
{% for a, items in users|groupby('admin', default=false) %}{{ a }}={{ items|length }};{% endfor %}
{% for a, items in users|groupby('age') %}{{ a }}={{ items|map(attribute='name')|join(',') }};{% endfor %}
{{ lines|indent }} {{ lines|indent(2) }} {{ lines|indent(2, true) }} {{ lines|indent(2, blank=true) }} {{ lines|indent('> ') }} {{ lines|indent(width=1, first=true, blank=true) }}
{{ 'a\\n'|indent(2) }}| {{ '\\na'|indent(2) }}| {{ ''|indent(2, true) }}| {{ 'a\\n\\n'|indent(2, blank=true) }}|
{{ '42'|int }} {{ '42.9'|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ '0x1A'|int(base=16) }} {{ '1010'|int(0, 2) }} {{ 3.9|int }} {{ none|int }} {{ true|int }}
{{ d|items|list }} {{ nope|items|list }} {{ [1]|items|list }}
{{ nums|join }} {{ nums|join(', ') }} {{ users|join(', ', attribute='name') }} {{ 'abc'|join('-') }} {{ mixed|join('|') }} {{ []|join(',') }}| {{ nope|join }}|
{{ nums|length }} {{ 'abc'|count }} {{ d|length }} {{ nope|length }} {{ range(4)|length }}
{{ 5|length }}
{{ nums|map('string')|list }} {{ users|map(attribute='name')|list }} {{ users|map(attribute='zip', default='-')|join(',') }} {{ words|map('upper')|join }}
{{ nums|map('nofilter')|list }} {{ ['a']|map('replace', 'a', 'b')|list }} {{ users|map(attribute='tags.0', default='-')|list }} {{ [[1, 2], [3]]|map('sum')|list }}
{{ []|map('nofilter')|list }} {{ [1]|map()|list }}
{{ nums|max }} {{ words|max }} {{ words|max(true) }} {{ users|max(attribute='age') }} {{ []|max }}| {{ nums|min }} {{ words|min }} {{ words|min(case_sensitive=true) }} {{ users|min(attribute='name') }}
{{ [1, 'a']|max }}
{{ d|pprint }} {{ 'text'|pprint }} {{ nums|pprint }}
{{ nums|reject('odd')|list }} {{ nums|select('odd')|list }} {{ [0, 1, '', 'a']|select|list }} {{ [0, 1, '', 'a']|reject|list }} {{ nums|select('>', 2)|list }} {{ nums|select('in', [1, 2])|list }}
{{ users|selectattr('admin')|map(attribute='name')|list }} {{ users|rejectattr('admin')|map(attribute='name')|list }} {{ users|selectattr('age', 'equalto', 30)|map(attribute='name')|list }}
{{ users|selectattr('age', 'lt', 30)|map(attribute='name')|list }} {{ users|selectattr('admin', 'defined')|list|length }} {{ users|rejectattr('name', 'eq', 'bob')|list|length }}
{{ nums|select('notest')|list }}
{{ users|selectattr|list }}
{{ 'Hello'|replace('l', 'L') }} {{ 'aaa'|replace('a', 'b', 2) }} {{ 'a'|replace('a', 5) }} {{ 5|replace(5, 'x') }} {{ 'abc'|replace('', '-') }}
{{ 'abc'|reverse }} {{ nums|reverse|list }} {{ d|reverse|list }} {{ range(3)|reverse|list }} {{ nope|reverse|list }}
{{ 42.55|round }} {{ 42.55|round(1) }} {{ 42.55|round(1, 'floor') }} {{ 42.55|round(1, 'ceil') }} {{ 5|round }} {{ 2.5|round }} {{ 3.5|round }} {{ 1234|round(-2) }} {{ 1250|round(-2) }} {{ 1.5|round(0, 'ceil') }}
{{ 5|round(1, 'middle') }}
{{ 5|round(-1, 'ceil') }} {{ 12.3|round(-1, 'floor') }} {{ -1.5|round(method='floor') }} {{ 'x'|round }}
{{ '<b>'|safe }} {{ '<b>'|safe|e }} {{ 5|safe }}
{{ nums|sort }} {{ words|sort }} {{ words|sort(case_sensitive=true) }} {{ nums|sort(true) }} {{ users|sort(attribute='age')|map(attribute='name')|list }} {{ users|sort(attribute='age,name')|map(attribute='name')|list }}
{{ users|sort(attribute='age', reverse=true)|map(attribute='name')|list }} {{ d|sort }} {{ 'hello'|sort }} {{ users|sort(attribute='name')|map(attribute='name')|list }}
{{ [1, 'a']|sort }}
{{ 5|string ~ 1 }} {{ none|string }} {{ nums|string|length }}
{{ html|striptags }} {{ '<b>a</b>  c'|striptags }} {{ 'a < b'|striptags }} {{ 'a < b > c'|striptags }} {{ '<!-- <b> -->x'|striptags }}
{{ nums|sum }} {{ users|sum(attribute='age') }} {{ []|sum }} {{ [1.5, 2]|sum }} {{ nums|sum(start=10) }} {{ [[1], [2]]|sum(start=[]) }}
{{ ['a', 'b']|sum }}
{{ 'hello world'|title }} {{ "it's a-b (c)"|title }} {{ 'ÉCOLE dÉjà'|title }}
{{ d|tojson }} {{ nums|tojson }} {{ users[2]|tojson }} {{ '<a>&\\'"'|tojson }} {{ none|tojson }} {{ true|tojson }} {{ 1.0|tojson }} {{ {'a': [1, {'b': 2}]}|tojson(indent=2) }} {{ []|tojson(2) }} {{ {1: 2, 3: 4}|tojson }}
{{ 'é😀\\n\\t\\u2028'|tojson }} {{ {'b': 1, 'a': 2}|tojson }} {{ range(2)|tojson }}
{{ nope|tojson }}
{{ {1: 2, 'a': 3}|tojson }}
{{ '  x '|trim }}| {{ 'xxaxx'|trim('x') }} {{ '..a..'|trim(chars='.') }}
{{ text|truncate(20) }} {{ text|truncate(20, true) }} {{ text|truncate(20, false, '…') }} {{ text|truncate(38) }} {{ text|truncate(38, leeway=0) }} {{ text|truncate(9, true, '') }} {{ text }}|{{ 'abcdefghijkl'|truncate(5) }}
{{ text|truncate(2) }}
{{ text|truncate(length=11, end='>>', leeway=2) }}
{{ nums|unique|list }} {{ words|unique|list }} {{ words|unique(true)|list }} {{ users|unique(attribute='age')|map(attribute='name')|list }} {{ words|unique|join }}
{{ 'a'|upper }} {{ 'ß'|upper }} {{ 'A'|lower }} {{ 5|upper }}
{{ 'a b/c?d=é&e'|urlencode }} {{ {'a b': 'c d', 'e': 1}|urlencode }} {{ [['a', 1], ['b', '&']]|urlencode }} {{ 5|urlencode }} {{ '~_.-'|urlencode }} {{ {'/': '/'}|urlencode }}
{{ text|wordcount }} {{ ''|wordcount }} {{ "it's a-b"|wordcount }} {{ '日本 語'|wordcount }}
{{ text|wordwrap(10) }}
{{ text|wordwrap(15, wrapstring='|') }} {{ 'abcdefghijklm'|wordwrap(5) }} {{ 'abcdefghijklm'|wordwrap(5, false) }} {{ lines|wordwrap(4) }} {{ 'well-known half-finished'|wordwrap(8) }} {{ 'well-known half-finished'|wordwrap(8, break_on_hyphens=false) }}
{{ 'a  b   c'|wordwrap(3) }} {{ 'one two--three four'|wordwrap(9) }} {{ 'x'|wordwrap(0) }}
{{ '1-2 longword end'|wordwrap(4, wrapstring='|') }} {{ 'ab     c'|wordwrap(3, wrapstring='|') }} {{ text|pprint }} {{ (users * 3)|pprint }} {{ {'k': users, 'z': text ~ text}|pprint }}
{{ {'class': 'a b', 'id': none, 'x': nope, 'n': 5}|xmlattr }} {{ {'a': '<">'}|xmlattr }} {{ {}|xmlattr }}| {{ {'a': 1}|xmlattr(false) }}
{{ nested.a.b|map(attribute='c')|sum }} {{ nested|attr('items') is callable }} {{ [nested]|map(attribute='a.b.1.c')|list }}
{{ 'see http://example.com/a?b=1&c=2 or www.example.org.'|urlize }}
{{ 'mail me@example.com or mailto:me@example.com'|urlize }} {{ 'example.com (http://a.b.com/x_(y)) <http://c.de>'|urlize }} {{ 'http://example.com/long/path'|urlize(15) }}
{{ 'http://example.com'|urlize(nofollow=true) }} {{ 'http://example.com'|urlize(target='_blank') }} {{ 'http://example.com'|urlize(rel='me x') }} {{ 'ftp://x.com tel:123'|urlize(extra_schemes=['tel:']) }}
{{ 'http://localhost http://127.0.0.1:80/x https://[::1]/ www.x http://x.y, end.'|urlize }} {{ 'no links <b>'|urlize }} {{ 'a@b not@valid x@y.z.'|urlize }} {{ 'EXAMPLE.COM HTTP://EXAMPLE.COM'|urlize }}
{{ users|nofilter }}
{{ 'a'|upper('x') }}
{{ 'a'|replace('a') }}
{{ 'a'|center(width=3, x=1) }}
{{ 'a'|center(3, width=3) }}
{% if false %}{{ 1|nofilter }}{% endif %}ok
{{ 1|nofilter if false else 'ok' }}
{{ 'ok' if true else 1|nofilter }}
{% filter upper %}a{{ 'b' }}{% endfilter %} {% filter replace('a', 'x')|upper %}banana{% endfilter %} {% filter indent(2, first=true)|trim %} x {% endfilter %}
{% set x | upper %}abc{% endset %}{{ x }} {% set y | replace('a', 'b') | title %}aaa{% endset %}{{ y }}
{{ text.split()|map('length')|list }} {{ text.split()|map('first')|join }} {{ text|lower|replace(' ', '-') }}
{{ nums|map('multiply')|list }}
{{ words|map('lower')|unique|sort|join(',') }} {{ users|map(attribute='age')|unique|list }} {{ users|map('attr', 'name')|list }} {{ nums|map('float')|sum }}
{{ users|map(attribute='name', foo=1)|list }}
{{ nums|select('divisibleby', 3)|list }} {{ nums|reject('equalto', 2)|list }} {{ (nums|select('odd')) is iterable }} {{ nums|first(2) }}
"""


def cases():
    for template in TEMPLATES.strip().split("\n"):
        yield case(template, CONTEXT)
        if "{{ " in template:
            yield case(template, CONTEXT, autoescape=True)
            for part in template.split("{{ ")[1:]:
                yield case("{{ " + part, CONTEXT)
