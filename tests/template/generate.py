#!/usr/bin/python3
"""Writes the conformance cases: python3 tests/template/generate.py

Each module in topics/ has a list of cases; what is expected of each comes from Jinja2 itself (its
sandbox, with the extensions do and loopcontrols), so a case is only a template and a context. The
results are the *.json files beside this script, which tests/unit/template_cases_test.c holds
lib/template to without Python. What departs from Jinja2 on purpose is in departures.json, written
by hand.
"""
import importlib
import json
import os
import sys

import jinja2
from jinja2.sandbox import SandboxedEnvironment

HERE = os.path.dirname(os.path.abspath(__file__))
TOPICS = ["expressions", "numbers", "strings", "methods", "filters", "filter_grid", "tests",
          "statements", "loops", "scopes", "macros", "inheritance", "includes", "whitespace",
          "escaping", "undefined", "formatting", "nests", "mails"]
OPTIONS = {"autoescape", "strict", "trim_blocks", "lstrip_blocks", "keep_trailing_newline"}


def expected(case):
    options = dict(case.get("options", {}))
    if options.pop("strict", False):
        options["undefined"] = jinja2.StrictUndefined
    env = SandboxedEnvironment(loader=jinja2.DictLoader(case.get("templates", {})),
                               extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], **options)
    try:
        return env.from_string(case["template"]).render(json.loads(json.dumps(case["context"])))
    except Exception:  # whatever it is, it is an error for whoever wrote the template
        return None


def case(template, context=None, templates=None, **options):
    assert set(options) <= OPTIONS, options
    made = {"template": template, "context": context or {}}
    if templates:
        made["templates"] = templates
    if options:
        made["options"] = options
    return made


def main():
    sys.path.insert(0, HERE)
    sys.modules["generate"] = sys.modules["__main__"]
    total = 0
    for topic in TOPICS:
        cases = {}
        for made in importlib.import_module("topics." + topic).cases():
            text = expected(made)
            made["expect"] = text
            line = json.dumps(made)
            if " at 0x" not in line and "\\u0000" not in line:  # addresses; no text in our JSON
                cases.setdefault(line, made)
        with open(os.path.join(HERE, topic + ".json"), "w", encoding="utf-8") as out:
            out.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases.values()) + "\n]\n")
        total += len(cases)
        print(f"{topic}: {len(cases)}, of which errors: {sum(c['expect'] is None for c in cases.values())}")
    print(f"{total} cases")


if __name__ == "__main__":
    main()
