#!/usr/bin/env -S python3 -B
"""The wall clock jumps under load: nothing is tried too often, and nothing waits for years.

libfaketime gives the programs their time of day, out of a file that this test rewrites while they
run. A third of the answers put a message off for a second or two.
"""

import contextlib
import glob
import os
import sys
import tempfile

from fault import Site, Tap, attempts, kill_tree, printed, wait_until

LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
HOUR, YEARS = 3600, 10 * 365 * 86400
JUMPS = [HOUR, -HOUR, YEARS, -YEARS, 0]  # seconds from the right time, one after another
BATCH = 40
SECONDS_MOST = 60
ATTEMPTS_MOST = 12  # a third is put off, for a second at least


@contextlib.contextmanager
def pipeline(folder, library):
    """The stages under a clock that set_clock sets. (A supervisor hands on no LD_PRELOAD.)"""
    site = Site(folder, faults=["-f", "end%3=451 4.3.0 later"])
    time_file = f"{folder}/time"

    def set_clock(seconds):
        with open(f"{time_file}.new", "w") as file:
            file.write(f"{seconds:+d}\n")
        os.rename(file.name, time_file)

    set_clock(0)
    site.environment.update(
        LD_PRELOAD=library,
        FAKETIME_TIMESTAMP_FILE=time_file,
        FAKETIME_NO_CACHE="1",
        DONT_FAKE_MONOTONIC="1",
        NO_FAKE_STAT="1",
    )
    names = "mailq-render", "mailq-route", "mailq-send-smtp"
    stages = [site.spawn(name, "--follow") for name in names]
    try:
        yield site, set_clock
    finally:
        for stage in stages:
            kill_tree(stage)
        site.close()


def try_jumps(tap, site, set_clock):
    ids = []
    for seconds in JUMPS:
        before = printed(site.enqueue(BATCH))
        wait_until(lambda: site.copies()[before[0]], 30)
        set_clock(seconds)
        ids += before + printed(site.enqueue(BATCH))
        done = wait_until(lambda: site.is_drained(), SECONDS_MOST)
        tap.none(f"to {seconds:+d} s: nothing is stuck", [] if done else [site.open_messages()])
    return ids


def main():
    libraries = glob.glob(LIBRARY)
    if not libraries:
        print("1..0 # SKIP libfaketime is not installed")
        return 0
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-clock.", dir="/var/tmp") as folder:
        with pipeline(folder, libraries[0]) as (site, set_clock):
            ids = try_jumps(tap, site, set_clock)
            most = max(len(attempts(path)) for paths in site.places().values() for path in paths)
            tap.note(f"{len(ids)} messages, at most {most} attempts each")
        lost, undelivered, doubles = site.audit(ids)
        tap.none("nothing was tried again and again", [most] if most > ATTEMPTS_MOST else [])
        tap.none("each message is in exactly one state directory", lost)
        tap.none("each acknowledged message was delivered", undelivered)
        tap.none("each further copy was recorded as uncertain", doubles)
        if tap.failed:
            os.system(f"tail -n 20 {site.log} | sed 's/^/# /'")
    return tap.done()


sys.exit(main())
