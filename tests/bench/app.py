"""Rows of the Email app: its pages with many messages in the index, what a browser sees of them, and
what one that is open costs the pipeline.

BENCH_LISTED (1000000) is how many the index has. The newest few hundred are in the spool too, the
others are records alone (index_fill.c): what a page shows is read from the spool, and the rest it
only has to step over. A page's time is what one client waits for it on a kept connection, the
slowest of twenty left out. A browser is Debian's chromium by playwright-core, as tests/app has it
(make check-app). BENCH_DRAINED (60000) is how many messages are delivered beside a tab.
"""

import gzip
import http.client
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import threading
import time
import urllib.parse

import machine
from api import LISTED, Httpd
from comparison import RUNS, row
from mailq import BIN, BUILD, MESSAGE, Mailq

ASSETS = ("app.css", "app.js")
TRIES = 60
DRAINED = int(os.environ.get("BENCH_DRAINED", 60000))
MODULES = BUILD / "app/node_modules"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
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
    subprocess.run([BIN / "mailq-index", "rebuild"], env=system.environment, check=True, capture_output=True)
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
        "the queue, by a tag": f"{queue}?tag=order",
        "the queue, by a tag that none has": f"{queue}?tag=nothing-like-it",
        "the queue, by template and time": f"{queue}?template=tpl_none&since=7d",
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
    with Httpd(system) as server:
        browser = Browser(server)
        files = b"".join(browser.ask("GET", f"/email/{name}").body for name in ASSETS)
        pages = {}
        for name, path in pages_of(browser, failed).items():
            ms, html = browser.milliseconds(path)
            pages[name] = (ms, len(html) + len(files), len(gzip.compress(html + files)))
        return pages


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


def look(system, _):
    """What app_browser.mjs tells."""
    failed = some_mail(system)
    fill(system)
    held = enqueue(system, 1)[0]
    subprocess.run([BIN / "mailq-hold", held], env=system.environment, check=True)
    script = pathlib.Path(__file__).with_name("app_browser.mjs")
    with Httpd(system) as server:
        pages = {name: path for name, path in pages_of(Browser(server), failed).items() if "?" not in path}
        environment = {
            **system.environment,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "url": f"http://127.0.0.1:{server.port}",
            "token": server.token,
            "id": held,
            "modules": str(MODULES),
            "chromium": CHROMIUM,
            "pages": json.dumps(pages),
        }
        return json.loads(subprocess.run(["node", script], env=environment, check=True, capture_output=True).stdout)


def browser_rows(bench):
    if not CHROMIUM or not (MODULES / "playwright-core").exists():
        print("rows of a browser need chromium and playwright-core: make check-app brings them")
        return
    seen = bench.run(look, Mailq)
    for name, ms in seen["paint"].items():
        row(f"first paint of {name}, ms", ms, None, "< 200", ms < 200)
    name = max(seen["moved"], key=lambda name: seen["moved"][name])
    moved = seen["moved"][name]
    row(f"how far a page moves by itself, {name}" if moved else "how far a page moves by itself (CLS)", moved, None, "0", moved == 0, "{:,.3f}")
    row("a row follows its message, the latest, ms", seen["follow"], None, "< 1000", seen["follow"] < 1000)


class Tab:
    """Does to the server what app.js does: follows, and asks for the page again when told."""

    def __init__(self, server):
        self.browser, self.asked, self.done = Browser(server), 0, False
        self.stream = http.client.HTTPConnection("127.0.0.1", server.port)
        self.stream.request("GET", "/email/bench/live", headers={"Cookie": self.browser.cookie})
        self.events = self.stream.getresponse()
        self.thread = threading.Thread(target=self.follow)

    def follow(self):
        shown = ""
        while not self.done:
            line = self.events.readline()
            if not line.startswith(b"event: changed"):
                continue
            html = self.browser.ask("GET", f"/email/bench/queue?live=1&shown={shown}").body
            shown = ".".join(re.findall(r'id="m-([^"]+)"', html.decode())[:50])
            self.asked += 1

    def open(self):
        self.thread.start()
        return self

    def close(self):
        """It ends with the next event."""
        self.done = True


def drain_beside(system, sink, is_open):
    """Messages a second, the CPU of the server as a share of the pipeline's, pages asked for."""
    system.intake(DRAINED)
    with Httpd(system) as server:
        tab = Tab(server).open() if is_open else None
        served = machine.cpu_seconds(server.process.pid)
        begin = time.monotonic()
        system.start()
        sink.wait(DRAINED)
        seconds = time.monotonic() - begin
        share = (machine.cpu_seconds(server.process.pid) - served) / machine.cpu_seconds(system.pid)
        if tab:
            tab.close()
            enqueue(system, 1)
            tab.thread.join()
    system.stop()
    return DRAINED / seconds, share, tab.asked if tab else 0


def tab_rows(bench):
    without, beside = [], []
    for _ in range(RUNS):
        without.append(bench.run(drain_beside, Mailq, False))
        beside.append(bench.run(drain_beside, Mailq, True))
    rates = [statistics.median(run[0] for run in runs) for runs in (without, beside)]
    share = statistics.median(run[1] for run in beside) * 100
    row(f"drain of {DRAINED:,}, no tab open, messages/s", rates[0], None, "", None)
    row(f"the same beside a tab ({beside[0][2]} pages), messages/s", rates[1], None, "> 0.98 x", rates[1] > 0.98 * rates[0])
    row("CPU of the tab's pages, % of the pipeline's", share, None, "< 2", share < 2, "{:,.2f}")


ROWS = {"app": pages_rows, "app-browser": browser_rows, "app-tab": tab_rows}
