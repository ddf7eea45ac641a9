<?php
/** An application in PHP: see client.py beside it. */

require $argv[1];

class Company
{
    public function __construct(public string $name, public string $country)
    {
    }
}

class Partner
{
    private object $session; // nobody's business
    public string $first_name = "Alice";

    public function __construct(
        public string $name,
        public string $email,
        public Company $company,
        public DateTimeInterface $joined,
        public float $balance,
        public array $tags,
    ) {
        $this->session = $this;
    }
}

function partner(): Partner
{
    $company = new Company("Acme & Sons", "CA");
    $joined = new DateTimeImmutable("2026-11-24T00:00:00Z");
    return new Partner("Alice Ämt", "alice@example.com", $company, $joined, 19.90, ["new", "vip"]);
}

function welcome(Mailq\Env $env, object $partner): void
{
    $msg = $env->models["mail.outbox"]->create([
        "to_emails" => [$partner->email],
        "template_id" => $env->models["mail.template"]->browse("tpl_welcome")->id,
        "context" => ["partner" => $partner, "org" => $env->active_organization],
    ]);
    echo $msg->id, "\n";
}

function welcome_object(): void
{
    welcome(Mailq\connect(), partner());
}

function welcome_stranger(): void
{
    welcome(Mailq\connect(), (object) get_object_vars(partner()));
}

function welcome_map(): void
{
    welcome(Mailq\connect(), new ArrayObject(get_object_vars(partner()), ArrayObject::ARRAY_AS_PROPS));
}

function welcome_with_org(): void
{
    welcome(Mailq\connect(organization: ["id" => "acme", "name" => "Acme of the application"]), partner());
}

function failed(): void
{
    $env = Mailq\connect();
    $failed = $env->models["mail.outbox"]->search([["status", "=", "failed"], ["organization_id", "=", $env->active_organization_id]]);
    foreach ($failed as $msg) {
        echo $msg->last_error, " ", $msg->attempts, "\n";
    }
}

function message(mixed ...$more): array
{
    return $more + ["to_emails" => ["alice@example.com"], "subject" => "Hi", "body_text" => "Hello."];
}

function one(): void
{
    $msg = Mailq\connect()->models["mail.outbox"]->create(message());
    echo "$msg->id $msg->status\n";
}

function no_model(): void
{
    try {
        Mailq\connect()->models["mail.mail"]->create([]);
    } catch (OutOfRangeException $error) {
        echo $error->getMessage(), "\n";
    }
}

function send_now(): void
{
    echo Mailq\connect()->models["mail.outbox"]->send(message())->status, "\n";
}

function many(): void
{
    $values = array_map(fn($i) => message(subject: "Message $i"), range(0, 1199));
    $messages = Mailq\connect()->models["mail.outbox"]->create($values);
    $ids = array_unique(array_map(fn($msg) => $msg->id, $messages));
    echo count($messages), " ", count($ids), " ", $messages[7]->subject, "\n";
}

function large(): void
{
    $values = array_fill(0, 100, message(body_text: str_repeat("x", 20000)));
    echo count(Mailq\connect()->models["mail.outbox"]->create($values)), "\n";
}

function pages(): void
{
    $outbox = Mailq\connect()->models["mail.outbox"];
    $ids = array_map(fn($msg) => $msg->id, $outbox->search());
    echo count($ids), " ", count(array_unique($ids)), " ", count($outbox->search(limit: 3)), " ",
        count($outbox->search([["subject", "=", "Message 7"]])), "\n";
}

function partly(): void
{
    try {
        Mailq\connect()->models["mail.outbox"]->create([message(), message(to_emails: []), message()]);
    } catch (Mailq\PartlyRefused $error) {
        $statuses = array_map(fn($answer) => $answer->status, $error->answers);
        echo "['$statuses[0]', $statuses[1], '$statuses[2]'] ", $error->answers[1]->detail, "\n";
    }
}

