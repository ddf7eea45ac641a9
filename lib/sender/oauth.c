#include "sender/oauth.h"

#include <unistd.h>

#include "base/clock.h"
#include "conf/secret.h"
#include "sender/dialogue.h"
#include "sender/jwt.h"

#define LOOK_AGAIN_MS 50
#define CLAIM_S 3600
#define SKEW_LEAST_MS 30000 /* a clock that is off by less is right: Date tells seconds */

static const struct connector *connector_of(const struct oauth *oauth)
{
	return oauth->channel->connector;
}

static const char *value_of(const struct oauth *oauth, const char *key, const char *standard)
{
	const char *value = connector_value(connector_of(oauth), key);

	return value ? value : standard;
}

/* --- the end of it --- */

static void unlock(struct oauth *oauth)
{
	if (oauth->lock >= 0)
		close(oauth->lock);
	oauth->lock = -1;
}

static void succeed(struct oauth *oauth)
{
	unlock(oauth);
	dialogue_hide(oauth->channel->sender, buf_slice(&oauth->token.access));
	oauth->plan->ready(oauth);
}

static void fail(struct oauth *oauth, enum http_meaning meaning, const char *text)
{
	struct http_verdict why = {.meaning = meaning, .text = slice_text(text)};

	unlock(oauth);
	oauth->plan->failed(oauth, &why);
}

static void fail_with(struct oauth *oauth, const struct err *err)
{
	fail(oauth, err->code == EX_CONFIG ? HTTP_MISCONFIGURED : HTTP_UNTRIED, err->text);
}

/* --- what a token is got with --- */

static bool has_service_account(const struct oauth *oauth)
{
	return value_of(oauth, "service_account", NULL) != NULL;
}

static bool has_refresh_token(const struct oauth *oauth)
{
	return value_of(oauth, "refresh_token", NULL) != NULL;
}

bool oauth_is_configured(const struct connector *connector)
{
	return connector_config(connector, "client_id") ||
	       connector_config(connector, "refresh_token") ||
	       connector_config(connector, "service_account");
}

static bool add_secret(struct oauth *oauth, const char *key, struct err *err)
{
	struct buf secret = {0};

	if (!connector_secret(connector_of(oauth), key, &secret, err))
		return false;
	buf_add_slice(&oauth->credentials, buf_slice(&secret));
	buf_add_char(&oauth->credentials, '\0');
	secret_wipe(&secret);
	return true;
}

static bool add_value(struct oauth *oauth, const char *key, bool required, struct err *err)
{
	const char *value = value_of(oauth, key, NULL);

	if (!value && required)
		return err_set(err, EX_CONFIG, "%s: config.%s is missing",
			       connector_of(oauth)->file, key);
	buf_add_text(&oauth->credentials, value ? value : "");
	buf_add_char(&oauth->credentials, '\0');
	return true;
}

/* All that a token depends on. Room is made first, since secrets must not be left behind. */
static bool read_credentials(struct oauth *oauth, struct err *err)
{
	secret_wipe(&oauth->credentials);
	buf_reserve(&oauth->credentials, 5 * SECRET_MOST);
	if (has_service_account(oauth))
		return add_secret(oauth, "service_account", err) &&
		       add_value(oauth, oauth->plan->mailbox_key, true, err) &&
		       add_value(oauth, "scope", false, err) &&
		       add_value(oauth, "token_url", false, err);
	return add_value(oauth, "client_id", true, err) && add_value(oauth, "scope", false, err) &&
	       add_value(oauth, "refresh_token", !value_of(oauth, "scope", NULL), err) &&
	       add_secret(oauth, "refresh_token", err) && add_secret(oauth, "client_secret", err) &&
	       add_value(oauth, "token_url", !oauth->plan->token_url, err);
}

/* --- asking --- */

static void put_form(struct oauth *oauth, const char *name, struct slice value)
{
	struct buf *text = &oauth->http.body.text;
	char *escaped = curl_easy_escape(NULL, value.p, (int)value.n);

	buf_addf(text, "%s%s=", text->n ? "&" : "", name);
	buf_add_text(text, escaped);
	explicit_bzero(escaped, strlen(escaped));
	curl_free(escaped);
}

static bool put_secret(struct oauth *oauth, const char *key, struct err *err)
{
	struct buf secret = {0};
	bool ok = connector_secret(connector_of(oauth), key, &secret, err);

	if (ok && secret.n) {
		put_form(oauth, key, buf_slice(&secret));
		http_secret(&oauth->http, buf_slice(&secret));
	}
	secret_wipe(&secret);
	return ok;
}

static bool put_client(struct oauth *oauth, struct err *err)
{
	const char *scope = value_of(oauth, "scope", NULL);

	put_form(oauth, "grant_type",
		 slice_text(has_refresh_token(oauth) ? "refresh_token" : "client_credentials"));
	put_form(oauth, "client_id", slice_text(value_of(oauth, "client_id", "")));
	if (scope)
		put_form(oauth, "scope", slice_text(scope));
	if (!put_secret(oauth, "client_secret", err))
		return false;
	if (!oauth->token.refresh.n)
		return put_secret(oauth, "refresh_token", err);
	put_form(oauth, "refresh_token", buf_slice(&oauth->token.refresh));
	http_secret(&oauth->http, buf_slice(&oauth->token.refresh));
	return true;
}

