"""What the fault tests share: a configuration and a spool to break, a sink that counts, the audit.

The promise that the audit holds a spool to (man/mailq.7): a message whose id was printed is in
exactly one state directory; it is delivered at least once; and for each further copy that left, its
file has an attempt with the result "uncertain".
"""

import atexit
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
FINAL = {"sent", "failed", "cancelled"}

CONFIGURATION = """
spool: {spool}
organizations: {folder}/organizations
min_free_bytes: {min_free_bytes}
max_attempts: 1000
retry_backoff_seconds: 1
retry_backoff_max_seconds: 2
workers: {{smtp: 2}}
"""
ORGANIZATION = "domains: [{name}.example]\n"
CONNECTOR = """
id: sink
name: sink
category: email
kind: smtp
is_default: true
{more}
config: {{host: 127.0.0.1, port: {port}, security: none}}
"""
MESSAGE = {
    "from_email": "a@acme.example",
    "to_emails": ["b@example.com"],
    "subject": "One of many",
    "body_text": "It may come twice, but it has to come.\n",
}


class Tap:
    """A test's lines; leave with sys.exit(tap.done())."""

    def __init__(self):
        self.tests, self.failed = 0, 0

    def none(self, name, complaints):
        """Holds when there is nothing to complain about."""
        self.tests += 1
        self.failed += bool(complaints)
        print(f"{'not ok' if complaints else 'ok'} {self.tests} - {name}")
        for complaint in list(complaints)[:20]:
            self.note(complaint)
        sys.stdout.flush()

    def skip(self, name, why):
        self.tests += 1
        print(f"ok {self.tests} - {name} # SKIP {why}", flush=True)

    def note(self, text):
        print(f"# {text}", flush=True)

    def done(self):
        print(f"1..{self.tests}")
        return bool(self.failed)


class Site:
    """One organization, acme, whose connector is an smtp_fake of our own."""

    def __init__(self, folder, spool=None, faults=()):
        self.folder, self.spool = pathlib.Path(folder), pathlib.Path(spool or f"{folder}/spool")
        self.taken, self.log = self.folder / "taken", self.folder / "log"
        self.before = []  # a command that runs all our programs
        self.sinks = []
        atexit.register(self.close)  # a test that dies must not leave a server behind
        self.spool.mkdir(0o700, exist_ok=True)
        self.folder.mkdir(exist_ok=True)
        self.port = self.serve(*faults)
        self.organization("acme", self.port)
        self.configure()
        self.environment = {**os.environ, "MAILQ_CONF": str(self.folder / "mailq.yaml")}
        for name in "MAILQ_SPOOL", "EMAIL_MAX_ATTEMPTS", "EMAIL_RETRY_BACKOFF_SECONDS":
            self.environment.pop(name, None)

    def configure(self, min_free_bytes=1 << 20):
        text = CONFIGURATION.format(
            spool=self.spool, folder=self.folder, min_free_bytes=min_free_bytes
        )
        (self.folder / "mailq.yaml").write_text(text)

    def serve(self, *options):
        """Starts a server that tells in self.taken what it takes; its port."""
        command = [BUILD / "tests/system/smtp_fake", "-l", self.taken, *options]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True}
        self.sinks.append(subprocess.Popen(command, **pipes))
        return int(self.sinks[-1].stdout.readline())

    def organization(self, name, port, more=""):
        """(Re)writes one whose connector leads to this port; more: further lines of that."""
        connectors = self.folder / "organizations" / name / "connectors"
        connectors.mkdir(parents=True, exist_ok=True)
        replace(connectors.parent / "organization.yaml", ORGANIZATION.format(name=name))
        replace(connectors / "sink.yaml", CONNECTOR.format(port=port, more=more))

    def health(self, name="acme"):
        """What the organization's connector suffers from, if anything."""
        try:
            return json.loads((self.spool / f".run/connector/{name}.sink").read_text())
        except FileNotFoundError:
            return {}

    def close(self):
        for sink in self.sinks:
            sink.kill()
            sink.wait()

    def spawn(self, *command, before=(), **more):
        """Starts one of our programs; what it says goes to the log."""
        program = [*self.before, *before, BUILD / "bin" / command[0], *command[1:]]
        with open(self.log, "ab") as log:
            more = {"stdin": subprocess.DEVNULL, "stderr": log, **more}
            return subprocess.Popen(program, env=self.environment, **more)

    def run(self, *command, **more):
        return self.spawn(*command, **more).wait()

    def tell(self, *command):
        """What one of our programs prints."""
        return self.spawn(*command, stdout=subprocess.PIPE).communicate()[0].decode()

    def enqueue(self, n, before=(), **fields):
        """A running mailq-enqueue that has n messages on its standard input."""
        return self.submit([fields] * n, before)

    def submit(self, messages, before=()):
        """The same with messages that differ: of each, what differs from MESSAGE."""
        with tempfile.TemporaryFile() as lines:
            lines.writelines(json.dumps({**MESSAGE, **fields}).encode() + b"\n" for fields in messages)
            lines.seek(0)
            return self.spawn("mailq-enqueue", before=before, stdin=lines, stdout=subprocess.PIPE)

    def finish(self, seconds=60):
        """Runs the stages by hand until nothing is left to do."""

        def is_done():
            for stage in "mailq-render", "mailq-route", "mailq-send-smtp":
                self.run(stage)
            return self.is_drained()

        return wait_until(is_done, seconds)

    def places(self):
        """Where each message is: {id: [path, ...]}."""
        found = collections.defaultdict(list)
        for folder in self.spool.glob("[a-z]*/*"):
            if folder.name != "keys":
                for path in folder.rglob("*"):
                    if path.is_file():
                        found[path.name].append(path)
        for path in self.spool.glob(".bad/*"):
            found[path.name].append(path)
        return found

    def state(self, path):
        return path.relative_to(self.spool).parts[1] if ".bad" not in path.parts else ".bad"

    def open_messages(self):
        return sum(self.state(path) not in FINAL | {".bad"} for paths in self.places().values() for path in paths)

    def is_drained(self):
        """Nothing is left to do. Looks three times, for a file that moves can escape a look."""
        for _ in range(3):
            if self.open_messages():
                return False
            time.sleep(0.1)
        return True

    def copies(self):
        """How many copies of each message the sink took."""
        text = self.taken.read_text() if self.taken.exists() else ""
        return collections.Counter(re.findall(r"^<([0-9a-z]{26})@", text, re.M))

    def audit(self, acknowledged):
        """What is wrong with a spool in which nothing is left to do: three lists of complaints."""
        places, copies = self.places(), self.copies()
        lost, undelivered, doubles = [], [], []
        for id in set(acknowledged) | set(places) | set(copies):
            paths = places.get(id, [])
            if len(paths) != 1 and (id in acknowledged or paths):
                lost.append(f"{id} is in {[str(path) for path in paths]}")
            elif paths and self.state(paths[0]) == ".bad" and id not in acknowledged:
                pass  # never whole, and nobody was told that it was
            elif paths and self.state(paths[0]) != "sent":
                undelivered.append(f"{id} is {self.state(paths[0])}")
            if id in acknowledged and not copies[id]:
                undelivered.append(f"{id} was never delivered")
            if copies[id] > 1:
                uncertain = sum(count_uncertain(path) for path in paths)
                if copies[id] > 1 + uncertain:
                    doubles.append(f"{id}: {copies[id]} copies, {uncertain} uncertain")
        return lost, undelivered, doubles


