"""Rows of mailq-httpd, driven by wrk: posts beside Postfix's intake over SMTP, and pages of many.

BENCH_SECONDS (5) is how long each run posts, BENCH_LISTED (1000000) how many messages the listings
have to choose from. Without wrk, which `tests/deps.sh bench` installs, the rows are left out.
"""

import json
import os
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

import machine
from comparison import compare, row
from mailq import BIN, MESSAGE, Mailq
from postfix import Postfix

SECONDS = int(os.environ.get("BENCH_SECONDS", 5))
LISTED = int(os.environ.get("BENCH_LISTED", 1000000))
SMTP_MESSAGES = 10000
CONNECTIONS = 64

SCRIPT = """
wrk.method = "{method}"
wrk.body = [==[{body}]==]
wrk.headers["Authorization"] = "Bearer {token}"
"""
MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000}


class Httpd:
    """The server of a fresh tree, as long as the block runs; it holds nothing that is waited for.

    wrk has one thread, so that the other core serves."""

    def __init__(self, system):
        configuration = system.folder / "mailq.yaml"
        configuration.write_text(configuration.read_text() + f"tokens: {system.folder}/tokens\n")
        self.system, self.port = system, machine.free_port()
        self.token = subprocess.run(
            [BIN / "mailq-token", "create", "--all", "--role", "operate"],
            env=system.environment, check=True, capture_output=True, text=True,
        ).stdout.strip()

    def __enter__(self):
        with open(self.system.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "mailq-httpd", "--listen", f"127.0.0.1:{self.port}"],
                env=self.system.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        try:
            machine.wait_for(self.answers, 30, "mailq-httpd")
        except TimeoutError:
            self.__exit__()
            raise
        return self

    def answers(self):
        """It listens before it has its queue."""
        try:
            self.get("/api/email/stats", 5)
            return True
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path, seconds=60):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return json.load(answer)

    def wrk(self, connections, path, method="GET", body=""):
        """(answers a second, the 99th percentile in milliseconds), all of them good."""
        script = self.system.folder / "wrk.lua"
        script.write_text(SCRIPT.format(method=method, body=body, token=self.token))
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", script,
             f"http://127.0.0.1:{self.port}{path}"],
            check=True, capture_output=True, text=True, timeout=SECONDS + 60,
        ).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            raise RuntimeError(output)
        p99 = re.search(r"99% +([0-9.]+)(us|ms|s)", output)
        rate = re.search(r"Requests/sec: +([0-9.]+)", output)
        return float(rate[1]), float(p99[1]) * MILLISECONDS[p99[2]]


def post(system, _, items):
    """Messages a second, durable each when it is answered, and the peak of the server's memory."""
    if isinstance(system, Postfix):
        return SMTP_MESSAGES / system.smtp_intake(SMTP_MESSAGES), 0
    body = json.dumps(MESSAGE if items == 1 else [MESSAGE] * items)
    with Httpd(system) as server, machine.Peak(server.process.pid) as peak:
        rate, _ = server.wrk(CONNECTIONS, "/api/email/queue", "POST", body)
    return rate * items, peak.mib


# Each call of the last two examines as many records as one call may, and finds nothing.
PAGES = {
    "its first page": "",
    "a page half way in": "?cursor={middle}",
    "the oldest first": "?sort=created_at",
    "of a status": "?status=queued",
    "to an address": "?to=b@example.com",
    "by a subject that none has": "?subject=absent",
    "by an expression that none fits": '?domain=[["attempts",">",7]]',
}


def middle(server):
    """The cursor of a page half way in: where `next` has led to."""
    path, seen = "/api/email/outbox?limit=500", 0
    while seen < LISTED / 2:
        page = server.get(path)
        seen += len(page["messages"])
        path = f"/api/email/outbox?limit=500&cursor={page['next']}"
    return page["next"]


def address(query):
    return "/api/email/outbox" + urllib.parse.quote(query, "?=&@")


def pages(system, _):
    """The 99th percentile of each kind of page, in milliseconds."""
    subprocess.run([BIN / "mailq-index", "rebuild"], env=system.environment, check=True, capture_output=True)
    system.intake(LISTED)  # whose index is known to be whole, as after mailq-supervise has begun
    with Httpd(system) as server:
        cursor = middle(server)
        return {
            what: server.wrk(1, address(query.format(middle=cursor)))[1]
            for what, query in PAGES.items()
        }


def posts_rows(bench):
    compare(bench, "POST /queue, one a request", lambda s, k: post(s, k, 1), 2, "its memory", 48)
    compare(bench, "POST /queue, a hundred a request", lambda s, k: post(s, k, 100), 4, "its memory", 48)


def page_rows(bench):
    for what, p99 in bench.run(pages, Mailq).items():
        page = "{middle}" not in PAGES[what] and "none" not in what
        row(f"GET /outbox: {what}, p99 ms", p99, None, "< 5" if page else "", p99 < 5 if page else None, "{:,.2f}")


def has_wrk(rows):
    """The rows, or what to install."""

    def measure(bench):
        if shutil.which("wrk"):
            rows(bench)
        else:
            print("rows of HTTP need wrk: tests/deps.sh bench")

    return measure


ROWS = {"post": has_wrk(posts_rows), "page": has_wrk(page_rows)}
