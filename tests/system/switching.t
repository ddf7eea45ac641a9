#!/usr/bin/env -S python3 -B
"""An organization changes its provider while its mail flows: SMTP, SendGrid, Mailgun, and back.

Once by editing the connector's file, else by importing another connector as the default one. Each
message is delivered exactly once, and mailq-show says through what and why.
"""

import collections
import json
import pathlib
import re
import sys
import tempfile

from fault import Provider, Site, Tap, kill_tree, printed, wait_until

MESSAGES = 1000
PIECE = 50
PHASE = MESSAGES // 4

SENDGRID = """
id: sink
kind: sendgrid
is_default: true
config: {{api_key: $ENV:KEY, base_url: {url}}}
"""
RECORD = """
<record id="{id}" model="ir.connector">
  <field name="kind">{kind}</field>
  <field name="is_default" eval="True"/>
  <field name="config" eval="{config}"/>
</record>
"""


class Flow:
    def __init__(self, folder):
        self.site = Site(folder)
        self.site.environment["KEY"] = "a-key"
        self.sendgrid = Provider(self.site, "sendgrid", "202\nX-Message-Id: one\n\n")
        self.mailgun = Provider(self.site, "mailgun", '200\n\n{"id":"<1@acme.example>"}')
        self.ids = []

    def taken(self):
        """{kind: {id: copies}}"""
        return {
            "smtp": self.site.copies(),
            "sendgrid": self.sendgrid.copies(r'"mailq_id":"(\w+)"'),
            "mailgun": self.mailgun.copies(r'name="v:mailq_id"\s+(\w+)'),
        }

    def edit(self):
        """One edit of one file, as an editor makes it."""
        file = self.site.folder / "organizations/acme/connectors/sink.yaml"
        fresh = file.with_suffix(".new")
        fresh.write_text(SENDGRID.format(url=self.sendgrid.url))
        fresh.rename(file)

    def take(self, id, kind, config):
        path = self.site.folder / "record.xml"
        path.write_text(RECORD.format(id=id, kind=kind, config=config))
        if not self.site.tell("mailq-connector", "import", path):
            raise SystemExit("the import failed")

    def phase(self, kind, change):
        """Changes what there is, in the middle of a flow, until the next has its share."""
        before = len(self.ids)
        while len(self.ids) < before + PHASE:
            self.ids += printed(self.site.enqueue(PIECE))
            if change and len(self.ids) > before + PHASE // 5:
                change()
                change = None
        return wait_until(lambda: len(self.taken()[kind]) > PIECE, 60)


def doors(stories, taken):
    """Messages that mailq-show knows to have gone another way than they did."""
    kind_of = {id: kind for kind, copies in taken.items() for id in copies}
    for id, story in stories.items():
        routes = [item for item in story["history"] if item.get("kind") and item.get("reason")]
        if not routes or routes[-1]["kind"] != kind_of.get(id) or routes[-1]["reason"] != "default":
            yield f"{id}: {routes[-1:]}, but {kind_of.get(id)}"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-switching.") as folder:
        flow = Flow(folder)
        site = flow.site
        supervisor = site.spawn("mailq-supervise")
        relay = f"{{'host': '127.0.0.1', 'port': '{site.port}'}}"
        gun = f"{{'api_key': '$ENV:KEY', 'domain': 'acme.example', 'base_url': '{flow.mailgun.url}'}}"
        flowed = [
            flow.phase("smtp", None),
            flow.phase("sendgrid", flow.edit),
            flow.phase("mailgun", lambda: flow.take("gun", "mailgun", gun)),
        ]
        before = len(site.copies())
        flow.phase("smtp", lambda: flow.take("relay", "smtp", relay))
        flowed.append(wait_until(lambda: len(site.copies()) > before + PIECE, 60))
        drained = wait_until(site.is_drained, 60)
        kill_tree(supervisor)
        taken = flow.taken()
        stories = {id: json.loads(site.tell("mailq-show", "--json", id)) for id in flow.ids}
        copies = sum(taken.values(), collections.Counter())
        tap.note(", ".join(f"{len(taken[kind])} by {kind}" for kind in taken))
        tap.none("each provider has its share", [] if all(flowed) else [flowed])
        tap.none("all is sent", [] if drained else [site.open_messages()])
        tap.none("each message is delivered exactly once", [i for i in flow.ids if copies[i] != 1])
        tap.none("and nothing else is", [i for i in copies if i not in flow.ids])
        tap.none("mailq-show says through what, and why", list(doors(stories, taken)))
        said = site.tell("mailq-show", next(iter(taken["sendgrid"])))
        tap.none("for people too", [] if re.search(r"sendgrid.*default|default.*sendgrid", said) else [said])
        tap.none("with one attempt each", [id for id in stories if stories[id]["attempts"] != 1])
        if tap.failed:
            tap.note(pathlib.Path(site.log).read_text()[-3000:].replace("\n", "\n# "))
        flow.sendgrid.close()
        flow.mailgun.close()
        site.close()
    return tap.done()


sys.exit(main())