static void put_claims(struct oauth *oauth, const struct json *account, const char *url,
		       struct buf *claims)
{
	struct json_out out = {.buf = claims};
	int64_t now_s = (clock_now_ms() + oauth->skew_ms) / 1000;

	json_open(&out, NULL, '{');
	json_put_slice(&out, "iss", json_get_text(account, "client_email"));
	json_put_text(&out, "sub", value_of(oauth, oauth->plan->mailbox_key, ""));
	json_put_text(&out, "scope", value_of(oauth, "scope", oauth->plan->claim_scope));
	json_put_text(&out, "aud", url);
	json_put_int(&out, "iat", now_s);
	json_put_int(&out, "exp", now_s + CLAIM_S);
	json_close(&out, '}');
}

static bool put_assertion_of(struct oauth *oauth, const struct json *account, const char *url,
			     struct err *err)
{
	struct buf claims = {0}, assertion = {0};
	struct slice key = json_get_text(account, "private_key");

	put_claims(oauth, account, url, &claims);
	bool ok = jwt_sign(buf_slice(&claims), key, json_get_text(account, "private_key_id"),
			   &assertion, err);
	if (ok) {
		put_form(oauth, "grant_type",
			 slice_text("urn:ietf:params:oauth:grant-type:jwt-bearer"));
		put_form(oauth, "assertion", buf_slice(&assertion));
		http_secret(&oauth->http, buf_slice(&assertion));
	}
	buf_free(&claims);
	secret_wipe(&assertion);
	return ok;
}

/* The account's file is parsed in memory that is wiped: the JSON reader resolves the escapes of the
 * key into an arena, which is not given back before. */
static bool put_assertion(struct oauth *oauth, const char *url, struct err *err)
{
	const struct connector *connector = connector_of(oauth);
	struct arena arena = {0};
	struct buf file = {0};
	struct err wrong = {0};
	bool ok = connector_secret(connector, "service_account", &file, err);
	struct json *account = ok ? json_parse(buf_slice(&file), &arena, &wrong) : NULL;

	if (ok && !account) /* whose words may be the key's */
		ok = err_set(err, EX_CONFIG, "%s: config.service_account is no JSON",
			     connector->file);
	ok = ok && (put_assertion_of(oauth, account, url, err) ||
		    err_at(err, "%s: config.service_account", connector->file));
	struct slice key = json_get_text(account, "private_key");
	if (key.n)
		explicit_bzero((char *)(uintptr_t)key.p, key.n);
	arena_free(&arena);
	secret_wipe(&file);
	return ok;
}

static void answered(struct http *http);

static void on_gave_up(struct http *http, const struct http_verdict *verdict)
{
	struct oauth *oauth = http->context;

	fail(oauth, verdict->meaning, arena_slice(&oauth->arena, verdict->text).p);
}

static void ask(struct oauth *oauth)
{
	struct http *http = &oauth->http;
	const char *url = value_of(oauth, "token_url", oauth->plan->token_url);
	struct err err = {0};

	http->channel.connector = connector_of(oauth);
	if (!http_begin_at(http, url, &err) ||
	    !http_header(http, "Content-Type", "application/x-www-form-urlencoded", &err) ||
	    !(has_service_account(oauth) ? put_assertion(oauth, url, &err)
					 : put_client(oauth, &err)))
		fail_with(oauth, &err);
	else
		http_send(http, answered);
}

/* --- the answer --- */

static bool differs(int64_t a_ms, int64_t b_ms)
{
	return a_ms - b_ms > SKEW_LEAST_MS || b_ms - a_ms > SKEW_LEAST_MS;
}

/* A claim says when it was made, and the remote takes none of another hour. Where its Date tells
 * that our clock is off, the claim is made once more by theirs. */
static bool ask_by_their_clock(struct oauth *oauth)
{
	int64_t skew_ms = http_clock_ms(&oauth->http) - clock_now_ms();

	if (!has_service_account(oauth) || oauth->corrected || oauth->http.status >= 402 ||
	    !differs(skew_ms, oauth->skew_ms))
		return false;
	oauth->corrected = true;
	oauth->skew_ms = skew_ms;
	ask(oauth);
	return true;
}

static const char *words_about_clocks(struct oauth *oauth)
{
	int64_t seconds = oauth->skew_ms / 1000;

	if (!differs(oauth->skew_ms, 0))
		return "";
	return arena_format(&oauth->arena, " (our clock is %lld s %s)",
			    (long long)(seconds < 0 ? -seconds : seconds),
			    seconds < 0 ? "fast" : "slow");
}

