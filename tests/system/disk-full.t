#!/usr/bin/env -S python3 -B
"""The disk is full, or has no inodes left, under load: no yes is false, and nothing is stuck.

The spool is a small tmpfs of our own, so this needs root and mount(2).
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

from fault import Site, Tap, free_port, kill_tree, printed, wait_until

MIN_FREE_BYTES = 4 << 20
REFUSED = 75
BODY = "A body that takes some room.\n" * 200
BATCH = 50


@contextlib.contextmanager
def tmpfs(folder, options):
    """Whether there is one."""
    os.mkdir(folder)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder]).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def supervised(folder, spool):
    site = Site(folder, spool, ["-p", str(free_port())])
    site.configure(min_free_bytes=MIN_FREE_BYTES)
    site.organization("acme", site.port, "pause_seconds: 1")
    supervisor = site.spawn("mailq-supervise")
    try:
        yield site
    finally:
        kill_tree(supervisor)
        site.close()


def submit_until_refused(site):
    """(ids that were printed, the exit status that ended it)"""
    ids, code = [], 0
    while not code and len(ids) < 100_000:
        enqueue = site.enqueue(BATCH, body_text=BODY)
        ids += printed(enqueue)
        code = enqueue.returncode
    return ids, code


def delivers(site, ids):
    return wait_until(lambda: set(ids) <= set(site.copies()) and site.is_drained(), 60)


def fill(path):
    """Takes every byte that is left."""
    with open(path, "wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


def submit_once_there_is_room(site):
    ids = []
    wait_until(lambda: ids.extend(printed(site.enqueue(1))) or ids, 30)
    return ids


def audit(tap, site, ids, name):
    lost, undelivered, doubles = site.audit(ids)
    tap.none(f"{name}: each message is in exactly one state directory", lost)
    tap.none(f"{name}: each acknowledged message was delivered", undelivered)
    tap.none(f"{name}: each further copy was recorded as uncertain", doubles)
    if lost or undelivered or doubles:
        os.system(f"tail -n 20 {site.log} | sed 's/^/# /'")


def test_full(tap, site, name):
    """What is left below min_free_bytes, or of the last inodes, is for what was accepted."""
    ids, code = submit_until_refused(site)
    tap.note(f"{name}: {len(ids)} messages until one was refused")
    tap.none(f"{name}: accepting says 75", [] if code == REFUSED else [code])
    tap.none(f"{name}: sending goes on", [] if delivers(site, ids) else [site.open_messages()])
    return ids


def test_not_a_byte(tap, site):
    """There is something to do, and no room to record what came of it."""
    name = "not a byte is left"
    for path in site.spool.glob("acme/sent/*/*"):
        path.unlink()
    site.close()
    site.taken.unlink()
    ids = printed(site.enqueue(BATCH))
    wait_until(lambda: site.health(), 30)
    fill(site.spool / "ballast")
    site.serve("-p", str(site.port))
    codes = [site.run(f"mailq-{stage}") for stage in ("render", "route", "send-smtp", "enqueue")]
    tap.none(f"{name}: each program says 75", [] if codes == [REFUSED] * 4 else codes)
    tap.none(f"{name}: nothing is sent", list(site.copies()))

    (site.spool / "ballast").unlink()
    begin = time.monotonic()
    ids += submit_once_there_is_room(site)
    done = delivers(site, ids)
    tap.note(f"{name}: recovered in {time.monotonic() - begin:.1f} s")
    tap.none(f"{name}: with room again all goes on by itself", [] if done else [site.open_messages()])
    return ids


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-full.") as folder:
        for name, options in (
            ("a full disk", "size=16m,mode=700"),
            ("no inodes", "size=200m,nr_inodes=2000,mode=700"),
        ):
            spool = f"{folder}/{options}"
            with tmpfs(spool, options) as mounted:
                if not mounted:
                    tap.skip(name, "a tmpfs cannot be mounted here")
                    continue
                with supervised(f"{folder}/{name}", spool) as site:
                    ids = test_full(tap, site, name)
                    if "inodes" not in options:
                        audit(tap, site, ids, name)
                        ids = test_not_a_byte(tap, site)
                    audit(tap, site, ids, name)
    return tap.done()


sys.exit(main())
