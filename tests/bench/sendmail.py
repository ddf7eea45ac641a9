"""Rows of single messages, each handed over by a sendmail of its own while the system runs.

sendmail: calls of `sendmail -t` one after another, and beside them those of a static program that
does nothing (empty.c), which no sendmail can exceed. All are started with posix_spawn and waited
for, so that the caller costs the same and little. The rate is that of the median turn of TURN calls.

latency: milliseconds from the start of one sendmail to the message's last byte in the sink, the
system being idle before: its mail is delivered, and nothing else came for LULL seconds.

In both, the systems run side by side and take turns, so that what else the machine does meets
both. BENCH_CALLS (500) and BENCH_ARRIVALS (60) make them shorter.
"""

import os
import statistics
import time

from comparison import row
from machine import AwaitedSink, Sink
from mailq import BODY, BUILD, Mailq
from postfix import Postfix

CALLS = int(os.environ.get("BENCH_CALLS", 500))
ARRIVALS = int(os.environ.get("BENCH_ARRIVALS", 60))
TURN = 50  # calls
LULL = 0.5
MESSAGE = f"From: a@bench.example\nTo: b@example.com\nSubject: A message of the bench\n\n{BODY}"


class Caller:
    """Calls one program with the message as its standard input."""

    def __init__(self, message, argv, environment):
        self.argv, self.environment = argv, environment
        self.actions = [(os.POSIX_SPAWN_OPEN, 0, message, os.O_RDONLY, 0)]
        self.seconds, self.turns = [], []

    def turn(self, n):
        seconds = [self.call() for _ in range(n)]
        self.seconds += seconds
        self.turns.append(n / sum(seconds))

    def call(self):
        begin = time.perf_counter()
        self.wait(self.start())
        return time.perf_counter() - begin

    def start(self):
        return os.posix_spawn(self.argv[0], self.argv, self.environment, file_actions=self.actions)

    def wait(self, process):
        _, status = os.waitpid(process, 0)
        if status:
            raise RuntimeError(f"{self.argv[0]}: status {status}")

    def rate(self):
        return statistics.median(self.turns)


class Side:
    """One system that runs, its sink, and the caller of its sendmail."""

    def __init__(self, bench, system, sink):
        path = bench.tree()
        message = path / "message"
        message.write_text(MESSAGE)
        self.sink, self.n = sink(path), 0
        self.system = system(path, self.sink)
        self.caller = Caller(message, *self.system.sendmail())
        self.arrivals = []

    def __enter__(self):
        self.system.start()
        return self

    def __exit__(self, *_):
        self.system.stop()
        self.sink.close()

    def warm(self):
        """A call that does not count, for the first finds everything cold."""
        self.caller.call()
        self.settle(1)

    def turn(self, n):
        self.caller.turn(n)
        self.settle(n)

    def settle(self, n):
        """Returns when that mail too is delivered, which leaves the machine to who comes next."""
        self.n += n
        self.sink.wait(self.n)

    def arrive(self):
        begin = time.perf_counter()
        process = self.caller.start()
        self.settle(1)
        self.arrivals.append((time.perf_counter() - begin) * 1000)
        self.caller.wait(process)


def sendmail_rows(bench):
    empty = Caller("/dev/null", [BUILD / "tests/bench/empty"], {})
    with Side(bench, Mailq, Sink) as ours, Side(bench, Postfix, Sink) as theirs:
        ours.warm()
        theirs.warm()
        for begin in range(0, CALLS, TURN):
            n = min(TURN, CALLS - begin)
            for side in ours, theirs, empty:
                side.turn(n)
        ours, theirs = ours.caller, theirs.caller
    good = ours.rate() >= 3 * theirs.rate()
    row(f"{CALLS} calls of sendmail -t, calls/s", ours.rate(), theirs.rate(), "3 x", good)
    for what, of in ("the median call", statistics.median), ("the fastest", min):
        times = [of(caller.seconds) * 1000 for caller in (ours, theirs)]
        row(f"{what}, ms", *times, "", None, "{:,.2f}")
    row("an empty static program, calls/s", empty.rate(), None, "", None)


def latency_rows(bench):
    with Side(bench, Mailq, AwaitedSink) as ours, Side(bench, Postfix, AwaitedSink) as theirs:
        ours.warm()
        theirs.warm()
        for _ in range(ARRIVALS):
            for side in ours, theirs:
                time.sleep(LULL)
                side.arrive()
    medians = [statistics.median(side.arrivals) for side in (ours, theirs)]
    good = medians[0] <= 0.5 * medians[1]
    row("one message through, idle system, ms", *medians, "<= 0.5 x", good, "{:,.2f}")
    least = [min(side.arrivals) for side in (ours, theirs)]
    row("the fastest, ms", *least, "", None, "{:,.2f}")


ROWS = {"sendmail": sendmail_rows, "latency": latency_rows}