def replace(path, text):
    """Writes a file that programs may read at this moment."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


class Provider:
    """tests/system/http_fake.py, which answers as it is told here."""

    def __init__(self, site, name, answer):
        self.site, self.folder, self.port = site, site.folder / name, 0
        self.folder.mkdir()
        (self.folder / "answer").write_text(answer)
        self.open()
        atexit.register(self.close)

    def open(self):
        """Starts it, again on the port that it had."""
        command = [sys.executable, "-B", TOP / "tests/system/http_fake.py", self.folder, str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self):
        self.process.kill()
        self.process.wait()

    def copies(self, pattern):
        """How many requests it said yes to, by what the pattern finds in their bodies."""
        statuses = list(self.folder.glob("*.status"))
        taken = (file.with_suffix(".body") for file in statuses if file.read_text().startswith("2"))
        bodies = (file.read_text(errors="replace") for file in taken)
        found = (re.search(pattern, body) for body in bodies)
        return collections.Counter(match[1] for match in found if match)


def attempts(path):
    """Those of a message's file; a body cannot begin a line like theirs."""
    return [json.loads(a) for a in re.findall(rb"^%attempt .*\n(.*)$", path.read_bytes(), re.M)]


def count_uncertain(path):
    return sum(attempt["result"] == "uncertain" for attempt in attempts(path))


def printed(process):
    """The ids that a mailq-enqueue printed, whole lines only, however it ended."""
    text = process.stdout.read().decode()
    process.wait()
    return [line for line in text.split("\n")[:-1] if line]


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def children(root):
    """Processes that descend from this one, itself included."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # gone meanwhile
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def send_signal(pid, number):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def stop_tree(process):
    """Stops a process and all that descend from it, and tells which these are."""
    send_signal(process.pid, signal.SIGSTOP)  # first, or it would start others meanwhile
    pids = children(process.pid)
    for pid in pids:
        send_signal(pid, signal.SIGSTOP)
    return pids


def kill_tree(process):
    """Kills a process and all that descend from it; none of them lives when it returns."""
    pids = stop_tree(process)
    for pid in pids:
        send_signal(pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not any(send_signal(pid, 0) for pid in pids), 10)
