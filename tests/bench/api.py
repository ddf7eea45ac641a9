"""Rows of mailq-httpd, driven by wrk: posts beside Postfix's intake over SMTP, and a page of many.

BENCH_SECONDS (5) is how long each run posts, BENCH_LISTED (1000000) how many messages the listing
has to choose from.
"""

import json
import os
import re
import shutil
import subprocess

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
    """The server of a fresh tree, and wrk, which has one thread so that the other core serves."""

    def __init__(self, system):
        configuration = system.folder / "mailq.yaml"
        configuration.write_text(configuration.read_text() + f"tokens: {system.folder}/tokens\n")
        self.system, self.port = system, machine.free_port()
        self.token = subprocess.run(
            [BIN / "mailq-token", "create", "--all", "--role", "operate"],
            env=system.environment, check=True, capture_output=True, text=True,
        ).stdout.strip()
        self.process = subprocess.Popen(
            [BIN / "mailq-httpd", "--listen", f"127.0.0.1:{self.port}"],
            env=system.environment,
            stderr=open(system.folder / "log", "ab"),
        )
        machine.wait_for(lambda: machine.listens(self.port), 30, "mailq-httpd")

    def wrk(self, connections, path, method="GET", body=""):
        """(answers a second, the 99th percentile in milliseconds), all of them good."""
        script = self.system.folder / "wrk.lua"
        script.write_text(SCRIPT.format(method=method, body=body, token=self.token))
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", script,
             f"http://127.0.0.1:{self.port}{path}"],
            check=True, capture_output=True, text=True,
        ).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            raise RuntimeError(output)
        p99 = re.search(r"99% +([0-9.]+)(us|ms|s)", output)
        rate = re.search(r"Requests/sec: +([0-9.]+)", output)
        return float(rate[1]), float(p99[1]) * MILLISECONDS[p99[2]]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def post(system, _, items):
    """Messages a second, durable each when it is answered, and the peak of the server's memory."""
    if isinstance(system, Postfix):
        return SMTP_MESSAGES / system.smtp_intake(SMTP_MESSAGES), 0
    server = Httpd(system)
    body = json.dumps(MESSAGE if items == 1 else [MESSAGE] * items)
    with machine.Peak(server.process.pid) as peak:
        rate, _ = server.wrk(CONNECTIONS, "/api/email/queue", "POST", body)
    server.stop()
    return rate * items, peak.mib


def page(system, _):
    """The 99th percentile of the first page, in milliseconds."""
    system.intake(LISTED)
    server = Httpd(system)
    _, p99 = server.wrk(2, "/api/email/outbox")
    server.stop()
    return (p99,)


def posts_rows(bench):
    compare(bench, "POST /queue, one a request", lambda s, k: post(s, k, 1), 2, "its memory", 48)
    compare(bench, "POST /queue, a hundred a request", lambda s, k: post(s, k, 100), 4, "its memory", 48)


def page_rows(bench):
    p99 = bench.run(page, Mailq)[0]
    row(f"GET /outbox of {LISTED:,}, 99th percentile, ms", p99, None, "< 5", p99 < 5, "{:,.2f}")


def has_wrk(rows):
    """The rows, or what to install."""

    def measure(bench):
        if shutil.which("wrk"):
            rows(bench)
        else:
            print("rows of HTTP need wrk: apt-get install wrk")

    return measure


ROWS = {"http": has_wrk(posts_rows), "page": has_wrk(page_rows)}
