#include "sender/http.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "conf/secret.h"
#include "sender/dialogue.h"
#include "sender/http_proxy.h"

#define BYTES_A_SECOND 65536  /* at least, by which large bodies have more time */
#define IDLE_S 30L            /* an older connection may be closed just when we write on it */
#define RELEASE_BYTES 1048576 /* of a body are held in memory, at most */

/* --- what libcurl asks --- */

static size_t give_body(char *bytes, size_t size, size_t n, void *context)
{
	struct http *http = context;
	size_t given = http_body_read(&http->body, bytes, size * n);

	if (http->is_message && (http->sent + given) / RELEASE_BYTES != http->sent / RELEASE_BYTES)
		sender_release(http->channel.mail);
	http->sent += given;
	return given;
}

static size_t take_answer(char *bytes, size_t size, size_t n, void *context)
{
	struct http *http = context;
	size_t room = HTTP_ANSWER_MOST - http->text.n;

	buf_add(&http->text, bytes, size * n < room ? size * n : room);
	return size * n;
}

/* A kept connection that turns out to be closed makes libcurl begin again on another: never with a
 * message that may have arrived. */
static int about_to_send(void *context, char *address, char *own, int port, int own_port)
{
	const struct http *http = context;

	(void)address, (void)own, (void)port, (void)own_port;
	return http->sent ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* --- the request --- */

static void forget_headers(struct http *http)
{
	for (struct curl_slist *header = http->headers; header; header = header->next)
		explicit_bzero(header->data, strlen(header->data));
	curl_slist_free_all(http->headers);
	http->headers = NULL;
	http_forget_secrets(http);
}

/* The part of a URL, to be freed by curl_free, or NULL: it has none. */
static char *url_part(const char *url, CURLUPart which)
{
	CURLU *parts = curl_url();
	char *part = NULL;

	if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
		curl_url_get(parts, which, &part, 0);
	curl_url_cleanup(parts);
	return part;
}

static bool is_this_machine(const char *url)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
	char *host = url_part(url, CURLUPART_HOST);
	bool is_here = false;

	for (size_t i = 0; host && i < sizeof hosts / sizeof *hosts; i++)
		is_here |= strcmp(host, hosts[i]) == 0;
	curl_free(host);
	return is_here;
}

static bool has_user(const char *url)
{
	char *user = url_part(url, CURLUPART_USER), *password = url_part(url, CURLUPART_PASSWORD);
	bool has = user || password;

	curl_free(user);
	curl_free(password);
	return has;
}

static void set_options(struct http *http, const char *url)
{
	const struct connector *connector = http->channel.connector;
	const char *ca_file = connector ? connector_value(connector, "ca_file") : NULL;
	CURL *easy = http->transfer.easy;

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Share a connection if HTTP/2 is agreed on; without TLS that shows only with an answer. */
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, strncmp(url, "https:", 6) == 0 ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_S);
	if (ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "mailq/" MAILQ_VERSION);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, http);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, http);
}

bool http_begin_at(struct http *http, const char *url, struct err *err)
{
	if (has_user(url))
		return err_set(err, EX_CONFIG, "a URL with a user's name in it");
	if (strncmp(url, "https://", 8) != 0 &&
	    !(strncmp(url, "http://", 7) == 0 && is_this_machine(url)))
		return err_set(err, EX_CONFIG,
			       "%s: a URL with https:// is needed (http:// for this machine only)",
			       url);
	http->is_question = false;
	forget_headers(http);
	http_body_clear(&http->body);
	set_options(http, url);
	return http_use_proxy(http, err) && http_header(http, "Expect", "", err);
}

bool http_begin(struct http *http, const char *standard, const char *path, struct err *err)
{
	const struct connector *connector = http->channel.connector;
	const char *base = connector ? connector_value(connector, "base_url") : NULL;

	if (!connector)
		return err_set(err, EX_CONFIG, "the connector is gone from the configuration");
	struct slice root = slice_text(base ? base : standard);
	while (slice_ends(root, "/"))
		root.n--;
	char *url = mem_format("%.*s%s", SLICE_ARGS(root), path);
	bool ok = http_begin_at(http, url, err) || err_at(err, "%s", connector->file);
	free(url);
	return ok;
}

bool http_begin_question(struct http *http, const char *standard, const char *path, struct err *err)
{
	if (!http_begin(http, standard, path, err))
		return false;
	http->is_question = true;
	curl_easy_setopt(http->transfer.easy, CURLOPT_HTTPGET, 1L);
	return true;
}

