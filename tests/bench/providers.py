"""Rows of the kinds that speak HTTP: a local nginx takes what a provider would, and says yes.

BENCH_MESSAGES (10000) and BENCH_LARGE (1000) make them shorter; without nginx they are left out.
"""

import base64
import json
import os
import shutil
import subprocess
import time

import machine
from comparison import row
from mailq import BIN, MESSAGE, Mailq
from pipeline import MESSAGES, drain
from postfix import Postfix

LARGE = int(os.environ.get("BENCH_LARGE", 1000))
LARGE_BYTES = 5_000_000

NGINX = """
pid {0}/nginx.pid;
error_log stderr crit;
daemon off;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    log_format one "x";
    access_log {0}/taken one;
    client_body_temp_path {0}/body;
    client_max_body_size 64m;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{1};
        location / {{ add_header X-Message-Id one; return 202; }}
        location /v3/bench.example/ {{ return 200 '{{"id":"<one@bench.example>"}}'; }}
        location /email {{ return 200 '{{"MessageID":"one","ErrorCode":0}}'; }}
        location /upload {{ return 200 '{{"id":"one"}}'; }}
        location /token {{ return 200 '{{"access_token":"access-one","expires_in":3599}}'; }}
    }}
}}
"""
KINDS = {
    "sendgrid": "api_key: a-key",
    "mailgun": "api_key: a-key, domain: bench.example",
    "postmark": "server_token: a-key",
    "gmail": "client_id: one, client_secret: a-secret, refresh_token: a-token, token_url: {url}/token",
}
CONNECTOR = "kind: {kind}\nis_default: true\nconfig: {{{config}, base_url: {url}}}\n"


class Nginx:
    """Counts what it takes by a log of two bytes a request."""

    def __init__(self, folder):
        self.taken = folder / "taken"
        self.port = machine.free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder, self.port))
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"])
        machine.wait_for(lambda: machine.listens(self.port), 5, "nginx")

    def wait(self, n, seconds=600):
        machine.wait_for(lambda: self.taken.stat().st_size >= 2 * n, seconds, f"{n} requests at nginx")

    def close(self):
        self.process.terminate()
        self.process.wait()


def provided(kind):
    """mailq whose connector is of that kind, and leads to an nginx of its own."""

    class Provided(Mailq):
        def __init__(self, folder, sink):
            super().__init__(folder, sink)
            self.nginx = Nginx(folder)
            url = f"http://127.0.0.1:{self.nginx.port}"
            text = CONNECTOR.format(kind=kind, config=KINDS[kind].format(url=url), url=url)
            (folder / "organizations/bench/connectors/sink.yaml").write_text(text)
            with open(folder / "mailq.yaml", "a", encoding="utf-8") as file:
                file.write(f"secrets: {folder}/secrets\n")

        def submit_large(self, n):
            """Messages with an attachment each, written as they are taken."""
            content = base64.b64encode(os.urandom(LARGE_BYTES)).decode()
            line = json.dumps({**MESSAGE, "attachments": [{"filename": "a.bin", "content": content}]}) + "\n"
            with subprocess.Popen(
                [BIN / "mailq-enqueue"], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            ) as enqueue:
                for _ in range(n):
                    enqueue.stdin.write(line.encode())

    return Provided


def drain_http(system, _):
    try:
        return drain(system, system.nginx)
    finally:
        system.nginx.close()


def large(system, _):
    """The peak of memory while large messages go out, and how many a second."""
    try:
        system.submit_large(LARGE)
        begin = time.monotonic()
        system.start()
        with machine.Peak(system.pid) as peak:
            system.nginx.wait(LARGE)
        seconds = time.monotonic() - begin
        system.stop()
        return peak.mib, LARGE / seconds
    finally:
        system.nginx.close()


def http_rows(bench):
    if not shutil.which("nginx"):
        print("drain over HTTP: left out, there is no nginx")
        return
    theirs = bench.median(drain, Postfix)[0]
    for kind in KINDS:
        ours = bench.median(drain_http, provided(kind))[0]
        row(f"drain of {MESSAGES:,} by {kind}, messages/s", ours, theirs, "1.5 x", ours >= 1.5 * theirs)


def large_rows(bench):
    if shutil.which("nginx"):
        mib, rate = bench.run(large, provided("sendgrid"))
        row(f"{LARGE:,} of 5 MB over HTTP, PSS MiB ({rate:.0f}/s)", mib, None, "<= 64", mib <= 64, "{:,.1f}")


ROWS = {"http": http_rows, "large": large_rows}