/* {"error":"invalid_grant","error_description":"..."}: until somebody acts. */
static void on_refusal(struct oauth *oauth)
{
	struct http *http = &oauth->http;
	struct slice error = json_get_text(http->json, "error");
	struct slice details = json_get_text(http->json, "error_description");
	const char *text =
		arena_format(&oauth->arena, "no token: %ld %.*s %.*s%s", http->status,
			     SLICE_ARGS(error), SLICE_ARGS(details), words_about_clocks(oauth));
	text = http_blanked(http, slice_text(text)).p;
	enum http_meaning meaning = http_meaning_of(http->status, http->retry_after_ms > 0);

	if (meaning == HTTP_REFUSED)
		meaning = HTTP_CREDENTIALS;
	else if (meaning == HTTP_TRANSIENT || meaning == HTTP_UNCERTAIN || meaning == HTTP_ACCEPTED)
		meaning = HTTP_UNTRIED;
	fail(oauth, meaning, text);
}

static void take_token(struct oauth *oauth)
{
	struct http *http = &oauth->http;
	struct slice refresh = json_get_text(http->json, "refresh_token");
	int64_t seconds = json_get_int(http->json, "expires_in", 3600);

	secret_wipe(&oauth->token.access);
	buf_add_slice(&oauth->token.access, json_get_text(http->json, "access_token"));
	if (refresh.n) {
		secret_wipe(&oauth->token.refresh);
		buf_add_slice(&oauth->token.refresh, refresh);
	}
	oauth->token.expires_ms =
		clock_now_ms() + (seconds < 0 || seconds > 86400 ? 0 : seconds) * 1000;
	explicit_bzero(http->text.p, http->text.n);
}

static void answered(struct http *http)
{
	struct oauth *oauth = http->context;
	struct err err = {0};

	if (http->status != 200 || !json_get_text(http->json, "access_token").n) {
		if (!ask_by_their_clock(oauth))
			on_refusal(oauth);
		return;
	}
	take_token(oauth);
	if (token_write(oauth->channel, buf_slice(&oauth->credentials), &oauth->token, &err))
		succeed(oauth);
	else
		fail(oauth, HTTP_UNTRIED, err.text);
}

/* --- the token there is, or a new one --- */

/* One that the remote did not take is none, whatever its time says. */
static bool find_token(struct oauth *oauth)
{
	struct err err = {0};

	token_wipe(&oauth->token);
	return token_read(oauth->channel, buf_slice(&oauth->credentials), &oauth->token, &err) &&
	       token_is_good(&oauth->token) &&
	       !slice_equal(buf_slice(&oauth->token.access), buf_slice(&oauth->rejected));
}

static void look(struct oauth *oauth)
{
	struct err err = {0};

	if (!connector_of(oauth)) {
		fail(oauth, HTTP_MISCONFIGURED, "the connector is gone from the configuration");
		return;
	}
	if (find_token(oauth)) {
		succeed(oauth);
		return;
	}
	oauth->lock = token_lock(oauth->channel, &err);
	if (oauth->lock >= 0 && find_token(oauth))
		succeed(oauth); /* somebody was faster */
	else if (oauth->lock >= 0)
		ask(oauth);
	else if (err.code == EX_TEMPFAIL && clock_boot_ms() < oauth->give_up_ms)
		loop_start_timer(sender_loop(oauth->channel->sender), &oauth->look_again,
				 clock_boot_ms() + LOOK_AGAIN_MS);
	else
		fail(oauth, HTTP_UNTRIED, err.text);
}

static void on_look_again(void *context)
{
	look(context);
}

void oauth_get(struct oauth *oauth)
{
	const struct connector *connector = connector_of(oauth);
	struct err err = {0};

	oauth->corrected = false;
	arena_reset(&oauth->arena);
	if (connector && !read_credentials(oauth, &err)) {
		fail_with(oauth, &err);
		return;
	}
	if (connector)
		oauth->give_up_ms = clock_boot_ms() + connector->timeout_seconds * INT64_C(1000);
	look(oauth);
}

bool oauth_reject(struct oauth *oauth)
{
	if (oauth->rejected.n)
		return false;
	buf_add_slice(&oauth->rejected, buf_slice(&oauth->token.access));
	return true;
}

void oauth_forget_rejected(struct oauth *oauth)
{
	secret_wipe(&oauth->rejected);
}

/* --- life --- */

void oauth_open(struct oauth *oauth, struct sender_channel *channel, const struct oauth_plan *plan,
		void *context)
{
	oauth->plan = plan;
	oauth->channel = channel;
	oauth->context = context;
	oauth->lock = -1;
	oauth->look_again = (struct loop_timer){.fn = on_look_again, .context = oauth};
	oauth->mail = (struct sender_mail){.arena = &oauth->arena};
	oauth->http.channel = (struct sender_channel){.sender = channel->sender,
						      .lane = channel->lane,
						      .connector = channel->connector,
						      .mail = &oauth->mail};
	http_init(&oauth->http);
	oauth->http.context = oauth;
	oauth->http.gave_up = on_gave_up;
}

void oauth_close(struct oauth *oauth)
{
	if (!oauth->plan)
		return;
	loop_stop_timer(sender_loop(oauth->channel->sender), &oauth->look_again);
	unlock(oauth);
	token_wipe(&oauth->token);
	secret_wipe(&oauth->rejected);
	secret_wipe(&oauth->credentials);
	http_close(&oauth->http.channel);
	arena_free(&oauth->arena);
}
