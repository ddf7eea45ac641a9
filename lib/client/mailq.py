"""The mail queue as an object of a Python program. Python 3.8 or later, nothing beside it.

    import mailq

    env = mailq.connect("unix:/run/mailq/http", token=TOKEN, organization="acme")

    msg = env.models["mail.outbox"].create({
        "to_emails": [partner.email],
        "template_id": env.models["mail.template"].browse("tpl_welcome").id,
        "context": {"partner": partner, "org": env.active_organization},
    })

    failed = env.models["mail.outbox"].search([
        ("status", "=", "failed"),
        ("organization_id", "=", env.active_organization_id),
    ])
    for msg in failed:
        print(msg.last_error, msg.attempts)

When create returns, the message is on the queue's disk. It may be called from any thread and after
a fork: each call has a connection of its own. mailq-client(7) is the manual.
"""

import base64
import collections.abc
import datetime
import decimal
import enum
import functools
import http.client
import json
import os
import pathlib
import random
import socket
import ssl
import time
import types
import urllib.parse
import uuid

API = "/api/email"
ARRAY_MOST = 1000  # messages of one call; the server takes no more
PAGE_MOST = 500
COME_AGAIN = (429, 503)  # refused for now, and nothing was done
ANSWER_LOST = (502, 504)  # from a proxy: it may have been done
SILENCE_MOST = 45  # seconds: three times what lies between two signs of life of a stream


def connect(url=None, token=None, organization=None, timeout=60, patience=10, tls=None):
    """The queue behind a URL: unix:/path, http://host:port or https://host/prefix.

    What is not given is taken from MAILQ_URL, MAILQ_TOKEN and MAILQ_ORGANIZATION. `organization` is
    an id, or an object of the application that has one. `timeout` bounds each wait for the
    network, `patience` how long a call is tried again, both in seconds. `tls` is an
    ssl.SSLContext, for an authority of one's own.
    """
    url = url or os.environ.get("MAILQ_URL")
    if not url:
        raise ValueError("no URL: connect(url) or MAILQ_URL")
    server = Server(url, token or os.environ.get("MAILQ_TOKEN"), timeout, patience, tls)
    return Env(server, organization or os.environ.get("MAILQ_ORGANIZATION"))


# --- what goes wrong ---


class Error(Exception):
    """Whatever this module raises of its own."""


class Problem(Error):
    """The queue's no: the members of its answer, an object of RFC 9457.

    `status`, `title` and `detail` are always there; `fields` has all members.
    """

    def __init__(self, fields):
        self.fields = fields
        self.status = fields.get("status")
        self.title = fields.get("title")
        self.detail = fields.get("detail")
        super().__init__(f"{self.detail or self.title} ({self.status})")


class Unavailable(Error):
    """No answer, for as long as was tried. Whether the last try was carried out is not known.

    `idempotency_keys` are those of the messages that were to be created: with the same keys they
    can be created later, and none of them twice.
    """

    idempotency_keys = ()


class Broken(Exception):
    """A stream has ended: what is to be raised, and the seconds until the next try or None."""

    def __init__(self, failure, after):
        self.failure, self.after = failure, after


class PartlyRefused(Error):
    """Of several messages, some were taken. `answers` has a Message or a Problem for each, in order."""

    def __init__(self, answers):
        self.answers = answers
        refused = [answer for answer in answers if isinstance(answer, Problem)]
        super().__init__(f"{len(refused)} of {len(answers)} refused, the first: {refused[0]}")


# --- the application's values as JSON ---

SCALARS = (str, int, float, type(None))
LISTS = (collections.abc.Sequence, collections.abc.Set, collections.abc.ValuesView, collections.abc.Iterator)
COMPUTED = (property, functools.cached_property, types.MemberDescriptorType)


def attributes(value):
    """The public attributes of an object: its own, its properties, its class's plain values."""
    names = dict.fromkeys(getattr(value, "__dict__", ()))
    for kind in type(value).__mro__[:-1]:
        names.update((name, None) for name, member in vars(kind).items() if isinstance(member, COMPUTED + SCALARS))
    for name in names:
        member = None if name.startswith("_") else getattr(value, name, attributes)
        if not name.startswith("_") and not callable(member):
            yield name, member


