#!/usr/bin/env -S python3 -B
"""The power is cut while messages flow, on ext4 and on XFS, and nothing acknowledged is lost.

Each round starts the pipeline on a loop-mounted file system, lets it work for a while (with messages
coming in, or with a backlog, and an operator at work), cuts the power by the file system's shutdown
call, kills all processes, mounts again under another boot id, and lets the pipeline finish. The
servers outside go on counting; some recipients they refuse, some for now (see make_it_hard).

    CUTS=50 CUT_SEED=1 CUT_SYSTEMS='ext4 xfs' tests/system/power-cut.t

It has to fail where the promise is broken: with CUT_WITHOUT=replay, which removes the ledgers
before they are replayed, and with builds that leave out a flush:

    make WITHOUT=fdatasync test-tools && BUILD=build/without-fdatasync tests/system/power-cut.t
    make WITHOUT=fsync test-tools && BUILD=build/without-fsync tests/system/power-cut.t
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from fault import BUILD, Operator, Site, Tap, kill_tree, mixed, printed, send_signal, stop_tree
from fault import wait_until

CUTS = int(os.environ.get("CUTS", 4))
SEED = int(os.environ.get("CUT_SEED", time.time()))
WITHOUT = os.environ.get("CUT_WITHOUT")
SYSTEMS = os.environ.get("CUT_SYSTEMS", "ext4 xfs").split()
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}
BACKLOG = 3000
IMAGE_BYTES = 4 << 30  # sparse; ext4 makes an inode for each 16 KiB, and CUTS=50 needs 100,000
BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Disk:
    """An image with a file system, mounted on a loop device; OSError where that is not allowed."""

    def __init__(self, folder, kind):
        self.image, self.mountpoint = folder / f"{kind}.image", folder / kind
        self.mountpoint.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        run([*MAKE[kind], self.image])
        self.mount()

    def mount(self):
        run(["mount", "-o", "loop", self.image, self.mountpoint])

    def cut(self):
        run([BUILD / "tests/system/powercut", self.mountpoint])

    def unmount(self):
        run(["umount", self.mountpoint])


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{command[0]}: {done.stderr.strip()}")


class Submitter(threading.Thread):
    """Calls mailq-enqueue again and again until it is frozen."""

    def __init__(self, site, acknowledged, chance):
        super().__init__(daemon=True)
        self.site, self.acknowledged, self.random = site, acknowledged, chance
        self.lock, self.frozen, self.process = threading.Lock(), False, None

    def run(self):
        while True:
            with self.lock:
                if self.frozen:
                    return
                messages = [mixed(self.random) for _ in range(self.random.choice((1, 5, 50)))]
                self.process = self.site.submit(messages)
            self.acknowledged.update(printed(self.process))

    def freeze(self):
        with self.lock:
            self.frozen = True
            if self.process:
                send_signal(self.process.pid, signal.SIGSTOP)


def as_another_boot(site):
    """From now on the site's programs see a boot id of their own, as after a restart."""
    boot = site.folder / "boot_id"
    boot.write_text(f"{uuid.uuid4()}\n")
    site.before = ["unshare", "-m", "sh", "-c", f'mount --bind {boot} {BOOT_ID} && exec "$@"', "sh"]


def cut(disk, supervisor):
    """All processes are stopped, then the power goes: no program may act on what a flush says that
    waits at that moment, for both file systems tell some of these that all is well when it is not.
    """
    stop_tree(supervisor)
    disk.cut()
    kill_tree(supervisor)


def cut_while_submitting(site, disk, operator, chance):
    supervisor = site.spawn("mailq-supervise")
    submitter = Submitter(site, operator.acknowledged, chance)
    submitter.start()
    operator.begin()
    time.sleep(chance.uniform(0.2, 2))
    submitter.freeze()
    operator.freeze()
    cut(disk, supervisor)
    submitter.process.kill()
    submitter.join()
    operator.end()


def cut_while_draining(site, disk, operator, chance):
    """Nobody submits or operates, so nobody else's flush helps the senders' ledgers."""
    operator.acknowledged.update(printed(site.submit([mixed(chance) for _ in range(BACKLOG)])))
    supervisor = site.spawn("mailq-supervise")
    time.sleep(chance.uniform(0.1, 0.8))
    cut(disk, supervisor)


def finish(site, operator):
    supervisor = site.spawn("mailq-supervise")
    finished = wait_until(
        lambda: operator.release_all() and site.is_drained() and not site.unreported(), 120
    )
    supervisor.terminate()
    if not wait_until(lambda: supervisor.poll() is not None, 40):
        kill_tree(supervisor)
    return finished


def test(tap, site, disk, kind):
    chance, acknowledged, left = random.Random(f"{SEED} {kind}"), set(), []
    operator = Operator(site, acknowledged, SEED)
    for n in range(CUTS):
        as_another_boot(site)
        one_round = cut_while_draining if n % 2 else cut_while_submitting
        one_round(site, disk, operator, chance)
        disk.unmount()
        disk.mount()
        if WITHOUT == "replay":
            for ledger in site.spool.glob(".ledger/*"):
                ledger.unlink()
        as_another_boot(site)
        if not finish(site, operator):
            left.append(f"after cut {n + 1}: {site.open_messages()} are left")
            break
        if n % 10 == 9:
            tap.note(f"{kind}: {n + 1} cuts, {len(acknowledged)} acknowledged")
    lost, undelivered, doubles = site.audit(acknowledged, operator)
    twice = sum(n - 1 for n in site.deliveries().values())
    tap.note(f"{kind}: {len(acknowledged)} acknowledged, {twice} further copies")
    tap.none(f"{kind}: the queue drains after each of {CUTS} cuts", left)
    tap.none(f"{kind}: each message is in exactly one state directory", lost)
    tap.none(f"{kind}: each recipient was served, unless he refuses it or it was cancelled", undelivered)
    tap.none(f"{kind}: each further copy was recorded as uncertain", doubles)
    tap.none(f"{kind}: each failure is reported once", site.unreported())
    if lost or undelivered or doubles or left:
        keep = pathlib.Path(f"/var/tmp/mailq-cut.{kind}.log")
        shutil.copy(site.log, keep)
        tap.note(f"the log is kept in {keep}")


def main():
    tap = Tap()
    tap.note(f"CUT_SEED={SEED}")
    for kind in SYSTEMS:
        with tempfile.TemporaryDirectory(prefix="mailq-cut.", dir="/var/tmp") as folder:
            try:
                disk = Disk(pathlib.Path(folder), kind)
            except OSError as error:
                tap.skip(f"power cuts on {kind}", str(error))
                continue
            site = Site(f"{folder}/site", disk.mountpoint / "spool")
            site.make_it_hard()
            test(tap, site, disk, kind)
            site.close()
            disk.unmount()
    return tap.done()


# In a mount namespace of its own, or what others start meanwhile would keep a copy of these mounts.
if sys.argv[1:] == ["inside"]:
    sys.exit(main())
if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
    print("1..0 # SKIP power cuts: no mount namespaces here")
else:
    os.execvp("unshare", ["unshare", "-m", sys.argv[0], "inside"])
