#!/usr/bin/env -S python3 -B
"""Each system call that writes or flushes fails once, by strace: never a false yes.

For mailq-enqueue: an id is printed only if its message is on disk, whole; exit 0 only if all are;
else the exit code says why, and no file is left behind. For mailq-send-smtp, run by hand and then
again without a fault: every message ends in one place, and is told to be sent only if it was.
"""

import collections
import itertools
import re
import shutil
import subprocess
import sys
import tempfile

from fault import Site, Tap, printed

CALLS = "fsync fdatasync syncfs write pwrite64 writev pwritev renameat renameat2 rename fallocate".split()
CODES = {"EIO": 74, "ENOSPC": 75}
MESSAGES = 3


def is_whole(path):
    return re.match(rb"mailq/1 [0-9a-z]{26}\n%request (\d+) .*\n", path.read_bytes()) is not None


def run_enqueue(site, before):
    process = site.enqueue(MESSAGES, before)
    return printed(process), process.returncode


def check_enqueue(site, ids, code, error, where):
    """What is wrong after a mailq-enqueue one of whose calls failed; where: which."""
    places = site.places()
    spoken = re.search(r"\b[12]<", where)  # standard output or error could not be written
    if not set(ids) <= set(places):
        yield "printed what is not there"
    if any(len(paths) != 1 or not is_whole(paths[0]) for paths in places.values()):
        yield "a file is not whole"
    if code == 0 and len(ids) != MESSAGES:
        yield "exit 0 without all ids"
    if code != 0 and not spoken and code != CODES[error]:
        yield f"exit {code}, not {CODES[error]}"
    if not spoken and set(places) != set(ids):
        yield "a file is left behind"
    if list(site.spool.glob(".tmp/*")):
        yield "something is left in .tmp"


def run_sender(site, before):
    ids = printed(site.enqueue(MESSAGES))
    site.run("mailq-render")
    site.run("mailq-route")
    return ids, site.run("mailq-send-smtp", before=before)


def check_sender(site, ids, _code, _error, _where):
    copies = site.copies()
    for id, paths in site.places().items():
        if site.state(paths[0]) == "sent" and not copies[id]:
            yield f"{id} is told to be sent"
    site.run("mailq-index", "rebuild")  # or the claims of the dead would last for a minute
    if not site.finish(60):
        yield f"{site.open_messages()} messages are left"
    for complaints in site.audit(ids):
        yield from complaints


def in_a_fresh_site(run, options, check=None, error=None):
    """Runs under strace; the trace's text, and what is wrong."""
    with tempfile.TemporaryDirectory(prefix="mailq-errors.", dir="/var/tmp") as folder:
        site = Site(folder)
        log = site.folder / "strace"
        ids, code = run(site, ["strace", "-f", "-qq", "-y", "-o", str(log), *options])
        trace = log.read_text(errors="replace")
        where = next((line for line in trace.split("\n") if "(INJECTED)" in line), "")
        wrong = [f"{what}: {where[:120]}" for what in check(site, ids, code, error, where)] if check else []
        site.close()
        return trace, wrong


def fail_each_call(run, check):
    """Each call that the program makes fails once, in each way; how many that were, and what went wrong."""
    trace, _ = in_a_fresh_site(run, ["-e", "trace=" + ",".join(CALLS)])
    made = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace, re.M))
    count, wrong = 0, []
    for call in made:
        for n, error in itertools.product(range(1, made[call] + 1), CODES):
            options = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={n}"]
            count += 1
            wrong += in_a_fresh_site(run, options, check, error)[1]
    return count, wrong


def main():
    if not shutil.which("strace") or subprocess.run(["strace", "-o/dev/null", "true"]).returncode:
        print("1..0 # SKIP strace does not work here")
        return 0
    tap = Tap()
    count, wrong = fail_each_call(run_enqueue, check_enqueue)
    tap.none(f"mailq-enqueue: no false yes, and nothing left where it says no: {count} faults", wrong)
    count, wrong = fail_each_call(run_sender, check_sender)
    tap.none(f"mailq-send-smtp: no verdict that did not come, and none lost: {count} faults", wrong)
    return tap.done()


sys.exit(main())
