"""What every module of rows measures with: runs on fresh trees, their median, and the table's rows."""

import contextlib
import os
import pathlib
import shutil
import statistics
import tempfile

import machine
from mailq import Mailq
from postfix import Postfix

RUNS = int(os.environ.get("BENCH_RUNS", 3))


@contextlib.contextmanager
def bench_in(where):
    """A bench whose trees are on that file system, until it is left."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailq-bench.", dir=where))
    folder.chmod(0o755)
    try:
        yield Bench(folder)
    finally:
        shutil.rmtree(folder)


class Bench:
    """Gives each run a tree of its own below folder."""

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


def heading():
    print(f"{'':44}{'mailq':>10}{'Postfix':>10}{'ratio':>8}  goal", flush=True)


def row(what, ours, theirs, goal, good, unit="{:,.0f}"):
    """theirs is None where Postfix has nothing to compare, good where there is no goal."""
    ratio = f"{ours / theirs:.2f}" if theirs else "-"
    verdict = "" if good is None else "met" if good else "missed"
    print(
        f"{what:44}{unit.format(ours):>10}{unit.format(theirs) if theirs else '-':>10}"
        f"{ratio:>8}  {goal:14}{verdict}",
        flush=True,
    )


def compare(bench, what, measure, times, memory=None, most=None):
    """Two rows: speed with its goal as a ratio to Postfix's, memory with its goal in MiB."""
    ours = bench.median(measure, Mailq)
    theirs = bench.median(measure, Postfix)
    good = ours[0] >= times * theirs[0]
    row(f"{what}, messages/s", ours[0], theirs[0], f"{times} x", good)
    if memory:
        row(f"{memory}, PSS MiB", ours[1], theirs[1], f"<= {most}", ours[1] <= most, "{:,.1f}")
    return ours[0]
