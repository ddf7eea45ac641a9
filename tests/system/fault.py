"""What the fault tests share: a configuration and a spool to break, a sink that counts, the audit.

The promise that the audit holds a spool to (man/mailq.7): a message whose id was printed is in
exactly one state directory; it is delivered at least once to each recipient who does not refuse it,
unless it was cancelled; for each further copy that left, its file has an attempt with the result
"uncertain"; and a failure is reported once.
"""

import atexit
import collections
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
FINAL = {"sent", "failed", "cancelled"}
DOOMED = ("reject-", "defer-")  # recipients whom smtp_fake never takes

CONFIGURATION = """
spool: {spool}
organizations: {folder}/organizations
min_free_bytes: {min_free_bytes}
max_attempts: 1000
retry_backoff_seconds: 1
retry_backoff_max_seconds: 2
workers: {{smtp: 2}}
"""
ORGANIZATION = "domains: [{name}.example]\n{more}\n"
CONNECTOR = """
id: {id}
name: {id}
category: email
kind: smtp
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

    def organization(self, name, port, more="", own=""):
        """(Re)writes one whose connector leads to this port; more: further lines of that."""
        folder = self.folder / "organizations" / name
        folder.mkdir(parents=True, exist_ok=True)
        replace(folder / "organization.yaml", ORGANIZATION.format(name=name, more=own))
        self.connector(name, "sink", port, f"is_default: true\n{more}")

    def connector(self, name, id, port, more=""):
        connectors = self.folder / "organizations" / name / "connectors"
        connectors.mkdir(exist_ok=True)
        replace(connectors / f"{id}.yaml", CONNECTOR.format(id=id, port=port, more=more))

    def make_it_hard(self):
        """Refusals for now, pauses, a connector to fall back to; who is to know of failures."""
        self.connector("acme", "second", self.serve("-f", "end%30=take reset"))
        faults = ["rcpt%9=451 4.3.0 later", "mail%60=421 4.3.2 closing", "end%40=take close"]
        port = self.serve(*[word for fault in faults for word in ("-f", fault)])
        more = "fallback: second\npause_seconds: 1"
        self.organization("acme", port, more, "failures_to: ops@acme.example")

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

    def submit(self, messages, before=(), options=()):
        """The same with messages that differ: of each, what differs from MESSAGE."""
        with tempfile.TemporaryFile() as lines:
            lines.writelines(json.dumps({**MESSAGE, **fields}).encode() + b"\n" for fields in messages)
            lines.seek(0)
            pipes = {"stdin": lines, "stdout": subprocess.PIPE}
            return self.spawn("mailq-enqueue", *options, before=before, **pipes)

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
            found[path.name.rpartition(".")[2]].append(path)
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

    def deliveries(self):
        """How often each recipient of each message was served: {(id, recipient): n}."""
        text, found = self.taken.read_text() if self.taken.exists() else "", collections.Counter()
        for id, recipients in re.findall(r"^<([0-9a-z]{26}(?:\.dsn)?)@\S*\t[^\t]*\t([^\t]*)", text, re.M):
            found.update((id, recipient) for recipient in recipients.split(","))
        return found

    def connectors_taken(self):
        """By which something was tried."""
        paths = [path for paths in self.places().values() for path in paths]
        return {attempt["connector_id"] for path in paths for attempt in attempts(path)}

    def unreported(self):
        """Failures that were not reported once, if anybody is to know of them."""
        organization = self.folder / "organizations/acme/organization.yaml"
        paths = [path for paths in self.places().values() for path in paths]
        keys = collections.Counter(request(path).get("idempotency_key") for path in paths)
        failed = {path.name for path in paths if self.state(path) == "failed"}
        if "failures_to" not in organization.read_text():
            return []
        reports = {path.name: keys[path.name] for path in paths}
        return [f"{id}: {n} reports" for id, n in reports.items() if n > 1 or (id in failed and n < 1)]

    def audit(self, acknowledged, operator=None):
        """What is wrong with a spool in which nothing is left to do: three lists of complaints."""
        places, served = self.places(), self.deliveries()
        cancelled = operator.cancelled if operator else set()
        maybe_cancelled = operator.maybe_cancelled if operator else set()
        lost, undelivered, doubles = [], [], []
        for id in set(acknowledged) | set(places):
            paths = places.get(id, [])
            if len(paths) != 1:
                lost.append(f"{id} is in {[str(path) for path in paths]}")
                continue
            state, (path,) = self.state(paths[0]), paths
            if state == ".bad" and id not in acknowledged:
                continue  # never whole, and nobody was told that it was
            undelivered += complain_of(path, state, served)
            if id in cancelled and state != "cancelled":
                lost.append(f"{id} was cancelled, and is {state}")
            if state == "cancelled" and id not in maybe_cancelled:
                undelivered.append(f"{id} is cancelled, by nobody")
            doubles += too_many(path, served)
        doubles += [f"{id} was sent, and is nowhere" for id, _ in served if id[:26] not in places]
        return lost, undelivered, doubles


def wire_id(path):
    """What stands in the Message-ID: a report is called after what it is about."""
    key = request(path).get("idempotency_key", "")
    return f"{key}.dsn" if re.fullmatch("[0-9a-z]{26}", key) else path.name


def complain_of(path, state, served):
    """Recipients that nothing excuses from having been served; a state that is not the end."""
    recipients = request(path).get("to_emails", [])
    wanted = {r for r in recipients if not r.startswith(DOOMED)}
    left = {r for r in wanted if not served[wire_id(path), r]}
    if not recipients:
        return [f"{path.name} is {state}, and not whole"]
    if state == "cancelled":
        return []
    if state == ("sent" if len(wanted) == len(recipients) else "failed"):
        return [f"{path.name} is {state}, but never came to {r}" for r in left]
    return [f"{path.name} is {state}"]


def too_many(path, served):
    """Recipients who were served more often than its tries explain."""
    complaints, tries = [], attempts(path)
    for recipient in request(path).get("to_emails", []):
        copies = served[wire_id(path), recipient]
        uncertain = sum(is_uncertain(attempt, recipient) for attempt in tries)
        if copies > 1 + uncertain:
            complaints.append(f"{path.name}: {copies} copies for {recipient}, {uncertain} uncertain")
    return complaints


def is_uncertain(attempt, recipient):
    replies = {reply["email"]: reply for reply in attempt["recipients"]}
    return replies.get(recipient, {}).get("verdict") == "uncertain"


class Operator:
    """Uses verbs on messages, whether they apply or not, from begin to end."""

    def __init__(self, site, acknowledged, seed):
        self.site, self.acknowledged, self.random = site, acknowledged, random.Random(seed)
        self.lock, self.frozen, self.process = threading.Lock(), False, None
        self.cancelled, self.maybe_cancelled = set(), set()
        self.done = collections.Counter()

    def begin(self):
        self.frozen = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.frozen:
            time.sleep(self.random.uniform(0.02, 0.2))
            verb = self.random.choice(["hold", "release", "retry", "send-now", "cancel"])
            ids = self.random.sample(sorted(self.acknowledged), min(len(self.acknowledged), 5))
            for id in ids[: 1 if verb == "cancel" else 5]:
                self.use(verb, id)

    def use(self, verb, id):
        with self.lock:
            if self.frozen:
                return
            if verb == "cancel":
                self.maybe_cancelled.add(id)
            self.process = self.site.spawn(f"mailq-{verb}", id)
        if self.process.wait() == 0:
            self.done[verb] += 1
            if verb == "cancel":
                self.cancelled.add(id)

    def freeze(self):
        """Stops him in the midst of what he does."""
        with self.lock:
            self.frozen = True
            if self.process:
                send_signal(self.process.pid, signal.SIGSTOP)

    def end(self):
        """No more; what he held goes on."""
        with self.lock:
            self.frozen = True
        if self.process and self.process.poll() is None:
            self.process.kill()
        self.thread.join()

    def release_all(self):
        held = [path.name for path in self.site.spool.glob("*/held/*")]
        return self.site.run("mailq-release", *held) == 0 if held else True


def mixed(chance):
    """A message to one or several recipients, of whom some are never served."""
    to = ["b@example.com", "c@example.com", "d@example.com"][: chance.choice((1, 1, 2, 3))]
    if chance.random() < 0.15:
        to.append(chance.choice(["reject-550-e@example.com", "defer-451-f@example.com"]))
    few = {"max_attempts": 10} if to[-1].startswith("defer-") else {}
    return {"to_emails": to, **few}


def replace(path, text):
    """Writes a file that programs may read at this moment."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