function refused(): void
{
    try {
        Mailq\connect()->models["mail.outbox"]->create(message(colour: "red"));
    } catch (Mailq\Problem $problem) {
        echo "$problem->status $problem->title $problem->detail\n";
    }
}

function nobody(): void
{
    try {
        echo Mailq\connect()->models["mail.outbox"]->browse("01jddxv7q8zkj3m5n6p7r8s9t0")->status;
    } catch (Mailq\Problem $problem) {
        echo "$problem->status $problem->detail\n";
    }
}

function unavailable(): void
{
    try {
        Mailq\connect(patience: 0.5)->models["mail.outbox"]->create(message(idempotency_key: "mine"));
    } catch (Mailq\Unavailable $error) {
        echo "['{$error->idempotency_keys[0]}']\n";
    }
}

function verbs(): void
{
    $msg = Mailq\connect()->models["mail.outbox"]->create(message(body_text: null));
    echo $msg->status, " ", $msg->hold("a look first")->state, " ", $msg->release()->state, " ",
        $msg->cancel()->status, " ", $msg->history[0]->reason, "\n";
    $msg->unlink();
    try {
        $msg->refresh();
    } catch (Mailq\Problem $problem) {
        echo $problem->status, "\n";
    }
}

function follow(): void
{
    $outbox = Mailq\connect()->models["mail.outbox"];
    $reset = $outbox->follow(1)->current();
    $msg = $outbox->create(message());
    [$msg->hold(), $msg->cancel()];
    $seen = [];
    foreach ($outbox->follow($reset->event_id, "acme") as $change) {
        $seen[] = $change->message;
        if (count($seen) === 3) {
            $same = array_unique(array_map(fn($one) => $one->id, $seen)) === [$msg->id];
            echo implode(" ", array_map(fn($one) => $one->state, $seen)), $same ? " {True} " : " ", $seen[0]->subject, "\n";
            $msg->unlink();
        } elseif (count($seen) === 4) {
            echo $seen[3]->status, " ", $reset->message ?? "None", "\n";
            break;
        }
    }
}

function follow_nothing(): void
{
    foreach (["none", "acme"] as $organization) {
        try {
            Mailq\connect(patience: 0.5)->models["mail.outbox"]->follow(organization: $organization)->current();
        } catch (Mailq\Problem $problem) {
            echo "$problem->status $problem->detail\n";
        } catch (Mailq\Unavailable) {
            echo "unavailable\n";
        }
    }
}

function drafts(): void
{
    $outbox = Mailq\connect()->models["mail.outbox"];
    $msg = $outbox->create(message(), draft: true);
    echo $msg->status, " ", $msg->queue()->status, " ", $outbox->create([message()], draft: true)[0]->status, "\n";
}

function values_of_all_kinds(): void
{
    $msg = Mailq\connect()->models["mail.outbox"]->create(message(
        scheduled_at: new DateTime("2036-01-02T03:04:05+02:00"),
        priority: 3,
        metadata: [],
        tags: ["a"],
        attachments: [Mailq\attachment("file.bin", content_id: "logo")],
    ));
    $msg = Mailq\connect()->models["mail.outbox"]->browse($msg->id);
    echo $msg->scheduled_at, " ", $msg->priority, " ", $msg->attachments[0]->size, " ",
        $msg->attachments[0]->disposition, " ", $msg->expires_at ?? "None", "\n";
}

function circle(): void
{
    $partner = (object) ["name" => "Alice"];
    $partner->company = (object) ["owner" => $partner];
    try {
        Mailq\connect()->models["mail.outbox"]->create(message(context: ["partner" => $partner]));
    } catch (InvalidArgumentException $error) {
        echo explode(";", $error->getMessage())[0], "\n";
    }
}

function not_there(): void
{
    $msg = Mailq\connect()->models["mail.outbox"]->create(message());
    try {
        echo $msg->sublect;
    } catch (OutOfRangeException $error) {
        echo $error->getMessage(), "\n";
    }
}

