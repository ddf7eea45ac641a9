#!/usr/bin/python3
"""Renders of one template a second of processor time, by Jinja2: template_jinja2.py TEMPLATE CONTEXT SECONDS [OUT]"""
import json
import sys
import time

import jinja2

template = jinja2.Environment(autoescape=True).from_string(open(sys.argv[1], encoding="utf-8").read())
context = json.load(open(sys.argv[2], encoding="utf-8"))
end = time.process_time() + float(sys.argv[3])
start, n = time.process_time(), 0
while (now := time.process_time()) < end:
    for _ in range(100):
        text = template.render(context)
    n += 100
if sys.argv[4:]:
    open(sys.argv[4], "w", encoding="utf-8").write(text)
print(f"{n / (now - start):.0f}")
