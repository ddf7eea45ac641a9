#!/usr/bin/env -S python3 -B
"""A client that knows the API from its document alone, and one that asks for nonsense.

Every operation is called with what its schemas allow and with what they do not; whatever comes
back has to be an answer that the document has, and never a failure of the server's own.

    FUZZ_REQUESTS=20000 FUZZ_SEED=7 tests/system/httpd-fuzz.t
"""

import http.client
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import urllib.parse

try:
    import jsonschema  # noqa: F401
except ImportError:
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B", *sys.argv])  # Debian's package is there
    print("1..0 # SKIP no jsonschema for Python")
    sys.exit(0)

import httpd
import openapi
from fault import Tap

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", 3000))
SEED = int(os.environ.get("FUZZ_SEED", 1))

ODD = ["", "x", "null", "../../etc/passwd", "%00", "'\"<&>", "\u202e\u0000", "a" * 5000, "é🂡", "-1", "1e999",
       "[[\"a\",\"=\",1]]", "9" * 40, "2026-13-45T99:99:99Z", "{{ 7 * 7 }}", "\r\nX: y", "*", "local", "acme"]


class Made:
    """Values from schemas, right ones mostly and wrong ones now and then."""

    def __init__(self, document, dice):
        self.document, self.dice = document, dice

    def odd(self):
        return self.dice.choice(ODD + [None, True, 0, -1, 10**30, 1.5, [], {}, [[]] * 3, {"a": {"b": []}}])

    def of(self, schema, wrong=0.1, depth=0):
        if self.dice.random() < wrong or depth > 8:
            return self.odd()
        schema = self.document.resolve(schema)
        for alternatives in ("anyOf", "oneOf"):
            if alternatives in schema:
                return self.of(self.dice.choice(schema[alternatives]), wrong, depth + 1)
        if "examples" in schema and self.dice.random() < 0.3:
            return self.dice.choice(schema["examples"])
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = self.dice.choice(kind)
        return getattr(self, f"a_{kind}")(schema, wrong, depth + 1)

    def a_object(self, schema, wrong, depth):
        made = {}
        required = schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            if name in required or self.dice.random() < 0.4:
                made[name] = self.of(member, wrong, depth)
        if self.dice.random() < wrong:
            made[self.dice.choice(ODD)] = self.odd()
        return made

    def a_array(self, schema, wrong, depth):
        return [self.of(schema.get("items", {}), wrong, depth) for _ in range(self.dice.randrange(4))]

    def a_string(self, schema, wrong, depth):
        if schema.get("format") == "date-time":
            return "2026-11-24T09:30:00Z"
        if "pattern" in schema and "a-z0-9" in schema["pattern"]:
            return self.dice.choice(["acme", "globex", "tpl", "local"])
        return self.dice.choice(["a@example.com", "Ann <ann@example.com>", "text", "local", "acme", "aGVsbG8="])

    def a_integer(self, schema, wrong, depth):
        return self.dice.randint(schema.get("minimum", -3), schema.get("maximum", 60))

    def a_number(self, schema, wrong, depth):
        return self.dice.random() * 10

    def a_boolean(self, schema, wrong, depth):
        return self.dice.random() < 0.5

    def a_null(self, schema, wrong, depth):
        return None


class Client:
    def __init__(self, server):
        self.server, self.link = server, None

    def ask(self, method, target, body, headers):
        """(status, type, body); None where it has hung up."""
        if not self.link:
            self.link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            self.link.request(method, target, body, {"Authorization": f"Bearer {self.server.token}", **headers})
            answer = self.link.getresponse()
            if answer.headers.get("Content-Type") == "text/event-stream":
                self.link = None
                return answer.status, "text/event-stream", b""
            return answer.status, answer.headers.get("Content-Type"), answer.read()
        except (ConnectionError, http.client.HTTPException):
            self.link = None
            return None


