"""The API's own document, and what stands between a test and the server to hold both to it.

    openapi.py UPSTREAM_PORT REPORT

listens on a port that it prints, hands each request on to the server and its answer back, and
writes a line into REPORT for each exchange: "ok" or what the document does not allow. A request has
to be as the document says only where the server takes it: tests ask for wrong things too.
"""

import http.client
import http.server
import json
import pathlib
import re
import sys
import urllib.parse

import jsonschema

TOP = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "delete")


class Document:
    def __init__(self, document):
        self.document = document
        self.operations = {}  # (method, pattern) -> operation, with the parameters of its path
        for pattern, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = dict(item[method])
                    shared = item.get("parameters", [])
                    operation["parameters"] = [
                        self.resolve(p) for p in shared + operation.get("parameters", [])
                    ]
                    self.operations[method, pattern] = operation

    def resolve(self, value):
        while "$ref" in value:
            found = self.document
            for part in value["$ref"][2:].split("/"):
                found = found[part]
            value = found
        return value

    def find(self, method, path):
        """(pattern, operation) of a request; None where the document has none."""
        for (known, pattern), operation in self.operations.items():
            shape = re.sub(r"\\\{[a-z]+\\\}", "[^/]+", re.escape(pattern))
            if known == method.lower().replace("head", "get") and re.fullmatch(shape, path):
                return pattern, operation
        return None

    def fault(self, schema, value):
        """What is wrong with a value, or None."""
        whole = {**schema, "components": self.document["components"]}
        checker = jsonschema.FormatChecker()
        errors = jsonschema.Draft202012Validator(whole, format_checker=checker).iter_errors(value)
        for error in errors:
            return f"{error.json_path}: {error.message[:200]}"
        return None

    def fault_of_request(self, operation, query, headers, body):
        known = {p["name"]: p for p in operation["parameters"] if p["in"] == "query"}
        for name, value in query:
            if name not in known:
                return f"parameter {name}"
            schema = known[name]["schema"]
            if schema.get("type") == "integer":
                value = int(value)
            elif schema.get("type") == "boolean":
                value = value == "true"
            fault = self.fault(schema, value)
            if fault:
                return f"parameter {name}: {fault}"
        if not body:
            return "no body" if operation.get("requestBody", {}).get("required") else None
        if "requestBody" not in operation:
            return "a body"
        content = operation["requestBody"]["content"]
        if "application/json" not in content:
            return None
        return self.fault(content["application/json"]["schema"], json.loads(body))

    def fault_of_answer(self, operation, status, kind, body):
        response = operation["responses"].get(str(status))
        if not response:
            return f"status {status}"
        content = self.resolve(response).get("content")
        kind = (kind or "").split(";")[0]
        if not content:
            return f"a body of {kind}" if body else None
        if kind not in content:
            return f"status {status}: type {kind}"
        if kind.endswith("json"):
            return self.fault(content[kind]["schema"], json.loads(body))
        return None

    def fault_of(self, method, target, headers, sent, status, kind, body):
        """What an exchange has that the document has not, or None."""
        url = urllib.parse.urlsplit(target)
        found = self.find(method, url.path)
        if not found:
            return None if status in (404, 405) else f"{method} {url.path} is not in the document"
        _, operation = found
        fault = self.fault_of_answer(operation, status, kind, body if method != "HEAD" else None) \
            if method != "HEAD" else None
        if not fault and status < 300:
            fault = self.fault_of_request(operation, urllib.parse.parse_qsl(url.query), headers, sent)
        return fault and f"{method} {target}: {status}: {fault}"


def load():
    return Document(json.loads((TOP / "lib/app/openapi.json").read_text()))


class Between(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def between(self):
        if self.headers.get("Expect"):
            del self.headers["Expect"]
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.send_error(501)
            return
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = http.client.HTTPConnection("127.0.0.1", self.server.upstream)
        try:
            server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                server.putheader(name, value.encode("latin-1"))
            server.endheaders(sent)
            answer = server.getresponse()
            body = answer.read()
        finally:
            server.close()
        kind = answer.headers.get("Content-Type")
        fault = self.server.document.fault_of(
            self.command, self.path, self.headers, sent, answer.status, kind, body
        )
        print(fault or "ok", file=self.server.report, flush=True)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = between

    def log_message(self, *_):
        pass


def main():
    upstream, report = int(sys.argv[1]), sys.argv[2]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
    server.upstream, server.report, server.document = upstream, open(report, "a"), load()
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