def plain(value, path="", above=()):
    """A value as json.dumps takes it: objects as dictionaries of their attributes."""
    if isinstance(value, enum.Enum):
        return plain(value.value, path, above)
    if isinstance(value, SCALARS):
        return value
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, (bytes, bytearray, type)) or callable(value):
        raise TypeError(f"{path}: {type(value).__name__} has no place in a message")
    if any(value is other for other in above):
        raise ValueError(f"{path}: leads back to itself; give a dictionary of what the template needs")
    return plain_container(value, path, above + (value,))


def plain_container(value, path, above):
    if isinstance(value, collections.abc.Mapping):
        members = value.items()
    elif hasattr(value, "_asdict"):
        members = value._asdict().items()
    elif isinstance(value, LISTS):
        return [plain(item, f"{path}[{i}]", above) for i, item in enumerate(value)]
    else:
        members = attributes(value)
    return {str(key): plain(member, f"{path}.{key}" if path else str(key), above) for key, member in members}


def without_own_org(context):
    """`org` is left to the queue where all that the application has said of it is its id."""
    if isinstance(context, collections.abc.Mapping) and type(context.get("org")) is Organization:
        return {key: value for key, value in context.items() if key != "org"}
    return context


def attachment(content, filename=None, content_type=None, content_id=None):
    """An item of `attachments`: a file by its path, or bytes with a filename.

    With a content_id it is shown in the HTML, where it says cid:content_id.
    """
    if not isinstance(content, (bytes, bytearray)):
        path = pathlib.Path(content)
        content, filename = path.read_bytes(), filename or path.name
    made = {"filename": filename, "content": base64.b64encode(content).decode()}
    if content_type:
        made["content_type"] = content_type
    if content_id:
        made.update(content_id=content_id, disposition="inline")
    return made


# --- HTTP ---


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Server:
    """One exchange a call, and calls that are tried again."""

    def __init__(self, url, token, timeout, patience, tls):
        self.url = urllib.parse.urlsplit(url)
        if self.url.scheme not in ("unix", "http", "https"):
            raise ValueError(f"{url}: begins with neither unix:, http:// nor https://")
        self.prefix = "" if self.url.scheme == "unix" else self.url.path.rstrip("/")
        self.token, self.timeout, self.patience, self.tls = token, timeout, patience, tls

    def open(self, timeout):
        if self.url.scheme == "unix":
            return UnixConnection(self.url.path, timeout)
        if self.url.scheme == "http":
            return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=timeout)
        return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=timeout, context=self.tls)

    def target(self, path, query):
        return self.prefix + API + path + ("?" + urllib.parse.urlencode(query) if query else "")

    def ask(self, connection, method, target, body=None, **more):
        """The answer, of which no more than the head is read. `body`: (its type, bytes)."""
        headers = {"Accept": "application/json", "Connection": "close", **more}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        kind, content = body or (None, None)
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, target, content, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered without reading all
        return connection.getresponse()

    def attempt(self, method, target, body, safe):
        """(the answer or what is to be raised, seconds until the next try or None)"""
        connection, connected = self.open(self.timeout), False
        try:
            connection.connect()
            connected = True
            response = self.ask(connection, method, target, body)
            return judge(response, read_answer(response.status, response.read()), safe)
        except (OSError, http.client.HTTPException) as error:
            return self.lost(error, safe or not connected)
        finally:
            connection.close()

    def lost(self, error, again):
        again = again and not isinstance(error, ssl.SSLCertVerificationError)
        return Unavailable(f"{self.url.geturl()}: {error or type(error).__name__}"), 0 if again else None

    def call(self, method, path, query=None, body=None, xml=None, safe=True):
        """The answer's JSON. `body` is sent as JSON, `xml` as the text that it is. `safe`: it may be
        done twice, so it is tried again if an answer is lost."""
        target = self.target(path, query)
        if xml is not None:
            body = "application/xml", xml if isinstance(xml, bytes) else xml.encode()
        elif body is not None:
            body = "application/json", json.dumps(plain(body), allow_nan=False).encode()
        end, pause = time.monotonic() + self.patience, 0.1
        while True:
            answer, after = self.attempt(method, target, body, safe)
            wait = max(after or 0, pause * random.uniform(0.5, 1))
            if after is None or time.monotonic() + wait > end:
                break
            time.sleep(wait)
            pause *= 2
        if isinstance(answer, Error):
            raise answer
        return answer

    def listen(self, target, since):
        """The events (id, name, data) of one connection, which is Broken in the end."""
        connection = self.open(max(self.timeout, SILENCE_MOST))
        try:
            place = {} if since is None else {"Last-Event-ID": str(since)}
            response = self.ask(connection, "GET", target, Accept="text/event-stream", **place)
            if response.status >= 400:
                raise Broken(*judge(response, read_answer(response.status, response.read()), True))
            yield from read_events(response)
            raise EOFError("the stream has ended")
        except (OSError, EOFError, http.client.HTTPException) as error:
            raise Broken(*self.lost(error, True)) from None
        finally:
            connection.close()

    def follow(self, path, query, since):
        """A stream's events, which goes on behind the last of them where it breaks off."""
        target, end, pause = self.target(path, query), time.monotonic() + self.patience, 0.1
        while True:
            try:
                for since, name, data in self.listen(target, since):
                    end, pause = None, 0.1  # patience is for one break
                    if name:
                        yield since, name, data
            except Broken as broken:
                end = end or time.monotonic() + self.patience
                wait = max(broken.after or 0, pause * random.uniform(0.5, 1))
                if broken.after is None or time.monotonic() + wait > end:
                    raise broken.failure from None
                time.sleep(wait)
                pause *= 2


