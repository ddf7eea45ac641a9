<?php
/**
 * The mail queue as an object of a PHP program. PHP 8.1 or later, nothing beside it.
 *
 *     require "mailq.php";
 *
 *     $env = Mailq\connect("unix:/run/mailq/http", token: $token, organization: "acme");
 *
 *     $msg = $env->models["mail.outbox"]->create([
 *         "to_emails" => [$partner->email],
 *         "template_id" => $env->models["mail.template"]->browse("tpl_welcome")->id,
 *         "context" => ["partner" => $partner, "org" => $env->active_organization],
 *     ]);
 *
 *     $failed = $env->models["mail.outbox"]->search([
 *         ["status", "=", "failed"],
 *         ["organization_id", "=", $env->active_organization_id],
 *     ]);
 *     foreach ($failed as $msg) {
 *         echo $msg->last_error, " ", $msg->attempts, "\n";
 *     }
 *
 * When create returns, the message is on the queue's disk. mailq-client(7) is the manual.
 */

declare(strict_types=1);

namespace Mailq;

const API = "/api/email";
const ARRAY_MOST = 1000; // messages of one call; the server takes no more
const PAGE_MOST = 500;
const COME_AGAIN = [429, 503]; // refused for now, and nothing was done
const ANSWER_LOST = [502, 504]; // from a proxy: it may have been done
const SILENCE_MOST = 45; // seconds: three times what lies between two signs of life of a stream

/**
 * The queue behind a URL: unix:/path, http://host:port or https://host/prefix.
 *
 * What is not given is taken from MAILQ_URL, MAILQ_TOKEN and MAILQ_ORGANIZATION. $organization is
 * an id, or an object of the application that has one. $timeout bounds each wait for the network,
 * $patience how long a call is tried again, both in seconds. $tls are options of PHP's context "ssl".
 */
function connect(
    ?string $url = null,
    ?string $token = null,
    string|array|object|null $organization = null,
    float $timeout = 60,
    float $patience = 10,
    array $tls = [],
): Env {
    $url ??= getenv("MAILQ_URL") ?: throw new \InvalidArgumentException("no URL: connect(url) or MAILQ_URL");
    $server = new Server($url, $token ?? (getenv("MAILQ_TOKEN") ?: null), $timeout, $patience, $tls);
    return new Env($server, $organization ?? (getenv("MAILQ_ORGANIZATION") ?: null));
}

// --- what goes wrong ---

/** Whatever this file throws of its own. */
class Error extends \RuntimeException
{
}

/**
 * The queue's no: the members of its answer, an object of RFC 9457. status, title and detail are
 * always there; fields has all members.
 */
class Problem extends Error
{
    public readonly int $status;
    public readonly string $title;
    public readonly ?string $detail;

    public function __construct(public readonly array $fields)
    {
        $this->status = $fields["status"];
        $this->title = $fields["title"] ?? "Error";
        $this->detail = $fields["detail"] ?? null;
        parent::__construct(($this->detail ?? $this->title) . " ($this->status)");
    }
}

/**
 * No answer, for as long as was tried. Whether the last try was carried out is not known.
 * idempotency_keys are those of the messages that were to be created: with the same keys they can
 * be created later, and none of them twice.
 */
class Unavailable extends Error
{
    public array $idempotency_keys = [];

    public function __construct(string $what, public readonly bool $sent)
    {
        parent::__construct($what);
    }
}

/** Of several messages, some were taken. answers has a Message or a Problem for each, in order. */
class PartlyRefused extends Error
{
    public function __construct(public readonly array $answers)
    {
        $refused = array_values(array_filter($answers, fn($answer) => $answer instanceof Problem));
        [$n, $all, $first] = [count($refused), count($answers), $refused[0]->getMessage()];
        parent::__construct("$n of $all refused, the first: $first");
    }
}

// --- the application's values as JSON ---

