"""Rows of the Email app: its pages with many messages in the index.

BENCH_LISTED (1000000) is how many the index has. The newest few hundred are in the spool too, the
others are records alone (index_fill.c): what a page shows is read from the spool, and the rest it
only has to step over. A page's time is what one client waits for it on a kept connection, the
slowest of twenty left out.
"""

import gzip
import http.client
import json
import os
import re
import statistics
import subprocess
import time
import urllib.parse

from api import LISTED, Httpd
from comparison import row
from mailq import BIN, BUILD, MESSAGE, Mailq

ASSETS = ("app.css", "app.js")
TRIES = 60
GOAL_MS, GOAL_BYTES = 20, 100_000

REFUSING = """
id: {0}
name: {0}
category: email
kind: pipe
config: {{command: [sh, -c, 'echo "550 5.1.1 <user$$@example.com> reason {0}: no such user" >&2; exit 67']}}
"""


class Browser:
    """Who is signed in, on one connection."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.cookie = ""
        answer = self.ask("POST", "/email/sign-in", urllib.parse.urlencode({"token": server.token}))
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def ask(self, method, path, body=None):
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        answer.body = answer.read()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{path}: {answer.status} {answer.body[:200]}")
        return answer

    def milliseconds(self, path):
        """Nineteen of twenty answers come within this time; and the answer's bytes."""
        times = []
        for _ in range(TRIES):
            begin = time.perf_counter()
            answer = self.ask("GET", path)
            times.append((time.perf_counter() - begin) * 1000)
        return statistics.quantiles(times, n=20)[-1], answer.body


def deliver(system):
    """What is queued goes as far as it can, without the sink: to connectors of kind pipe."""
    for stage in ("mailq-render", "mailq-route", "mailq-send-pipe"):
        with open(system.folder / "log", "ab") as log:
            subprocess.run([BIN / stage], env=system.environment, check=True, stderr=log)


def enqueue(system, n, **fields):
    lines = "".join(json.dumps({**MESSAGE, **fields, "subject": f"Order {i}"}) + "\n" for i in range(n))
    return subprocess.run(
        [BIN / "mailq-enqueue"], env=system.environment, input=lines, check=True, capture_output=True, text=True
    ).stdout.split()


def refuse(system, *names):
    for name in names:
        path = system.folder / f"organizations/bench/connectors/{name}.yaml"
        path.write_text(REFUSING.format(name))


def some_mail(system):
    """Messages in every state, newer than the rest. Returns one that failed."""
    refuse(system, "refuse")
    failed = enqueue(system, 200, connector_id="refuse", tags=["order"])
    deliver(system)
    held = "\n".join(enqueue(system, 100))
    subprocess.run([BIN / "mailq-hold"], env=system.environment, input=held, check=True, text=True)
    enqueue(system, 600)
    return failed[0]


def fill(system, *kind):
    subprocess.run(
        [BUILD / "tests/bench/index_fill", system.folder / "spool/.index", "bench", str(LISTED), *kind], check=True
    )


def two_pages_on(browser, path):
    for _ in range(2):
        link = re.search(rb'href="([^"]+)" rel="next"', browser.ask("GET", path).body)
        path = link[1].decode().replace("&amp;", "&")
    return path


def pages_of(browser, failed):
    queue = "/email/bench/queue"
    return {
        "the queue": queue,
        "the queue, what is held": f"{queue}?status=held",
        "the queue, two pages on": two_pages_on(browser, f"{queue}?status=failed"),
        "the queue, by a part of a subject": f"{queue}?q=nothing-like-it",
        "the queue, by an address": f"{queue}?q=b%40example.com",
        "the queue, by a tag": f"{queue}?tag=nothing-like-it",
        "the queue, by template and time": f"{queue}?template=tpl_3&since=7d",
        "the queue, as it follows": f"{queue}?live=1",
        "what failed": "/email/bench/failed",
        "what failed, by domain": "/email/bench/failed?by=domain",
        "one message": f"/email/bench/messages/{failed}",
        "templates": "/email/bench/templates",
        "transports": "/email/bench/transports",
    }


def measure(system, _, *kind):
    """{page: (milliseconds, bytes with styles and script, and as they are compressed)}."""
    failed = some_mail(system)
    fill(system, *kind)
    server = Httpd(system)
    try:
        browser = Browser(server)
        files = b"".join(browser.ask("GET", f"/email/{name}").body for name in ASSETS)
        pages = {}
        for name, path in pages_of(browser, failed).items():
            ms, html = browser.milliseconds(path)
            pages[name] = (ms, len(html) + len(files), len(gzip.compress(html + files)))
        return pages
    finally:
        server.stop()


def pages_rows(bench):
    for kind, said in ((), ""), (("failed",), ", all failed"), (("waiting",), ", all deferred"):
        pages = bench.run(measure, Mailq, *kind)
        print(f"pages of {LISTED:,} messages{said}, 19 of 20 within ms", flush=True)
        for name, (ms, _, _) in pages.items():
            row(f"  {name}", ms, None, f"< {GOAL_MS}", ms < GOAL_MS, "{:,.1f}")
        name = max(pages, key=lambda name: pages[name][1])
        size = pages[name][1]
        row(f"  the largest with its styles and script, kB", size / 1000, None, "< 100", size < GOAL_BYTES, "{:,.1f}")
        print(f"  which is {name}; compressed {pages[name][2] / 1000:,.1f} kB", flush=True)


ROWS = {"app": pages_rows}