def judge(response, answer, safe):
    """(the answer or what is to be raised, seconds until the next try or None)"""
    status, after = response.status, response.headers.get("Retry-After", "")
    if status < 400:
        return answer, 0 if status == 207 and any(item.get("status") in COME_AGAIN for item in answer) else None
    again = status in COME_AGAIN or (safe and status in ANSWER_LOST)
    return Problem(answer), (int(after) if after.isdigit() else 0) if again else None


def read_events(lines):
    """(id, name or None, data) of server-sent events (HTML, section 9.2)."""
    place, name, data = None, None, []
    for line in lines:
        field, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "id":
            place = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line.strip():
            yield place, name, "\n".join(data)
            name, data = None, []


def read_answer(status, text):
    """The JSON, or for an error that is none (a proxy's page) what a problem says."""
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = None
    if status < 400:
        if answer is None:
            raise http.client.HTTPException("the answer is no JSON")
        return answer
    answer = answer if isinstance(answer, dict) else {}
    return {"title": http.client.responses.get(status, "Error"), **answer, "status": status}


# --- the models ---


class Record:
    """What the queue holds of a name. Attributes are those of its JSON, as they were when they were
    read, which they are when they are first asked for; None where it has none of that name."""

    def __init__(self, model, values, whole=False):
        self._model, self._values, self._whole = model, dict(values), whole

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._values and not self._whole:
            self.refresh()
        if name not in self._values and name not in self._model.fields:
            raise AttributeError(f"{self._model.name} has no {name}")
        return self._values.get(name)

    def __repr__(self):
        return f"<{self._model.name} {self.id}>"

    def __eq__(self, other):
        return isinstance(other, Record) and (self._model.name, self.id) == (other._model.name, other.id)

    def __hash__(self):
        return hash((self._model.name, self.id))

    def refresh(self):
        """Reads it again."""
        return self._take(self._call("GET"))

    def read(self):
        """All of it, as a dictionary."""
        return dict(self.refresh()._values)

    def unlink(self):
        """Deletes it."""
        self._call("DELETE", safe=False)

    def _call(self, method, more="", **options):
        return self._model.call(method, "/" + urllib.parse.quote(self.id, safe="") + more, **options)

    def _take(self, values):
        self._values, self._whole = dict(values), True
        return self