bool http_header(struct http *http, const char *name, const char *value, struct err *err)
{
	if (strpbrk(value, "\r\n"))
		return err_set(err, EX_CONFIG, "%s: a line's end within the value", name);
	char *line = mem_format("%s:%s%s", name, *value ? " " : "", value);
	http->headers = curl_slist_append(http->headers, line);
	explicit_bzero(line, strlen(line));
	free(line);
	return true;
}

bool http_authorize_with(struct http *http, const char *name, const char *scheme,
			 struct slice secret, struct err *err)
{
	char *value = mem_format("%s%.*s", scheme, (int)secret.n, secret.p);
	bool ok = http_header(http, name, value, err);

	explicit_bzero(value, strlen(value));
	free(value);
	http_secret(http, secret);
	return ok;
}

bool http_authorize(struct http *http, const char *name, const char *scheme, const char *key,
		    struct err *err)
{
	const struct connector *connector = http->channel.connector;
	struct buf secret = {0};
	bool ok = connector_secret(connector, key, &secret, err);

	if (ok && !secret.n)
		ok = err_set(err, EX_CONFIG, "%s: config.%s is missing", connector->file, key);
	ok = ok && http_authorize_with(http, name, scheme, buf_slice(&secret), err);
	secret_wipe(&secret);
	return ok;
}

/* --- the answer --- */

struct slice http_answer_header(struct http *http, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(http->transfer.easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return slice_make("", 0);
	return slice_trim(slice_text(header->value));
}

int64_t http_clock_ms(struct http *http)
{
	struct slice date = http_answer_header(http, "Date");
	time_t seconds = date.n ? curl_getdate(date.p, NULL) : -1; /* a NUL stands behind it */

	return seconds > 0 ? (int64_t)seconds * 1000 : clock_now_ms();
}

int64_t http_until_ms(struct http *http, int64_t then_ms)
{
	int64_t wait_ms = then_ms - http_clock_ms(http);

	return wait_ms > 0 ? wait_ms : 0;
}

static void read_answer(struct http *http)
{
	struct err ignored;

	http_blank(http, buf_slice(&http->text));
	curl_easy_getinfo(http->transfer.easy, CURLINFO_RESPONSE_CODE, &http->status);
	http->retry_after_ms =
		http_wait_ms(http_answer_header(http, "Retry-After"), http_clock_ms(http));
	http->json = json_parse(buf_slice(&http->text), http->channel.mail->arena, &ignored);
}

/* For a trial. A token is not shown, and nothing else than one comes with it. */
static void tell_answer(struct http *http)
{
	struct sender *sender = http->channel.sender;

	if (http->is_question && http->status / 100 == 2)
		dialogue_note(sender, DIALOGUE_IN, "(%zu bytes)", http->text.n);
	else if (http->is_message || !json_get(http->json, "access_token"))
		dialogue_add(sender, DIALOGUE_IN, buf_slice(&http->text));
	else
		dialogue_note(sender, DIALOGUE_IN, "(a token)");
}

/* --- to the loop --- */

/* A refusal may come before the body was sent, and the rest of it meets a closed connection. Over
 * HTTP/2 any answer may, and then ends the stream with a reset, which is no reason to discard it
 * (RFC 9113, 8.1); libcurl calls that an error. */
static bool has_answered(const struct http *http, CURLcode code)
{
	return code == CURLE_OK || http->status >= 400 ||
	       (code == CURLE_HTTP2_STREAM && http->status >= 200);
}

static void on_done(void *context, CURLcode code)
{
	struct http *http = context;

	read_answer(http);
	tell_answer(http);
	net_stop(http->channel.sender, &http->transfer);
	if (has_answered(http, code)) {
		http->answered(http);
	} else {
		struct http_verdict verdict = http_judge_failure(http, code);
		http->gave_up(http, &verdict);
	}
}

void http_send(struct http *http, void (*answered)(struct http *http))
{
	CURL *easy = http->transfer.easy;
	long seconds = http->channel.connector->timeout_seconds;
	struct err err = {0};

	http->answered = answered;
	http->size = http_body_size(&http->body);
	if (http->is_message)
		sender_release(http->channel.mail); /* read in whole by now, to be measured */
	http->sent = 0;
	buf_clear(&http->text);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)http->size);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, seconds);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, seconds + (long)(http->size / BYTES_A_SECOND));
	if (!net_start(http->channel.sender, &http->transfer, &err))
		http->gave_up(http, &(struct http_verdict){HTTP_UNTRIED, slice_text(err.text)});
}

