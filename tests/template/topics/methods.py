"""The methods of str, list, tuple and dict."""
from generate import case

CALLS = """
'a,b,c'.split(',')|'a,b,c'.split(',', 1)|'a,b,c'.rsplit(',', 1)|' a  b '.split()|' a  b c '.split(none, 1)|' a  b c '.rsplit(none, 1)
'a'.split('')|''.split()|''.split(',')|'abc'.split('b')|'aXXb'.split('X')|'a b'.split(maxsplit=0)|'a b'.split(sep=' ')
'x'.join(['a', 'b'])|','.join([])|','.join('abc')|'x'.join([1])|','.join(['a'])|'-'.join(('a', 'b'))|', '.join({'k': 1, 'l': 2})
'abc'.startswith('a')|'abc'.startswith(('x', 'ab'))|'abc'.endswith('c')|'abc'.endswith('b', 0, 2)|'abc'.startswith('b', 1)|'abc'.startswith('')|'abc'.startswith('', 5)
'abcabc'.find('c')|'abcabc'.find('c', 3)|'abcabc'.find('z')|'abcabc'.rfind('a')|'abc'.index('b')|'abc'.index('z')|'abc'.rindex('c')|'abc'.find('')|'abc'.find('', 9)
'aaa'.count('a')|'aaaa'.count('aa')|'abc'.count('')|'abc'.count('b', 2)|'aaa'.count('a', 1, 2)|'ééa'.find('a')|'ééa'.rfind('é')
'aaa'.replace('a', 'b')|'aaa'.replace('a', 'b', 2)|'abc'.replace('', '-')|'abc'.replace('', '-', 2)|'abc'.replace('b', '')|''.replace('', 'x')|'é'.replace('', '.')
'abc'.partition('b')|'abc'.partition('z')|'abcbd'.rpartition('b')|'abc'.rpartition('z')|'a'.partition('')
'xxaxx'.strip('x')|'xyaxy'.lstrip('xy')|'xyaxy'.rstrip('xy')|'abc'.strip('')|'éaé'.strip('é')|'abc'.removeprefix('a')|'abc'.removesuffix('c')|'abc'.removeprefix('z')
'5'.zfill(3)|'-5'.zfill(4)|'+5'.zfill(4)|'abc'.zfill(2)|'a'.center(4)|'ab'.center(5)|'a'.center(4, 'é')|'a'.ljust(3, '.')|'a'.rjust(3, '.')|'a'.center(4, 'xx')
'a\\tb'.expandtabs()|'a\\tb'.expandtabs(4)|'a\\tb\\n\\tc'.expandtabs(tabsize=3)|'a\\tb'.expandtabs(0)
'a\\nb\\n'.splitlines()|'a\\n\\nb'.splitlines()|'a\\r\\nb'.splitlines(true)|''.splitlines()|'a\\n'.splitlines(keepends=true)
'{} {}'.format(1, 2)|'{1} {0}'.format(1, 2)|'{a}'.format(a=1)|'{0} {}'.format(1, 2)|'{} {0}'.format(1, 2)|'{}'.format()|'{x}'.format()
'{0.a}'.format({'a': 1})|'{0[a]}'.format({'a': 1})|'{0[1]}'.format([1, 2])|'{a[b][c]}'.format(a={'b': {'c': 3}})|'{0.__class__}'.format(1)|'{0.upper}'.format(1)
'{{}}'.format()|'{'.format()|'}'.format()|'{{{}}}'.format(1)|'{!r}'.format('a')|'{!s}'.format(1)|'{!x}'.format(1)|'{!a}'.format('é')|'{0!r:>6}'.format('a')
'{:{}}'.format('a', 5)|'{:{w}.{p}f}'.format(3.14159, w=8, p=2)|'{:>{}}|'.format(1, 4)|'{a}{b}'.format_map({'a': 1, 'b': 2})|'{a}'.format_map({})
[1, 2].index(2)|[1, 2].index(3)|[1, 1].count(1)|[1, 2].copy()|(1, 2).index(2)|(1, 1).count(1)|[3, 1].append(2)|[1].nomethod()
{'a': 1}.get('a')|{'a': 1}.get('b')|{'a': 1}.get('b', 2)|{'a': 1}.keys()|list|{'a': 1}.values()|list|{'a': 1}.items()|list|{'a': 1}.keys()|{'a': 1}.items()
{'a': 1}.copy()|{}.fromkeys(['a', 'b'])|{}.fromkeys('ab', 0)|{'a': 1}.pop('a')|{'a': 1}.pop('b')|{'a': 1}.pop('b', 5)|{'a': 1}.setdefault('b', 2)
{'a': 1}.get([])|{'a': 1}.get()|{'get': 5}.get('get')|{'get': 5}['get']|{'a': 1}.a.b|{'a': 1}.a.b.c
'abc'.upper|'abc'.nothing|'abc'.nothing()|(5).bit_length()|(2.0).is_integer()|(2.5).is_integer()|true.bit_length()
'a'.__class__|'a'.__class__.__mro__|[].__class__.__base__|{}.__init__|'a'.__len__()|range.__class__
"""


def cases():
    for line in CALLS.strip().split("\n"):
        parts = line.split("|")
        while parts:
            text = parts.pop(0)
            while parts and parts[0] in ("list", "'.format(1, 4)"):
                text += "|" + parts.pop(0)
            if text in ("'abc'.upper",):  # prints an address in Python
                continue
            yield case("{{ %s }}" % text)
    changes = ["x.append(4)", "x.extend([5, 6])", "x.insert(0, 'a')", "x.insert(-1, 'b')", "x.insert(99, 'c')",
               "x.pop()", "x.pop(0)", "x.pop(9)", "x.remove(2)", "x.remove(9)", "x.reverse()", "x.sort()",
               "x.sort(reverse=true)", "x.clear()", "x.extend('ab')"]
    for change in changes:
        yield case("{% do " + change + " %}{{ x }} {{ x|length }}", {"x": [3, 1, 2]})
        yield case("{{ " + change + " }} {{ x }}", {"x": [3, 1, 2]})
    for change in ("d.update({'z': 9})", "d.update(a=5, y=6)", "d.pop('a')", "d.popitem()", "d.clear()",
                   "d.setdefault('q', [])", "d.update([('k', 1)])", "d.setdefault('a', 9)"):
        yield case("{% do " + change + " %}{{ d }} {{ d|length }} {{ d.keys()|list }}", {"d": {"a": 1, "b": 2}})
    yield case("{% set y = x %}{% do y.append(1) %}{{ x }}", {"x": []})
    yield case("{% do x.a.append(1) %}{% do x.a.append(2) %}{{ x }}", {"x": {"a": []}})
    big = {"k%d" % i: i for i in range(40)}
    yield case("{{ d.k7 }} {{ d['k39'] }} {{ d.k40 }} {{ d|length }} {{ 'k20' in d }} {{ d.get('k3') }}", {"d": big})
    yield case("{% do d.pop('k5') %}{{ d.k5 }} {{ d.k6 }} {{ d|length }} {{ d.keys()|list|join(' ') }}", {"d": big})