class Message(Record):
    """A message. The verbs return it as it is afterwards."""

    def send_now(self, reason=None):
        return self._act("send-now", reason)

    def queue(self, reason=None):
        return self._act("queue", reason)

    def hold(self, reason=None):
        return self._act("hold", reason)

    def release(self, reason=None):
        return self._act("release", reason)

    def cancel(self, reason=None):
        return self._act("cancel", reason)

    def retry(self, reason=None):
        return self._act("retry", reason)

    def _act(self, verb, reason):
        body = {"reason": reason} if reason else {}
        return self._take(self._call("POST", f"/{verb}", body=body, safe=False))


Change = collections.namedtuple("Change", "event_id message")
Change.__doc__ = """What became of a message: its id, organization_id, status and state as they are
then. None in its place: some are not told any more, so all has to be looked at once."""


class Model:
    name = path = key = ""  # key: of the array in a listing's answer
    fields = ()
    record = Record

    def __init__(self, env):
        self.env = env

    def call(self, method, more="", query=None, **options):
        return self.env.server.call(method, self.path + more, query, **options)

    def browse(self, id):
        """The one with that id. Whether there is one is seen when it is read."""
        return self.record(self, {"id": id})

    def search(self, domain=(), limit=None):
        """All that a domain expression holds for, as a list; of messages, the latest changed first."""
        found, query = [], self._query(domain)
        while limit is None or len(found) < limit:
            query["limit"] = PAGE_MOST if limit is None else min(limit - len(found), PAGE_MOST)
            page = self.call("GET", query=query)
            found += [self.record(self, values, whole=True) for values in page[self.key]]
            if not page.get("next"):
                break
            query["cursor"] = page["next"]
        return found

    def _query(self, domain):
        return {"domain": json.dumps(plain(list(domain)))} if domain else {}


class Outbox(Model):
    name, path, key, record = "mail.outbox", "/outbox", "messages", Message
    fields = frozenset(
        "id status state organization_id from_email envelope_from reply_to to_emails cc_emails bcc_emails subject"
        " body_html body_text template_id context locale headers attachments connector_id priority scheduled_at"
        " expires_at max_attempts idempotency_key tags metadata attempts last_error provider_message_id created_at"
        " updated_at next_attempt_at recipients history".split()
    )

    def create(self, values, draft=False):
        """Puts a message, or a list of them, into the queue, and returns when they are on its disk.

        Each has an idempotency key, made here where it has none, so that trying again doubles none.
        A draft waits until its queue() is called.
        """
        path = "/queue?draft=true" if draft else "/queue"
        if isinstance(values, collections.abc.Mapping):
            message = self._complete(values)
            return self.record(self, self._post(path, message, [message]))
        messages = [self._complete(each) for each in values]
        answers = []
        for i in range(0, len(messages), ARRAY_MOST):
            answers += self._create_many(path, messages[i : i + ARRAY_MOST])
        if any(isinstance(answer, Problem) for answer in answers):
            raise PartlyRefused(answers)
        return answers

    def send(self, values):
        """Puts one message into the queue and has it delivered now: returns with the verdict as its
        `status`, or `queued` where there is none within half a minute."""
        message = self._complete(values)
        return self.record(self, self._post("/send", message, [message]))

    def follow(self, since=None, organization=None):
        """Yields a Change whenever something becomes of a message, and waits for more.

        `since`: the event_id of the last Change that is known, behind which it begins, else with
        what happens from now on.
        """
        query = {"organization": organization} if organization else {}
        for event_id, name, data in self.env.server.follow("/events", query, since):
            message = self.record(self, json.loads(data)) if name == "change" else None
            yield Change(event_id, message)

    def purge(self, older_than, status=None, bodies=False, organization=None):
        """Removes messages that are sent, failed or cancelled, and have not changed for an age ("30d"):
        of the organization, else of all that the token is for. `status`: of these alone. `bodies`: only
        what was in them. Returns how many there were, their bytes, and how many were in other hands.
        """
        if organization is None and self.env.organization is not None:
            organization = self.env.active_organization_id
        query = {"organization": organization} if organization else {}
        asked = {"older_than": older_than, "status": status, "bodies": bodies}
        total, cursor = dict.fromkeys(("messages", "bytes", "busy"), 0), None
        while True:
            done = self.env.server.call("POST", "/purge", query, body={**asked, "cursor": cursor})
            total = {name: n + done[name] for name, n in total.items()}
            cursor = done["next"]
            if not cursor:
                return total

    def _create_many(self, path, messages):
        try:
            answers = self._post(path, messages, messages)
        except Problem as problem:
            if problem.status != 413 or len(messages) == 1:
                raise
            half = len(messages) // 2
            return self._create_many(path, messages[:half]) + self._create_many(path, messages[half:])
        return [self.record(self, answer) if "id" in answer else Problem(answer) for answer in answers]

    def _post(self, path, body, messages):
        try:
            return self.env.server.call("POST", path, body=body)
        except Unavailable as error:
            error.idempotency_keys = [message["idempotency_key"] for message in messages]
            raise

    def _complete(self, values):
        """The values as JSON, with a key."""
        message = plain({**values, "context": without_own_org(values["context"])} if "context" in values else values)
        if self.env.organization is not None:
            message.setdefault("organization_id", self.env.active_organization_id)
        message.setdefault("idempotency_key", uuid.uuid4().hex)
        return message


