/*
 * request.h: the message as a caller asks for it (the request JSON of mailq.7), checked.
 *
 *     struct request *request = request_parse(json, &arena, &limits, &err);
 *     ...
 *     struct json_out out = {.buf = &buf};
 *     request_write(&out, request);     // the `request` entry of the spool
 *     ...
 *     request = request_read(entry.body, &arena, &err);
 *
 * A request that was returned is complete and harmless: every type, range, name and address is
 * checked, there is a recipient, and no field that becomes a header holds a control character
 * (TAB apart, which counts as a space). A field that is null counts as not given. Failures are
 * EX_DATAERR and begin with the field's path: `to_emails[2]: no '@' in "alice"`.
 *
 * Slices point into the JSON or the arena, and both have to outlive the request. A text that was
 * not given has p == NULL; one that was given empty has not: an empty subject overrides the
 * template's.
 */
#ifndef MESSAGE_REQUEST_H
#define MESSAGE_REQUEST_H

#include <stdint.h>

#include "base/json.h"
#include "message/address.h"
#include "message/dsn.h"

#define REQUEST_PRIORITY_MOST 10
#define REQUEST_ATTEMPTS_MOST 1000
#define REQUEST_HEADERS_MOST 100
#define REQUEST_ATTACHMENTS_MOST 1000
#define REQUEST_TAGS_MOST 50

struct request_header {
	struct slice name, value;
};

struct request_attachment {
	struct slice filename;
	struct slice content_type; /* as given; never empty */
	struct slice content_id;   /* without <>; empty: none */
	struct slice content;      /* base64, checked; p == NULL when read from the spool */
	uint64_t size;             /* bytes, decoded */
	bool is_inline;            /* shown in the HTML body, by its content_id */
};

struct request {
	struct slice organization_id;
	struct address from;        /* email.p == NULL: the organization's */
	struct slice envelope_from; /* when it is not from.email; given empty: the null sender */
	struct address_list reply_to, to, cc, bcc;
	struct slice subject, body_html, body_text;
	struct slice template_id, locale;
	const struct json *context;  /* an object, or NULL */
	const struct json *metadata; /* an object, or NULL */
	struct request_header *headers;
	size_t n_headers;
	struct request_attachment *attachments;
	size_t n_attachments;
	struct slice *tags;
	size_t n_tags;
	struct dsn dsn;
	struct slice connector_id;
	struct slice idempotency_key;
	int64_t scheduled_ms, expires_ms; /* 0: not given */
	unsigned max_attempts;            /* 0: not given */
	int priority;                     /* -10 to 10, higher goes first */
};

struct request_limits {
	uint64_t max_message_bytes; /* subject, bodies and attachments, decoded, together */
	unsigned max_recipients;    /* to, cc and bcc together, as listed */
};

/* From a caller: an unknown field is a failure that names it. NULL and err. */
struct request *request_parse(struct slice json, struct arena *arena,
			      const struct request_limits *limits, struct err *err);
struct request *request_from_json(const struct json *json, struct arena *arena,
				  const struct request_limits *limits, struct err *err);

/*
 * From a `request` entry: attachments have a size and no content, envelope_from may stand, there
 * may be no body (a `raw` or `parts` entry holds it), fields of a newer release are skipped.
 */
struct request *request_read(struct slice json, struct arena *arena, struct err *err);

/* What request_parse holds to the limits, for one that was read from elsewhere. */
bool request_within(const struct request *request, const struct request_limits *limits,
		    struct err *err);

/*
 * The JSON that request_read reads: what was given, in a fixed order, attachments without their
 * bytes. Bcc is in it: it is the envelope. _members leaves the braces to the caller.
 */
void request_write(struct json_out *out, const struct request *request);
void request_write_members(struct json_out *out, const struct request *request);

/* One field as text: subject, body_html, body_text, from_email, reply_to, or a header's name. p ==
 * NULL: it has none. */
struct slice request_field(const struct request *request, const char *name, struct arena *arena);

/* Whether its `headers` have one of that name. */
bool request_has_header(const struct request *request, const char *name);

/* The envelope's recipients: to, cc and bcc in their order, each mailbox once. */
struct address_list request_recipients(const struct request *request, struct arena *arena);

/* The envelope's sender: envelope_from if given, else from.email. Empty: the null sender. */
struct slice request_sender(const struct request *request);

/* Whether a message or a template may set a header of that name: not one that mailq writes itself,
 * or leaves to the servers on the way. */
bool request_header_is_free(struct slice name, struct err *err);

/* The content type that a file's name tells, for an attachment that came without one. */
struct slice request_content_type(struct slice filename);

#endif
