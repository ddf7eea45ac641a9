#!/usr/bin/env -S python3 -B
"""A provider is down for a while: nobody there, or one who says 503 to everything.

No message is charged an attempt that it did not make, and the backlog drains soon after the return.
With a fallback the mail flows on at once.

    OUTAGE_SECONDS=600 OUTAGE_MESSAGES=20000 tests/system/provider-outage.t
"""

import json
import os
import pathlib
import sys
import tempfile
import time

from fault import Provider, Site, Tap, attempts, kill_tree, printed, wait_until

SECONDS = float(os.environ.get("OUTAGE_SECONDS", 8))
MESSAGES = int(os.environ.get("OUTAGE_MESSAGES", 600))
CONNECTIONS = 4
DRAIN_SECONDS = 60
FALLBACK_SECONDS = 30
YES = "202\nX-Message-Id: one\n\n"

CONNECTOR = """
id: {id}
kind: sendgrid
is_default: {default}
pause_seconds: 1
max_connections: {connections}
{more}
config: {{api_key: $ENV:KEY, base_url: {url}}}
"""


def connect(site, id, provider, default, more=""):
    text = CONNECTOR.format(id=id, default=str(default).lower(), more=more, url=provider.url,
                            connections=CONNECTIONS)
    (site.folder / f"organizations/acme/connectors/{id}.yaml").write_text(text)


def copies(provider):
    return provider.copies(r'"mailq_id":"(\w+)"')


def all_attempts(site):
    return [a for paths in site.places().values() for path in paths for a in attempts(path)]


def charged(site):
    """Attempts that count, though the provider took nothing by them, beyond those that were on a
    connection when it died: an open one, and one that was not accepted yet."""
    lost = [a for a in all_attempts(site) if a["spent"] and a["result"] != "sent"]
    return lost if len(lost) > 2 * CONNECTIONS else []


def away(tap, site, provider):
    """It dies under load and comes back."""
    enqueue = site.enqueue(MESSAGES)
    wait_until(lambda: len(copies(provider)) > MESSAGES // 10, 30)
    provider.close()
    end = time.monotonic() + SECONDS
    ids = printed(enqueue) + printed(site.enqueue(MESSAGES // 2))
    before = len(copies(provider))
    wait_until(lambda: time.monotonic() > end, SECONDS + 1)
    waiting = site.open_messages()
    said = site.tell("mailq-explain", ids[-1])
    provider.open()
    back = time.monotonic()
    drained = wait_until(site.is_drained, DRAIN_SECONDS)
    tap.note(f"{before} before, {waiting} waited, drained in {time.monotonic() - back:.1f} s")
    tap.none("it died under load", [] if 0 < before < len(ids) and waiting else [before])
    tap.none("mailq-explain says so", [] if "cannot be reached" in said else [said])
    tap.none("away: the backlog drains once it is back", [] if drained else [site.open_messages()])
    tap.none("away: no attempt is charged that was not made", charged(site))
    return ids


def overloaded(tap, site, provider):
    """It answers, but only that it is too busy."""
    (provider.folder / "answer").write_text("503\nRetry-After: 1\n\nbusy")
    ids = printed(site.enqueue(MESSAGES // 4))
    end = time.monotonic() + SECONDS / 2
    wait_until(lambda: time.monotonic() > end, SECONDS)
    charges = charged(site)
    (provider.folder / "answer").write_text(YES)
    drained = wait_until(site.is_drained, DRAIN_SECONDS)
    tap.none("busy: the backlog drains once it is not", [] if drained else [site.open_messages()])
    tap.none("busy: no attempt is charged", charges)
    return ids


def with_fallback(tap, site, provider, other):
    connect(site, "sink", provider, True, "fallback: other")
    connect(site, "other", other, False)
    provider.close()
    start = time.monotonic()
    ids = printed(site.enqueue(MESSAGES // 4))
    flowed = wait_until(lambda: len(copies(other)) == len(ids), FALLBACK_SECONDS)
    tap.note(f"{len(copies(other))} by the fallback in {time.monotonic() - start:.1f} s")
    tap.none("with a fallback it flows on", [] if flowed else [len(copies(other))])
    wait_until(site.is_drained, DRAIN_SECONDS)
    story = json.loads(site.tell("mailq-show", "--json", ids[-1]))
    reasons = [item["reason"] for item in story["history"] if "reason" in item]
    wrong = [] if reasons and reasons[-1].startswith("fallback: sink is paused") else [reasons]
    tap.none("for this reason", wrong)
    return ids


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mailq-outage.", dir="/var/tmp") as folder:
        site = Site(folder)
        site.environment["KEY"] = "a-key"
        provider, other = Provider(site, "first", YES), Provider(site, "other", YES)
        connect(site, "sink", provider, True)
        supervisor = site.spawn("mailq-supervise")
        ids = away(tap, site, provider) + overloaded(tap, site, provider)
        first = copies(provider)
        doubt = sum(a["result"] == "uncertain" for a in all_attempts(site))
        extra = sum(n - 1 for n in first.values())
        ids += with_fallback(tap, site, provider, other)
        kill_tree(supervisor)
        taken = first + copies(other)
        tap.none("each message is delivered", [id for id in ids if not taken[id]])
        tap.none("each further copy was recorded as uncertain", [] if extra <= doubt else [extra, doubt])
        if tap.failed:
            tap.note(pathlib.Path(site.log).read_text()[-3000:].replace("\n", "\n# "))
        provider.close()
        other.close()
        site.close()
    return tap.done()


sys.exit(main())
