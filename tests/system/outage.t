#!/usr/bin/env -S python3 -B
"""The relay dies under load, and comes back after a while, during which more messages come.

In its place something takes each connection and closes it at once, and so counts the probes. With
the connector's pause_seconds of 1 these come after 1, 2, 4 seconds, of each of two workers.

    OUTAGE_SECONDS=600 OUTAGE_MESSAGES=20000 tests/system/outage.t
"""

import os
import socket
import sys
import tempfile
import threading
import time

from fault import Site, Tap, attempts, free_port, kill_tree, printed, wait_until

SECONDS = float(os.environ.get("OUTAGE_SECONDS", 5))
MESSAGES = int(os.environ.get("OUTAGE_MESSAGES", 4000))
CONNECTIONS = 4
PROBES_MOST = 16 + SECONDS / 15  # two workers; once the pauses are at their longest, one a minute
ROUNDS = 5 + int(SECONDS / 5)  # in which messages come meanwhile, and questions are asked
DRAIN_SECONDS = 60  # a pause is half of that at most


class Grave:
    """Takes connections on the port of the dead until it is left."""

    def __init__(self, port):
        self.probes = 0
        self.socket = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.count, daemon=True)
        self.thread.start()

    def count(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.probes += 1
            connection.close()

    def leave(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()


def delivered(site):
    return len(site.copies())


def ask(site, id):
    """What an operator would ask; the answers that do not tell of the outage."""
    said = [site.tell("mailq-status"), site.tell("mailq-explain", id)]
    return [text for text in said if "cannot be reached" not in text]


def suffer(site, enqueue):
    """Kills the relay and lets messages come meanwhile; (ids, probes, health, silences)."""
    site.close()
    grave = Grave(site.port)
    begin = time.monotonic()
    told = wait_until(lambda: site.health().get("why") == "unreachable", 30) and site.health()
    ids, silences = printed(enqueue), []
    for n in range(ROUNDS):
        ids += printed(site.enqueue(MESSAGES // 2 // ROUNDS))
        silences += ask(site, ids[-1])
        time.sleep(max(0, begin + SECONDS * (n + 1) / ROUNDS - time.monotonic()))
    grave.leave()
    return ids, grave.probes, told or {}, silences


def lost_attempts(site):
    """Attempts that count though nothing was delivered by them."""
    paths = [path for paths in site.places().values() for path in paths]
    return [a for p in paths for a in attempts(p) if a["spent"] and a["result"] != "sent"]


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-outage.", dir="/var/tmp") as folder:
        site = Site(folder, faults=["-p", str(free_port())])
        site.organization("acme", site.port, f"pause_seconds: 1\nmax_connections: {CONNECTIONS}")
        supervisor = site.spawn("mailq-supervise")
        enqueue = site.enqueue(MESSAGES)
        wait_until(lambda: delivered(site), 30)
        ids, probes, health, silences = suffer(site, enqueue)
        before = delivered(site)
        site.serve("-p", str(site.port))
        back = time.monotonic()
        drained = wait_until(site.is_drained, DRAIN_SECONDS)
        took = time.monotonic() - back
        tap.note(f"{before} of {len(ids)} delivered before; {probes} probes; drained in {took:.1f} s")
        spent = lost_attempts(site)
        excess = [] if len(spent) <= CONNECTIONS else spent
        kill_tree(supervisor)
        site.close()
        lost, undelivered, doubles = site.audit(ids)
        tap.none("it died under load", [] if 0 < before < MESSAGES else [before])
        tap.none("health says unreachable, and why", [] if health.get("text") else [health])
        tap.none("mailq-status and mailq-explain say so all the while", silences)
        tap.none("probes are few", [] if 2 <= probes <= PROBES_MOST else [probes])
        tap.none("only what was on a connection spent an attempt", excess)
        tap.none("the backlog drains once it is back", [] if drained else [site.open_messages()])
        tap.none("then nothing is wrong any more", [site.health()] if site.health() else [])
        tap.none("each message is in exactly one state directory", lost)
        tap.none("each was delivered", undelivered)
        tap.none("each further copy was recorded as uncertain", doubles)
        if tap.failed:
            os.system(f"tail -n 20 {site.log} | sed 's/^/# /'")
    return tap.done()


sys.exit(main())
