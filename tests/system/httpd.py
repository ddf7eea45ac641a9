"""A mailq-httpd for a test: two organizations, nothing that delivers, and an admin's token."""

import os
import pathlib
import socket
import subprocess

from fault import free_port, wait_until

BIN = pathlib.Path(__file__).resolve().parents[2] / os.environ.get("BUILD", "build") / "bin"


class Server:
    def __init__(self, folder):
        self.folder = folder
        for org in ("acme", "globex"):
            connectors = folder / "organizations" / org / "connectors"
            connectors.mkdir(parents=True)
            (connectors.parent / "organization.yaml").write_text(
                f"name: {org}\ndomains: [{org}.example]\nfrom_email: a@{org}.example\n")
            (connectors / "local.yaml").write_text(
                f"id: local\nname: local\ncategory: email\nkind: maildir\nis_default: true\nconfig: {{path: {folder}/maildir}}\n")
        (folder / "spool").mkdir(0o700)
        (folder / "mailq.yaml").write_text(
            f"spool: {folder}/spool\norganizations: {folder}/organizations\ndefault_organization: acme\n"
            f"min_free_bytes: 1048576\ntokens: {folder}/tokens\nsecrets: {folder}/secrets\n")
        environment = {**os.environ, "MAILQ_CONF": str(folder / "mailq.yaml")}
        create = [BIN / "mailq-token", "create", "--role", "admin"]
        self.token = subprocess.run([*create, "-o", "acme"], env=environment, check=True,
                                    capture_output=True, text=True).stdout.strip()
        self.port = free_port()
        self.log = folder / "log"
        self.process = subprocess.Popen([BIN / "mailq-httpd", "--listen", f"127.0.0.1:{self.port}"],
                                        env=environment, stderr=open(self.log, "ab"))
        wait_until(self.answers, 30)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def stop(self):
        """Its exit status."""
        self.process.terminate()
        return self.process.wait(30)