/** A value as json_encode takes it: objects as arrays of their public properties. */
function plain(mixed $value, string $path = "", array $above = []): mixed
{
    if (is_string($value) && !is_utf8($value)) {
        throw new \InvalidArgumentException("$path: not UTF-8");
    }
    if ($value instanceof \UnitEnum) {
        return $value instanceof \BackedEnum ? $value->value : $value->name;
    }
    if ($value instanceof \DateTimeInterface) {
        $utc = \DateTimeImmutable::createFromInterface($value)->setTimezone(new \DateTimeZone("UTC"));
        return $utc->format("Y-m-d\TH:i:s.v\Z");
    }
    if (is_resource($value) || $value instanceof \Closure) {
        throw new \InvalidArgumentException("$path: " . get_debug_type($value) . " has no place in a message");
    }
    if (!is_array($value) && !is_object($value)) {
        return $value;
    }
    return plain_container($value, $path, $above);
}

function is_utf8(string $text): bool
{
    return preg_match("//u", $text) === 1;
}

function plain_container(array|object $value, string $path, array $above): mixed
{
    if (is_object($value)) {
        if (in_array($value, $above, true)) {
            $why = "leads back to itself; give an array of what the template needs";
            throw new \InvalidArgumentException("$path: $why");
        }
        $above[] = $value;
    }
    if ($value instanceof \JsonSerializable) {
        return plain($value->jsonSerialize(), $path, $above);
    }
    if ($value instanceof \Traversable) {
        $value = iterator_to_array($value);
    }
    $plain = [];
    foreach (is_array($value) ? $value : get_object_vars($value) as $key => $member) {
        if (!$member instanceof \Closure) {
            $plain[$key] = plain($member, $path === "" ? (string) $key : "$path.$key", $above);
        }
    }
    return is_array($value) ? $plain : (object) $plain;
}

/** "org" is left to the queue where all that the application has said of it is its id. */
function without_own_org(mixed $context): mixed
{
    if (is_array($context) && ($context["org"] ?? null) instanceof Organization) {
        unset($context["org"]);
    }
    return $context;
}

/**
 * An item of "attachments": a file by its path, or with $bytes what it has. With a content_id it is
 * shown in the HTML, where it says cid:content_id.
 */
function attachment(
    string $file,
    ?string $content_type = null,
    ?string $content_id = null,
    ?string $bytes = null,
): array {
    $bytes ??= file_get_contents($file);
    if ($bytes === false) {
        throw new \InvalidArgumentException("$file: cannot be read");
    }
    $made = ["filename" => basename($file), "content" => base64_encode($bytes)];
    if ($content_type !== null) {
        $made["content_type"] = $content_type;
    }
    return $content_id === null ? $made : $made + ["content_id" => $content_id, "disposition" => "inline"];
}

// --- HTTP ---

/** An answer as it came. */
class Answer
{
    public int $status;
    public ?int $retry_after = null;
    public mixed $json;

    public function __construct(string $text)
    {
        [$head, $body] = explode("\r\n\r\n", $text, 2) + [1 => null];
        if ($body === null || !preg_match("~^HTTP/1\.[01] (\d{3})~", $head, $found)) {
            throw new Unavailable("the answer is not whole", true);
        }
        $this->status = (int) $found[1];
        if (preg_match("/^Retry-After: *(\d+)\s*$/mi", $head, $found)) {
            $this->retry_after = (int) $found[1];
        }
        $this->json = json_decode(self::body($head, $body));
        if ($this->status < 400 && $body !== "" && json_last_error() !== JSON_ERROR_NONE) {
            throw new Unavailable("the answer is no JSON", true);
        }
    }

    private static function body(string $head, string $rest): string
    {
        if (preg_match("/^Content-Length: *(\d+)/mi", $head, $found) && (int) $found[1] !== strlen($rest)) {
            throw new Unavailable("the answer is not whole", true);
        }
        if (!preg_match("/^Transfer-Encoding: *chunked/mi", $head)) {
            return $rest;
        }
        $body = "";
        while (preg_match("/^([0-9a-f]+)[^\r\n]*\r\n/i", $rest, $found)) {
            [$start, $n] = [strlen($found[0]), hexdec($found[1])];
            if ($n === 0) {
                return $body;
            }
            $body .= substr($rest, $start, $n);
            $rest = substr($rest, $start + $n + 2);
        }
        throw new Unavailable("the answer is not whole", true);
    }

