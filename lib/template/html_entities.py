#!/usr/bin/python3
"""Writes html_entities.c: python3 lib/template/html_entities.py > lib/template/html_entities.c"""
from html.entities import name2codepoint

names = dict(name2codepoint, apos=39)
print("/* Written by html_entities.py: the character entities of HTML 4, and apos. */")
print("/* clang-format off */")
print('#include "template/html.h"')
print("\nconst struct html_entity html_entities[] = {")
line = "\t"
for name in sorted(names):
    item = '{"%s", 0x%x}, ' % (name, names[name])
    if len(line) + len(item) > 92:
        print(line.rstrip())
        line = "\t"
    line += item
print(line.rstrip())
print("};")
print("\nconst uint32_t html_entities_n = %d;" % len(names))
