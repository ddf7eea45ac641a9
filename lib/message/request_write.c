/* A request written as JSON, and the envelope that it means. */
#include "base/clock.h"
#include "message/request.h"

/* --- JSON --- */

static void put_text(struct json_out *out, const char *key, struct slice text)
{
	if (text.p)
		json_put_slice(out, key, text);
}

static void put_time(struct json_out *out, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (!ms)
		return;
	clock_format(ms, text);
	json_put_text(out, key, text);
}

static void put_tree(struct json_out *out, const char *key, const struct json *tree)
{
	if (tree)
		json_put_value(out, slice_text(key), tree);
}

static void put_address(struct json_out *out, const char *key, const struct address *address)
{
	if (address->name.n == 0) {
		json_put_slice(out, key, address->email);
		return;
	}
	json_open(out, key, '{');
	json_put_slice(out, "email", address->email);
	json_put_slice(out, "name", address->name);
	json_close(out, '}');
}

static void put_addresses(struct json_out *out, const char *key, const struct address_list *list)
{
	if (list->n == 0)
		return;
	json_open(out, key, '[');
	for (size_t i = 0; i < list->n; i++)
		put_address(out, NULL, &list->at[i]);
	json_close(out, ']');
}

static void put_headers(struct json_out *out, const struct request *request)
{
	if (request->n_headers == 0)
		return;
	json_open(out, "headers", '{');
	for (size_t i = 0; i < request->n_headers; i++)
		json_put_value(out, request->headers[i].name,
			       &(struct json){.type = JSON_STRING,
					      .text = request->headers[i].value});
	json_close(out, '}');
}

static void put_attachments(struct json_out *out, const struct request *request)
{
	if (request->n_attachments == 0)
		return;
	json_open(out, "attachments", '[');
	for (size_t i = 0; i < request->n_attachments; i++) {
		const struct request_attachment *file = &request->attachments[i];
		json_open(out, NULL, '{');
		put_text(out, "filename", file->filename);
		put_text(out, "content_type", file->content_type);
		put_text(out, "content_id", file->content_id);
		json_put_text(out, "disposition", file->is_inline ? "inline" : "attachment");
		json_put_int(out, "size", (int64_t)file->size);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void put_tags(struct json_out *out, const struct request *request)
{
	if (request->n_tags == 0)
		return;
	json_open(out, "tags", '[');
	for (size_t i = 0; i < request->n_tags; i++)
		json_put_slice(out, NULL, request->tags[i]);
	json_close(out, ']');
}

void request_write_members(struct json_out *out, const struct request *request)
{
	put_text(out, "organization_id", request->organization_id);
	if (request->from.email.p)
		put_address(out, "from_email", &request->from);
	put_text(out, "envelope_from", request->envelope_from);
	put_addresses(out, "reply_to", &request->reply_to);
	put_addresses(out, "to_emails", &request->to);
	put_addresses(out, "cc_emails", &request->cc);
	put_addresses(out, "bcc_emails", &request->bcc);
	put_text(out, "subject", request->subject);
	put_text(out, "body_html", request->body_html);
	put_text(out, "body_text", request->body_text);
	put_text(out, "template_id", request->template_id);
	put_tree(out, "context", request->context);
	put_text(out, "locale", request->locale);
	put_headers(out, request);
	put_attachments(out, request);
	put_text(out, "connector_id", request->connector_id);
	if (request->priority)
		json_put_int(out, "priority", request->priority);
	put_time(out, "scheduled_at", request->scheduled_ms);
	put_time(out, "expires_at", request->expires_ms);
	if (request->max_attempts)
		json_put_int(out, "max_attempts", request->max_attempts);
	put_text(out, "idempotency_key", request->idempotency_key);
	put_tags(out, request);
	dsn_write(out, &request->dsn);
	put_tree(out, "metadata", request->metadata);
}

void request_write(struct json_out *out, const struct request *request)
{
	json_open(out, NULL, '{');
	request_write_members(out, request);
	json_close(out, '}');
}

/* --- one field --- */

static struct slice join_addresses(const struct address *at, size_t n, struct arena *arena)
{
	const char *text = NULL;

	for (size_t i = 0; i < n; i++)
		text = arena_format(arena, "%s%s%.*s%s%.*s%s", text ? text : "", text ? ", " : "",
				    SLICE_ARGS(at[i].name), at[i].name.n ? " <" : "",
				    SLICE_ARGS(at[i].email), at[i].name.n ? ">" : "");
	return slice_text(text);
}

struct slice request_field(const struct request *request, const char *name, struct arena *arena)
{
	if (strcmp(name, "subject") == 0)
		return request->subject;
	if (strcmp(name, "body_html") == 0)
		return request->body_html;
	if (strcmp(name, "body_text") == 0)
		return request->body_text;
	if (strcmp(name, "from_email") == 0)
		return join_addresses(&request->from, request->from.email.p != NULL, arena);
	if (strcmp(name, "reply_to") == 0)
		return join_addresses(request->reply_to.at, request->reply_to.n, arena);
	for (size_t i = 0; i < request->n_headers; i++)
		if (slice_is_nocase(request->headers[i].name, name))
			return request->headers[i].value;
	return (struct slice){0};
}

bool request_has_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (slice_is_nocase(request->headers[i].name, name))
			return true;
	return false;
}

/* --- the envelope --- */

static uint32_t mix(uint32_t hash, unsigned char c)
{
	return (hash ^ c) * 16777619u; /* FNV-1a */
}

/* The same for addresses that address_equal holds for the same. */
static uint32_t address_hash(struct slice email)
{
	size_t local = address_local(email).n;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < email.n; i++) {
		unsigned char c = (unsigned char)email.p[i];
		hash = mix(hash, i > local && c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return hash;
}

/* An open hash table of places in the list, so that a long list costs no square of its length. */
struct seen {
	uint32_t *places; /* +1; 0: free */
	size_t mask;
};

static bool seen_before(struct seen *seen, const struct address_list *list, struct slice email)
{
	size_t slot = address_hash(email) & seen->mask;

	for (; seen->places[slot]; slot = (slot + 1) & seen->mask)
		if (address_equal(list->at[seen->places[slot] - 1].email, email))
			return true;
	seen->places[slot] = (uint32_t)list->n + 1;
	return false;
}

struct address_list request_recipients(const struct request *request, struct arena *arena)
{
	const struct address_list *lists[] = {&request->to, &request->cc, &request->bcc};
	size_t n = request->to.n + request->cc.n + request->bcc.n, slots = 2;
	struct address_list all = {.at = arena_alloc(arena, (n + 1) * sizeof *all.at)};

	while (slots < 2 * n)
		slots *= 2;
	struct seen seen = {arena_alloc(arena, slots * sizeof *seen.places), slots - 1};
	for (size_t l = 0; l < 3; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (!seen_before(&seen, &all, lists[l]->at[i].email))
				all.at[all.n++] = lists[l]->at[i];
	return all;
}

struct slice request_sender(const struct request *request)
{
	return request->envelope_from.p ? request->envelope_from : request->from.email;
}
