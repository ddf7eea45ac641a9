#!/usr/bin/env -S python3 -B
"""One process is stopped (SIGSTOP) for a while: nobody else waits for it for long.

Each kind of process in turn, on a spool of its own: the supervisor, a stage, a sender, a server, a
mailq-enqueue in the midst of a submission; and whoever has the gate of the index in his hand, so
that nobody else can write to it. Messages come all the while, and each has to be accepted and
delivered within the time that the supervisor bears silence, and a little.

    STOP_SECONDS=60 STOP_SILENCE=25 STOP_LIMIT=30 tests/system/sigstop.t
"""

import concurrent.futures
import os
import pathlib
import signal
import smtplib
import sys
import tempfile
import threading
import time

from fault import Site, Tap, children, free_port, kill_tree, printed, send_signal, wait_until

SECONDS = float(os.environ.get("STOP_SECONDS", 25))
SILENCE = int(os.environ.get("STOP_SILENCE", 3))
LIMIT = float(os.environ.get("STOP_LIMIT", 20))
PAUSE = 0.5  # between two messages of the load
LONG = 1000  # messages of a submission that takes its time
DRAIN_SECONDS = 90  # what a dead mailq-enqueue had in hand lapses after 60 s


class Load(threading.Thread):
    """Submits a message now and then, and tells how long that took and when it was delivered."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.going = site, True
        self.began, self.accepted, self.delivered = {}, {}, {}

    def run(self):
        while self.going:
            begin = time.monotonic()
            for id in printed(self.site.enqueue(1)):
                self.began[id], self.accepted[id] = begin, time.monotonic()
            self.look()
            time.sleep(PAUSE)

    def look(self):
        now = time.monotonic()
        for id in self.site.copies().keys() & self.began.keys() - self.delivered.keys():
            self.delivered[id] = now

    def end(self):
        """Waits for what is under way; the longest that a message took."""
        self.going = False
        self.join()
        wait_until(lambda: self.look() or self.began.keys() == self.delivered.keys(), DRAIN_SECONDS)
        now = time.monotonic()
        return max(self.delivered.get(id, now) - begin for id, begin in self.began.items())


class Victims:
    """The processes of a site by name; stopped, and let go on."""

    def __init__(self, site, supervisor):
        self.site, self.supervisor, self.others = site, supervisor, []
        self.enqueue = None

    def submit(self):
        """Sees to it that a long submission is under way, behind which the load need not wait."""
        if self.enqueue and self.enqueue.poll() is None:
            return
        self.enqueue = self.site.enqueue(LONG, from_email="a@other.example")
        self.others.append(self.enqueue)
        threading.Thread(target=printed, args=[self.enqueue], daemon=True).start()

    def end_submitting(self):
        wait_until(lambda: not self.enqueue or self.enqueue.poll() is not None, DRAIN_SECONDS)

    def named(self, name):
        pids = children(self.supervisor.pid) + [other.pid for other in self.others]
        return next((pid for pid in pids if comm(pid) == name), None)

    def stop(self, name):
        """Stops one; a mailq-enqueue in the midst of a submission, if need be of the next one."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if name == "mailq-enqueue":
                self.submit()
            pid = self.named(name)
            if pid and is_at_work(pid, name) and send_signal(pid, signal.SIGSTOP):
                if wait_until(lambda: state(pid) in "TZ", 1) and state(pid) == "T":
                    return pid
            time.sleep(0.001)
        return None

    def stop_in_gate(self, name):
        """Stops one again and again, until that happens while it has the gate in its hand."""
        gate = os.stat(self.site.spool / ".index/gate").st_ino
        for _ in range(20000):
            self.submit()
            pid = self.named(name)
            if pid and send_signal(pid, signal.SIGSTOP):
                if holds(pid, gate):
                    return pid
                send_signal(pid, signal.SIGCONT)
            time.sleep(0.0005)
        return None


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def state(pid):
    """Its letter in /proc: T is stopped, Z has ended (and so has one that is gone)."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2]
    except OSError:
        return "Z"


def is_at_work(pid, name):
    """A mailq-enqueue has read some of its input; others always have something to do."""
    if name != "mailq-enqueue":
        return True
    try:
        return pathlib.Path(f"/proc/{pid}/fdinfo/0").read_text().split()[1] != "0"
    except (OSError, IndexError):
        return False


def holds(pid, inode):
    wait_until(lambda: state(pid) in "TZ", 1)
    locks = [line.split() for line in pathlib.Path("/proc/locks").read_text().splitlines()]
    return any(lock[1] == "FLOCK" and lock[4] == str(pid) and lock[5].endswith(f":{inode}") for lock in locks)


def greeting_takes(port):
    """How long a new client of mailq-smtpd waits for its greeting."""
    begin = time.monotonic()
    while time.monotonic() - begin < SECONDS + LIMIT:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=SECONDS + LIMIT):
                break
        except (OSError, smtplib.SMTPException):
            time.sleep(0.1)  # between a death and the next start
    return time.monotonic() - begin


def suffer(name, in_gate=False):
    """What is wrong when that process is stopped for a while."""
    with tempfile.TemporaryDirectory(prefix="mailq-stop.", dir="/var/tmp") as folder:
        site, port = Site(folder, faults=["-f", "end%40=take close"]), free_port()
        site.organization("other", site.port)
        (site.spool / ".drop").mkdir()
        with open(site.folder / "mailq.yaml", "a") as more:
            more.write(f"smtpd: {{listen: ['127.0.0.1:{port}']}}\n")
        supervisor = site.spawn("mailq-supervise", "--silence", str(SILENCE))
        httpd = site.spawn("mailq-httpd", "--listen", f"127.0.0.1:{free_port()}")
        victims, load = Victims(site, supervisor), Load(site)
        victims.others.append(httpd)
        wait_until(lambda: victims.named("mailq-smtpd") and (site.spool / ".index/gate").exists(), 30)
        load.start()
        pid = victims.stop_in_gate(name) if in_gate else victims.stop(name)
        greeting = greeting_takes(port) if name == "mailq-smtpd" else 0
        time.sleep(max(0, SECONDS - greeting))
        stopped_still = pid and comm(pid) == name
        if pid:
            send_signal(pid, signal.SIGCONT)
        longest = load.end()
        victims.end_submitting()
        drained = wait_until(site.is_drained, DRAIN_SECONDS)
        kill_tree(supervisor)
        for other in victims.others:
            other.kill()
            other.wait()
        site.close()
        complaints = [] if pid else ["it was not stopped"]
        complaints += [f"{longest:.1f} s for one message"] if longest > LIMIT else []
        complaints += [f"{greeting:.1f} s for a greeting"] if greeting > LIMIT else []
        complaints += [] if drained else [f"{site.open_messages()} messages are left"]
        for kind in site.audit(load.accepted):
            complaints += kind
        told = f"{longest:.1f} s at most; {'it went on' if stopped_still else 'it was killed'}"
        return complaints, told + (f"; {greeting:.1f} s for a greeting" if greeting else "")


CASES = [
    ("mailq-supervise", False),
    ("mailq-render", False),
    ("mailq-route", False),
    ("mailq-send-smtp", False),
    ("mailq-smtpd", False),
    ("mailq-pickup", False),
    ("mailq-httpd", False),
    ("mailq-enqueue", False),
    ("mailq-enqueue", True),
    ("mailq-render", True),
    ("mailq-send-smtp", True),
]


def main():
    tap = Tap()
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        runs = [(case, pool.submit(suffer, *case)) for case in CASES]
        for (name, in_gate), run in runs:
            complaints, told = run.result()
            where = f"{name}{' in the gate' if in_gate else ''}"
            tap.note(f"{where}: {told}")
            tap.none(f"nobody waits long for a stopped {where}, nothing is lost or doubled", complaints)
    return tap.done()


sys.exit(main())
