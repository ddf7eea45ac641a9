"""What both systems are measured with: a sink that counts, the memory and the CPU of a process tree."""

import os
import pathlib
import re
import select
import socket
import subprocess
import threading
import time

COUNTER = rb"mesg=(\d+)\r"  # of smtp-sink


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {seconds} s")
        time.sleep(0.002)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def smtp_source(port, n):
    """Seconds until n messages of 2 KB were taken over ten kept sessions."""
    begin = time.monotonic()
    subprocess.run(
        ["smtp-source", "-d", "-s", "10", "-l", "2048", "-m", str(n)]
        + ["-f", "a@bench.example", "-t", "b@example.com", f"127.0.0.1:{port}"],
        check=True,
    )
    return time.monotonic() - begin


class Sink:
    """Postfix's smtp-sink: takes everything, keeps nothing, and tells how many messages came."""

    def __init__(self, folder):
        self.counters = open(folder / "sink", "w+b", buffering=0)
        self.start(self.counters)

    def start(self, stdout):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{self.port}", "1024"],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
        )
        wait_for(lambda: listens(self.port), 5, "smtp-sink")

    def count(self):
        end = os.fstat(self.counters.fileno()).st_size
        tail = os.pread(self.counters.fileno(), 200, max(0, end - 200))
        counts = re.findall(COUNTER, tail)
        return int(counts[-1]) if counts else 0

    def wait(self, n, seconds=600):
        wait_for(lambda: self.count() >= n, seconds, f"{n} messages in the sink")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.counters.close()


class AwaitedSink(Sink):
    """One that is waited for asleep, so that waiting neither takes a CPU nor rounds the time."""

    def __init__(self, _):
        self.came = 0
        ours, its = os.pipe()
        self.counters = open(ours, "rb", buffering=0)
        self.start(its)
        os.close(its)

    def wait(self, n, seconds=60):
        """Returns at the end of the n-th; to be called for each, as nobody else reads the pipe."""
        while self.came < n:
            if not select.select([self.counters], [], [], seconds)[0]:
                raise TimeoutError(f"no {n} messages in the sink within {seconds} s")
            self.came = int(re.findall(COUNTER, self.counters.read(4096))[-1])


def tree(root):
    """The process and all that descend from it."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # gone meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def over_tree(root, file, pattern):
    total = 0
    for pid in tree(root):
        try:
            text = pathlib.Path(f"/proc/{pid}/{file}").read_text()
        except OSError:
            continue
        total += sum(int(n) for n in re.findall(pattern, text, re.M))
    return total


def pss_mib(root):
    """Memory in MiB, what is shared counted once."""
    return over_tree(root, "smaps_rollup", r"^Pss:\s+(\d+) kB") / 1024


def cpu_seconds(root):
    """CPU that the living processes have used."""
    return over_tree(root, "schedstat", r"^(\d+) ") / 1e9


class Peak:
    """The largest pss_mib seen while the block runs."""

    def __init__(self, root):
        self.root, self.mib, self.done = root, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.done.wait(0.05):
            self.mib = max(self.mib, pss_mib(self.root))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