    /** What a problem says; for an error that is none (a proxy's page) as much as its status does. */
    public function problem(): Problem
    {
        $fields = $this->json instanceof \stdClass ? (array) $this->json : [];
        return new Problem(["status" => $this->status] + $fields + ["title" => "Error"]);
    }

    /** Whether it is a no for now, to the call or to one of several messages. */
    public function is_for_now(bool $safe): bool
    {
        if ($this->status === 207) {
            return array_filter($this->json, fn($item) => in_array($item->status, COME_AGAIN, true)) !== [];
        }
        return in_array($this->status, $safe ? [...COME_AGAIN, ...ANSWER_LOST] : COME_AGAIN, true);
    }
}

/** One exchange a call, and calls that are tried again. */
class Server
{
    private string $host = "localhost";
    private string $prefix = "";
    private string $socket;
    private array $tls;

    public function __construct(
        private string $url,
        private ?string $token,
        private float $timeout,
        private float $patience,
        array $tls,
    ) {
        if (preg_match("~^unix:(?://)?(/.+)$~", $url, $found)) {
            $this->socket = "unix://$found[1]";
        } elseif (preg_match("~^(https?)://((\[[^]]+\]|[^:/]+)(?::(\d+))?)(/.*)?$~", $url, $found)) {
            $secure = $found[1] === "https";
            $port = ($found[4] ?? "") ?: ($secure ? "443" : "80");
            $this->host = $found[2];
            $this->prefix = rtrim($found[5] ?? "", "/");
            $this->socket = ($secure ? "ssl" : "tcp") . "://$found[3]:$port";
            $tls += ["peer_name" => trim($found[3], "[]")];
        } else {
            throw new \InvalidArgumentException("$url: begins with neither unix:, http:// nor https://");
        }
        $this->tls = $tls;
    }

    /**
     * The answer's JSON. $body is sent as JSON, a text as the XML that it is. $safe: it may be done
     * twice, so it is tried again if an answer is lost.
     */
    public function call(string $method, string $path, array $query = [], mixed $body = null, bool $safe = true): mixed
    {
        $target = $this->prefix . API . $path . ($query ? "?" . http_build_query($query) : "");
        $type = is_string($body) ? "application/xml" : "application/json";
        $text = $body === null || is_string($body)
            ? $body
            : json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
        $end = microtime(true) + $this->patience;
        for ($pause = 0.1; ; $pause *= 2) {
            try {
                $answer = $this->exchange($method, $target, $text, $type);
                $failure = $answer->status < 400 ? null : $answer->problem();
                $again = $answer->is_for_now($safe);
            } catch (Unavailable $failure) {
                $answer = null;
                $again = $safe || !$failure->sent;
            }
            $wait = max($answer?->retry_after ?? 0, $pause * (0.5 + lcg_value() / 2));
            if (!$again || microtime(true) + $wait > $end) {
                return $failure === null ? $answer->json : throw $failure;
            }
            usleep((int) ($wait * 1e6));
        }
    }

    private function exchange(string $method, string $target, ?string $body, string $type): Answer
    {
        $stream = $this->connect($this->timeout);
        $more = $body === null ? [] : ["Content-Type: $type"];
        $this->send($stream, $this->head($method, $target, strlen((string) $body), $more) . $body);
        $text = (string) @stream_get_contents($stream);
        $late = stream_get_meta_data($stream)["timed_out"];
        fclose($stream);
        if ($late || $text === "") {
            throw new Unavailable("$this->url: " . ($late ? "no answer in time" : "no answer"), true);
        }
        return new Answer($text);
    }

    private function connect(float $timeout): mixed
    {
        $context = stream_context_create(["ssl" => $this->tls]);
        $stream = @stream_socket_client($this->socket, $code, $why, $this->timeout, STREAM_CLIENT_CONNECT, $context);
        if (!$stream) {
            throw new Unavailable("$this->url: " . ($why ?: error_get_last()["message"]), false);
        }
        stream_set_timeout($stream, (int) $timeout, (int) (fmod($timeout, 1) * 1e6));
        return $stream;
    }

