"""An application in Python: each function is one thing that it does, and prints what came of it.

    client.py NAME

Those beside it, in other languages, do and print the same.
"""
import dataclasses
import datetime
import decimal
import sys

import mailq


@dataclasses.dataclass
class Company:
    name: str
    country: str


@dataclasses.dataclass
class Partner:
    name: str
    email: str
    company: Company
    joined: datetime.date
    balance: decimal.Decimal
    tags: tuple = ()

    @property
    def first_name(self):
        return self.name.split()[0]


class Row(dict):
    """A row of a database: a dict whose values can be written as attributes."""

    __getattr__ = dict.__getitem__


class Plain:
    def __init__(self, **values):
        self.__dict__.update(values)
        self._session = object()  # nobody's business


values = {
    "name": "Alice Ämt",
    "email": "alice@example.com",
    "company": Company("Acme & Sons", "CA"),
    "joined": datetime.date(2026, 11, 24),
    "balance": decimal.Decimal("19.90"),
    "tags": ("new", "vip"),
}


def welcome(env, partner):
    msg = env.models["mail.outbox"].create({
        "to_emails": [partner.email],
        "template_id": env.models["mail.template"].browse("tpl_welcome").id,
        "context": {"partner": partner, "org": env.active_organization},
    })
    print(msg.id)


def welcome_object():
    welcome(mailq.connect(), Partner(**values))


def welcome_stranger():
    welcome(mailq.connect(), Plain(first_name="Alice", **values))


def welcome_map():
    welcome(mailq.connect(), Row(first_name="Alice", **values))


def welcome_with_org():
    org = Plain(id="acme", name="Acme of the application")
    welcome(mailq.connect(organization=org), Partner(**values))


def failed():
    env = mailq.connect()
    failed = env.models["mail.outbox"].search([("status", "=", "failed"), ("organization_id", "=", env.active_organization_id)])
    for msg in failed:
        print(msg.last_error, msg.attempts)


def message(**more):
    return {"to_emails": ["alice@example.com"], "subject": "Hi", "body_text": "Hello.", **more}


def one():
    msg = mailq.connect().models["mail.outbox"].create(message())
    print(msg.id, msg.status)


def no_model():
    try:
        mailq.connect().models["mail.mail"]
    except KeyError as error:
        print(error.args[0])


def send_now():
    print(mailq.connect().models["mail.outbox"].send(message()).status)


def many():
    messages = mailq.connect().models["mail.outbox"].create([message(subject=f"Message {i}") for i in range(1200)])
    print(len(messages), len({msg.id for msg in messages}), messages[7].subject)


def large():
    messages = mailq.connect().models["mail.outbox"].create([message(body_text="x" * 20000) for i in range(100)])
    print(len(messages))


def pages():
    outbox = mailq.connect().models["mail.outbox"]
    ids = [msg.id for msg in outbox.search()]
    print(len(ids), len(set(ids)), len(outbox.search(limit=3)), len(outbox.search([("subject", "=", "Message 7")])))


def partly():
    try:
        mailq.connect().models["mail.outbox"].create([message(), message(to_emails=[]), message()])
    except mailq.PartlyRefused as error:
        print([answer.status for answer in error.answers], error.answers[1].detail)


def refused():
    try:
        mailq.connect().models["mail.outbox"].create(message(colour="red"))
    except mailq.Problem as problem:
        print(problem.status, problem.title, problem.detail)


def nobody():
    try:
        print(mailq.connect().models["mail.outbox"].browse("01jddxv7q8zkj3m5n6p7r8s9t0").status)
    except mailq.Problem as problem:
        print(problem.status, problem.detail)


def unavailable():
    try:
        mailq.connect(patience=0.5).models["mail.outbox"].create(message(idempotency_key="mine"))
    except mailq.Unavailable as error:
        print(error.idempotency_keys)


def verbs():
    msg = mailq.connect().models["mail.outbox"].create(message(body_text=None))
    print(msg.status, msg.hold("a look first").state, msg.release().state, msg.cancel().status, msg.history[0]["reason"])
    msg.unlink()
    try:
        msg.refresh()
    except mailq.Problem as problem:
        print(problem.status)


def follow():
    outbox = mailq.connect().models["mail.outbox"]
    reset = next(outbox.follow(since=1))
    msg = outbox.create(message())
    msg.hold(), msg.cancel()
    changes = outbox.follow(since=reset.event_id, organization="acme")
    seen = [next(changes).message for _ in range(3)]
    print(*[one.state for one in seen], {one == msg for one in seen}, seen[0].subject)
    msg.unlink()
    print(next(changes).message.status, reset.message)


