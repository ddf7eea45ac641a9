#include "sender/smtp_connection.h"

#include <stdlib.h>

#include "base/mem.h"
#include "conf/check.h"
#include "conf/secret.h"
#include "sender/dialogue.h"
#include "smtp/classify.h"

/* --- what libcurl is told --- */

static const char *value_or(const struct connector *connector, const char *key,
			    const char *standard)
{
	const char *value = connector_value(connector, key);

	return value ? value : standard;
}

static size_t on_line(char *bytes, size_t size, size_t n, void *context)
{
	struct smtp_connection *c = context;

	smtp_ehlo_line(&c->ehlo, slice_make(bytes, size * n));
	return size * n;
}

/* Never a password without TLS: libcurl is told to need it, and a clear connection gets none. */
static bool check_login(const struct smtp_connection *c, const char *security, struct err *err)
{
	const struct connector *connector = c->channel->connector;

	return strcmp(security, "none") != 0 ||
	       strcmp(value_or(connector, "host", ""), "127.0.0.1") == 0 ||
	       err_set(err, EX_CONFIG, "%s: config.username needs security starttls or tls",
		       connector->file);
}

static bool uses_token(const struct connector *connector)
{
	return strcmp(value_or(connector, "auth", "plain"), "xoauth2") == 0 &&
	       oauth_is_configured(connector);
}

static void set_bearer(struct smtp_connection *c, const char *token)
{
	curl_easy_setopt(c->transfer.easy, CURLOPT_XOAUTH2_BEARER, token);
	curl_easy_setopt(c->transfer.easy, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
}

static bool set_password(struct smtp_connection *c, struct err *err)
{
	const struct connector *connector = c->channel->connector;
	const char *auth = value_or(connector, "auth", "plain");
	struct buf secret = {0};

	if (!connector_secret(connector, "password", &secret, err))
		return false;
	if (secret.n == 0)
		return err_set(err, EX_CONFIG, "%s: config.password is missing", connector->file);
	dialogue_hide(c->channel->sender, buf_slice(&secret));
	if (strcmp(auth, "xoauth2") == 0) {
		set_bearer(c, secret.p);
	} else {
		curl_easy_setopt(c->transfer.easy, CURLOPT_PASSWORD, secret.p);
		curl_easy_setopt(c->transfer.easy, CURLOPT_LOGIN_OPTIONS,
				 strcmp(auth, "login") == 0 ? "AUTH=LOGIN" : "AUTH=PLAIN");
	}
	secret_wipe(&secret);
	return true;
}

static bool set_login(struct smtp_connection *c, const char *security, struct err *err)
{
	const struct connector *connector = c->channel->connector;
	const char *username = connector_value(connector, "username");

	if (!username)
		return true;
	if (!check_login(c, security, err))
		return false;
	curl_easy_setopt(c->transfer.easy, CURLOPT_USERNAME, username);
	curl_easy_setopt(c->transfer.easy, CURLOPT_SASL_IR, 1L);
	if (!uses_token(connector))
		return set_password(c, err);
	set_bearer(c, c->oauth.token.access.p);
	return true;
}

/* The name to greet with is the path. An address of version 6 stands in brackets (RFC 3986 3.2.2).
 */
static bool set_url(struct smtp_connection *c, bool tls, struct err *err)
{
	const struct connector *connector = c->channel->connector;
	const char *host = connector_value(connector, "host");

	if (!host)
		return err_set(err, EX_CONFIG, "%s: config.host is missing", connector->file);
	if (!check_host(host))
		return err_set(err, EX_CONFIG, "%s: config.host " CHECK_HOST_IS, connector->file);

	bool bare = strchr(host, ':') && *host != '[';
	char *url = mem_format("%s://%s%s%s:%s/%s", tls ? "smtps" : "smtp", bare ? "[" : "", host,
			       bare ? "]" : "", value_or(connector, "port", tls ? "465" : "25"),
			       value_or(connector, "helo", ""));
	curl_easy_setopt(c->transfer.easy, CURLOPT_URL, url);
	free(url);
	return true;
}

static bool set_options(struct smtp_connection *c, struct err *err)
{
	const struct connector *connector = c->channel->connector;
	const char *security = value_or(connector, "security", "none");
	CURL *easy = c->transfer.easy;

	if (!set_url(c, strcmp(security, "tls") == 0, err))
		return false;
	curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even http_proxy's and the like */
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)connector->timeout_seconds);
	curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)connector->timeout_seconds);
	curl_easy_setopt(easy, CURLOPT_USE_SSL,
			 (long)(strcmp(security, "none") == 0 ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (connector_value(connector, "ca_file")) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, connector_value(connector, "ca_file"));
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	return set_login(c, security, err);
}

/* --- what became of it --- */

