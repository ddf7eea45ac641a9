#!/usr/bin/env -S python3 -B
"""Limits of a connector hold over all workers, and nobody waits for another's server.

    LIMITS_BACKLOG=100000 tests/system/limits.t
"""

import contextlib
import datetime
import os
import re
import sys
import tempfile
import time

from fault import Site, Tap, kill_tree, printed, wait_until

BACKLOG = int(os.environ.get("LIMITS_BACKLOG", 1000))  # of each black hole
HOLES = ["connect=silence", "mail=silence", "end=silence"]
NEIGHBOURS = 10
PATIENCE_SECONDS = 2  # twice what is promised, since tests share their machine


@contextlib.contextmanager
def running(more="", faults=()):
    """A supervised pipeline with two senders; more: further lines of the connector."""
    with tempfile.TemporaryDirectory(prefix="mailq-limits.", dir="/var/tmp") as folder:
        site = Site(folder, faults=faults)
        site.organization("acme", site.port, more)
        supervisor = site.spawn("mailq-supervise")
        try:
            yield site
        finally:
            kill_tree(supervisor)
            site.close()


def attempt_times(site):
    found = re.findall(r"^time=(\S+)Z event=attempt", site.log.read_text(), re.M)
    return [datetime.datetime.fromisoformat(time).timestamp() for time in found]


def test_connections(tap):
    """Connections are kept, so as many are opened as are open at once."""
    with tempfile.NamedTemporaryFile("r") as transcript:
        with running("max_connections: 3", ["-t", transcript.name]) as site:
            ids = printed(site.enqueue(600))
            done = wait_until(lambda: len(site.copies()) == len(ids), 15)
        sessions = {line.split()[0] for line in transcript}
    tap.none("all are delivered, whichever worker has the connections", [] if done else ["no"])
    tap.none("max_connections holds over two workers", [] if len(sessions) == 3 else [sessions])


def test_rate(tap):
    with running("rate: 20") as site:
        ids = printed(site.enqueue(60))
        wait_until(lambda: len(site.copies()) == len(ids), 20)
        times = attempt_times(site)
        span = times[-1] - times[0]
        burst = max(sum(t <= u < t + 1 for u in times) for t in times)
        more = printed(site.enqueue(400))
        wait_until(lambda: len(site.copies()) > len(ids), 10)
        site.organization("acme", site.port, "rate: 0")
        begin = time.monotonic()
        drained = wait_until(lambda: len(site.copies()) == len(ids) + len(more), 15)
        took = time.monotonic() - begin
    tap.note(f"60 messages in {span:.1f} s, at most {burst} in a second; 400 more in {took:.1f} s")
    tap.none("60 messages at 20 a second take 2 s or little more", [] if 1.9 < span < 4 else [span])
    tap.none("no second has more than two seconds' worth", [] if burst <= 40 else [burst])
    tap.none("a rate that is lifted is lifted at once", [] if drained and took < 10 else [took])


def delay(site, name):
    """How long a message of this organization takes, in seconds."""
    begin = time.monotonic()
    (id,) = printed(site.enqueue(1, from_email=f"a@{name}.example"))
    wait_until(lambda: site.copies()[id], 30)
    return time.monotonic() - begin


def test_fairness(tap):
    neighbours = [f"neighbour{n}" for n in range(NEIGHBOURS)]
    with running() as site:
        for n, hole in enumerate(HOLES):
            site.organization(f"hole{n}", site.serve("-f", hole))
        for name in neighbours:
            site.organization(name, site.port)
        backlogs = [site.enqueue(BACKLOG, from_email=f"a@hole{n}.example") for n in range(len(HOLES))]
        early = [delay(site, name) for name in neighbours]
        for backlog in backlogs:
            printed(backlog)
        routed = wait_until(lambda: len(list(site.spool.glob("hole*/routed/*/*"))) > BACKLOG, 60)
        late = [delay(site, name) for name in neighbours]
    for when, delays in ("arrives", early), ("stands", late):
        tap.note(f"while the backlog {when}: {', '.join(f'{d:.2f}' for d in sorted(delays))} s")
        slow = [d for d in delays if d > PATIENCE_SECONDS]
        tap.none(f"black holes hold up nobody else while their backlog {when}", slow)
    tap.none("their backlog stands", [] if routed else ["too few are routed"])


def main():
    tap = Tap()
    test_connections(tap)
    test_rate(tap)
    test_fairness(tap)
    return tap.done()


sys.exit(main())
