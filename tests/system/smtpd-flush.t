#!/usr/bin/env -S python3 -B
"""Many clients of mailq-smtpd at once, while flushes fail and while it is killed: never a false yes.

Every third of its flushes fails by strace: a client is told 250 if its message is on disk, whole,
and 451 if nothing of it is left. And what was told 250 when it is killed is there.
"""

import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading

from fault import Site, Tap, children, printed, wait_until

CLIENTS, MESSAGES = 12, 30
FAULTS = ["-e", "trace=fsync,syncfs", "-e", "inject=fsync,syncfs:error=EIO:when=2+3"]


class Client(smtplib.SMTP):
    """A session over the socket; what it was answered, message by message."""

    def __init__(self, path):
        super().__init__()
        self.path, self.answers, self.some = path, [], threading.Event()

    def _get_socket(self, host, port, timeout):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(str(self.path))
        return s

    def send_all(self):
        try:
            self.connect("local")
            self.ehlo("x")
            for n in range(MESSAGES):
                self.mail("app@acme.example")
                self.rcpt("bo@b.example")
                self.answers.append(self.data(f"Subject: {n}\r\n\r\nx\r\n"))
                if n == MESSAGES // 3:
                    self.some.set()
        except (OSError, smtplib.SMTPException):
            pass  # it was killed


def answers_calls(path):
    try:
        Client(path).connect("local")
        return True
    except OSError:
        return False


def serve(site, before=()):
    path = site.folder / "socket"
    smtpd = site.spawn("mailq-smtpd", "--socket", str(path), before=before)
    wait_until(lambda: answers_calls(path), 30)
    return smtpd, path


def crowd(path):
    clients = [Client(path) for _ in range(CLIENTS)]
    threads = [threading.Thread(target=client.send_all) for client in clients]
    for thread in threads:
        thread.start()
    return clients, threads


def ids_of(answers):
    return [text.split()[-1].decode() for code, text in answers if code == 250]


def compare(site, ids, all_of_them):
    """What is wrong with the files, compared to the ids that were told."""
    places = site.places()
    if len(set(ids)) != len(ids):
        yield "an id was told twice"
    for id in set(ids) - set(places):
        yield f"{id} was told and is not there"
    for id, paths in places.items():
        whole = re.match(rb"mailq/1 [0-9a-z]{26}\n%request ", paths[0].read_bytes())
        if len(paths) != 1 or (id in ids and not whole):
            yield f"{id} is not whole, or not once"
        if all_of_them and id not in ids:
            yield f"{id} is left behind"
    if all_of_them and list(site.spool.glob(".tmp/*")):
        yield "something is left in .tmp"


def failing_flushes(site, first):
    log = site.folder / "strace"
    smtpd, path = serve(site, ["strace", "-f", "-qq", "-o", str(log), *FAULTS])
    clients, threads = crowd(path)
    for thread in threads:
        thread.join()
    for pid in children(smtpd.pid)[1:]:
        os.kill(pid, signal.SIGTERM)
    smtpd.wait()
    answers = [answer for client in clients for answer in client.answers]
    if len(answers) != CLIENTS * MESSAGES:
        yield f"{len(answers)} answers"
    if {code for code, _ in answers} != {250, 451}:
        yield f"answers: { {code for code, _ in answers} }"
    if "(INJECTED)" not in log.read_text():
        yield "no flush failed"
    yield from compare(site, [*first, *ids_of(answers)], True)


def killed(site, first):
    smtpd, path = serve(site)
    clients, threads = crowd(path)
    clients[0].some.wait(60)
    smtpd.kill()
    smtpd.wait()
    for thread in threads:
        thread.join()
    answers = [answer for client in clients for answer in client.answers]
    if len(answers) >= CLIENTS * MESSAGES:
        yield "it was killed too late"
    yield from compare(site, [*first, *ids_of(answers)], False)


def in_a_fresh_site(check):
    with tempfile.TemporaryDirectory(prefix="mailq-flush.", dir="/var/tmp") as folder:
        site = Site(folder)
        first = printed(site.enqueue(1))  # whose directories are made
        wrong = list(check(site, first))
        site.close()
        return wrong


def main():
    tap = Tap()
    name = "a failed flush refuses the messages it was for"
    if not shutil.which("strace") or subprocess.run(["strace", "-o/dev/null", "true"]).returncode:
        tap.skip(name, "strace does not work here")
    else:
        tap.none(name, in_a_fresh_site(failing_flushes))
    tap.none("what was told 250 outlives a kill", in_a_fresh_site(killed))
    return tap.done()


sys.exit(main())