    /** A stream's events, which goes on behind the last of them where it breaks off. */
    public function follow(string $path, array $query, ?string $since): \Generator
    {
        $target = $this->prefix . API . $path . ($query ? "?" . http_build_query($query) : "");
        $end = microtime(true) + $this->patience;
        for ($pause = 0.1; ; $pause *= 2) {
            $answer = null;
            $events = $this->listen($target, $since);
            try {
                foreach ($events as $event) {
                    [$since, $end, $pause] = [$event["id"], null, 0.1]; // patience is for one break
                    if ($event["event"] !== null) {
                        yield $event;
                    }
                }
                $answer = $events->getReturn();
                $failure = $answer?->problem() ?? new Unavailable("$this->url: the stream has ended", true);
            } catch (Unavailable $failure) {
            }
            $end ??= microtime(true) + $this->patience;
            $wait = max($answer?->retry_after ?? 0, $pause * (0.5 + lcg_value() / 2));
            if ($answer?->is_for_now(true) === false || microtime(true) + $wait > $end) {
                throw $failure;
            }
            usleep((int) ($wait * 1e6));
        }
    }

    /** The events of one connection; in the end, its answer where that is none. */
    private function listen(string $target, ?string $since): \Generator
    {
        $stream = $this->connect(max($this->timeout, SILENCE_MOST));
        try {
            $place = $since === null ? [] : ["Last-Event-ID: $since"];
            $this->send($stream, $this->head("GET", $target, 0, $place, "HTTP/1.0")); // which knows no chunks
            for ($head = ""; ($line = @fgets($stream)) !== false && rtrim($line) !== ""; $head .= $line);
            if (!preg_match("~^HTTP/1\.[01] 200~", $head)) {
                return new Answer("$head\r\n" . @stream_get_contents($stream));
            }
            yield from read_events($stream);
        } finally {
            fclose($stream);
        }
    }

    private function head(
        string $method,
        string $target,
        int $length,
        array $more,
        string $version = "HTTP/1.1",
    ): string {
        if ($this->token !== null) {
            $more[] = "Authorization: Bearer $this->token";
        }
        $all = ["Host: $this->host", "Accept: */*", "Connection: close", ...$more, "Content-Length: $length"];
        return "$method $target $version\r\n" . implode("\r\n", $all) . "\r\n\r\n";
    }

    /** Up to where it is no longer read: there may be an answer even so. */
    private function send($stream, string $text): void
    {
        for ($sent = 0; $sent < strlen($text); $sent += $n) {
            $n = @fwrite($stream, substr($text, $sent, 1 << 20));
            if (!$n) {
                return;
            }
        }
    }
}

/** Server-sent events (HTML, section 9.2): id, event (or null) and data. */
function read_events($stream): \Generator
{
    $new = ["event" => null, "data" => null];
    $event = ["id" => null] + $new;
    while (($line = @fgets($stream)) !== false) {
        $line = rtrim($line, "\r\n");
        if ($line === "") {
            yield $event;
            $event = $new + $event;
        } elseif (preg_match("/^(id|event|data): ?(.*)$/", $line, $found)) {
            $more = $found[1] === "data" && $event["data"] !== null;
            $event[$found[1]] = $more ? "$event[data]\n$found[2]" : $found[2];
        }
    }
}

// --- the models ---

/**
 * What the queue holds of a name. Properties are those of its JSON, as they were when they were
 * read, which they are when they are first asked for; null where it has none of that name.
 */
class Record
{
    protected array $values;

    public function __construct(protected Model $model, array $values, protected bool $whole = false)
    {
        $this->values = $values;
    }

    public function __get(string $name): mixed
    {
        if (!array_key_exists($name, $this->values) && !$this->whole) {
            $this->refresh();
        }
        if (!array_key_exists($name, $this->values) && !in_array($name, $this->model->fields(), true)) {
            throw new \OutOfRangeException($this->model::NAME . " has no $name");
        }
        return $this->values[$name] ?? null;
    }

