#!/usr/bin/env -S python3 -B
"""Each verb of the table races with senders, with a second worker and with replays.

Messages flow through two senders, one of which is killed again and again, so that ledgers are
replayed all the while; the verb is used on messages wherever these have got to. Whatever it answers
holds: 0, and the message is where the verb leads, or has gone on from there; else nothing changed.

    VERBS_MESSAGES=2000 tests/system/verbs.t
"""

import collections
import concurrent.futures
import os
import random
import sys
import tempfile
import threading
import time

from fault import FINAL, Site, Tap, kill_tree, printed, too_many, wait_until

MESSAGES = int(os.environ.get("VERBS_MESSAGES", 60))
AT_ONCE = 3  # operators
ANSWERS = {0, 65, 66, 75}  # done, wrong state, gone, in other hands

# Where a message is after the verb answered 0, once nothing is left to do.
LEADS_TO = {
    "hold": "held",
    "release": "sent",
    "cancel": "cancelled",
    "queue": "sent",
    "retry": "sent",
    "send-now": "sent",
    "delete": "nowhere",
}
# What is done first, so that the verb finds some that it applies to.
BEFORE = {"release": "hold", "delete": "cancel"}


class Deaths(threading.Thread):
    """Kills a sender, starts it again, and so on."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.going, self.n = site, True, 0

    def run(self):
        while self.going:
            sender = self.site.spawn("mailq-send-smtp", "--follow")
            time.sleep(random.uniform(0.05, 0.3))
            sender.kill()
            sender.wait()
            self.n += 1


def use(site, verb, ids):
    """The exit code for each id."""
    codes = {}
    for id in ids:
        if verb in BEFORE:
            site.run(f"mailq-{BEFORE[verb]}", id)
        codes[id] = site.run(f"mailq-{verb}", id)
    return codes


def used_by_all(site, verb, ids):
    codes, lock = {}, threading.Lock()

    def work(part):
        for id, code in use(site, verb, part).items():
            with lock:
                codes[id] = code

    threads = [threading.Thread(target=work, args=[ids[n::AT_ONCE]]) for n in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def state_of(site, places, id):
    paths = places.get(id, [])
    return "+".join(site.state(path) for path in paths) or "nowhere"


def race(site, verb):
    """(codes, how many deaths, whether what is not held or cancelled came to its end)."""
    supervisor, deaths = site.spawn("mailq-supervise"), Deaths(site)
    deaths.start()
    options = ["--draft"] if verb == "queue" else []
    ids = printed(site.submit([{}] * MESSAGES, options=options))
    if verb == "retry":  # on a slow machine none has been tried yet
        wait_until(lambda: any(site.spool.glob("acme/deferred/*")), 60)
    codes = used_by_all(site, verb, ids)
    deaths.going = False
    deaths.join()
    site.run("mailq-send-smtp")  # takes up what the last one of the dead had claimed
    done = wait_until(lambda: not is_under_way(site), 90)
    kill_tree(supervisor)
    site.close()
    return codes, deaths.n, done


def is_under_way(site):
    """Looks three times, for a file that moves can escape a look."""
    rest = FINAL | {"held", "draft", ".bad"}
    for _ in range(3):
        if any(site.state(p) not in rest for paths in site.places().values() for p in paths):
            return True
        time.sleep(0.1)
    return False


def test(verb):
    """A note, and what is promised, each with complaints."""
    with tempfile.TemporaryDirectory(prefix="mailq-verbs.", dir="/var/tmp") as folder:
        site = Site(folder, faults=["-f", "rcpt%3=451 4.3.0 later", "-f", "end%30=take close"])
        codes, deaths, done = race(site, verb)
        told, places, served = collections.Counter(codes.values()), site.places(), site.deliveries()
        states = {id: state_of(site, places, id) for id in codes}
        wrong = [f"{id}: {states[id]}" for id in codes if not codes[id] and states[id] != LEADS_TO[verb]]
        wrong += [f"{id}: {states[id]}" for id in codes if codes[id] and states[id] == "nowhere"]
        doubles = [d for paths in places.values() for path in paths for d in too_many(path, served)]
    odd = sorted(told.keys() - ANSWERS) or ([] if told[0] else ["it applied to none"])
    return [
        f"{dict(told)}, {deaths} deaths",
        ("applies to some, and answers the others", odd),
        ("what it did stays done, and nothing else is gone", wrong),
        ("no copy goes unrecorded", doubles),
        ("all else goes on", [] if done else ["it does not"]),
    ]


def main():
    tap = Tap()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for verb, run in [(verb, pool.submit(test, verb)) for verb in LEADS_TO]:
            note, *promises = run.result()
            tap.note(f"mailq-{verb}: {note}")
            for name, complaints in promises:
                tap.none(f"{verb}: {name}", complaints)
    return tap.done()


sys.exit(main())
