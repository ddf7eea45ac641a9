"""Tags in tags, put together at random (the same each time): scopes, blocks, macros and loops meet."""
import random

from generate import case

NAMES = ["a", "b", "c", "d", "x", "ctx"]
FILES = {
    "inc": "<{{ a }}{{ b }}{{ ctx }}{{ loop.index }}>",
    "lib": "{% macro m(a, b=3) %}({{ a }}{{ b }}{{ ctx }}{{ c }}){% endmacro %}{% set a = 'La' %}{{ b }}",
    "base": "[{% block b1 %}B1{{ a }}{% endblock %}|{% block b2 scoped %}B2{{ b }}{% endblock %}"
            "{% set c = 'basec' %}{{ c }}{{ d }}]",
    "mid": "{% extends 'base' %}{% block b1 %}mid{{ super() }}{{ c }}{% endblock %}{% set d = 'midd' %}",
}
OTHERS = [
    "{% include 'inc' %}", "{% include 'inc' without context %}",
    "{% import 'lib' as L %}{{ L.m(1) }}{{ L.a }}", "{% import 'lib' as L with context %}{{ L.m(1) }}{{ L }}",
    "{% from 'lib' import m as mm, a %}{{ mm(2) }}{{ a }}", "{% from 'lib' import a with context %}{{ a }}",
]


class Nest:
    def __init__(self, dice):
        self.dice = dice
        self.blocks = self.macros = self.loops = self.size = 0

    def name(self):
        return self.dice.choice(NAMES)

    def expression(self, depth=0):
        simple = [self.name, self.name, lambda: str(self.dice.randrange(5)),
                  lambda: self.dice.choice(["'s'", "'<'", "[1, 2]", "none", "true"]),
                  lambda: f"{self.name()}|default('D')", lambda: f"{self.name()} is defined"]
        if self.loops:
            simple.append(lambda: "loop." + self.dice.choice(["index", "first", "last", "revindex0", "depth"]))
        if depth > 2 or self.dice.random() < 0.6:
            return self.dice.choice(simple)()
        part = [self.expression(depth + 1) for _ in range(3)]
        made = [f"({part[0]} ~ {part[1]})", f"({part[0]} if {part[1]} else {part[2]})",
                f"({part[0]} == {part[1]})"]
        if self.macros:
            made.append(f"m{self.dice.randrange(self.macros)}({part[0]}, b={part[1]})")
        return self.dice.choice(made)

    def body(self, depth):
        return "".join(self.statement(depth) for _ in range(self.dice.randrange(1, 4)))

    def branch(self, depth):
        return (f"{{% if {self.expression()} %}}{self.body(depth)}"
                f"{{% elif {self.expression()} %}}{self.body(depth)}{{% else %}}{self.body(depth)}{{% endif %}}")

    def loop(self, depth):
        items = self.dice.choice(["[1, 2, 3]", "range(2)", "'xy'", "[]", self.name()])
        test = self.dice.choice(["", "", " if " + self.name()])
        self.loops += 1
        text = f"{{% for {self.name()} in {items}{test} %}}{self.body(depth)}"
        if self.dice.random() < 0.3:
            text += "{% else %}" + self.body(depth)
        self.loops -= 1
        return text + "{% endfor %}"

    def macro(self, depth):
        ending = self.dice.choice(["", "{{ caller() if caller }}", "{{ varargs }}", "{{ kwargs.keys()|list }}"])
        text = f"{{% macro m{self.macros}(a, b={self.expression()}) %}}{self.body(depth)}{ending}{{% endmacro %}}"
        self.macros += 1
        return text

    def block(self, depth):
        self.blocks += 1
        scoped = self.dice.choice(["", " scoped"])
        return f"{{% block b{self.blocks}{scoped} %}}{self.body(depth)}{{% endblock %}}"

    def call(self, depth):
        if not self.macros:
            return self.macro(depth)
        return f"{{% call m{self.macros - 1}({self.expression()}) %}}{self.body(depth)}{{% endcall %}}"

    def region(self, depth):
        tag, end = self.dice.choice([
            (f"with {self.name()} = {self.expression()}, {self.name()} = {self.expression()}", "with"),
            (f"set {self.name()}", "set"), ("filter upper", "filter"),
            ("autoescape true", "autoescape"), ("autoescape false", "autoescape")])
        return f"{{% {tag} %}}{self.body(depth)}{{% end{end} %}}"

    def statement(self, depth):
        self.size += 1
        if depth > 3 or self.size > 20 or self.dice.random() < 0.3:
            return "{{ %s }}." % self.expression()
        if self.dice.random() < 0.25:
            return "{%% set %s = %s %%}" % (self.name(), self.expression())
        made = self.dice.choice([self.branch, self.loop, self.macro, self.block, self.call, self.region,
                                 lambda _: self.dice.choice(OTHERS)])
        return made(depth + 1)


def cases():
    dice = random.Random(31)
    for _ in range(500):
        parent = dice.choice(["", "", "", "{% extends 'base' %}", "{% extends 'mid' %}"])
        template = parent + Nest(dice).body(0)
        context = {"ctx": "C", "d": "D0", "x": dice.choice([1, "<x>", [7, 8]])}
        options = {"autoescape": True} if dice.random() < 0.4 else {}
        if len(template) < 700:
            yield case(template, context, FILES, **options)
