#include "message/request.h"

#include <stddef.h>

#include "base/clock.h"
#include "message/name.h"
#include "message/request_private.h"
#include "message/text.h"

#define TEXT_MOST 4096 /* bytes of a subject */
#define KEY_MOST 255
#define TAG_MOST 128
#define LOCALE_MOST 35

/* --- readers of one field each --- */

typedef bool read_field(struct request_reader *r, const struct json *value, void *to);

static bool read_name(struct request_reader *r, const struct json *value, void *to)
{
	struct slice *name = to;

	if (!request_text(r, value, 255, name))
		return false;
	return name_valid(*name) ||
	       request_refuse(r, "\"%.*s\" is no name: a-z, 0-9 and _.-, at most %d",
			      SLICE_ARGS(text_cut(*name, 100)), NAME_MOST);
}

static bool read_subject(struct request_reader *r, const struct json *value, void *to)
{
	return request_text(r, value, TEXT_MOST, to);
}

static bool read_key(struct request_reader *r, const struct json *value, void *to)
{
	struct slice *key = to;

	if (!request_text(r, value, KEY_MOST, key))
		return false;
	return key->n || request_refuse(r, "is empty");
}

static bool read_locale(struct request_reader *r, const struct json *value, void *to)
{
	struct slice *locale = to;

	if (!request_text(r, value, LOCALE_MOST, locale))
		return false;
	for (size_t i = 0; i < locale->n; i++) {
		char c = locale->p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (i && (c == '-' || c == '_'))))
			return request_refuse(r, "is no language, like fr or fr-CA");
	}
	return locale->n || request_refuse(r, "is empty");
}

static bool read_body(struct request_reader *r, const struct json *value, void *to)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	*(struct slice *)to = value->text;
	return true;
}

static bool read_object(struct request_reader *r, const struct json *value, void *to)
{
	if (!request_want(r, value, JSON_OBJECT))
		return false;
	*(const struct json **)to = value;
	return true;
}

static bool read_number(struct request_reader *r, const struct json *value, int64_t least,
			int64_t most, int64_t *n)
{
	if (value->type == JSON_INT && json_int(value, n) && *n >= least && *n <= most)
		return true;
	return request_refuse(r, "must be a whole number from %lld to %lld", (long long)least,
			      (long long)most);
}

static bool read_priority(struct request_reader *r, const struct json *value, void *to)
{
	int64_t n;

	if (!read_number(r, value, -REQUEST_PRIORITY_MOST, REQUEST_PRIORITY_MOST, &n))
		return false;
	*(int *)to = (int)n;
	return true;
}

static bool read_max_attempts(struct request_reader *r, const struct json *value, void *to)
{
	int64_t n;

	if (!read_number(r, value, 1, REQUEST_ATTEMPTS_MOST, &n))
		return false;
	*(unsigned *)to = (unsigned)n;
	return true;
}

static bool read_time(struct request_reader *r, const struct json *value, void *to)
{
	int64_t *ms = to;

	if (!request_want(r, value, JSON_STRING))
		return false;
	/* 0 is how the struct says "not given". */
	return (clock_parse(value->text, ms) && *ms > 0) ||
	       request_refuse(r, "must be a time like 2026-11-24T09:30:00Z");
}

/* "a@b", "Name <a@b>" or {"email": "a@b", "name": "Name"}. */
static bool read_address(struct request_reader *r, const struct json *value, void *to)
{
	struct address *address = to;
	const struct json *member;

	if (value->type == JSON_STRING)
		return address_parse(value->text, r->arena, address, r->err);
	if (value->type != JSON_OBJECT)
		return request_refuse(r, "must be a string or {email, name}, not %s",
				      json_type_name(value->type));

	*address = (struct address){.name = slice_make("", 0)};
	for (member = value->first; member; member = member->next) {
		if (slice_is(member->key, "email")) {
			if (!request_want(r, member, JSON_STRING) ||
			    !address_parse_email(member->text, r->arena, &address->email, r->err))
				return false;
		} else if (!slice_is(member->key, "name")) {
			return request_refuse(r, "unknown member \"%.*s\"",
					      SLICE_ARGS(text_cut(member->key, 100)));
		} else if (member->type != JSON_NULL &&
			   !request_text(r, member, TEXT_MOST, &address->name)) {
			return false;
		}
	}
	return address->email.p || request_refuse(r, "has no email");
}