/* A token may have been withdrawn before its time: once more, with a new one. */
static bool try_another_token(struct smtp_connection *c)
{
	if (!c->oauth.plan || !oauth_reject(&c->oauth))
		return false;
	net_stop(c->channel->sender, &c->transfer);
	curl_easy_cleanup(c->transfer.easy);
	c->transfer.easy = NULL;
	oauth_get(&c->oauth);
	return true;
}

/* A server may repeat what it was told. */
static void blank_secrets(const struct smtp_connection *c, struct buf *text)
{
	struct buf password = {0};
	struct err ignored;

	secret_blank(buf_slice(&c->oauth.token.access), text->p, text->n);
	if (connector_secret(c->channel->connector, "password", &password, &ignored))
		secret_blank(buf_slice(&password), text->p, text->n);
	secret_wipe(&password);
}

/* A server that refused something told why; else libcurl knows what went wrong. (A token that is
 * not taken is answered with 334 and details, RFC 7628 3.2.2, which libcurl takes for a refusal.)
 */
static enum sender_failure failure_of(CURLcode code, const struct smtp_reply *last)
{
	bool login = code == CURLE_LOGIN_DENIED || code == CURLE_AUTH_ERROR;
	struct smtp_class class = smtp_classify(login ? SMTP_AUTH : SMTP_CONNECT, last);
	bool refused = last->code >= 400;

	if (refused ? class.credentials : login)
		return SENDER_CREDENTIALS;
	if (refused && class.throttle)
		return SENDER_THROTTLED;
	if (code == CURLE_URL_MALFORMAT || code == CURLE_SSL_CACERT_BADFILE)
		return SENDER_MISCONFIGURED;
	return SENDER_UNREACHABLE;
}

/* The server's own words, or else libcurl's; but for a server that was not even asked to log us in,
 * since it does not offer our way, it has two words that do not tell. */
static void say_why(struct smtp_connection *c, CURLcode code, struct buf *text)
{
	const struct smtp_reply *last = &c->ehlo.last;
	struct slice auth = slice_text(value_or(c->channel->connector, "auth", "plain"));

	if (last->code >= 400)
		smtp_reply_print(last, text);
	else if (code == CURLE_LOGIN_DENIED && last->code == 250)
		buf_addf(text, "the server does not offer AUTH %s",
			 slice_is(auth, "plain")   ? "PLAIN"
			 : slice_is(auth, "login") ? "LOGIN"
						   : "XOAUTH2");
	else
		buf_add_text(text, net_error(&c->transfer, code));
}

static void fail(struct smtp_connection *c, CURLcode code)
{
	enum sender_failure failure = failure_of(code, &c->ehlo.last);
	struct buf text = {0};

	if (failure == SENDER_CREDENTIALS && try_another_token(c))
		return;
	say_why(c, code, &text);
	blank_secrets(c, &text);
	sender_down(c->channel, failure, text.p);
	buf_free(&text);
}

static void on_connected(void *context, CURLcode code)
{
	struct smtp_connection *c = context;

	if (code != CURLE_OK) {
		fail(c, code);
		return;
	}
	curl_easy_getinfo(c->transfer.easy, CURLINFO_ACTIVESOCKET, &c->fd);
	c->up(c->channel);
}

static void connect_now(struct smtp_connection *c)
{
	struct err err = {0};

	c->ehlo = (struct smtp_ehlo){0};
	c->transfer.easy = curl_easy_init();
	if (!c->transfer.easy || !set_options(c, &err) ||
	    !net_start(c->channel->sender, &c->transfer, &err))
		sender_down(c->channel, SENDER_MISCONFIGURED, err.text);
}

/* --- logging in by a token --- */

static void on_token(struct oauth *oauth)
{
	connect_now(oauth->context);
}

static void on_no_token(struct oauth *oauth, const struct http_verdict *why)
{
	static const enum sender_failure failures[] = {
		[HTTP_UNTRIED] = SENDER_UNREACHABLE,
		[HTTP_THROTTLED] = SENDER_THROTTLED,
		[HTTP_CREDENTIALS] = SENDER_CREDENTIALS,
		[HTTP_MISCONFIGURED] = SENDER_MISCONFIGURED,
	};
	struct smtp_connection *c = oauth->context;
	char *text = mem_format("%.*s", SLICE_ARGS(why->text));

	sender_down(c->channel, failures[why->meaning], text);
	free(text);
}

void smtp_connection_open(struct smtp_connection *c)
{
	c->fd = CURL_SOCKET_BAD;
	c->transfer.done = on_connected;
	c->transfer.context = c;
	if (!uses_token(c->channel->connector)) {
		connect_now(c);
		return;
	}
	c->tokens.ready = on_token;
	c->tokens.failed = on_no_token;
	oauth_open(&c->oauth, c->channel, &c->tokens, c);
	oauth_get(&c->oauth);
}

void smtp_connection_close(struct smtp_connection *c)
{
	oauth_close(&c->oauth);
	if (!c->transfer.easy)
		return;
	net_stop(c->channel->sender, &c->transfer);
	curl_easy_cleanup(c->transfer.easy);
}
