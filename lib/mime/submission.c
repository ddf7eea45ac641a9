#include "mime/submission.h"

#include "mime/complete.h"
#include "mime/header.h"
#include "mime/scan.h"
#include "mime/words.h"

#define SUBJECT_MOST 998 /* bytes of it that listings show */

/* --- the fields that are looked at --- */

enum field {
	FROM,
	TO,
	CC,
	BCC,
	REPLY_TO,
	RESENT_FROM,
	RESENT_TO,
	RESENT_CC,
	RESENT_BCC,
	SUBJECT,
	TEMPLATE,
	CONTEXT,
	ORG,
	TAG,
	PRIORITY,
	SEND_AT,
	EXPIRES_AT,
	KEY,
	TRANSPORT,
	FIELDS,
};
#define ADDRESS_FIELDS SUBJECT /* those before it hold lists of addresses */

#define CONTROL "X-Mailq-"

/* clang-format off */
static const struct {
	const char *name;
	bool joins;         /* several are one, with commas */
	const char *member; /* of the request, where the value is just handed on */
} fields[FIELDS] = {
	[FROM] = {"From", true},
	[TO] = {"To", true},
	[CC] = {"Cc", true},
	[BCC] = {"Bcc", true},
	[REPLY_TO] = {"Reply-To", true},
	[RESENT_FROM] = {"Resent-From", true},
	[RESENT_TO] = {"Resent-To", true},
	[RESENT_CC] = {"Resent-Cc", true},
	[RESENT_BCC] = {"Resent-Bcc", true},
	[SUBJECT] = {"Subject"},
	[TEMPLATE] = {CONTROL "Template", false, "template_id"},
	[CONTEXT] = {CONTROL "Context"},
	[ORG] = {CONTROL "Org", false, "organization_id"},
	[TAG] = {CONTROL "Tag", true},
	[PRIORITY] = {CONTROL "Priority"},
	[SEND_AT] = {CONTROL "Send-At", false, "scheduled_at"},
	[EXPIRES_AT] = {CONTROL "Expires-At", false, "expires_at"},
	[KEY] = {CONTROL "Idempotency-Key", false, "idempotency_key"},
	[TRANSPORT] = {CONTROL "Transport", false, "connector_id"},
};
/* clang-format on */

const char *const submission_dropped[] = {"Bcc",         "Resent-Bcc",     CONTROL "*",
					  "Return-Path", "Content-Length", NULL};
#define DROPPED (sizeof submission_dropped / sizeof *submission_dropped - 1)

struct reader {
	const struct submission_facts *facts;
	struct arena *arena;
	struct err *err;

	struct slice value[FIELDS]; /* unfolded; p == NULL: not there */
	struct slice body;
	struct address_list list[ADDRESS_FIELDS];
	bool completed[ADDRESS_FIELDS]; /* an address in it got its domain here */

	struct address_list to, cc, bcc; /* the envelope */
	struct address from;
	struct slice envelope_from; /* p == NULL: from's */
	bool adds_from;
};

static bool has(const struct reader *r, enum field field)
{
	return r->value[field].p != NULL;
}

static bool field_named(struct reader *r, struct slice name, enum field *field)
{
	for (*field = 0; *field < FIELDS; (*field)++)
		if (slice_is_nocase(name, fields[*field].name))
			return true;
	if (slice_is_nocase(slice_first(name, strlen(CONTROL)), CONTROL))
		err_set(r->err, EX_DATAERR, "%.*s: unknown", SLICE_ARGS(name));
	return false;
}

static bool add_value(struct reader *r, const struct mime_header *header, struct buf values[FIELDS])
{
	enum field field;

	if (!field_named(r, header->name, &field))
		return r->err->code == 0;
	struct buf *value = &values[field];
	if (value->p && fields[field].joins)
		buf_add_text(value, ", ");
	else if (value->p && field > SUBJECT)
		return err_set(r->err, EX_DATAERR, "%s: stands twice", fields[field].name);
	else
		buf_clear(value);
	buf_reserve(value, 1);
	mime_header_unfold(header->value, value);
	return true;
}

