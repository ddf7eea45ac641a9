#!/usr/bin/env -S python3 -B
"""Requests of every HTTP kind, judged by what nobody here wrote.

SendGrid, Mailgun and Postmark: their own descriptions (README.md beside this file) in Prism, an
OpenAPI mock, which refuses what they do not allow. Gmail: an emulator of Google's, whose tokens are
got as a user would, and which gives back what it took. Both come from npm, into build/providers.
"""

import base64
import email
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "system"))
from fault import BUILD, TOP, Tap, wait_until  # noqa: E402

PACKAGES = ["@stoplight/prism-cli@5.16.0", "emulate@0.11.2"]
TOOLS = TOP / "build/providers"
KINDS = {
    "sendgrid": "api_key: $ENV:KEY, base_url: {url}",
    "mailgun": "api_key: $ENV:KEY, domain: acme.example, base_url: {url}",
    "postmark": "server_token: $ENV:KEY, base_url: {url}",
    "gmail": "client_id: one, client_secret: $ENV:KEY, refresh_token: $ENV:REFRESH, "
    "base_url: {url}, token_url: {url}/oauth2/token",
}
BAD = {"sendgrid": "/v3/mail/send", "mailgun": "/v3/acme.example/messages.mime", "postmark": "/email"}
PICTURE = base64.b64encode(bytes(range(256)) * 16).decode()
HTML = '<p>Hello, <b>Alice</b> \u00fc\u4e16 <img src="cid:logo@acme"></p>'

MATRIX = {
    "plain": {"body_text": "Hello, Alice.\n"},
    "HTML": {"body_html": HTML},
    "both": {"body_html": HTML, "body_text": "Hello.\n.\n..\nFrom here\n"},
    "no body": {},
    "long lines": {"body_text": "word " * 2000, "body_html": "<p>" + "x" * 5000 + "</p>"},
    "an attachment": {
        "body_text": "See the file.",
        "attachments": [{"filename": "a.pdf", "content_type": "application/pdf", "content": PICTURE}],
    },
    "attachments of all names": {
        "body_text": "See the files.",
        "attachments": [
            {"filename": name, "content": PICTURE}
            for name in ("\u00dcbersicht \u4e16.pdf", 'a "quoted"; name.txt', "no-ending", "x" * 150 + ".bin")
        ],
    },
    "a large attachment": {
        "body_text": "See the file.",
        "attachments": [{"filename": "a.bin", "content": base64.b64encode(bytes(range(256)) * 16000).decode()}],
    },
    "an inline picture": {
        "body_html": HTML,
        "attachments": [
            {"filename": "logo.png", "content_type": "image/png", "content": PICTURE, "content_id": "logo@acme",
             "disposition": "inline"},
            {"filename": "terms.txt", "content_type": "text/plain", "content": PICTURE},
        ],
    },
    "names and a subject in Unicode": {
        "from_email": '"J\u00fcrgen, \u201cder\u201d" <noreply@acme.example>',
        "to_emails": ["\u4e16\u754c <alice@example.com>", {"email": "bob@example.com", "name": 'Bob "B"; O\'Neil, Jr.'}],
        "reply_to": "H\u00e9l\u00e8ne <reply@acme.example>",
        "subject": "\u00dcber \u4e16\u754c \U0001f600 " + "long " * 40,
    },
    "an international domain": {"to_emails": ["alice@b\u00fccher.example"]},
    "copies, hidden ones": {
        "to_emails": ["alice@example.com", "Al <al@example.com>"],
        "cc_emails": ["carol@example.com"],
        "bcc_emails": ["bob@example.net", "ben@example.net"],
    },
    "nobody but hidden": {"to_emails": [], "bcc_emails": ["bob@example.net"]},
    "many recipients": {"to_emails": [f"a{i}@example.com" for i in range(45)]},
    "headers": {
        "headers": {
            "X-Campaign": "\u00fcber 9",
            "List-Unsubscribe": "<https://acme.example/u?x=1>, <mailto:u@acme.example>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "In-Reply-To": "<1@acme.example>",
            "References": "<0@acme.example> <1@acme.example>",
        }
    },
    "a tag, metadata": {"tags": ["about us"], "metadata": {"order": "7", "n": 7, "deep": {"a": [1]}}},
}


def have_tools():
    if not all((TOOLS / f"node_modules/.bin/{name}").exists() for name in ("prism", "emulate")):
        TOOLS.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(["npm", "install", "--prefix", TOOLS, *quiet, *PACKAGES], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
        except (OSError, subprocess.SubprocessError):
            return False
    return True


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def start(tool, *arguments):
    command = [TOOLS / "node_modules/.bin" / tool, *arguments]
    environment = {**os.environ, "SCARF_ANALYTICS": "false"}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
                            start_new_session=True)


def description(kind, folder):
    """Prism reads a form's field as a list only where an encoding says so; else it is as it stands."""
    text = json.loads((HERE / f"{kind}.json").read_text())
    for item in text["paths"].values():
        form = item["post"]["requestBody"].get("content", {}).get("multipart/form-data")
        if form:
            name = form["schema"]["$ref"].rpartition("/")[2]
            fields = text["components"]["schemas"][name]["properties"].items()
            form["encoding"] = {
                field: {"style": "form", "explode": True, "allowReserved": True}
                for field, schema in fields
                if schema.get("type") == "array"
            }
    path = folder / f"{kind}.json"
    path.write_text(json.dumps(text))
    return path