class Provider:
    """tests/system/http_fake.py, which answers as it is told here."""

    def __init__(self, site, name, answer):
        self.site, self.folder, self.port = site, site.folder / name, free_port()
        self.folder.mkdir()
        (self.folder / "answer").write_text(answer)
        self.open()
        atexit.register(self.close)

    def open(self):
        """Starts it, or starts it again; always on the same port."""
        command = [sys.executable, "-B", TOP / "tests/system/http_fake.py", self.folder, str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
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


def request(path):
    """What was accepted; {} where that is not whole."""
    found = re.search(rb"^%request .*\n(.*)$", path.read_bytes(), re.M)
    return json.loads(found[1]) if found else {}


def attempts(path):
    """Those of a message's file; a body cannot begin a line like theirs."""
    return [json.loads(a) for a in re.findall(rb"^%attempt .*\n(.*)$", path.read_bytes(), re.M)]


def printed(process):
    """The ids that a mailq-enqueue printed, whole lines only, however it ended."""
    text = process.stdout.read().decode()
    process.wait()
    return [line for line in text.split("\n")[:-1] if line]


def free_port():
    """Not one that the kernel gives to whoever connects, or somebody may have it before the server
    has, or while the server is away."""
    while True:
        port = random.randrange(20000, 32768)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


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