    public function __isset(string $name): bool
    {
        return in_array($name, $this->model->fields(), true) && $this->__get($name) !== null;
    }

    /** Reads it again. */
    public function refresh(): static
    {
        return $this->take($this->call("GET"));
    }

    /** All of it. */
    public function read(): array
    {
        return $this->refresh()->values;
    }

    /** Deletes it. */
    public function unlink(): void
    {
        $this->call("DELETE", safe: false);
    }

    protected function call(string $method, string $more = "", mixed $body = null, bool $safe = true): mixed
    {
        return $this->model->call($method, "/" . rawurlencode($this->values["id"]) . $more, body: $body, safe: $safe);
    }

    protected function take(\stdClass $values): static
    {
        [$this->values, $this->whole] = [(array) $values, true];
        return $this;
    }
}

/** A message. The verbs return it as it is afterwards. */
class Message extends Record
{
    public function send_now(?string $reason = null): static
    {
        return $this->act("send-now", $reason);
    }

    public function queue(?string $reason = null): static
    {
        return $this->act("queue", $reason);
    }

    public function hold(?string $reason = null): static
    {
        return $this->act("hold", $reason);
    }

    public function release(?string $reason = null): static
    {
        return $this->act("release", $reason);
    }

    public function cancel(?string $reason = null): static
    {
        return $this->act("cancel", $reason);
    }

    public function retry(?string $reason = null): static
    {
        return $this->act("retry", $reason);
    }

    private function act(string $verb, ?string $reason): static
    {
        $body = (object) ($reason === null ? [] : ["reason" => $reason]);
        return $this->take($this->call("POST", "/$verb", $body, false));
    }
}

/** A template or a connector: a file, which can be written where it is marked as managed. */
class Stored extends Record
{
    /** Changes the fields that are given; not where another has changed it meanwhile (412). */
    public function write(array $values): static
    {
        return $this->take($this->call("PUT", "", plain($values) + $this->read(), false));
    }
}

class Template extends Stored
{
    /** What it makes of a context, or of one of its samples. $draft: fields in place of its own. */
    public function preview(
        array|object|null $context = null,
        ?string $sample = null,
        ?string $locale = null,
        ?array $draft = null,
    ): \stdClass {
        $context = $context === null ? null : (object) plain(without_own_org($context), "context");
        $draft = $draft === null ? null : (object) plain($draft, "template");
        $given = ["context" => $context, "sample" => $sample, "locale" => $locale, "template" => $draft];
        return $this->call("POST", "/preview", (object) array_filter($given, fn($value) => $value !== null));
    }
}

class Connector extends Stored
{
    /** Sends a message through it, and tells what was said. $draft: fields in place of its own. */
    public function test(string $to, ?array $draft = null): \stdClass
    {
        $body = ["to" => $to] + ($draft === null ? [] : ["connector" => (object) plain($draft, "connector")]);
        return $this->call("POST", "/test", $body, false);
    }
}

/**
 * What became of a message: its id, organization_id, status and state as they are then. null in its
 * place: some are not told any more, so all has to be looked at once.
 */
class Change
{
    public function __construct(public readonly string $event_id, public readonly ?Message $message)
    {
    }
}

abstract class Model
{
    public const NAME = "";
    public const PATH = "";
    public const KEY = ""; // of the array in a listing's answer
    public const RECORD = Record::class;
    public const FIELDS = "";

    public function __construct(protected Env $env)
    {
    }

    public function fields(): array
    {
        return explode(" ", static::FIELDS);
    }

    public function call(
        string $method,
        string $more = "",
        array $query = [],
        mixed $body = null,
        bool $safe = true,
    ): mixed {
        return $this->env->server->call($method, static::PATH . $more, $query, $body, $safe);
    }

    /** The one with that id. Whether there is one is seen when it is read. */
    public function browse(string $id): Record
    {
        return new (static::RECORD)($this, ["id" => $id]);
    }

