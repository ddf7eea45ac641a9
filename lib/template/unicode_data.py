#!/usr/bin/python3
"""Writes unicode_data.c: python3 lib/template/unicode_data.py > lib/template/unicode_data.c

The tables follow the Unicode version of the Python that runs this, and so the str methods of the
same Python.
"""
import sys
import unicodedata

SURROGATES = range(0xD800, 0xE000)
POINTS = [c for c in range(0x110000) if c not in SURROGATES]

PROPERTIES = [
    ("SPACE", str.isspace),
    ("ALPHA", str.isalpha),
    ("DECIMAL", str.isdecimal),
    ("DIGIT", str.isdigit),
    ("NUMERIC", str.isnumeric),
    ("PRINTABLE", str.isprintable),
    ("UPPER", str.isupper),
    ("LOWER", str.islower),
    ("TITLE", lambda c: unicodedata.category(c) == "Lt"),
    ("NAME_START", str.isidentifier),
    ("NAME", lambda c: ("a" + c).isidentifier()),
    ("IGNORABLE", lambda c: ("A\u03a3" + c).lower()[1] == "\u03c2"
                  and ("A\u03a3" + c + "A").lower()[1] == "\u03c3"),
]


def properties():
    """Runs of code points with the same properties: (first, mask)."""
    runs, last = [], None
    for c in range(0x110000):
        mask = 0
        if c not in SURROGATES:
            for bit, (_, test) in enumerate(PROPERTIES):
                mask |= bool(test(chr(c))) << bit
        if mask != last:
            runs.append((c, mask))
            last = mask
    return runs


def mapping(differs):
    """differs: {code point: text}. Runs (first, count, stride, delta), and what is longer than one."""
    runs, longer = [], []
    for c, text in sorted(differs.items()):
        if len(text) > 1:
            longer.append((c, [ord(x) for x in text]))
            continue
        delta = ord(text) - c
        if runs:
            first, count, stride, d = runs[-1]
            gap = c - (first + (count - 1) * stride)
            if d == delta and gap in (1, 2) and (count == 1 or gap == stride):
                runs[-1] = (first, count + 1, gap if count == 1 else stride, d)
                continue
        runs.append((c, 1, 1, delta))
    return runs, longer


def write_table(head, items):
    """A table of C, as many items on a line as fit."""
    print("\n" + head + " = {")
    line = "\t"
    for item in items:
        if len(line) + len(item) > 90:
            print(line.rstrip())
            line = "\t"
        line += item + ", "
    print(line.rstrip())
    print("};")


def write_mapping(name, differs):
    runs, longer = mapping(differs)
    write_table(f"static const struct unicode_run {name}_runs[]",
                ["{0x%x, %d, %d, %d}" % run for run in runs])
    write_table(f"static const struct unicode_longer {name}_longer[]",
                ["{0x%x, {%s}}" % (c, ", ".join("0x%x" % x for x in text)) for c, text in longer]
                or ["{0}"])
    print(f"\nconst struct unicode_mapping unicode_{name} = {{")
    print(f"\t{name}_runs, {len(runs)}, {name}_longer, {len(longer)},")
    print("};")


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    chars = [chr(c) for c in POINTS]
    print("/* Written by unicode_data.py from Unicode %s; not edited by hand. */"
          % unicodedata.unidata_version)
    print("/* clang-format off */")
    print('#include "template/unicode_data.h"')

    runs = properties()
    masks = sorted({mask for _, mask in runs})
    write_table("const uint16_t unicode_masks[]", ["0x%x" % mask for mask in masks])
    write_table("const uint32_t unicode_properties[]",
                ["0x%x" % (first << 8 | masks.index(mask)) for first, mask in runs])
    print("const uint32_t unicode_properties_n = %d;" % len(runs))

    write_mapping("upper", {ord(c): c.upper() for c in chars if c.upper() != c})
    write_mapping("lower", {ord(c): c.lower() for c in chars if c.lower() != c})
    write_mapping("title", {ord(c): c.title() for c in chars if c.title() != c.upper()})
    write_mapping("fold", {ord(c): c.casefold() for c in chars if c.casefold() != c.lower()})


main()