class Stored(Record):
    """A template or a connector: a file, which can be written where it is marked as managed."""

    def write(self, values):
        """Changes the fields that are given; not where another has changed it meanwhile (412)."""
        return self._take(self._call("PUT", body={**self.read(), **values}, safe=False))


class Template(Stored):
    def preview(self, context=None, sample=None, locale=None, draft=None):
        """What it makes of a context, or of one of its samples. `draft`: fields in place of its own."""
        given = {"context": without_own_org(context), "sample": sample, "locale": locale, "template": draft}
        return self._call("POST", "/preview", body={key: value for key, value in given.items() if value is not None})


class Connector(Stored):
    def test(self, to, draft=None):
        """Sends a message through it, and tells what was said. `draft`: fields in place of its own."""
        body = {"to": to, "connector": draft} if draft else {"to": to}
        return self._call("POST", "/test", body=body, safe=False)


class StoredModel(Model):
    def create(self, values):
        values = plain(values)
        if self.env.organization is not None:
            values.setdefault("organization_id", self.env.active_organization_id)
        return self.record(self, self.call("POST", body=values, safe=False), whole=True)

    def import_records(self, xml):
        """Takes what is of this model among XML records, over what is managed and has the same id.
        Returns how many were imported, and how many records of other models left out."""
        query = {} if self.env.organization is None else {"organization": self.env.active_organization_id}
        return self.call("POST", "/import", query, xml=xml, safe=False)


class Templates(StoredModel):
    name, path, key, record = "mail.template", "/templates", "templates", Template
    fields = frozenset(
        "id organization_id name subject body_html body_text from_email reply_to languages headers attachments"
        " variables samples managed revision".split()
    )


class Connectors(StoredModel):
    name, path, key, record = "ir.connector", "/connectors", "connectors", Connector
    fields = frozenset(
        "id organization_id name kind is_default fallback max_connections rate on_uncertain timeout_seconds"
        " pause_seconds config secrets managed revision".split()
    )


# --- the whole ---


class Organization(types.SimpleNamespace):
    """An organization of which the application has said no more than the id."""


class Models(dict):
    def __missing__(self, name):
        raise KeyError(f"no model {name}: there are {', '.join(self)}")


class Env:
    def __init__(self, server, organization=None):
        self.server = server
        self.organization = Organization(id=organization) if isinstance(organization, str) else organization
        self.models = Models({model.name: model(self) for model in (Outbox, Templates, Connectors)})

    @property
    def active_organization(self):
        if self.organization is None:
            raise ValueError("no organization: connect(organization=...) or MAILQ_ORGANIZATION")
        return self.organization

    @property
    def active_organization_id(self):
        organization = self.active_organization
        return organization["id"] if isinstance(organization, collections.abc.Mapping) else organization.id
