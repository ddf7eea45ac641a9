"""Every test on values of every type."""
from generate import case

TESTS = """boolean|callable|defined|divisibleby 2|eq 1|equalto('abc')|escaped|even|false|filter|float|ge 1|greaterthan 1|gt 1
in [1, 'abc']|integer|iterable|le 1|lessthan 1|lower|lt 1|mapping|ne 1|none|number|odd|sameas none|sequence|string|test|true|undefined
upper""".replace("\n", "|").split("|")
VALUES = [None, True, False, 0, 1, 2, 1.0, "", "abc", "ABC", "a1", [], [1], {}, {"a": 1}]


def cases():
    for t in TESTS:
        for v in VALUES:
            yield case("{{ x is %s }} {{ x is not %s }}" % (t, t), {"x": v})
        yield case("{{ nope is %s }}" % t)
    for t in ("'upper' is filter", "'nope' is filter", "'odd' is test", "'nope' is test", "range is callable",
              "1 is eq(1)", "1 is ==(1)", "[1, 2, 3]|select('==', 2)|list", "[1, 2]|select('!=', 1)|list",
              "[1, 2, 3]|select('<=', 2)|list", "'x'|safe is escaped", "x.y is defined", "4 is divisibleby(2)",
              "4 is divisibleby(num=2)", "1 is in([1])", "'a' is string and 1 is number", "not 1 is string",
              "1 is not number or true", "1 is number is number", "none is sameas none", "5 is divisibleby 0",
              "'abc' is in 'xabcx'", "dict is callable", "1 is nothing", "1 is odd == true", "2 * 3 is even",
              "-1 is odd", "'A' ~ 'b' is upper", "foo is defined(1)", "true is true", "1 is true", "true is eq 1",
              "(1 is odd) and (2 is even)", "1 is odd and 2 is even or false", "1 is lt 2 if 1 else 3"):
        yield case("{{ %s }}" % t)