function templates(): void
{
    $env = Mailq\connect();
    $model = $env->models["mail.template"];
    $made = $model->create(["id" => "tpl_made", "name" => "Made", "subject" => "Hi {{ who }} of {{ org.name }}",
                            "body_text" => "Hello {{ who }}", "headers" => new stdClass()]);
    $seen = $model->browse("tpl_made");
    $found = fn($name) => "['" . implode("', '", array_map(fn($t) => $t->id, $model->search([["name", "=", $name]]))) . "']";
    echo var_export($made->managed, true) === "true" ? "True" : "False", " $seen->name ", json_encode($seen->headers), " ", $found("Made"), "\n";
    echo $seen->preview(["who" => "Al", "org" => $env->active_organization])->subject, " ",
        $seen->preview(["who" => "Al"], draft: ["subject" => "Ho {{ who }}"])->subject, "\n";
    $seen->write(["name" => "Changed"]);
    echo $model->browse("tpl_made")->name, " ", $model->browse("tpl_made")->subject, "\n";
    try {
        $made->write(["subject" => "{{ oh"]);
    } catch (Mailq\Problem $problem) {
        $error = $problem->fields["errors"][0];
        echo "$problem->status $error->where $error->line\n";
    }
    $seen->unlink();
    echo str_replace("''", "", $found("Changed")), "\n";
}

function connectors(): void
{
    global $argv;
    $config = ["host" => "127.0.0.1", "port" => (int) $argv[3], "username" => "user"];
    $made = Mailq\connect()->models["ir.connector"]->create(
        ["id" => "relay", "kind" => "smtp", "config" => $config + ["password" => "s3cret"]]);
    $word = fn($truth) => $truth ? "True" : "False";
    echo $word($made->secrets->password), " ", $word(isset($made->config->password)), " ", $word($made->is_default), "\n";
    $made->write(["name" => "The relay"]);
    echo $made->name, " ", $made->test("ops@acme.example")->why, "\n";
    echo $word($made->test("ops@acme.example", ["config" => $config + ["password" => "bad"]])->ok), "\n";
    $made->unlink();
}

const RECORDS = <<<XML
<data>
<record id="tpl_brought" model="mail.template"><field name="subject">Brought {{ who }}</field><field name="body_text">Hi</field></record>
<record id="brought" model="ir.connector"><field name="kind">smtp</field><field name="config" eval="{'host': 'mail.example.com'}"/></record>
<record id="elsewhere" model="res.partner"><field name="name">Älice</field></record>
</data>
XML;

function imports(): void
{
    $models = Mailq\connect()->models;
    [$templates, $connectors] = [$models["mail.template"], $models["ir.connector"]];
    foreach ([$templates, $connectors] as $model) {
        $done = $model->import_records(RECORDS);
        echo "$done->imported $done->left_out\n";
    }
    echo $templates->browse("tpl_brought")->subject, " ", $connectors->browse("brought")->config->host, "\n";
    try {
        $templates->import_records("<data/>");
    } catch (Mailq\Problem $problem) {
        echo "$problem->status\n";
    }
    $templates->browse("tpl_brought")->unlink();
    $connectors->browse("brought")->unlink();
}

function purges(): void
{
    $outbox = Mailq\connect()->models["mail.outbox"];
    foreach ($outbox->create([message(), message(), message()]) as $msg) {
        $msg->cancel();
    }
    $outbox->create(message());
    echo count($outbox->search()), " ", $outbox->purge("1h")->messages, " ", $outbox->purge("0s", "sent")->messages, "\n";
    echo $outbox->purge("0s", organization: "globex")->messages, " ", $outbox->purge("0s", bodies: true)->messages, "\n";
    $done = $outbox->purge("0s", status: "cancelled");
    echo "$done->messages ", $done->bytes > 0 ? "True" : "False", " $done->busy ", count($outbox->search()), "\n";
    try {
        $outbox->purge("soon");
    } catch (Mailq\Problem $problem) {
        echo "$problem->status\n";
    }
}

$argv[2]();
