#!/usr/bin/env python3
"""make bench: mailq and Postfix, one after the other on this machine, beside its physical limits.

2 KB messages with one recipient go to Postfix's smtp-sink on loopback; everything is durable. Each
figure is the median of BENCH_RUNS (3) runs, each on a fresh tree, for making files soon after
removing many is slow on ext4. The trees are under BENCH_DIR (/var/tmp), which has to be on a disk,
and are removed at the end. BENCH_MESSAGES (10000) and BENCH_BACKLOG (200000) make it shorter.
smtp-sink and smtp-source are Postfix's own, so without Postfix there is nothing to measure with.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import machine
from mailq import Mailq, Templated, TOP
from postfix import Postfix
import postfix

RUNS = int(os.environ.get("BENCH_RUNS", 3))
MESSAGES = int(os.environ.get("BENCH_MESSAGES", 10000))
BACKLOG = int(os.environ.get("BENCH_BACKLOG", 200000))
LIMITS = TOP / os.environ.get("BUILD", "build") / "tests/bench/limits"


class Bench:
    def __init__(self, folder):
        self.folder, self.trees = folder, 0

    def tree(self):
        self.trees += 1
        path = self.folder / str(self.trees)
        path.mkdir()
        return path

    def run(self, measure, system=None, *more):
        """One run of one measurement, on a fresh tree with a sink of its own."""
        path = self.tree()
        sink = machine.Sink(path)
        try:
            return measure(system(path, sink), sink, *more) if system else measure(path, sink)
        finally:
            sink.close()

    def median(self, measure, system=None, *more):
        runs = [self.run(measure, system, *more) for _ in range(RUNS)]
        return [statistics.median(column) for column in zip(*runs)]


def intake(system, _):
    return (MESSAGES / system.intake(MESSAGES),)


def smtp_intake(system, _):
    return (MESSAGES / system.smtp_intake(MESSAGES),)


def drain(system, sink):
    """Messages a second from the start of the stages, all being queued; and the peak of memory."""
    system.intake(MESSAGES)
    begin = time.monotonic()
    system.start()
    with machine.Peak(system.pid) as peak:
        sink.wait(MESSAGES)
    seconds = time.monotonic() - begin
    system.stop()
    return MESSAGES / seconds, peak.mib


def through(system, sink):
    """Idle memory after a first message; then messages a second, submitted and delivered at once."""
    system.start()
    system.submit(1)
    sink.wait(1)
    time.sleep(2)  # what "idle" means here
    idle = machine.pss_mib(system.pid)
    begin = time.monotonic()
    system.submit(MESSAGES)
    sink.wait(MESSAGES + 1)
    seconds = time.monotonic() - begin
    system.stop()
    return MESSAGES / seconds, idle


def cost(system, sink, queued):
    """Microseconds of CPU a message with so many queued, less what starting the stages costs."""
    system.start()
    time.sleep(2)
    starting = machine.cpu_seconds(system.pid)
    system.stop()
    system.intake(queued)
    system.start()
    sink.wait(queued)
    used = machine.cpu_seconds(system.pid)
    system.stop()
    return ((used - starting) / queued * 1e6,)


def files_alone(path, _):
    return (float(subprocess.check_output([LIMITS, path, "1000", "1"])),)


def files_in_groups(path, _):
    return (float(subprocess.check_output([LIMITS, path, str(MESSAGES), "100"])),)


def smtp_alone(_, sink):
    """smtp-source straight into smtp-sink over 50 kept sessions."""
    begin = time.monotonic()
    subprocess.run(
        ["smtp-source", "-d", "-s", "50", "-l", "2048", "-m", str(MESSAGES)]
        + ["-f", "a@bench.example", "-t", "b@example.com", f"127.0.0.1:{sink.port}"],
        check=True,
    )
    return (MESSAGES / (time.monotonic() - begin),)


def row(what, ours, theirs, goal, good, unit="{:,.0f}"):
    ratio = f"{ours / theirs:.2f}" if theirs else "-"
    verdict = "" if good is None else "met" if good else "missed"
    print(
        f"{what:44}{unit.format(ours):>10}{unit.format(theirs) if theirs else '-':>10}"
        f"{ratio:>8}  {goal:14}{verdict}",
        flush=True,
    )


def compare(bench, what, measure, times, memory, most):
    """Two rows: speed with its goal as a ratio to Postfix's, memory with its goal in MiB."""
    ours = bench.median(measure, Mailq)
    theirs = bench.median(measure, Postfix)
    good = ours[0] >= times * theirs[0]
    row(f"{what}, messages/s", ours[0], theirs[0], f"{times} x", good)
    if memory:
        row(f"{memory}, PSS MiB", ours[1], theirs[1], f"<= {most}", ours[1] <= most, "{:,.1f}")
    return ours[0]


def main():
    if not postfix.is_installed():
        sys.exit("make bench compares with Postfix: apt-get install postfix brings it and smtp-sink")
    where = os.environ.get("BENCH_DIR", "/var/tmp")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailq-bench.", dir=where))
    folder.chmod(0o755)
    bench = Bench(folder)
    try:
        print(f"{'':44}{'mailq':>10}{'Postfix':>10}{'ratio':>8}  goal")
        compare(bench, f"bulk intake of {MESSAGES:,}", intake, 4, None, None)
        compare(bench, f"intake of {MESSAGES:,} over SMTP", smtp_intake, 2.5, None, None)
        literal = compare(bench, f"drain of {MESSAGES:,} queued", drain, 4, "memory while draining", 40)
        templated = bench.median(drain, Templated)[0]
        good = templated >= 0.8 * literal
        row("the same with a template, messages/s", templated, None, ">= 0.8 x", good)
        compare(bench, f"submit and deliver {MESSAGES:,}", through, 5, "idle memory", 12)
        few, many = bench.median(cost, Mailq, 2000)[0], bench.run(cost, Mailq, BACKLOG)[0]
        row("CPU a message, 2,000 queued, us", few, None, "", None, "{:,.1f}")
        good = many <= 1.1 * few
        row(f"CPU a message, {BACKLOG:,} queued, us", many, None, "<= 1.1 x", good, "{:,.1f}")
        print("\nlimits of this machine")
        row("smtp-source into smtp-sink, messages/s", bench.median(smtp_alone)[0], None, "", None)
        row("create, rename, fsync: files/s", bench.median(files_alone)[0], None, "", None)
        row("the same in groups of 100, one syncfs", bench.median(files_in_groups)[0], None, "", None)
    finally:
        shutil.rmtree(folder)


main()