static bool read_header(struct reader *r, struct slice message)
{
	struct buf values[FIELDS] = {0};
	struct mime_header header;
	bool ok = true;

	*r->err = (struct err){0};
	r->body = mime_header_start(message);
	while (ok && mime_header_next(&r->body, &header))
		ok = add_value(r, &header, values);
	for (enum field i = 0; i < FIELDS; i++) {
		if (values[i].p)
			r->value[i] = arena_slice(r->arena, buf_slice(&values[i]));
		buf_free(&values[i]);
	}
	return ok;
}

/* --- lists of addresses --- */

static struct slice decoded(struct reader *r, struct slice text)
{
	struct buf out = {0};

	buf_reserve(&out, 1);
	mime_words_decode(text, &out);
	struct slice result = arena_slice(r->arena, buf_slice(&out));
	buf_free(&out);
	return result;
}

static bool parse_list(struct reader *r, struct slice text, struct address_list *list,
		       bool *completed)
{
	struct buf out = {0};

	*completed = mime_complete_list(text, r->facts->domain, &out);
	struct slice whole = arena_slice(r->arena, buf_slice(&out));
	buf_free(&out);
	if (!address_list_parse(whole, r->arena, list, r->err))
		return false;
	if (list->n > SUBMISSION_ADDRESSES_MOST)
		return err_set(r->err, EX_DATAERR, "more than %d addresses",
			       SUBMISSION_ADDRESSES_MOST);
	for (size_t i = 0; i < list->n; i++)
		list->at[i].name = decoded(r, list->at[i].name);
	return true;
}

/* Whether the message cannot be sent without knowing what the field says. */
static bool is_needed(const struct reader *r, enum field field)
{
	return field == FROM || field == RESENT_FROM || r->facts->read_headers;
}

static bool parse_lists(struct reader *r)
{
	for (enum field i = 0; i < ADDRESS_FIELDS; i++) {
		if (!has(r, i) || parse_list(r, r->value[i], &r->list[i], &r->completed[i]))
			continue;
		if (is_needed(r, i))
			return err_at(r->err, "%s", fields[i].name);
		r->list[i] = (struct address_list){0};
		r->completed[i] = false;
		*r->err = (struct err){0};
	}
	return true;
}

/* --- the envelope --- */

static bool parse_arguments(struct reader *r, struct address_list *list)
{
	struct buf text = {0};
	bool completed;

	for (size_t i = 0; i < r->facts->n_recipients; i++) {
		buf_add_text(&text, i ? ", " : "");
		buf_add_slice(&text, r->facts->recipients[i]);
	}
	struct slice all = arena_slice(r->arena, buf_slice(&text));
	buf_free(&text);
	return parse_list(r, all, list, &completed) || err_at(r->err, "recipient");
}

/* Of a header's list, those that stand in the command line. */
static struct address_list meant_of(struct reader *r, const struct address_list *list,
				    const struct address_list *arguments)
{
	struct address_list meant = {.at = arena_alloc(r->arena, (list->n + 1) * sizeof *meant.at)};

	for (size_t i = 0; i < list->n; i++)
		if (address_list_find(arguments, list->at[i].email))
			meant.at[meant.n++] = list->at[i];
	return meant;
}

/* hidden, and those of the command line that the header does not show. */
static struct address_list not_shown(struct reader *r, const struct address_list *hidden,
				     const struct address_list *arguments)
{
	struct address_list all = {
		.at = arena_alloc(r->arena, (hidden->n + arguments->n + 1) * sizeof *all.at),
		.n = hidden->n,
	};

	if (hidden->n)
		memcpy(all.at, hidden->at, hidden->n * sizeof *all.at);
	for (size_t i = 0; i < arguments->n; i++)
		if (!address_list_find(&r->to, arguments->at[i].email) &&
		    !address_list_find(&r->cc, arguments->at[i].email))
			all.at[all.n++] = arguments->at[i];
	return all;
}

static bool is_resent(const struct reader *r)
{
	return has(r, RESENT_TO) || has(r, RESENT_CC) || has(r, RESENT_BCC);
}

