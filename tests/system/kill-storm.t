#!/usr/bin/env -S python3 -B
"""Messages flow through a supervised pipeline while its processes are killed at random.

Any process (the supervisor, its stages, a sender that nobody supervises, the mailq-enqueue that
submits, the verb that an operator uses) gets SIGKILL or is stopped for a while, every 50 to 500 ms.
What dies is started again by the supervisor; the supervisor, and what it does not know, by this
test. The servers take part: some recipients are refused, some for now, connections close in place
of an answer to a message that was taken, or are too many for the first server, so that a second one
is taken instead.

    STORM_SECONDS=120 STORM_MESSAGES=20000 STORM_FREEZE=70 STORM_SEED=1 tests/system/kill-storm.t

STORM_FREEZE is for how long a stopped sender sleeps: with 70 s past its lease of 60 s.
"""

import collections
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

from fault import Operator, Site, Tap, children, kill_tree, mixed, printed, send_signal, wait_until

SECONDS = float(os.environ.get("STORM_SECONDS", 10))
MESSAGES = int(os.environ.get("STORM_MESSAGES", 2000))
FREEZE = float(os.environ.get("STORM_FREEZE", 3))
SEED = int(os.environ.get("STORM_SEED", time.time()))
DRAIN_SECONDS = 180  # leases of the dead lapse after 60 s


class Submitter(threading.Thread):
    """Calls mailq-enqueue again and again until enough ids were printed."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.random = site, random.Random(SEED)
        self.acknowledged, self.process = set(), None

    def run(self):
        begin = time.monotonic()
        while len(self.acknowledged) < MESSAGES:
            messages = [mixed(self.random) for _ in range(self.random.randint(1, 200))]
            self.process = self.site.submit(messages)
            self.acknowledged.update(printed(self.process))
            due = begin + SECONDS * len(self.acknowledged) / MESSAGES
            time.sleep(max(0, due - time.monotonic()))


class Storm:
    def __init__(self, site, submitter, operator):
        self.site, self.submitter, self.operator = site, submitter, operator
        self.random = random.Random(SEED)
        self.supervisor, self.stray = None, None
        self.frozen = {}  # pid: when it goes on
        self.deeds = collections.Counter()

    def start_what_is_gone(self):
        if not self.supervisor or self.supervisor.poll() is not None:
            self.supervisor = self.site.spawn("mailq-supervise")
        if not self.stray or self.stray.poll() is not None:
            self.stray = self.site.spawn("mailq-send-smtp", "--follow")

    def thaw(self, now):
        for pid in [pid for pid, when in self.frozen.items() if when <= now]:
            del self.frozen[pid]
            send_signal(pid, signal.SIGCONT)

    def strike(self):
        others = [self.submitter.process, self.operator.process]
        victims = children(self.supervisor.pid) + [self.stray.pid]
        victims += [other.pid for other in others if other and other.poll() is None]
        pid = self.random.choice(victims)
        try:
            name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return
        if self.random.random() < 0.15 and pid not in self.frozen:
            sleep = FREEZE if pid == self.stray.pid else self.random.uniform(0.1, 3)
            self.frozen[pid] = time.monotonic() + sleep
            deed, number = "stopped", signal.SIGSTOP
        else:
            deed, number = "killed", signal.SIGKILL
        if send_signal(pid, number):
            self.deeds[f"{name} {deed}"] += 1

    def rage(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or self.submitter.is_alive() or self.frozen:
            self.start_what_is_gone()
            time.sleep(self.random.uniform(0.05, 0.5))
            self.thaw(time.monotonic())
            if time.monotonic() < end:
                self.strike()
        self.start_what_is_gone()


def main():
    tap = Tap()
    tap.note(f"STORM_SEED={SEED}")
    with tempfile.TemporaryDirectory(prefix="mailq-storm.", dir="/var/tmp") as folder:
        site = Site(folder)
        site.make_it_hard()
        submitter = Submitter(site)
        operator = Operator(site, submitter.acknowledged, SEED)
        storm = Storm(site, submitter, operator)
        storm.start_what_is_gone()
        submitter.start()
        operator.begin()
        storm.rage()
        operator.end()
        released = wait_until(operator.release_all, DRAIN_SECONDS)
        drained = wait_until(site.is_drained, DRAIN_SECONDS)
        reported = wait_until(lambda: not site.unreported(), DRAIN_SECONDS)
        drained = drained and wait_until(site.is_drained, DRAIN_SECONDS)
        kill_tree(storm.supervisor)
        kill_tree(storm.stray)
        site.close()
        for deed, times in sorted(storm.deeds.items()):
            tap.note(f"{deed}: {times}")
        for verb, times in sorted(operator.done.items()):
            tap.note(f"mailq-{verb}: {times} messages")
        lost, undelivered, doubles = site.audit(submitter.acknowledged, operator)
        twice = sum(n - 1 for n in site.deliveries().values())
        tap.note(f"{len(submitter.acknowledged)} acknowledged, {twice} further copies")
        tap.none("what is held is released", [] if released else ["not all"])
        tap.none("something was killed", [] if sum(storm.deeds.values()) > SECONDS else ["too little"])
        tap.none("the queue drains by itself", [] if drained else [f"{site.open_messages()} are left"])
        tap.none("both servers were taken", {"sink", "second"} - site.connectors_taken())
        tap.none("each message is in exactly one state directory", lost)
        tap.none("each recipient was served, unless he refuses it or it was cancelled", undelivered)
        tap.none("each further copy was recorded as uncertain", doubles)
        tap.none("each failure is reported once", [] if reported else site.unreported())
        if tap.failed:
            os.system(f"tail -n 20 {site.log} | sed 's/^/# /'")
    return tap.done()


sys.exit(main())
