#!/usr/bin/env -S python3 -B
"""What a message and its connector come to when an SMTP server misbehaves, wherever it may.

Each cell is a server of its own, a spool and one message that mailq-send-smtp tries once. A row is
where the server stands when it begins, a column what it does from then on:

    451, 554, 421   refuses with that reply           reset       RST
    silence         says nothing more                 garbage     says what is no SMTP
    close           closes the connection             endless     sends a line without an end
    half-close      closes its side of it             slow        sends a byte a second
"""

import concurrent.futures
import subprocess
import sys
import tempfile
import time

from fault import TOP, Site, Tap, attempts, printed, wait_until

MATRIX = """
            451     554     421      silence close   half-close reset   garbage endless slow
connect     away    away    slower   away    away    away       away    away    away    away
ehlo        away    away    slower   away    away    away       away    away    away    away
starttls    away    away    slower   away    away    away       away    away    away    away
auth        away    login   slower   away    away    away       away    away    away    away
mail        later   never   untried  gone    gone    gone       gone    gone    gone    gone
rcpt        later   never   untried  later   later   later      later   later   later   gone
data        later   never   untried  later   later   later      later   later   later   gone
body        later   never   untried  doubt   later   later      later   later   later   later
end         later   never   untried  doubt   doubt   doubt      doubt   doubt   doubt   doubt
"""

# What a cell promises: the message's state, its attempt's result and whether that one counts, and
# why the connector is paused.
OUTCOMES = {
    "sent": ("sent", "sent", True, None),
    "later": ("deferred", "deferred", True, None),
    "never": ("failed", "failed", True, None),
    "doubt": ("deferred", "uncertain", True, None),
    "gone": ("rendered", "untried", False, "unreachable"),
    "untried": ("rendered", "untried", False, "throttled"),
    "denied": ("rendered", "untried", False, "credentials"),
    "away": ("routed", None, False, "unreachable"),
    "slower": ("routed", None, False, "throttled"),
    "login": ("routed", None, False, "credentials"),
    "wrong": ("routed", None, False, "misconfigured"),
}

REPLIES = {"451": "451 4.3.0 not now", "554": "554 5.3.0 not ever", "421": "421 4.3.2 closing"}

# Server, outcome, and words that tell a person why. "tls NAME" is a certificate of that name.
OTHERS = [
    ("tls good", "sent", ""),
    ("tls elsewhere", "away", "certificate subject name matches"),
    ("tls expired", "away", "certificate has expired"),
    ("tls stranger", "away", "self-signed certificate"),
    ("smtps good", "sent", ""),
    ("smtps elsewhere", "away", "certificate subject name matches"),
    ("smtps expired", "away", "certificate has expired"),
    ("smtps stranger", "away", "self-signed certificate"),
    ("tls none", "away", "STARTTLS"),
    (r"starttls=220 go\r\n250-fake\r\n250 AUTH PLAIN", "away", ""),
    (r"starttls=220 go\r\n220 fake", "away", ""),
    ("auth=454 4.3.0 come back", "away", "454 4.3.0 come back"),
    ("auth=454 4.7.0 come back", "slower", "454 4.7.0 come back"),
    ("auth=535 5.7.8 who?", "login", "535 5.7.8 who?"),
    ("connect=421 4.7.0 too many", "slower", "421 4.7.0 too many"),
    ("mail=450 4.7.1 greylisted", "untried", "450 4.7.1 greylisted"),
    ("end=454 Throttling failure: rate exceeded", "untried", "454 Throttling failure"),
    ("mail=530 5.7.0 log in first", "denied", "530 5.7.0 log in first"),
    ("rcpt=450 4.2.1 too fast", "later", "450 4.2.1 too fast"),
    ("rcpt=550 5.4.5 quota", "untried", "550 5.4.5 quota"),
    ("end=452 4.3.1 disk full", "later", "452 4.3.1 disk full"),
    ("end=take reset", "doubt", ""),
    ("end=take close", "doubt", ""),
    ("end=take silence", "doubt", "no answer in time"),
    (r"end=250-2.0.0 one\r\n250 2.0.0 two", "sent", ""),
    (r"mail=250 ok\r\n\033[2J250 ok", "later", ""),
    ("body=stall", "later", "no answer in time"),
]

CONNECTOR = """
id: sink
kind: smtp
is_default: true
timeout_seconds: 2
config: {{host: 127.0.0.1, port: {port}, security: {security}, ca_file: {authority}{login}}}
"""
LARGE = {"body_text": "Does not fit into the buffers of a connection.\n" * 200_000}
LOGIN = ", username: user, password: secret"


def make_certificates(folder):
    names = "good elsewhere expired stranger"
    script = f". tests/system/certificates.sh; authority; for n in {names}; do certificate $n; done"
    subprocess.run(["sh", "-ec", f"work={folder}; {script}"], cwd=TOP, check=True)


def server_of(text, certificates):
    """smtp_fake's options and the connector's security and log-in."""
    word, _, name = text.partition(" ")
    if text == "tls none":
        return [], "starttls", ""
    if word in ("tls", "smtps"):
        options = ["-c", f"{certificates}/{name}.pem"]
        return (options, "starttls", "") if word == "tls" else ([*options, "-i"], "tls", "")
    if text.startswith("starttls"):
        return ["-c", f"{certificates}/good.pem", "-f", text], "starttls", ""
    if text.startswith("auth"):
        return ["-u", "user:secret", "-f", text], "none", LOGIN
    return ["-f", text], "none", ""


def came_to(text, certificates):
    """(state, result, spent, why paused), and all that is said about it."""
    with tempfile.TemporaryDirectory(prefix="mailq-matrix.") as folder:
        options, security, login = server_of(text, certificates)
        site = Site(folder, faults=options)
        connector = CONNECTOR.format(
            port=site.port, security=security, login=login, authority=f"{certificates}/authority.pem"
        )
        file = site.folder / "organizations/acme/connectors/sink.yaml"
        file.write_text(connector)
        # a file of the last tick is read once more, and after an edit no log-in counts as refused
        wait_until(lambda: time.time() - file.stat().st_ctime > 0.03, 5)
        (id,) = printed(site.enqueue(1, **(LARGE if text.startswith("body") else {})))
        for stage in "mailq-render", "mailq-route", "mailq-send-smtp":
            site.run(stage)
        site.close()
        (path,) = site.places()[id]
        attempt, paused = (attempts(path) or [{}])[-1], site.health()
        said = f"{paused.get('text', '')} {attempt.get('error', '')}"
        outcome = site.state(path), attempt.get("result"), attempt.get("spent", False)
        return (*outcome, paused.get("why")), said


def cases():
    columns, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    for phase, *cells in rows:
        for column, outcome in zip(columns, cells, strict=True):
            yield f"{phase}={REPLIES.get(column, column)}", outcome, REPLIES.get(column, "")
    yield from OTHERS


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-matrix.") as certificates:
        make_certificates(certificates)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            runs = [(case, pool.submit(came_to, case[0], certificates)) for case in cases()]
            for (server, outcome, words), run in runs:
                got, said = run.result()
                wanted = OUTCOMES[outcome]
                complaints = [] if got == wanted else [f"{got}, not {wanted}: {said}"]
                if words not in said or (wanted[3] and not said.strip()):
                    complaints.append(f"does not tell {words!r}: {said}")
                tap.none(f"{server}: {outcome}", complaints)
    return tap.done()


sys.exit(main())