static bool choose_recipients(struct reader *r)
{
	const struct address_list none = {0};
	const struct address_list *shown = &r->list[is_resent(r) ? RESENT_TO : TO];
	const struct address_list *hidden = &none;
	struct address_list arguments;

	_Static_assert(CC - TO == RESENT_CC - RESENT_TO && BCC - TO == RESENT_BCC - RESENT_TO,
		       "both kinds stand in one order");
	if (!parse_arguments(r, &arguments))
		return false;
	r->to = shown[0];
	r->cc = shown[CC - TO];
	if (r->facts->read_headers) {
		hidden = &shown[BCC - TO];
	} else {
		r->to = meant_of(r, &r->to, &arguments);
		r->cc = meant_of(r, &r->cc, &arguments);
	}
	r->bcc = not_shown(r, hidden, &arguments);
	return r->to.n + r->cc.n + r->bcc.n > 0 || err_set(r->err, EX_DATAERR, "no recipient");
}

static bool parse_sender(struct reader *r)
{
	struct slice given = slice_trim(r->facts->sender);
	struct address_list list;
	bool completed;

	r->envelope_from = slice_make("", 0);
	if (given.n == 0 || slice_is(given, "<>"))
		return true;
	if (!parse_list(r, given, &list, &completed))
		return err_at(r->err, "sender");
	if (list.n != 1)
		return err_set(r->err, EX_DATAERR, "sender: not one address");
	r->envelope_from = list.at[0].email;
	return true;
}

static bool find_caller(struct reader *r, struct address *caller)
{
	struct slice user = r->facts->user, full_name = r->facts->full_name;

	if (r->facts->find_user)
		r->facts->find_user(r->facts->self, &user, &full_name);
	caller->name = decoded(r, full_name);
	char *own =
		arena_format(r->arena, "%.*s@%.*s", SLICE_ARGS(user), SLICE_ARGS(r->facts->domain));
	return address_parse_email(slice_text(own), r->arena, &caller->email, r->err) ||
	       err_at(r->err, "the caller's address");
}

/* From the envelope's sender, else from whoever calls. A From without an address is in its way. */
static bool add_from(struct reader *r)
{
	if (!find_caller(r, &r->from))
		return false;
	if (r->envelope_from.n)
		r->from.email = r->envelope_from;
	r->adds_from = true;
	return true;
}

/* Who sends a message again answers for it, not who wrote it. */
static bool take_resender(struct reader *r)
{
	struct address caller;

	if (r->list[RESENT_FROM].n)
		r->envelope_from = r->list[RESENT_FROM].at[0].email;
	else if (!find_caller(r, &caller))
		return false;
	else
		r->envelope_from = caller.email;
	return true;
}

static bool choose_sender(struct reader *r)
{
	if (r->facts->sender.p && !parse_sender(r))
		return false;
	if (!r->facts->sender.p && (is_resent(r) || r->list[RESENT_FROM].n) && !take_resender(r))
		return false;
	if (r->list[FROM].n) {
		r->from = r->list[FROM].at[0];
		return true;
	}
	/* which may bring it, or the organization does */
	return has(r, TEMPLATE) || add_from(r);
}

/* --- the request, as the JSON that its own reader checks --- */

static void put_address(struct json_out *out, const char *key, const struct address *address)
{
	json_open(out, key, '{');
	json_put_slice(out, "email", address->email);
	json_put_slice(out, "name", address->name);
	json_close(out, '}');
}

static void put_list(struct json_out *out, const char *key, const struct address_list *list)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < list->n; i++)
		put_address(out, NULL, &list->at[i]);
	json_close(out, ']');
}

static void put_tags(struct json_out *out, struct slice tags)
{
	struct slice tag;

	json_open(out, "tags", '[');
	while (slice_next(&tags, ',', &tag))
		if (slice_trim(tag).n)
			json_put_slice(out, NULL, slice_trim(tag));
	json_close(out, ']');
}

