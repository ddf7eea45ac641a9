"""Literals, operators, comparisons, subscripts, calls."""
from generate import case

VALUES = ["1", "0", "-3", "2.5", "true", "none", "'ab'", "''", "[1, 2]", "[]", "(1, 2)", "{'a': 1}",
          "nope"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and",
             "or"]

PRINTED = """
42|0|007|1_000|0x1f|0b101|0o17|4.5|1e3|1.5e-7|1_0.2_5|1e22|123456789012345678901234567890
'a'|"b"|'it\\'s'|"tab\\there"|'\\u00e9\\x41'|'a' 'b'|'\\101'|'back\\\\slash'|'unknown \\d'
true|True|false|False|none|None
[1, 'a', [2]]|(1,)|()|(1, 2)|1, 2|{'a': 1, 'b': [1]}|{}|[]|{1: 2, 'x': none}|{'a': {'b': {}}}
1 + 2 * 3|(1 + 2) * 3|2 ** 3 ** 2|-2 ** 2|2 ** -1|7 // 2|-7 // 2|7 % 3|-7 % 3|7 % -3|7.5 // 2|-7.5 % 2
1 / 2|4 / 2|1 // 0.5|0.1 + 0.2|1e16 + 1.0|10 ** 20|2 ** 100 - 1|-5|+5|- -5|--5|1 - -1
'a' ~ 1 ~ none ~ true|1 ~ 2 + 3|'a' ~ 'b' * 2|'ab' * 3|3 * 'ab'|[1] * 2|[1] + [2]|(1,) + (2,)
1 < 2 < 3|1 < 3 < 2|1 == 1.0|1 == true|'1' == 1|[1] == [1]|(1,) == [1]|{'a': 1} == {'a': 1.0}
'a' < 'b'|[1, 2] < [1, 3]|(1, 'a') < (1, 'b')|not 1 == 2|not not 1|not none
1 in [1, 2]|'a' in 'abc'|'' in 'abc'|'a' in {'a': 1}|1 not in [1]|none in [none]|[1] in [[1]]
1 and 2|0 and 2|1 or 2|0 or 2|'' or 'x'|none or 0|1 and 2 or 3|not 0 and 1
'a' if true|'a' if false|'a' if false else 'b'|'a' if 0 else 'b' if 0 else 'c'|('x' if 1) ~ 'y'
(1 if 1 else 2) + 1|[1 if 1 else 2]|{'a': 1 if 0 else 2}
'abc'[0]|'abc'[-1]|'abc'[5]|'abc'[1:]|'abc'[:2]|'abc'[::-1]|'abc'[::2]|'abc'[-2:]|'abc'[5:]|'abc'[2:1]
[1, 2, 3][1]|[1, 2, 3][-1]|[1, 2, 3][1:]|[1, 2, 3][::-1]|[1, 2, 3][::2]|[1, 2, 3][10:]|(1, 2, 3)[:2]
[1, 2, 3][-2::-1]|[1, 2, 3, 4, 5][4:0:-2]|[1, 2][none:none]|(1, 2, 3)[::-1]|'abc'[none:]|'héé'[1]|'héé'[1:2]|'日本語'[::-1]
{'a': 1}.a|{'a': 1}['a']|{'a': 1}.b|{'a': {'b': 2}}.a.b|{'items': 1}['items']|{1: 'x'}[1]|{1: 'x'}[true]
[[1, 2], [3]].0.1|[1, 2].0|(1, 2).1|[{'a': 5}][0].a|'abc'.0
range(3)|range(3)|list|range(1, 4)|list|range(5, 0, -2)|list|range(3)[1]|range(10)[2:5]|2 in range(3)
range(0)|list|range(3, 1)|list|dict(a=1, b=2)|dict([('a', 1)])|dict({'a': 1}, b=2)|dict()
1|string + '1'|'5'|int + 1|1.0|int|5 is number|not 5 is string|1 + 2|abs|-1|abs|(-1)|abs
'a,b'.split(',')|'a'.upper().lower()|'x'.join(['a', 'b'])|[3, 1, 2]|sort|first|{'a': 1}.get('b', 3)
1 is divisibleby 1|3 is divisibleby(2)|4 is even and 3 is odd|1 is not none|none is none|x is defined
1 is sameas 1|'a' is in ['a', 'b']|1 is in [2]|1 == 2 if true else 3|(1, 2) is sequence
"""

BROKEN = """
1 +|(1|[1|{'a' 1}|1 2|'open|a b|x.|x[|x[1|x||upper|x|nofilter|x is notest|f(a=1, 2)|f(**a, *b)|{{|1 = 2
@|$|a!b|[1,,2]|(,)|{,}|x is|x is not|not|1 if|*|**x|f(,)|x[1:2:3:4]|{% if %}|1 ? 2|'a' in|== 1|-|a..b|1..2
""".replace("\n", "|")


def cases():
    for line in PRINTED.strip().split("\n"):
        for text in split(line):
            yield case("{{ %s }}" % text)
    for text in BROKEN.split("|"):
        if text:
            yield case("{{ %s }}" % text)
    for a in VALUES:
        for b in VALUES:
            for op in OPERATORS:
                if hash_of(a, op, b) % 5 == 0:
                    yield case("{{ %s %s %s }}" % (a, op, b))
    for value in (None, 5, {"a": 1}, "abc", [1, 2], True):
        yield case("{{ x[1:] }}", {"x": value})
        yield case("{{ x['a':] }}", {"x": value})
        yield case("{{ x[1] }}|{{ x['a'] }}|{{ x[1, 2] }}|{{ x[none] }}", {"x": value})
    for a in VALUES:
        for op in ("-", "+", "not "):
            yield case("{{ %s%s }}" % (op, a))
        yield case("{%% if %s %%}yes{%% else %%}no{%% endif %%}" % a)
        yield case("{{ [%s, %s] }} {{ {'k': %s} }}" % (a, a, a))


def hash_of(*parts):
    return sum(ord(c) * (i + 1) for i, c in enumerate("".join(parts)))


FILTERS = ("list", "string", "int", "abs", "sort", "first")


def split(line):
    """Separates at |, except where a filter follows."""
    out = []
    for part in line.split("|"):
        word = part.split(" ")[0].split("[")[0]
        if out and word in FILTERS:
            out[-1] += "|" + part
        else:
            out.append(part)
    return out