/* An array of addresses, or one alone. */
static bool read_addresses(struct request_reader *r, const struct json *value, void *to)
{
	struct address_list *list = to;
	size_t i = 0;

	if (list->at)
		return request_refuse(r, "is given twice, also under its other name");
	if (value->type != JSON_ARRAY) {
		list->at = arena_alloc(r->arena, sizeof *list->at);
		list->n = 1;
		return read_address(r, value, list->at);
	}
	list->at = arena_alloc(r->arena, (value->count + 1) * sizeof *list->at);
	for (const struct json *item = value->first; item; item = item->next, i++)
		if (!read_address(r, item, &list->at[i]))
			return request_where(r, "[%zu]", i);
	list->n = i;
	return true;
}

static bool read_envelope_from(struct request_reader *r, const struct json *value, void *to)
{
	struct slice *email = to;

	if (!request_want(r, value, JSON_STRING))
		return false;
	*email = value->text; /* empty: the null sender */
	return email->n == 0 || address_parse_email(value->text, r->arena, email, r->err);
}

static bool read_tags(struct request_reader *r, const struct json *value, void *to)
{
	struct request *request = to;
	size_t i = 0;

	if (!request_want(r, value, JSON_ARRAY))
		return false;
	if (value->count > REQUEST_TAGS_MOST)
		return request_refuse(r, "more than %d", REQUEST_TAGS_MOST);
	request->tags = arena_alloc(r->arena, (value->count + 1) * sizeof *request->tags);
	for (const struct json *item = value->first; item; item = item->next, i++) {
		if (!request_text(r, item, TAG_MOST, &request->tags[i]))
			return request_where(r, "[%zu]", i);
		if (request->tags[i].n == 0) {
			request_refuse(r, "is empty");
			return request_where(r, "[%zu]", i);
		}
	}
	request->n_tags = i;
	return true;
}

static bool read_headers(struct request_reader *r, const struct json *value, void *to)
{
	(void)to;
	return request_read_headers(r, value);
}

static bool read_attachments(struct request_reader *r, const struct json *value, void *to)
{
	(void)to;
	return request_read_attachments(r, value);
}

static bool read_dsn(struct request_reader *r, const struct json *value, void *to)
{
	(void)to;
	return request_read_dsn(r, value);
}

/* --- all fields --- */

/* clang-format off */
static const struct {
	struct slice name;
	read_field *read;
	size_t at; /* where in struct request */
	bool only_stored;
} fields[] = {
	{SLICE("organization_id"), read_name,          offsetof(struct request, organization_id), false},
	{SLICE("from_email"),      read_address,       offsetof(struct request, from),            false},
	{SLICE("envelope_from"),   read_envelope_from, offsetof(struct request, envelope_from),   true},
	{SLICE("reply_to"),        read_addresses,     offsetof(struct request, reply_to),        false},
	{SLICE("to_emails"),       read_addresses,     offsetof(struct request, to),              false},
	{SLICE("cc_emails"),       read_addresses,     offsetof(struct request, cc),              false},
	{SLICE("bcc_emails"),      read_addresses,     offsetof(struct request, bcc),             false},
	{SLICE("to_addresses"),    read_addresses,     offsetof(struct request, to),              false},
	{SLICE("cc_addresses"),    read_addresses,     offsetof(struct request, cc),              false},
	{SLICE("bcc_addresses"),   read_addresses,     offsetof(struct request, bcc),             false},
	{SLICE("subject"),         read_subject,       offsetof(struct request, subject),         false},
	{SLICE("body_html"),       read_body,          offsetof(struct request, body_html),       false},
	{SLICE("body_text"),       read_body,          offsetof(struct request, body_text),       false},
	{SLICE("template_id"),     read_name,          offsetof(struct request, template_id),     false},
	{SLICE("context"),         read_object,        offsetof(struct request, context),         false},
	{SLICE("locale"),          read_locale,        offsetof(struct request, locale),          false},
	{SLICE("headers"),         read_headers,       0,                                         false},
	{SLICE("attachments"),     read_attachments,   0,                                         false},
	{SLICE("connector_id"),    read_name,          offsetof(struct request, connector_id),    false},
	{SLICE("priority"),        read_priority,      offsetof(struct request, priority),        false},
	{SLICE("scheduled_at"),    read_time,          offsetof(struct request, scheduled_ms),    false},
	{SLICE("expires_at"),      read_time,          offsetof(struct request, expires_ms),      false},
	{SLICE("max_attempts"),    read_max_attempts,  offsetof(struct request, max_attempts),    false},
	{SLICE("idempotency_key"), read_key,           offsetof(struct request, idempotency_key), false},
	{SLICE("tags"),            read_tags,          0,                                         false},
	{SLICE("dsn"),             read_dsn,           0,                                         false},
	{SLICE("metadata"),        read_object,        offsetof(struct request, metadata),        false},
};
/* clang-format on */
#define FIELDS (sizeof fields / sizeof *fields)