struct consequence {
	enum verdict verdict;
	bool is_untried; /* and the connector pauses */
};

/* clang-format off */
static const struct consequence consequences[] = {
	[HTTP_ACCEPTED]      = {VERDICT_DELIVERED},
	[HTTP_REFUSED]       = {VERDICT_PERMANENT},
	[HTTP_TRANSIENT]     = {VERDICT_TRANSIENT},
	[HTTP_UNCERTAIN]     = {VERDICT_UNCERTAIN},
	[HTTP_UNTRIED]       = {VERDICT_NONE, true},
	[HTTP_THROTTLED]     = {VERDICT_NONE, true},
	[HTTP_CREDENTIALS]   = {VERDICT_NONE, true},
	[HTTP_MISCONFIGURED] = {VERDICT_NONE, true},
};
/* clang-format on */

/* As a word of its own: not as a part of a longer address. */
static bool is_named(struct slice email, struct slice text)
{
	static const char around[] = " ,;:<>()[]\"'\t\r\n";

	for (size_t i = 0; i + email.n <= text.n; i++) {
		struct slice rest = slice_after(text, i + email.n);
		if (slice_equal_nocase(slice_first(slice_after(text, i), email.n), email) &&
		    (i == 0 || strchr(around, text.p[i - 1])) &&
		    (!rest.n || strchr(around, rest.p[0]) || slice_is(slice_first(rest, 2), ". ") ||
		     slice_is(rest, ".")))
			return true;
	}
	return false;
}

static void refuse_named(struct sender_mail *mail, struct slice text)
{
	for (size_t i = 0; text.n && i < mail->n_replies; i++)
		if (is_named(mail->replies[i].email, text))
			mail->replies[i].verdict = VERDICT_PERMANENT;
}

void http_settle(struct http *http, const struct http_verdict *verdict)
{
	struct sender_channel *channel = &http->channel;
	struct consequence consequence = consequences[verdict->meaning];
	struct slice text = http_blanked(http, verdict->text);
	char *words = mem_format("%.*s", SLICE_ARGS(text));
	struct sender_answer answer = {
		.untried = consequence.is_untried,
		.throttled = verdict->meaning == HTTP_THROTTLED,
		.credentials = verdict->meaning == HTTP_CREDENTIALS,
		.retry_after_ms = verdict->retry_after_ms,
		.reusable = !consequence.is_untried,
		.provider_message_id = http_blanked(http, verdict->provider_message_id),
	};

	if (answer.untried)
		answer.error = slice_text(words);
	sender_reply_all(channel->mail, consequence.verdict, (unsigned)http->status, text);
	refuse_named(channel->mail, verdict->refused);
	sender_done(channel, &answer); /* which may begin the next message */
	/* Not a word left, so it cannot have been for the message: the connector alone suffers. */
	if (verdict->meaning == HTTP_UNTRIED)
		sender_down(channel, SENDER_UNREACHABLE, words);
	else if (verdict->meaning == HTTP_MISCONFIGURED)
		sender_down(channel, SENDER_MISCONFIGURED, words);
	free(words);
}

void http_refuse(struct http *http, const struct err *err)
{
	struct http_verdict verdict = {
		.meaning = err->code == EX_DATAERR ? HTTP_REFUSED : HTTP_MISCONFIGURED,
		.text = slice_text(err->text),
	};

	http->status = 0;
	http_settle(http, &verdict);
}

/* --- the channel --- */

bool http_init(struct http *http)
{
	http->transfer.done = on_done;
	http->transfer.context = http;
	http->transfer.easy = curl_easy_init();
	http->gave_up = http_settle;
	return http->transfer.easy != NULL;
}

void http_open(struct sender_channel *channel)
{
	struct http *http = (struct http *)channel;
	bool ok = http_init(http);

	http->is_message = true;
	if (ok)
		sender_up(channel);
	else
		sender_down(channel, SENDER_UNREACHABLE, "libcurl cannot be started");
}

void http_close(struct sender_channel *channel)
{
	struct http *http = (struct http *)channel;

	if (http->transfer.easy) {
		if (channel->mail)
			net_stop(channel->sender, &http->transfer);
		curl_easy_cleanup(http->transfer.easy);
	}
	forget_headers(http);
	http_body_free(&http->body);
	buf_free(&http->text);
}