def judge(kind, folder):
    """(process, URL) of whoever judges this kind."""
    port = free_port()
    if kind == "gmail":
        seed = folder / "google.json"
        client = {"client_id": "one", "client_secret": "a-key", "redirect_uris": ["http://localhost/"]}
        users = [{"email": "noreply@acme.example", "name": "Acme"}]
        seed.write_text(json.dumps({"google": {"users": users, "oauth_clients": [client]}}))
        process = start("emulate", "start", "--service", "google", "--port", str(port), "--seed", seed)
    else:
        process = start("prism", "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", description(kind, folder))
    wait_until(lambda: answers(port), 60)
    return process, f"http://127.0.0.1:{port}"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def call(url, data=None, headers=()):
    """(status, headers, body), whatever the status is."""
    data = urllib.parse.urlencode(data).encode() if isinstance(data, dict) else data
    try:
        request = urllib.request.Request(url, data, dict(headers))
        with urllib.request.build_opener(Stay).open(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def consent(url):
    """A refresh token, as the mailbox's owner gives it."""
    form = {"email": "noreply@acme.example", "client_id": "one", "redirect_uri": "http://localhost/",
            "scope": "https://www.googleapis.com/auth/gmail.send"}
    _, headers, _ = call(f"{url}/o/oauth2/v2/auth/callback", form)
    code = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "client_id": "one", "client_secret": "a-key",
            "redirect_uri": "http://localhost/"}
    return json.loads(call(f"{url}/oauth2/token", form)[2])["refresh_token"]


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.log = open(folder / "log", "w", encoding="utf-8")
        self.environment = {**os.environ, "MAILQ_CONF": str(folder / "mailq.yaml"), "KEY": "a-key"}
        (folder / "spool").mkdir(mode=0o700)
        (folder / "organizations/acme/connectors").mkdir(parents=True)
        (folder / "organizations/acme/organization.yaml").write_text("from_email: Acme <noreply@acme.example>\n")
        (folder / "mailq.yaml").write_text(
            f"spool: {folder}/spool\norganizations: {folder}/organizations\nsecrets: {folder}/secrets\n"
            "min_free_bytes: 1048576\n"
        )

    def connector(self, kind, url):
        text = f"kind: {kind}\nis_default: {str(kind == 'sendgrid').lower()}\nconfig: {{{KINDS[kind].format(url=url)}}}\n"
        (self.folder / f"organizations/acme/connectors/{kind}.yaml").write_text(text)

    def run(self, *command, stdin=b""):
        result = subprocess.run([BUILD / "bin" / command[0], *command[1:]], input=stdin, env=self.environment,
                                stdout=subprocess.PIPE, stderr=self.log, check=False)
        return result.stdout

    def send(self, kind):
        """{name: what became of it}, once it was sent through that kind."""
        messages = [
            {"to_emails": ["alice@example.com"], "subject": name, **fields, "connector_id": kind}
            for name, fields in MATRIX.items()
        ]
        lines = "".join(json.dumps(message) + "\n" for message in messages).encode()
        ids = self.run("mailq-enqueue", "--all-or-nothing", stdin=lines).decode().split()
        for stage in "mailq-render", "mailq-route", f"mailq-send-{kind}":
            self.run(stage)
        return {name: json.loads(self.run("mailq-show", "--json", id)) for name, id in zip(MATRIX, ids, strict=True)}


def refused(told):
    return [f"{name}: {story['status']} {story.get('last_error')}" for name, story in told.items()
            if story["status"] != "sent"]


def kept_by_google(site, url, told):
    """What the emulator's mailbox has of each that is not what we have."""
    form = {"grant_type": "refresh_token", "client_id": "one", "client_secret": "a-key",
            "refresh_token": site.environment["REFRESH"]}
    token = json.loads(call(f"{url}/oauth2/token", form)[2])["access_token"]
    for name, story in told.items():
        place = f"{url}/gmail/v1/users/me/messages/{story['provider_message_id']}?format=raw"
        _, _, body = call(place, headers={"Authorization": f"Bearer {token}"})
        raw = base64.urlsafe_b64decode(json.loads(body)["raw"] + "===")
        ours = site.run("mailq-show", "--message", story["id"])
        hidden = [line for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n") if line.lower().startswith(b"bcc:")]
        without = raw.replace(hidden[0] + b"\r\n", b"") if hidden else raw
        if without.rstrip() != ours.rstrip():
            yield f"{name}: differs"
        header = email.message_from_bytes(raw)
        fields = [value for field in ("To", "Cc", "Bcc") for value in header.get_all(field, [])]
        wanted = {recipient["email"] for recipient in story["recipients"]}
        if {address for _, address in email.utils.getaddresses(fields) if "@" in address} != wanted:
            yield f"{name}: recipients {fields}"


def main():
    tap = Tap()
    if not have_tools():
        for kind in KINDS:
            tap.skip(f"{kind}: every message is taken", "npm cannot install " + " ".join(PACKAGES))
        return tap.done()
    with tempfile.TemporaryDirectory(prefix="mailq-providers.") as name:
        site = Site(pathlib.Path(name))
        judges = {}
        try:
            for kind in KINDS:
                judges[kind] = judge(kind, site.folder)
            site.environment["REFRESH"] = consent(judges["gmail"][1])
            for kind, (_, url) in judges.items():
                site.connector(kind, url)
            for kind, path in BAD.items():
                status, headers, _ = call(judges[kind][1] + path, b"{}", {"Content-Type": "application/json"})
                tap.none(f"{kind}: the judge refuses what is wrong", [] if status >= 400 else [status])
            for kind in KINDS:
                told = site.send(kind)
                tap.none(f"{kind}: every message is taken", refused(told))
            tap.none("gmail: and kept as it is, for all recipients", list(kept_by_google(site, judges["gmail"][1], told)))
        finally:
            for process, _ in judges.values():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if tap.failed:
            tap.note((site.folder / "log").read_text()[-4000:].replace("\n", "\n# "))
    return tap.done()


sys.exit(main())