    /** All that a domain expression holds for, as an array; of messages, the latest changed first. */
    public function search(array $domain = [], ?int $limit = null): array
    {
        $found = [];
        $query = $domain ? ["domain" => json_encode(plain($domain), JSON_THROW_ON_ERROR)] : [];
        while ($limit === null || count($found) < $limit) {
            $query["limit"] = min($limit === null ? PAGE_MOST : $limit - count($found), PAGE_MOST);
            $page = $this->call("GET", "", $query);
            foreach ($page->{static::KEY} as $values) {
                $found[] = new (static::RECORD)($this, (array) $values, true);
            }
            if (!isset($page->next)) {
                break;
            }
            $query["cursor"] = $page->next;
        }
        return $found;
    }
}

class Outbox extends Model
{
    public const NAME = "mail.outbox";
    public const PATH = "/outbox";
    public const KEY = "messages";
    public const RECORD = Message::class;
    public const FIELDS = "id status state organization_id from_email envelope_from reply_to to_emails cc_emails"
        . " bcc_emails subject body_html body_text template_id context locale headers attachments connector_id"
        . " priority scheduled_at expires_at max_attempts idempotency_key tags metadata attempts last_error"
        . " provider_message_id created_at updated_at next_attempt_at recipients history";

    /**
     * Puts a message, or a list of them, into the queue, and returns when they are on its disk.
     *
     * Each has an idempotency key, made here where it has none, so that trying again doubles none.
     * A draft waits until its queue() is called.
     */
    public function create(array $values, bool $draft = false): Message|array
    {
        $path = $draft ? "/queue?draft=true" : "/queue";
        if (!array_is_list($values)) {
            $message = $this->complete($values);
            return new Message($this, (array) $this->post($path, $message, [$message]));
        }
        $answers = [];
        foreach (array_chunk(array_map($this->complete(...), $values), ARRAY_MOST) as $messages) {
            array_push($answers, ...$this->create_many($path, $messages));
        }
        foreach ($answers as $answer) {
            if ($answer instanceof Problem) {
                throw new PartlyRefused($answers);
            }
        }
        return $answers;
    }

    /**
     * Puts one message into the queue and has it delivered now: returns with the verdict as its
     * status, or "queued" where there is none within half a minute.
     */
    public function send(array $values): Message
    {
        $message = $this->complete($values);
        return new Message($this, (array) $this->post("/send", $message, [$message]));
    }

    /**
     * Yields a Change whenever something becomes of a message, and waits for more. $since: the
     * event_id of the last Change that is known, behind which it begins, else with what happens
     * from now on.
     *
     * @return \Generator<int, Change>
     */
    public function follow(string|int|null $since = null, ?string $organization = null): \Generator
    {
        $query = $organization === null ? [] : ["organization" => $organization];
        foreach ($this->env->server->follow("/events", $query, $since === null ? null : (string) $since) as $event) {
            $values = $event["event"] === "change" ? (array) json_decode($event["data"]) : null;
            yield new Change($event["id"], $values === null ? null : new Message($this, $values));
        }
    }

    /**
     * Removes messages that are sent, failed or cancelled, and have not changed for an age ("30d"):
     * of the organization, else of all that the token is for. $status: of these alone. $bodies: only
     * what was in them. Returns how many there were, their bytes, and how many were in other hands.
     */
    public function purge(
        string $older_than,
        ?string $status = null,
        bool $bodies = false,
        ?string $organization = null,
    ): \stdClass {
        $organization ??= $this->env->organization === null ? null : $this->env->active_organization_id;
        $query = $organization === null ? [] : ["organization" => $organization];
        $asked = ["older_than" => $older_than, "status" => $status, "bodies" => $bodies];
        $sum = (object) ["messages" => 0, "bytes" => 0, "busy" => 0];
        for ($cursor = null; ; $cursor = $done->next) {
            $done = $this->env->server->call("POST", "/purge", $query, $asked + ["cursor" => $cursor]);
            foreach ($sum as $name => $n) {
                $sum->$name = $n + $done->$name;
            }
            if ($done->next === null) {
                return $sum;
            }
        }
    }

