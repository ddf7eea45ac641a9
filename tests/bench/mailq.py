"""mailq with one organization whose connector is the sink; its defaults, and nothing tuned."""

import json
import os
import pathlib
import subprocess
import time

import machine

BUILD = pathlib.Path(__file__).resolve().parents[2] / os.environ.get("BUILD", "build")
BIN = BUILD / "bin"

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

# Its text comes to the same 2 KB.
TEMPLATE = """
subject: Order {{ number }} of {{ org.name }}
body_text: |
  Dear {{ partner.name|title }},
  {% for line in lines -%}
  {{ loop.index }}. {{ line.name|upper }}{% if line.note %} ({{ line.note }}){% endif %},
  {{ line.quantity }} of {{ "%.2f"|format(line.price) }}: {{ (line.quantity * line.price)|format_currency("EUR") }}
  {% endfor %}
variables:
  number: {type: text, required: true}
  partner: {type: map, required: true}
  lines: {type: list, required: true}
"""
LINES = [
    {"name": f"A thing of the sort {n}, in a box with a ribbon and a card, please", "quantity": n + 1, "price": 9.99 + n, "note": "fragile" * (n % 2)}
    for n in range(21)
]
TEMPLATED = {
    "from_email": "a@bench.example",
    "to_emails": ["b@example.com"],
    "template_id": "order",
    "context": {"number": "A-1027", "partner": {"name": "alice liddell"}, "lines": LINES},
}


class Mailq:
    name = "mailq"
    message = MESSAGE

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
        lines.write_text((json.dumps(self.message) + "\n") * n)
        with open(lines) as messages, open(self.folder / "ids", "w") as ids:
            begin = time.monotonic()
            subprocess.run(
                [BIN / "mailq-enqueue"], env=self.environment, stdin=messages, stdout=ids, check=True
            )
            return time.monotonic() - begin

    def smtp_intake(self, n):
        """Seconds of one mailq-smtpd that takes n messages, with no pipeline running."""
        port = machine.free_port()
        smtpd = subprocess.Popen(
            [BIN / "mailq-smtpd", "--listen", f"127.0.0.1:{port}"],
            env=self.environment,
            stderr=open(self.folder / "log", "ab"),
        )
        machine.wait_for(lambda: machine.listens(port), 30, "mailq-smtpd")
        seconds = machine.smtp_source(port, n)
        smtpd.terminate()
        smtpd.wait()
        return seconds

    def sendmail(self):
        """The command that takes a message from its standard input, and its environment."""
        return [BIN / "mailq-sendmail", "-t"], self.environment

    @property
    def pid(self):
        return self.supervisor.pid


class Templated(Mailq):
    """The same, but that a template makes the messages."""

    message = TEMPLATED

    def __init__(self, folder, sink):
        super().__init__(folder, sink)
        templates = folder / "organizations/bench/templates"
        templates.mkdir()
        (templates / "order.yaml").write_text(TEMPLATE)