def follow_nothing():
    outbox = mailq.connect(patience=0.5).models["mail.outbox"]
    for organization in "none", "acme":
        try:
            next(outbox.follow(organization=organization))
        except mailq.Problem as problem:
            print(problem.status, problem.detail)
        except mailq.Unavailable:
            print("unavailable")


def drafts():
    msg = mailq.connect().models["mail.outbox"].create(message(), draft=True)
    print(msg.status, msg.queue().status, mailq.connect().models["mail.outbox"].create([message()], draft=True)[0].status)


def values_of_all_kinds():
    when = datetime.datetime(2036, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    msg = mailq.connect().models["mail.outbox"].create(message(
        scheduled_at=when, priority=3, metadata={}, tags=["a"],
        attachments=[mailq.attachment("file.bin", content_id="logo")],
    ))
    msg = mailq.connect().models["mail.outbox"].browse(msg.id)
    print(msg.scheduled_at, msg.priority, msg.attachments[0]["size"], msg.attachments[0]["disposition"], msg.expires_at)


def circle():
    partner = Plain(name="Alice")
    partner.company = Plain(owner=partner)
    try:
        mailq.connect().models["mail.outbox"].create(message(context={"partner": partner}))
    except ValueError as error:
        print(str(error).split(";")[0])


def not_there():
    msg = mailq.connect().models["mail.outbox"].create(message())
    try:
        print(msg.sublect)
    except AttributeError as error:
        print(error)


def templates():
    env = mailq.connect()
    model = env.models["mail.template"]
    made = model.create({"id": "tpl_made", "name": "Made", "subject": "Hi {{ who }} of {{ org.name }}", "body_text": "Hello {{ who }}", "headers": {}})
    seen = model.browse("tpl_made")
    print(made.managed, seen.name, seen.headers, [t.id for t in model.search([("name", "=", "Made")])])
    print(seen.preview({"who": "Al", "org": env.active_organization})["subject"], seen.preview({"who": "Al"}, draft={"subject": "Ho {{ who }}"})["subject"])
    seen.write({"name": "Changed"})
    print(model.browse("tpl_made").name, model.browse("tpl_made").subject)
    try:
        made.write({"subject": "{{ oh"})
    except mailq.Problem as problem:
        print(problem.status, problem.fields["errors"][0]["where"], problem.fields["errors"][0]["line"])
    seen.unlink()
    print([t.id for t in model.search([("name", "=", "Changed")])])


def connectors():
    model = mailq.connect().models["ir.connector"]
    port = int(sys.argv[2])
    made = model.create({"id": "relay", "kind": "smtp", "config": {"host": "127.0.0.1", "port": port, "username": "user", "password": "s3cret"}})
    print(made.secrets["password"], "password" in made.config, made.is_default)
    made.write({"name": "The relay"})
    print(made.name, made.test("ops@acme.example")["why"])
    print(made.test("ops@acme.example", draft={"config": {"host": "127.0.0.1", "port": port, "username": "user", "password": "bad"}})["ok"])
    made.unlink()


RECORDS = """<data>
<record id="tpl_brought" model="mail.template"><field name="subject">Brought {{ who }}</field><field name="body_text">Hi</field></record>
<record id="brought" model="ir.connector"><field name="kind">smtp</field><field name="config" eval="{'host': 'mail.example.com'}"/></record>
<record id="elsewhere" model="res.partner"><field name="name">Älice</field></record>
</data>"""


def imports():
    env = mailq.connect()
    templates, connectors = env.models["mail.template"], env.models["ir.connector"]
    for model in templates, connectors:
        done = model.import_records(RECORDS)
        print(done["imported"], done["left_out"])
    print(templates.browse("tpl_brought").subject, connectors.browse("brought").config["host"])
    try:
        templates.import_records("<data/>")
    except mailq.Problem as problem:
        print(problem.status)
    templates.browse("tpl_brought").unlink()
    connectors.browse("brought").unlink()


def purges():
    outbox = mailq.connect().models["mail.outbox"]
    for msg in outbox.create([message() for _ in range(3)]):
        msg.cancel()
    outbox.create(message())
    print(len(outbox.search()), outbox.purge("1h")["messages"], outbox.purge("0s", status="sent")["messages"])
    print(outbox.purge("0s", organization="globex")["messages"], outbox.purge("0s", bodies=True)["messages"])
    done = outbox.purge("0s", status="cancelled")
    print(done["messages"], done["bytes"] > 0, done["busy"], len(outbox.search()))
    try:
        outbox.purge("soon")
    except mailq.Problem as problem:
        print(problem.status)


globals()[sys.argv[1]]()
