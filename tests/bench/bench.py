#!/usr/bin/env python3
"""make bench: mailq and Postfix, one after the other on this machine, beside its physical limits.

2 KB messages with one recipient go to Postfix's smtp-sink on loopback; everything is durable. Each
figure is the median of BENCH_RUNS (3) runs, each on a fresh tree, for making files soon after
removing many is slow on ext4. The trees are under BENCH_DIR (/var/tmp), which has to be on a disk,
and are removed at the end. BENCH_ROWS (as in BENCH_ROWS=intake,drain) measures those rows alone.
smtp-sink and smtp-source are Postfix's own, so without Postfix there is nothing to measure with.

A module of rows holds a table ROWS: from the name by which BENCH_ROWS selects them to a function
that takes the Bench, measures, and prints them with row() or compare() of comparison.py.
"""

import os
import sys

import api
import app
import comparison
import limits
import pipeline
import postfix
import providers
import sendmail

MODULES = [pipeline, providers, sendmail, api, app, limits]  # in the table's order


def selected():
    """The functions that BENCH_ROWS names, or all; a name that is none of ours is told."""
    rows = {}
    for module in MODULES:
        assert not rows.keys() & module.ROWS.keys(), "each name is one module's"
        rows.update(module.ROWS)
    names = [name for name in os.environ.get("BENCH_ROWS", "").split(",") if name]
    unknown = set(names) - set(rows) - {"template"}  # template.sh is the second half of make bench
    if unknown:
        sys.exit(f"BENCH_ROWS: {', '.join(sorted(unknown))}: there are {', '.join(rows)}, template")
    return [measure for name, measure in rows.items() if name in names or not names]


def main():
    measures = selected()
    if measures and not postfix.is_installed():
        sys.exit("make bench compares with Postfix: apt-get install postfix brings it and smtp-sink")
    with comparison.bench_in(os.environ.get("BENCH_DIR", "/var/tmp")) as bench:
        if measures:
            comparison.heading()
        for measure in measures:
            measure(bench)


main()
