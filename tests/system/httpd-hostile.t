#!/usr/bin/env -S python3 -B
"""Clients of mailq-httpd that are many, slow, gone, or that lie about where a request ends."""

import json
import re
import socket
import sys
import tempfile
import pathlib
import threading
import time

import httpd
from fault import Tap

MESSAGE = json.dumps({"to_emails": ["a@example.com"], "subject": "s", "body_text": "x"})
CHUNKED = f"{len(MESSAGE):x}\r\n{MESSAGE}\r\n0\r\n\r\n"
NEXT = "GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

# name, headers of a POST, its body, and the statuses that may come: what follows a request that can
# be read in two ways is never answered.
FRAMINGS = [
    ("a length", f"Content-Length: {len(MESSAGE)}\r\n", MESSAGE, [202, 404]),
    ("chunks", "Transfer-Encoding: chunked\r\n", CHUNKED, [202, 404]),
    ("a length and chunks", f"Content-Length: {len(MESSAGE)}\r\nTransfer-Encoding: chunked\r\n", CHUNKED, [400]),
    ("chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", CHUNKED, [400]),
    ("two lengths", f"Content-Length: {len(MESSAGE)}\r\nContent-Length: 3\r\n", MESSAGE, [400]),
    ("a list of lengths", f"Content-Length: {len(MESSAGE)}, {len(MESSAGE)}\r\n", MESSAGE, [400]),
    ("a length with a sign", f"Content-Length: +{len(MESSAGE)}\r\n", MESSAGE, [400]),
    ("a negative length", "Content-Length: -1\r\n", MESSAGE, [400]),
    ("a length in hex", "Content-Length: 0x10\r\n", MESSAGE, [400]),
    ("a space before the colon", f"Content-Length : {len(MESSAGE)}\r\n", MESSAGE, [400]),
    ("an encoding that is not known", "Transfer-Encoding: xchunked\r\n", CHUNKED, [400]),
    ("two encodings", "Transfer-Encoding: gzip, chunked\r\n", CHUNKED, [400]),
    ("an encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKED, [400]),
    ("a chunk's size that is none", "Transfer-Encoding: chunked\r\n", "zz\r\n" + CHUNKED, [400]),
    ("a chunk's size that is too large", "Transfer-Encoding: chunked\r\n", "f" * 17 + "\r\n" + CHUNKED, [413]),
    ("two hosts", f"Host: y\r\nContent-Length: {len(MESSAGE)}\r\n", MESSAGE, [400]),
]

LARGE = [
    ("a huge header", f"GET /healthz HTTP/1.1\r\nHost: x\r\nX: {'a' * 1000000}\r\n\r\n", [431]),
    ("many headers", "GET /healthz HTTP/1.1\r\nHost: x\r\n" + "X: a\r\n" * 50000 + "\r\n", [431]),
    ("a long path", f"GET /{'a' * 1000000} HTTP/1.1\r\nHost: x\r\n\r\n", [414]),
    ("another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505]),
    ("no protocol at all", "\x16\x03\x01\x02\x00\x01\x00" * 20 + "\r\n\r\n", []),
]


def hear(link, seconds=10):
    """All that comes until the server hangs up, or for so long."""
    got, end = b"", time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            link.settimeout(max(0.01, end - time.monotonic()))
            piece = link.recv(65536)
            if not piece:
                break
            got += piece
    except (ConnectionError, socket.timeout):
        pass
    return got


def say(link, text):
    try:
        link.sendall(text.encode("latin-1"))
    except ConnectionError:
        pass  # it has heard enough


def statuses(got):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", got)]


def framings(tap, server):
    for name, headers, body, wanted in FRAMINGS:
        with server.connect() as link:
            say(link, f"POST /api/email/queue HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
                      f"{headers}\r\n{body}{NEXT}")
            got = statuses(hear(link))
        refused = set(got) == set(wanted) == {400}  # the library says it twice, and hangs up
        tap.none(f"{name}: {wanted}", [] if got == wanted or refused else [got])
    for name, text, wanted in LARGE:
        with server.connect() as link:
            say(link, text)
            got = statuses(hear(link))
        tap.none(f"{name} is refused", [] if got in (wanted, []) else [got])
    for role, line in (("a path that there is not", "POST /none"), ("nobody known", "DELETE /api/email/outbox/x")):
        with server.connect() as link:
            say(link, f"{line} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(NEXT)}\r\n\r\n{NEXT}")
            got = hear(link)
        tap.none(f"a body that {role} sends is no request", [] if len(statuses(got)) == 1 else [got])


def answers_within(server, seconds):
    begin = time.monotonic()
    with server.connect() as link:
        say(link, "GET /api/email/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                  f"Authorization: Bearer {server.token}\r\n\r\n")
        got = statuses(hear(link, seconds))
    took = time.monotonic() - begin
    return [] if got == [200] and took < seconds else [f"{got} after {took:.1f} s"]


def crowds(tap, server):
    head = (f"POST /api/email/queue HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
            f"Content-Length: {len(MESSAGE)}\r\n\r\n")
    slow = [server.connect() for _ in range(100)]
    for link in slow:
        say(link, head[:-2] if slow.index(link) % 2 else head + MESSAGE[:10])
    tap.none("a hundred clients that do not go on hold nobody up", answers_within(server, 2))
    gone = [server.connect() for _ in range(50)]
    for link in gone:
        say(link, head + MESSAGE[:20])
        link.close()
    tap.none("nor do those that have left in the middle", answers_within(server, 2))
    queued = len(list((server.folder / "spool/acme/queued").iterdir()))
    half = server.connect()
    say(half, head + MESSAGE)
    half.shutdown(socket.SHUT_WR)  # it may be taken for one that has left; its message is kept
    got = statuses(hear(half))
    kept = len(list((server.folder / "spool/acme/queued").iterdir()))
    tap.none("one that has said all, and that much, is heard", [] if got in ([202], []) and kept == queued + 1 else [got, kept])
    for link in slow:
        say(link, "\r\n" + MESSAGE if slow.index(link) % 2 else MESSAGE[10:])
    codes = []
    for link in slow:
        link.settimeout(20)
        codes += statuses(link.recv(65536))
        link.close()
    tap.none("those that go on at last have theirs", [] if codes == [202] * 100 else [codes])


def deaf(tap, server):
    """Clients that ask for much and read nothing."""
    links = []
    for _ in range(20):
        link = server.connect()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(20):
            say(link, f"GET /api/email/outbox?limit=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n\r\n")
        links.append(link)
    tap.none("twenty that read nothing hold nobody up", answers_within(server, 5))
    for link in links:
        link.close()
    many = []
    for _ in range(300):
        try:
            many.append(server.connect())
        except OSError:
            break
    for link in many:
        link.close()
    tap.none("after more callers than it takes it answers", answers_within(server, 5))


def trickle(tap, server):
    """Clients that take all connections there are, and never come to the end of a header."""
    links, done = [], threading.Event()
    for _ in range(256):
        link = server.connect()
        say(link, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ")
        links.append(link)

    def go_on():
        while not done.wait(0.5):
            for link in links:
                say(link, "a")

    thread = threading.Thread(target=go_on)
    thread.start()
    tap.none("those that say a byte at a time, and nothing whole, make room", answers_within(server, 40))
    done.set()
    thread.join()
    for link in links:
        link.close()


def strangers(tap, server):
    """Nobody has to hold much for somebody whom it does not know."""
    for path in "/email/sign-in", "/healthz", "/email/sign-out":
        with server.connect() as link:
            say(link, f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            got = statuses(hear(link))
        tap.none(f"a stranger's large body for {path} is not read", [] if got in ([413], [405], [303]) else [got])
    with server.connect() as link:
        say(link, "POST /email/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            say(link, f"1000\r\n{'a' * 4096}\r\n")
        got = hear(link)
    tap.none("nor without a length", [] if b" 200 " not in got else [got])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-hostile.") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        server = httpd.Server(folder)
        try:
            framings(tap, server)
            crowds(tap, server)
            deaf(tap, server)
            strangers(tap, server)
            trickle(tap, server)
            tap.none("it is the same server still", [] if server.process.poll() is None else ["it ended"])
            said = [line for line in open(server.log) if "event=accept " not in line]
            tap.none("and says nothing but what it took", said)
        finally:
            status = server.stop()
            tap.none("and ends when it is told to", [f"exit status {status}"] if status else [])
    return tap.done()


sys.exit(main())