    private function create_many(string $path, array $messages): array
    {
        try {
            $answers = $this->post($path, $messages, $messages);
        } catch (Problem $problem) {
            if ($problem->status !== 413 || count($messages) === 1) {
                throw $problem;
            }
            $halves = array_chunk($messages, intdiv(count($messages) + 1, 2));
            return [...$this->create_many($path, $halves[0]), ...$this->create_many($path, $halves[1])];
        }
        return array_map(fn($answer) => isset($answer->id)
            ? new Message($this, (array) $answer)
            : new Problem((array) $answer), $answers);
    }

    private function post(string $path, array $body, array $messages): mixed
    {
        try {
            return $this->env->server->call("POST", $path, body: $body);
        } catch (Unavailable $failure) {
            $failure->idempotency_keys = array_column($messages, "idempotency_key");
            throw $failure;
        }
    }

    /** The values as JSON, with a key. */
    private function complete(array $values): array
    {
        if (isset($values["context"])) {
            $values["context"] = without_own_org($values["context"]);
        }
        $message = plain($values);
        foreach (["context", "headers", "metadata"] as $map) {
            if (($message[$map] ?? null) === []) {
                $message[$map] = new \stdClass();
            }
        }
        if ($this->env->organization !== null) {
            $message += ["organization_id" => $this->env->active_organization_id];
        }
        return $message + ["idempotency_key" => bin2hex(random_bytes(16))];
    }
}

abstract class StoredModel extends Model
{
    public function create(array $values): Stored
    {
        $values = plain($values);
        if ($this->env->organization !== null) {
            $values += ["organization_id" => $this->env->active_organization_id];
        }
        return new (static::RECORD)($this, (array) $this->call("POST", "", [], $values, false), true);
    }

    /**
     * Takes what is of this model among XML records, over what is managed and has the same id.
     * Returns how many were imported, and how many records of other models left out.
     */
    public function import_records(string $xml): \stdClass
    {
        $own = $this->env->organization === null ? [] : ["organization" => $this->env->active_organization_id];
        return $this->call("POST", "/import", $own, $xml, false);
    }
}

class Templates extends StoredModel
{
    public const NAME = "mail.template";
    public const PATH = "/templates";
    public const KEY = "templates";
    public const RECORD = Template::class;
    public const FIELDS = "id organization_id name subject body_html body_text from_email reply_to languages headers"
        . " attachments variables samples managed revision";
}

class Connectors extends StoredModel
{
    public const NAME = "ir.connector";
    public const PATH = "/connectors";
    public const KEY = "connectors";
    public const RECORD = Connector::class;
    public const FIELDS = "id organization_id name kind is_default fallback max_connections rate on_uncertain"
        . " timeout_seconds pause_seconds config secrets managed revision";
}

// --- the whole ---

/** An organization of which the application has said no more than the id. */
class Organization
{
    public function __construct(public readonly string $id)
    {
    }
}

/** @extends \ArrayObject<string, Model> */
class Models extends \ArrayObject
{
    public function offsetGet(mixed $name): Model
    {
        if (!isset($this[$name])) {
            $there = implode(", ", array_keys($this->getArrayCopy()));
            throw new \OutOfRangeException("no model $name: there are $there");
        }
        return parent::offsetGet($name);
    }
}

/**
 * @property-read string|array|object $active_organization
 * @property-read string $active_organization_id
 */
class Env
{
    public readonly Models $models;
    public readonly array|object|null $organization;

    public function __construct(public readonly Server $server, string|array|object|null $organization = null)
    {
        $this->organization = is_string($organization) ? new Organization($organization) : $organization;
        $this->models = new Models([
            Outbox::NAME => new Outbox($this),
            Templates::NAME => new Templates($this),
            Connectors::NAME => new Connectors($this),
        ]);
    }

    public function __get(string $name): mixed
    {
        $organization = $this->organization
            ?? throw new \LogicException("no organization: connect(organization: ...) or MAILQ_ORGANIZATION");
        return match ($name) {
            "active_organization" => $organization,
            "active_organization_id" => is_array($organization) ? $organization["id"] : $organization->id,
        };
    }
}
