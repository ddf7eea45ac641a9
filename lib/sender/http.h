/*
 * http.h: what the kinds that speak HTTP share: one request a message, over connections that are
 * kept (HTTP/2 where it is offered), and what an answer, or its absence, means.
 *
 * A kind's channel begins with a struct http. Its open and close are http_open and http_close; its
 * send writes a request and says who reads the answer:
 *
 *     if (!http_begin(http, "https://api.example.com", "/v1/mail", &err) ||
 *         !http_authorize(http, "Authorization", "Bearer ", "api_key", &err) || ... the body ...)
 *             http_refuse(http, &err);
 *     else
 *             http_send(http, answered);
 *
 *     static void answered(struct http *http)
 *     {
 *             struct http_verdict verdict = http_judge(http);
 *             ... what the provider's own documents say about its answers ...
 *             http_settle(http, &verdict);
 *     }
 *
 * Without an answer nobody asks the kind. What left decides: nothing: the message was not tried and
 * the connector pauses; a part: transient; all of it: uncertain. libcurl repeats a request only
 * when none of its body had left.
 *
 * Bounded: an answer is kept up to HTTP_ANSWER_MOST bytes, the rest is read and dropped; a request
 * takes timeout_seconds, and a second more for each 64 KiB of its body. Redirections are not
 * followed. http:// is taken for this machine only, since what is sent holds a secret; a secret
 * that an answer repeats is blanked. A proxy gets no more than the server's name, and a tunnel to
 * it; what is on this machine is reached without. Follows RFC 9110, curl_easy_setopt(3).
 */
#ifndef SENDER_HTTP_H
#define SENDER_HTTP_H

#include "base/json.h"
#include "sender/http_body.h"
#include "sender/net.h"

#define HTTP_ANSWER_MOST 65536
#define HTTP_SECRETS_MOST 4

/* clang-format off */
/* The keys that this module reads, for every kind's table. */
#define HTTP_KEYS                                                                             \
	{.name = "ca_file", .type = "path",                                                   \
	 .help = "PEM file of the authorities to trust; else the system's."},                 \
	{.name = "proxy", .type = "proxy",                                                    \
	 .help = "http://host:port, https:// or socks5h://, to reach the server through."},   \
	{.name = "proxy_username", .type = "string", .help = "Log in to the proxy."},         \
	{.name = "proxy_password", .type = "string", .secret = true,                          \
	 .help = "$ENV:NAME or $FILE:/path."}
/* clang-format on */

struct http_verdict;

struct http {
	struct sender_channel channel;
	struct net_transfer transfer;
	struct curl_slist *headers;
	struct http_body body;
	uint64_t size;                         /* of the body */
	uint64_t sent;                         /* of it, as far as libcurl took it */
	struct buf secrets[HTTP_SECRETS_MOST]; /* of this request */
	unsigned n_secrets;
	void (*answered)(struct http *http);
	void (*gave_up)(struct http *http, const struct http_verdict *verdict); /* no answer */
	void *context;    /* of a request that is none of the channel's own */
	bool is_message;  /* it carries the message; false: it only asks for a token */
	bool is_question; /* of http_begin_question */

	/* The answer: */
	long status;
	struct buf text;         /* its body */
	int64_t retry_after_ms;  /* Retry-After; 0: none */
	const struct json *json; /* its body, where that is JSON; else NULL */
};

enum http_meaning {
	HTTP_ACCEPTED,
	HTTP_REFUSED,       /* this message, for good */
	HTTP_TRANSIENT,     /* this message, for now */
	HTTP_UNCERTAIN,     /* whether it was accepted is not known */
	HTTP_UNTRIED,       /* unreachable: the message was not tried */
	HTTP_THROTTLED,     /* as these, which pause the connector: slower */
	HTTP_CREDENTIALS,   /* who we are is not accepted */
	HTTP_MISCONFIGURED, /* the wrong place, or the wrong settings */
};

struct http_verdict {
	enum http_meaning meaning;
	struct slice text; /* the remote's own words */
	struct slice provider_message_id;
	int64_t retry_after_ms;
	struct slice refused; /* accepted, but not for the recipients whom this text names */
};

void http_open(struct sender_channel *channel);
void http_close(struct sender_channel *channel);

/* For a request beside the channel's own, on a channel that the loop does not know: whose sets
 * context and gave_up, and ends it with http_close. False: there is no memory for it. */
bool http_init(struct http *http);

/* A POST to base_url (of the connector, else the standard one) and path. EX_CONFIG: no such URL. */
bool http_begin(struct http *http, const char *standard, const char *path, struct err *err);

/* The same for a whole URL. */
bool http_begin_at(struct http *http, const char *url, struct err *err);

/* A GET, to ask whether we may send. What a good answer says beside is nobody's business: a
 * dialogue tells its size alone. */
bool http_begin_question(struct http *http, const char *standard, const char *path,
			 struct err *err);

/* A header field. EX_CONFIG: the value holds a line's end. */
bool http_header(struct http *http, const char *name, const char *value, struct err *err);

/* A header field with a secret in it, from the connector's key, or as it is. */
bool http_authorize(struct http *http, const char *name, const char *scheme, const char *key,
		    struct err *err);
bool http_authorize_with(struct http *http, const char *name, const char *scheme,
			 struct slice secret, struct err *err);

/* A secret that stands in the request in another form; what the answer repeats is blanked. */
void http_secret(struct http *http, struct slice secret);
void http_forget_secrets(struct http *http);

/* Blanks the request's secrets in a text that came from the remote and can be written to; or in a
 * copy: in JSON a secret may have stood in escapes, and the header was not looked at. */
void http_blank(const struct http *http, struct slice text);
struct slice http_blanked(struct http *http, struct slice text);

/* Sends; answered is called once, if there is an answer. */
void http_send(struct http *http, void (*answered)(struct http *http));

/* What the status code alone says (RFC 9110, 15; 6585), in the words of the answer. */
enum http_meaning http_meaning_of(long status, bool has_retry_after);
struct http_verdict http_judge(struct http *http);

/* No answer came: what of the request had left says what may have become of it. */
struct http_verdict http_judge_failure(struct http *http, CURLcode code);

/* The answer's words: "401 The API key is wrong"; of a message that the kind found in the JSON, or
 * (empty) of the body as it is. */
struct slice http_words(struct http *http, struct slice message);

/* A header field of the answer, empty when there is none; good until the next call. */
struct slice http_answer_header(struct http *http, const char *name);

/* How long a Retry-After wants us to wait (RFC 9110, 10.2.3): seconds, or a date by the remote's
 * clock; at most a day. 0: it does not say, or it is over. */
int64_t http_wait_ms(struct slice retry_after, int64_t now_ms);

/* The wall clock of the remote, as the answer's Date tells it, else ours: what it says of a time to
 * come is by its clock, and ours may differ. */
int64_t http_clock_ms(struct http *http);

/* How long it is until a time that the answer tells, by that clock; 0: it is over. */
int64_t http_until_ms(struct http *http, int64_t then_ms);

/* The end of a message: the verdict is given to the loop. */
void http_settle(struct http *http, const struct http_verdict *verdict);

/* The end of one that was not sent: EX_DATAERR: its own fault; else the connector's. */
void http_refuse(struct http *http, const struct err *err);

#endif