def request_of(document, made, dice, pattern, operation, ids):
    """A target, a body and headers for one operation."""
    wrong = dice.choice([0, 0, 0.02, 0.3])
    given = {"id": dice.choice(ids + ["tpl", "local", "none"] + ODD) if ids else "none"}
    path = re.sub(r"\{([a-z]+)\}", lambda m: urllib.parse.quote(given[m[1]], safe=""), pattern)
    query = []
    for parameter in operation["parameters"]:
        if parameter["in"] == "query" and dice.random() < 0.25:
            value = made.of(parameter["schema"], wrong)
            query.append((parameter["name"], value if isinstance(value, str) else json.dumps(value)))
    if dice.random() < wrong:
        query.append((dice.choice(ODD) or "x", dice.choice(ODD)))
    query = [(name, 0 if name == "wait" else value) for name, value in query]
    if pattern.endswith("/send"):
        query = [("wait", 0)]
    body, headers = None, {}
    if "requestBody" in operation:
        kind, content = next(iter(operation["requestBody"]["content"].items()))
        value = made.of(content["schema"], wrong)
        body = (json.dumps(value) if kind == "application/json" else str(value)).encode("utf-8", "surrogatepass")
        if dice.random() < wrong:
            cut = dice.randrange(len(body) + 1)
            body = body[:cut] + bytes(dice.randrange(256) for _ in range(dice.randrange(8))) + body[cut + 3:]
        headers["Content-Type"] = kind
    target = path + ("?" + urllib.parse.urlencode(query, errors="surrogatepass") if query else "")
    return target, body, headers


def fuzz(server, client, document):
    """(faults, the statuses that came for each operation)."""
    dice = random.Random(SEED)
    made = Made(document, dice)
    faults, seen, ids = [], {}, []
    for _ in range(REQUESTS):
        (method, pattern), operation = dice.choice(list(document.operations.items()))
        if pattern.endswith("/connectors/{id}/test"):
            continue  # its tests have servers to talk to
        target, body, headers = request_of(document, made, dice, pattern, operation, ids)
        answer = client.ask(method.upper(), target, body, headers)
        if server.process.poll() is not None:
            return faults + [f"{method} {target} {body}: the server is gone"], seen
        if not answer:
            faults.append(f"{method} {target[:200]}: no answer")
            continue
        status, kind, text = answer
        seen.setdefault((method, pattern), set()).add(status)
        if status >= 500 and status != 503:
            faults.append(f"{method} {target[:200]} {str(body)[:500]}: {status} {text[:200]}")
            continue
        fault = document.fault_of_answer(operation, status, kind, text)
        if fault and not (status in (404, 405, 400) and target.split("?")[0] != pattern):
            faults.append(f"{method} {target[:200]} {str(body)[:300]}: {fault}")
        if status == 202 and text:
            taken = json.loads(text)
            ids += [one["id"] for one in (taken if isinstance(taken, list) else [taken])][:3]
            del ids[:-20]
    return faults, seen


def routes():
    """What the program's own table has, as the document would write it."""
    source = (openapi.TOP / "lib/app/app.c").read_text()
    found = set()
    for method, pattern in re.findall(r'\{"([A-Z]+)",\s*"(/(?:api/email|metrics|healthz)[^"]*)"', source):
        if pattern.endswith("/outbox/{}/{}"):
            found |= {(method.lower(), pattern[:-2] + verb) for verb in
                      ("send-now", "cancel", "retry", "hold", "release", "queue")}
        else:
            found.add((method.lower(), pattern))
    return found


def main():
    tap = Tap()
    document = openapi.load()
    documented = {(method, re.sub(r"\{[a-z]+\}", "{}", pattern)) for method, pattern in document.operations}
    tap.none("the document has what the program has", sorted(documented ^ routes()))
    names = [operation["operationId"] for operation in document.operations.values()]
    tap.none("each operation by a name of its own", sorted({name for name in names if names.count(name) > 1}))
    with tempfile.TemporaryDirectory(prefix="mailq-fuzz.") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        server = httpd.Server(folder)
        client = Client(server)
        try:
            served = client.ask("GET", "/api/email/openapi.json", None, {})
            tap.none("and serves it", [] if json.loads(served[2]) == document.document else ["another"])
            faults, seen = fuzz(server, client, document)
            tap.none(f"{REQUESTS} requests have the answers of the document", faults)
            never = [f"{method} {pattern}" for method, pattern in document.operations
                     if "{id}" not in pattern and not pattern.endswith("/connectors") and not any(status < 300 for status in seen.get((method, pattern), ()))]
            tap.none("each operation that needs nothing before it was done at least once", never)
            secret = server.token.split(".")[1]
            tap.none("no secret is in the log", [line for line in open(server.log) if secret in line])
            answer = client.ask("GET", "/healthz", None, {})
            tap.none("and the server still answers", [] if answer and answer[0] in (200, 503) else [answer])
        finally:
            status = server.stop()
            tap.none("until it is told to stop", [f"exit status {status}"] if status else [])
    return tap.done()


sys.exit(main())
