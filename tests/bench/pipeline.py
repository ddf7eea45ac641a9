"""Rows of many messages: taking them, delivering them, and what one costs when many are queued.

BENCH_MESSAGES (10000) and BENCH_BACKLOG (200000) make them shorter.
"""

import os
import shutil
import time

import machine
from comparison import bench_in, compare, row
from mailq import Mailq, Templated

MESSAGES = int(os.environ.get("BENCH_MESSAGES", 10000))
BACKLOG = int(os.environ.get("BENCH_BACKLOG", 200000))
MEMORY = "/dev/shm"


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


def intake_rows(bench):
    compare(bench, f"bulk intake of {MESSAGES:,}", intake, 4)


def smtp_rows(bench):
    compare(bench, f"intake of {MESSAGES:,} over SMTP", smtp_intake, 2.5)


def drain_rows(bench):
    literal = compare(bench, f"drain of {MESSAGES:,} queued", drain, 4, "memory while draining", 40)
    templated = bench.median(drain, Templated)[0]
    good = templated >= 0.8 * literal
    row("the same with a template, messages/s", templated, None, ">= 0.8 x", good)


def through_rows(bench):
    compare(bench, f"submit and deliver {MESSAGES:,}", through, 5, "idle memory", 12)


def backlog_rows(bench):
    """Beside the disk, memory: what grows there is ours, what grows on the disk alone is not."""
    flat(bench, "")
    if shutil.disk_usage(MEMORY).free > BACKLOG * 3 * 8192:
        with bench_in(MEMORY) as in_memory:
            flat(in_memory, " (tmpfs)")


def flat(bench, where):
    few, many = bench.median(cost, Mailq, 2000)[0], bench.run(cost, Mailq, BACKLOG)[0]
    row(f"CPU a message, 2,000 queued, us{where}", few, None, "", None, "{:,.1f}")
    good = many <= 1.1 * few
    row(f"CPU a message, {BACKLOG:,} queued, us{where}", many, None, "<= 1.1 x", good, "{:,.1f}")


ROWS = {
    "intake": intake_rows,
    "smtp": smtp_rows,
    "drain": drain_rows,
    "through": through_rows,
    "backlog": backlog_rows,
}
