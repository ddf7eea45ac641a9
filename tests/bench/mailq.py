"""mailq with one organization whose connector is the sink; its defaults, and nothing tuned."""

import json
import os
import pathlib
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = TOP / os.environ.get("BUILD", "build") / "bin"

ORGANIZATION = "name: bench\ndomains: [bench.example]\n"
CONNECTOR = """
id: sink
name: sink
category: email
kind: smtp
is_default: true
config: {{host: 127.0.0.1, port: {port}, security: none}}
"""
CONFIGURATION = """
spool: {0}/spool
organizations: {0}/organizations
"""

BODY = ("All work and no play makes Jack a dull boy, line by line.\n" * 40)[:2048]
MESSAGE = {
    "from_email": "a@bench.example",
    "to_emails": ["b@example.com"],
    "subject": "A message of the bench",
    "body_text": BODY,
}


class Mailq:
    name = "mailq"

    def __init__(self, folder, sink):
        """A fresh tree; nothing runs yet."""
        connectors = folder / "organizations/bench/connectors"
        connectors.mkdir(parents=True)
        (folder / "spool").mkdir(0o700)
        (connectors / "sink.yaml").write_text(CONNECTOR.format(port=sink.port))
        (connectors.parent / "organization.yaml").write_text(ORGANIZATION)
        (folder / "mailq.yaml").write_text(CONFIGURATION.format(folder))
        self.folder, self.supervisor = folder, None
        self.environment = {**os.environ, "MAILQ_CONF": str(folder / "mailq.yaml")}

    def start(self):
        """Starts the pipeline and goes on at once."""
        self.supervisor = subprocess.Popen(
            [BIN / "mailq-supervise"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "ab"),
        )

    def stop(self):
        self.supervisor.terminate()
        self.supervisor.wait()

    def intake(self, n):
        """Seconds of one mailq-enqueue that takes n messages, with no pipeline running."""
        return self.submit(n)

    def submit(self, n):
        lines = self.folder / "messages"
        lines.write_text((json.dumps(MESSAGE) + "\n") * n)
        with open(lines) as messages, open(self.folder / "ids", "w") as ids:
            begin = time.monotonic()
            subprocess.run(
                [BIN / "mailq-enqueue"], env=self.environment, stdin=messages, stdout=ids, check=True
            )
            return time.monotonic() - begin

    @property
    def pid(self):
        return self.supervisor.pid
