#!/usr/bin/env -S python3 -B
"""Limits of a connector hold over all workers, and nobody waits for another's server.

    LIMITS_BACKLOG=200000 LIMITS_NEIGHBOURS=399 LIMITS_HOLES=end=silence tests/system/limits.t
"""

import concurrent.futures
import contextlib
import datetime
import os
import re
import sys
import tempfile
import time

from fault import Site, Tap, kill_tree, printed, wait_until

BACKLOG = int(os.environ.get("LIMITS_BACKLOG", 1000))  # of each black hole
HOLES = os.environ.get("LIMITS_HOLES", "connect=silence mail=silence end=silence").split()
NEIGHBOURS = int(os.environ.get("LIMITS_NEIGHBOURS", 10))
ROUNDS = 10  # in which each neighbour sends one message
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # of an id
MOST_SECONDS = 1  # of 99 in 100 messages; on a busy machine MOST_TIMES what they take by themselves
MOST_TIMES = 4


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
    """When each message was answered: {id: seconds}."""
    found = re.findall(r"^time=(\S+)Z event=attempt id=(\S+)", site.log.read_text(), re.M)
    return {id: datetime.datetime.fromisoformat(f"{time}+00:00").timestamp() for time, id in found}


def test_connections(tap):
    """Connections are kept, so as many are opened as are open at once."""
    with tempfile.NamedTemporaryFile("r") as transcript:
        with running("max_connections: 3", ["-t", transcript.name]) as site:
            ids = printed(site.enqueue(600))
            done = wait_until(lambda: len(site.copies()) == len(ids), 60)
        sessions = {line.split()[0] for line in transcript}
    tap.none("all are delivered, whichever worker has the connections", [] if done else ["no"])
    tap.none("max_connections holds over two workers", [] if len(sessions) == 3 else [sessions])


def test_rate(tap):
    with running("rate: 20") as site:
        ids = printed(site.enqueue(60))
        wait_until(lambda: len(attempt_times(site)) == len(ids), 60)
        times = sorted(attempt_times(site).values())
        span = times[-1] - times[0]
        burst = max(sum(t <= u < t + 1 for u in times) for t in times)
        more = printed(site.enqueue(400))
        wait_until(lambda: len(site.copies()) > len(ids), 30)
        site.organization("acme", site.port, "rate: 0")
        begin = time.monotonic()
        drained = wait_until(lambda: len(site.copies()) == len(ids) + len(more), 15)
        took = time.monotonic() - begin
    tap.note(f"60 messages in {span:.1f} s, at most {burst} in a second; 400 more in {took:.1f} s")
    tap.none("60 messages at 20 a second take 2 s or little more", [] if 1.9 < span < 4 else [span])
    tap.none("no second has more than two seconds' worth", [] if burst <= 40 else [burst])
    tap.none("a rate that is lifted is lifted at once", [] if drained and took < 10 else [took])


def accepted(id):
    """When, in seconds: an id begins with it."""
    return sum(DIGITS.index(digit) << 5 * n for n, digit in enumerate(reversed(id[:10]))) / 1000


def delays(site, neighbours):
    """How long the messages of all neighbours take to the answer, round by round; in seconds."""
    ids = []
    for _ in range(ROUNDS):
        one_each = [{"from_email": f"a@{name}.example"} for name in neighbours]
        ids += printed(site.submit(one_each))
        wait_until(lambda: site.copies().keys() >= set(ids), 30)
    wait_until(lambda: attempt_times(site).keys() >= set(ids), 30)
    answered, now = attempt_times(site), time.time()
    return sorted(answered.get(id, now) - accepted(id) for id in ids)


def p99_of(delays):
    return delays[len(delays) * 99 // 100 - 1]


def test_fairness(tap):
    neighbours = [f"neighbour{n}" for n in range(NEIGHBOURS)]
    with running() as site:
        for n, hole in enumerate(HOLES):
            site.organization(f"hole{n}", site.serve("-f", hole))
        for name in neighbours:
            site.organization(name, site.port)
        alone = delays(site, neighbours)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for n in range(len(HOLES)):
                pool.submit(printed, site.enqueue(BACKLOG, from_email=f"a@hole{n}.example"))
            early = delays(site, neighbours)
        routed = wait_until(lambda: len(list(site.spool.glob("hole*/routed/*/*"))) > BACKLOG * 0.9, 600)
        late = delays(site, neighbours)
    most = max(MOST_SECONDS, MOST_TIMES * p99_of(alone))
    for when, seconds in ("arrives", early), ("stands", late):
        p99 = p99_of(seconds)
        tap.note(f"while the backlog {when}: median {seconds[len(seconds) // 2]:.2f} s, p99 {p99:.2f} s")
        slow = [f"{p99}, at most {most}"] if p99 > most else []
        tap.none(f"black holes hold up nobody else while their backlog {when}", slow)
    tap.none("their backlog stands", [] if routed else ["too few are routed"])


def main():
    tap = Tap()
    test_connections(tap)
    test_rate(tap)
    test_fairness(tap)
    return tap.done()


sys.exit(main())