/* What is no number goes on as a text, and is refused there by its name. */
static void put_priority(struct json_out *out, struct slice text)
{
	bool negative = slice_starts(text, "-");
	uint64_t n;

	if (slice_number(slice_after(text, negative), 1000, &n))
		json_put_int(out, "priority", negative ? -(int64_t)n : (int64_t)n);
	else
		json_put_slice(out, "priority", text);
}

static bool put_context(struct reader *r, struct json_out *out)
{
	if (!has(r, CONTEXT))
		return true;
	const struct json *context = json_parse(r->value[CONTEXT], r->arena, r->err);
	if (!context)
		return err_at(r->err, "%s", fields[CONTEXT].name);
	json_put_value(out, slice_text("context"), context);
	return true;
}

static bool put_request(struct reader *r, struct json_out *out)
{
	json_open(out, NULL, '{');
	if (r->from.email.p)
		put_address(out, "from_email", &r->from);
	if (r->envelope_from.p && !slice_equal(r->envelope_from, r->from.email))
		json_put_slice(out, "envelope_from", r->envelope_from);
	put_list(out, "to_emails", &r->to);
	put_list(out, "cc_emails", &r->cc);
	put_list(out, "bcc_emails", &r->bcc);
	if (has(r, TEMPLATE) && r->list[REPLY_TO].n)
		put_list(out, "reply_to", &r->list[REPLY_TO]);
	if (has(r, SUBJECT))
		json_put_slice(out, "subject",
			       slice_first(decoded(r, r->value[SUBJECT]), SUBJECT_MOST));
	for (enum field i = 0; i < FIELDS; i++)
		if (has(r, i) && fields[i].member)
			json_put_slice(out, fields[i].member, r->value[i]);
	if (has(r, PRIORITY))
		put_priority(out, r->value[PRIORITY]);
	if (has(r, TAG))
		put_tags(out, r->value[TAG]);
	dsn_write(out, &r->facts->dsn);
	if (!put_context(r, out))
		return false;
	json_close(out, '}');
	return true;
}

static struct request *make_request(struct reader *r)
{
	struct buf json = {0};
	struct json_out out = {.buf = &json};
	bool ok = put_request(r, &out);
	struct slice text = ok ? arena_slice(r->arena, buf_slice(&json)) : slice_make("", 0);

	buf_free(&json);
	return ok ? request_read(text, r->arena, r->err) : NULL;
}

/* --- what changes in the header --- */

static bool is_rewritten(const struct reader *r, enum field field)
{
	return r->completed[field] && field != BCC && field != RESENT_BCC;
}

static struct mime_edit make_edit(struct reader *r)
{
	const char **drop = arena_alloc(r->arena, (DROPPED + ADDRESS_FIELDS + 1) * sizeof *drop);
	struct buf add = {0};
	size_t n = DROPPED;

	memcpy(drop, submission_dropped, sizeof submission_dropped);
	if (r->adds_from) {
		drop[n++] = fields[FROM].name;
		mime_put_addresses(&add, fields[FROM].name, &r->from, 1);
	}
	for (enum field i = 0; i < ADDRESS_FIELDS; i++) {
		if (!is_rewritten(r, i))
			continue;
		drop[n++] = fields[i].name;
		mime_put_addresses(&add, fields[i].name, r->list[i].at, r->list[i].n);
	}
	struct mime_edit edit = {.drop = drop, .add = arena_slice(r->arena, buf_slice(&add))};
	buf_free(&add);
	return edit;
}

bool submission_read(struct slice message, const struct submission_facts *facts,
		     struct arena *arena, struct submission *submission, struct err *err)
{
	struct reader r = {.facts = facts, .arena = arena, .err = err};

	if (!read_header(&r, message) || !parse_lists(&r) || !choose_recipients(&r) ||
	    !choose_sender(&r))
		return false;
	if (has(&r, TEMPLATE) && slice_trim(r.body).n)
		return err_set(err, EX_DATAERR, "%s: the message has a body, and so has a template",
			       fields[TEMPLATE].name);
	*submission =
		(struct submission){.request = make_request(&r), .templated = has(&r, TEMPLATE)};
	if (!submission->request)
		return false;
	submission->edit = make_edit(&r);
	return true;
}
