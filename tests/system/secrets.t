#!/usr/bin/env -S python3 -B
"""No secret of a connector stands where it is not needed.

Every kind works, fails and is tried under the supervisor, with remotes that repeat what they were
told; then everything that was written, said or given to a process is searched.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from fault import BUILD, Provider, Site, Tap, children, kill_tree, printed, wait_until

SECRETS = {
    "sendgrid": "wonder-SG-one",
    "mailgun": "wonder-MG-two",
    "postmark": "wonder-PM-three",
    "client": "wonder-client-four",
    "refresh": "wonder-refresh-five",
    "access": "wonder-access-six",
    "smtp": "wonder-smtp-seven",
    "bearer": "wonder-bearer-eight",
}
FORMS = [re.compile(b"wonder"), re.compile(b"d29uZGVy"), re.compile(b"dvbmRlc|b25kZXIt")]  # and base64

CONNECTORS = {
    "sendgrid": "api_key: $ENV:SENDGRID, base_url: {url}",
    "mailgun": "api_key: $FILE:{folder}/mailgun.key, domain: acme.example, base_url: {url}",
    "postmark": "server_token: wonder-PM-three, base_url: {url}",
    "gmail": "client_id: one, client_secret: $ENV:CLIENT, refresh_token: $FILE:{folder}/refresh, "
    "base_url: {url}, token_url: {url}/token",
    "smtp": "host: 127.0.0.1, port: {port}, username: user, password: $ENV:SMTP",
    "pipe": "command: [sh, -c, 'cat >/dev/null; env >&2']",
    "maildir": "path: {folder}/maildir",
}
OF_KIND = {"sendgrid": ["sendgrid"], "gmail": ["client"], "smtp": ["smtp"]}
ENVIRONMENT = {"SENDGRID": "sendgrid", "CLIENT": "client", "SMTP": "smtp"}

ANSWER = '{"id":"one","MessageID":"one","ErrorCode":0,"message":"we were told @ECHO@"}'


def login_of(key):
    """A server that takes only this, and every second time not even that."""
    return ["-u", f"user:{SECRETS[key]}", "-f", f"auth%2=535 5.7.8 not {SECRETS[key]}"]


def build(site, provider, bearer):
    """One connector a kind; secrets in the environment file, in files, and one in the connector."""
    folder = site.folder
    (folder / "mailgun.key").write_text(SECRETS["mailgun"])
    (folder / "refresh").write_text(SECRETS["refresh"] + "\n")
    lines = (f"{name}={SECRETS[key]}\n" for name, key in ENVIRONMENT.items())
    (folder / "environment").write_text("".join(lines))
    with open(folder / "mailq.yaml", "a", encoding="utf-8") as file:
        file.write(f"environment_file: environment\nsecrets: {folder}/secrets\n")
    connectors = folder / "organizations/acme/connectors"
    (connectors / "sink.yaml").unlink()
    for kind, config in CONNECTORS.items():
        config = config.format(url=provider.url, folder=folder, port=site.port)
        head = f"kind: {kind}\nis_default: {str(kind == 'maildir').lower()}\npause_seconds: 1\n"
        (connectors / f"{kind}.yaml").write_text(f"{head}config: {{{config}}}\n")
    connectors.joinpath("bearer.yaml").write_text(
        f"kind: smtp\nconfig: {{host: 127.0.0.1, port: {bearer}, username: user, auth: xoauth2, "
        f"password: {SECRETS['bearer']}}}\n"
    )


def answer(provider, text):
    for name in "answer", "answer.token":
        (provider.folder / name).write_text(text)


def send_by_all(site, provider):
    """Through every kind, to a yes, a no and a refusal of who we are, each in our own words."""
    token = '200\n\n{"access_token":"%s","expires_in":3599}' % SECRETS["access"]
    ids = []
    for status in "200", "400", "503", "401":
        answer(provider, f"{status}\nX-Message-Id: one\n\n{ANSWER}")
        if status != "401":
            (provider.folder / "answer.token").write_text(token)
        for kind in [*CONNECTORS, "bearer"]:
            ids += printed(site.enqueue(1, connector_id=kind, subject=f"{kind} {status}"))
        wait_until(lambda: all(len(attempts_of(site, id)) or is_paused(site, id) for id in ids), 60)
    return ids


def attempts_of(site, id):
    return [item for item in json.loads(site.tell("mailq-show", "--json", id))["history"] if "result" in item]


def is_paused(site, id):
    connector = json.loads(site.tell("mailq-show", "--json", id)).get("connector_id")
    return bool(connector) and (site.spool / f".run/connector/acme.{connector}").exists()


def say_all(site, ids):
    """What every command has to say, on either output."""
    commands = [
        ["mailq-list"], ["mailq-list", "--json"], ["mailq-status"], ["mailq-status", "--json"],
        ["mailq-connector", "list"], ["mailq-connector", "list", "--json"], ["mailq-connector", "check"],
        ["mailq-index", "check"], ["mailq-show", *ids], ["mailq-show", "--json", *ids],
        ["mailq-show", "--message", *ids], ["mailq-explain", *ids], ["mailq-retry", *ids], ["mailq-template", "list"],
    ]
    commands += [["mailq-connector", "test", kind, "--to", "b@example.com"] for kind in [*CONNECTORS, "bearer"]]
    commands += [[f"mailq-send-{kind}", "--describe"] for kind in CONNECTORS]
    environment = {**site.environment, **{name: SECRETS[key] for name, key in ENVIRONMENT.items()}}
    for command in commands:
        result = subprocess.run([BUILD / "bin" / command[0], *command[1:]], env=environment, capture_output=True,
                                stdin=subprocess.DEVNULL, check=False)
        yield " ".join(command[:3]), result.stdout + result.stderr


def found(texts):
    return [f"{where}: {form.search(text)[0]}" for where, text in texts for form in FORMS if form.search(text)]


def files(folder):
    return [(str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]


def processes(supervisor):
    """(name, command line, environment) of all that the supervisor runs."""
    for pid in children(supervisor.pid)[1:]:
        proc = pathlib.Path(f"/proc/{pid}")
        try:
            command = (proc / "cmdline").read_bytes()
            yield pathlib.Path(command.split(b"\0")[0].decode()).name, command, (proc / "environ").read_bytes()
        except OSError:
            continue  # gone meanwhile


def excess(name, environment):
    """Secrets in a stage's environment that it has no need of."""
    allowed = [SECRETS[key].encode() for key in OF_KIND.get(name.removeprefix("mailq-send-"), [])]
    return [s for s in re.findall(rb"wonder[\w-]*", environment) if s not in allowed]


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-secrets.") as folder:
        site = Site(folder, faults=login_of("smtp"))
        bearer = site.serve(*login_of("bearer"))
        provider = Provider(site, "provider", "500\n\n")
        build(site, provider, bearer)
        supervisor = site.spawn("mailq-supervise")
        ids = send_by_all(site, provider)
        running = list(processes(supervisor))
        said = list(say_all(site, ids))
        kill_tree(supervisor)
        stages = {name for name, _, _ in running}
        used = {attempt["connector_id"] for id in ids for attempt in attempts_of(site, id)}
        wanted = {f"mailq-send-{kind}" for kind in CONNECTORS} | {"mailq-render", "mailq-route"}
        bodies = b"".join(text for _, text in files(provider.folder))
        arrived = [s for s in ("sendgrid", "postmark", "client", "refresh", "access") if SECRETS[s].encode() not in bodies]
        tap.none("secrets are in use: the remotes were told them", arrived)
        tap.none("by every kind", (set(CONNECTORS) - used) | (wanted - stages))
        tap.none("none is in the spool or its index", found(files(site.spool)))
        tap.none("none is in the log", found([("log", site.log.read_bytes())]))
        tap.none("none is on a command line", found((name, command) for name, command, _ in running))
        tap.none("a stage's environment has its own kind's and no other",
                 [f"{name}: {excess(name, e)}" for name, _, e in running if excess(name, e)])
        tap.none("but has those", [] if any(SECRETS["smtp"].encode() in e for _, _, e in running) else ["smtp"])
        tap.none("no command tells one", found(said))
        tap.none("kept tokens are for the queue's user alone",
                 [p for p in (site.folder / "secrets").iterdir() if p.stat().st_mode & 0o77])
        if tap.failed:
            tap.note(site.log.read_text(errors="replace")[-2500:].replace("\n", "\n# "))
        provider.close()
        site.close()
    return tap.done()


sys.exit(main())