static bool read_member(struct request_reader *r, const struct json *member)
{
	size_t i = 0;

	while (i < FIELDS && !slice_equal(member->key, fields[i].name))
		i++;
	if (i == FIELDS || (fields[i].only_stored && !r->stored))
		return r->stored || err_set(r->err, EX_DATAERR, "unknown field \"%.*s\"",
					    SLICE_ARGS(text_cut(member->key, 100)));
	if (member->type == JSON_NULL)
		return true;
	if (fields[i].read(r, member, (char *)r->request + fields[i].at))
		return true;
	return err_at(r->err, "%s%s", fields[i].name.p, r->where);
}

/* --- what holds between fields --- */

static bool has_body(const struct request *request)
{
	return request->body_html.n || request->body_text.n || request->subject.n ||
	       request->template_id.n || request->n_attachments;
}

static bool check_whole(struct request_reader *r)
{
	const struct request *request = r->request;

	if (request->to.n + request->cc.n + request->bcc.n == 0)
		return err_set(r->err, EX_DATAERR, "to_emails: no recipient");
	if (!r->stored && !has_body(request))
		return err_set(r->err, EX_DATAERR,
			       "body_text: an empty message: no subject, body, template or "
			       "attachment");
	if (request->expires_ms && request->expires_ms <= request->scheduled_ms)
		return err_set(r->err, EX_DATAERR, "expires_at: not after scheduled_at");
	return true;
}

bool request_within(const struct request *request, const struct request_limits *limits,
		    struct err *err)
{
	size_t recipients = request->to.n + request->cc.n + request->bcc.n;
	uint64_t bytes = request->subject.n + request->body_html.n + request->body_text.n;

	if (recipients > limits->max_recipients)
		return err_set(err, EX_DATAERR, "to_emails: %zu recipients, and %u are allowed",
			       recipients, limits->max_recipients);
	for (size_t i = 0; i < request->n_attachments; i++)
		bytes += request->attachments[i].size;
	if (bytes > limits->max_message_bytes)
		return err_too_large(err, "%s: the message has %llu bytes, and %llu are allowed",
				     request->n_attachments ? "attachments" : "body_text",
				     (unsigned long long)bytes,
				     (unsigned long long)limits->max_message_bytes);
	return true;
}

static struct request *read_request(const struct json *json, struct arena *arena, bool stored,
				    struct err *err)
{
	struct request_reader r = {.arena = arena, .err = err, .stored = stored};

	if (json->type != JSON_OBJECT) {
		err_set(err, EX_DATAERR, "a message must be an object, not %s",
			json_type_name(json->type));
		return NULL;
	}
	r.request = arena_alloc(arena, sizeof *r.request);
	for (const struct json *member = json->first; member; member = member->next)
		if (!read_member(&r, member))
			return NULL;
	return check_whole(&r) ? r.request : NULL;
}

struct request *request_from_json(const struct json *json, struct arena *arena,
				  const struct request_limits *limits, struct err *err)
{
	struct request *request = read_request(json, arena, false, err);

	return request && request_within(request, limits, err) ? request : NULL;
}

struct request *request_parse(struct slice json, struct arena *arena,
			      const struct request_limits *limits, struct err *err)
{
	const struct json *tree = json_parse(json, arena, err);

	return tree ? request_from_json(tree, arena, limits, err) : NULL;
}

struct request *request_read(struct slice json, struct arena *arena, struct err *err)
{
	const struct json *tree = json_parse(json, arena, err);

	return tree ? read_request(tree, arena, true, err) : NULL;
}
