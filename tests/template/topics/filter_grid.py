"""Filters on values they were not made for: the same text, or an error on both sides."""
from generate import case

FILTERS = """abs|capitalize|center(5)|count|default('d')|dictsort|e|filesizeformat|first|float|forceescape|int|items|join('-')
last|length|list|lower|max|min|reverse|round|safe|sort|string|striptags|sum|title|tojson|trim|truncate(4)|unique|upper|urlencode
urlize|wordcount|wordwrap(4)|xmlattr|batch(2)|slice(2)|map('string')|select|reject|indent(1)|replace('a','b')|pprint|groupby('a')
map(attribute='a')|selectattr('a')|format(1)|attr('a')|random is defined""".replace("\n", "|").split("|")
VALUES = [None, True, 0, -3, 2.5, "", "abc", "<b>é</b>", [], [1, 2], ["a", "<"], {}, {"a": 1}, [{"a": 1}, {"a": 2}],
          [[1, 2], [3]]]
LAZY = ("items", "reverse", "unique", "batch(2)", "slice(2)", "map('string')", "select", "reject",
        "map(attribute='a')", "selectattr('a')")


def cases():
    for f in FILTERS:
        shown = f + "|list" if f in LAZY and f != "reverse" else f
        for v in VALUES:
            if f == "reverse" and not isinstance(v, str):
                shown = "reverse|list"
            yield case("{{ x|%s }}" % shown, {"x": v})
        yield case("{{ nope|%s }}" % (f + "|list" if f in LAZY else f))
        yield case("{{ x|%s }}" % shown, {"x": "<b>é</b>"}, autoescape=True)
        yield case("{{ x|safe|%s }}" % shown, {"x": "<b>é</b>"}, autoescape=True)
        yield case("{{ x|%s }}" % shown, {"x": ["a", "<"]}, autoescape=True)
