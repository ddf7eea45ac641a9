#include "queue/intake.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "index/meter.h"
#include "queue/bell.h"
#include "queue/key_use.h"
#include "queue/record.h"
#include "queue/templates.h"
#include "spool/accept.h"
#include "spool/keys.h"

_Static_assert(INTAKE_MOST <= ACCEPT_MOST, "a batch of intake is a batch of the spool");

struct intake_item {
	char id[ID_SIZE];
	struct place place;
	struct story story;
	struct key_first first; /* where it has an idempotency key */
};

struct intake {
	struct queue *queue;
	struct accept *accept;
	struct buf bytes; /* of one file */
	struct buf json;
	struct arena arena;
	struct intake_item *items; /* room for INTAKE_MOST; most programs use the first alone */
	size_t count;
	char last_id[ID_SIZE];       /* that was made here */
	char kept_id[ID_SIZE];       /* of the next message, made elsewhere; or empty */
	struct slice origin;         /* and who brings it */
	struct templates *templates; /* NULL before a request names one */
	bool key_was_used;           /* for another message than the last that was added */
	struct keys *keys;           /* of one organization, locked for this batch; or NULL */
};

struct intake *intake_open(struct queue *queue, struct err *err)
{
	struct accept *accept = accept_open(queue->spool, err);

	if (!accept)
		return NULL;
	struct intake *intake = mem_zero(sizeof *intake);
	intake->queue = queue;
	intake->accept = accept;
	intake->items = mem_resize(NULL, INTAKE_MOST, sizeof *intake->items);
	return intake;
}

void intake_close(struct intake *intake)
{
	if (!intake)
		return;
	accept_close(intake->accept);
	keys_unlock(intake->keys);
	templates_close(intake->templates);
	buf_free(&intake->bytes);
	buf_free(&intake->json);
	arena_free(&intake->arena);
	free(intake->items);
	free(intake);
}

size_t intake_count(const struct intake *intake)
{
	return intake->count;
}

/* --- what the configuration says --- */

static void widen(struct request_limits *limits, const struct settings *settings)
{
	if ((uint64_t)settings->max_message_bytes > limits->max_message_bytes)
		limits->max_message_bytes = (uint64_t)settings->max_message_bytes;
	if (settings->max_recipients > limits->max_recipients)
		limits->max_recipients = settings->max_recipients;
}

struct request_limits intake_limits(const struct conf *conf)
{
	struct request_limits limits = {0};

	widen(&limits, &conf->settings);
	for (size_t i = 0; i < conf->organization_count; i++)
		widen(&limits, &conf->organizations[i].settings);
	return limits;
}

/* A template may bring the sender; without one it is the message's or the organization's. */
static bool fill_sender(struct intake *intake, struct request *request,
			const struct organization *org, struct err *err)
{
	if (request->from.email.p || request->template_id.p)
		return true;
	if (!org->from_email)
		return err_set(err, EX_DATAERR,
			       "from_email: none given, and organization %s has none", org->id);
	return address_parse(slice_text(org->from_email), &intake->arena, &request->from, err) ||
	       err_at(err, "%s: from_email", org->file);
}

static bool check_limits(const struct request *request, const struct organization *org,
			 uint64_t bytes, struct err *err)
{
	size_t recipients = request->to.n + request->cc.n + request->bcc.n;

	for (size_t i = 0; i < request->n_attachments; i++)
		bytes += request->attachments[i].size;
	if (recipients > org->settings.max_recipients)
		return err_set(err, EX_DATAERR, "%zu recipients; organization %s allows %u",
			       recipients, org->id, org->settings.max_recipients);
	if (bytes > (uint64_t)org->settings.max_message_bytes)
		return err_too_large(err, "%llu bytes; organization %s allows %lld",
				     (unsigned long long)bytes, org->id,
				     (long long)org->settings.max_message_bytes);
	return true;
}

static const struct organization *apply_conf(struct intake *intake, struct request *request,
					     struct err *err)
{
	const struct organization *org =
		conf_choose_organization(intake->queue->conf, request->organization_id,
					 address_domain(request_sender(request)), err);

	if (!org || !fill_sender(intake, request, org, err))
		return NULL;
	if (request->connector_id.p && !organization_connector(org, request->connector_id)) {
		err_set(err, EX_DATAERR, "connector_id: organization %s has no connector %.*s",
			org->id, SLICE_ARGS(request->connector_id));
		return NULL;
	}
	request->organization_id = slice_text(org->id);
	if (request->template_id.p && !intake->templates)
		intake->templates = templates_open(&(struct templates_options){0});
	return !request->template_id.p || (templates_check(intake->templates, org, request, err) &&
					   templates_attach(intake->templates, org, request,
							    &intake->arena, err))
		       ? org
		       : NULL;
}

/* --- the file --- */

/* Greater than the one before, also within a millisecond and when the clock steps back, so that the
 * ids of one caller are in the order of its input. */
static bool next_id(struct intake *intake, int64_t now_ms, struct err *err)
{
	uint8_t random[10];

	if (*intake->last_id && id_time_ms(intake->last_id) >= now_ms && id_next(intake->last_id))
		return true;
	if (!io_random(random, sizeof random, err))
		return false;
	id_make(intake->last_id, now_ms, random);
	return true;
}

/* Complete, within its organization's limits, and as the `request` entry's JSON in intake->json. */
static const struct organization *complete(struct intake *intake, struct request *request,
					   uint64_t raw_bytes, struct err *err)
{
	const struct organization *org = apply_conf(intake, request, err);
	struct json_out out = {.buf = &intake->json};

	if (!org)
		return NULL;
	buf_clear(&intake->json);
	request_write(&out, request);
	return check_limits(request, org, intake->json.n + raw_bytes, err) ? org : NULL;
}

bool intake_check(struct intake *intake, struct request *request, struct err *err)
{
	return complete(intake, request, 0, err) != NULL;
}

/* The entries that come whole: the format's line and the request; who brought it; an event. */
static bool write_entry(struct intake *intake, struct accept_file *file,
			const struct intake_item *item, const char *name, struct slice body,
			struct err *err)
{
	bool first = strcmp(name, ENTRY_REQUEST) == 0;

	if (!body.p)
		return true;
	buf_clear(&intake->bytes);
	if (first)
		entry_write_format(&intake->bytes, ENTRY_FORMAT_MESSAGE, item->id);
	entry_write(&intake->bytes, item->id, name, item->story.created_ms, body);
	struct slice piece = buf_slice(&intake->bytes);
	return accept_write(file, &piece, 1, err);
}

/* event: p == NULL for none. */
static bool write_file(struct intake *intake, const struct content *content,
		       const struct intake_item *item, struct slice event, struct entry_sum *sum,
		       struct err *err)
{
	struct accept_file *file = accept_file(intake->accept, &item->place, item->id, err);

	if (!file || !write_entry(intake, file, item, ENTRY_REQUEST, buf_slice(&intake->json), err))
		return false;
	if (content_write(content, item->id, item->story.created_ms, file, sum, err))
		return write_entry(intake, file, item, ENTRY_ORIGIN, intake->origin, err) &&
		       write_entry(intake, file, item, ENTRY_EVENT, event, err) &&
		       accept_end(file, err);
	if (err->code == EX_DATAERR)
		accept_drop(file); /* a failed write has dropped it already */
	return false;
}

/* --- idempotency keys --- */

/* One organization's keys a batch: two batches that wait for one another's would wait for ever. */
static bool lock_keys(struct intake *intake, const char *org, struct err *err)
{
	if (intake->keys && strcmp(intake->keys->org, org) != 0)
		return err_set(err, EX_TEMPFAIL, "idempotency keys of %s and %s in one batch", org,
			       intake->keys->org);
	if (!intake->keys)
		intake->keys = keys_lock(intake->queue->spool, org, err);
	return intake->keys != NULL;
}

static const struct intake_item *item_of(const struct intake *intake, const char *id)
{
	for (size_t i = 0; i < intake->count; i++)
		if (strcmp(intake->items[i].id, id) == 0)
			return &intake->items[i];
	return NULL;
}

/* id: what the key gave before, where it was used. intake->json holds the `request` entry. */
static enum key_use use_key(struct intake *intake, const struct content *content, const char *org,
			    const char *hex, char id[ID_SIZE], struct err *err)
{
	struct key_message message = {buf_slice(&intake->json), content};

	if (!lock_keys(intake, org, err))
		return KEY_UNKNOWN;
	if (!keys_find(intake->keys, hex, id))
		return key_use_not_found(err);
	const struct intake_item *item = item_of(intake, id);
	enum key_use use = item ? key_use_in_batch(&message, id, &item->first, err)
				: key_use_in_spool(&message, intake->queue->spool, org, id, err);
	intake->key_was_used = use == KEY_OTHER;
	if (use == KEY_OTHER)
		err_set(err, EX_DATAERR, "idempotency_key: used before, for another message: %s",
			id);
	return use;
}

/* --- adding --- */

/* The id, place and time of the next message. */
static bool begin_item(struct intake *intake, const char *org, enum state state,
		       struct intake_item *item, struct err *err)
{
	bool kept = *intake->kept_id;
	int64_t now_ms = clock_now_ms();

	if (intake->count == INTAKE_MOST)
		return err_set(err, EX_TEMPFAIL, "more than %d messages in one batch", INTAKE_MOST);
	if (!kept && !next_id(intake, now_ms, err))
		return false;
	*item = (struct intake_item){.place = place_make(org, state, "")};
	memcpy(item->id, kept ? intake->kept_id : intake->last_id, ID_SIZE);
	item->story.created_ms = kept ? id_time_ms(item->id) : now_ms;
	return true;
}

/* It is written: what the index will be told of it. */
static void end_item(struct intake *intake, const struct request *request, struct intake_item *item,
		     uint64_t content_bytes)
{
	intake->count++;
	item->story = record_new_story(request, intake->json.n + content_bytes,
				       item->story.created_ms, &intake->arena);
}

static bool add_new(struct intake *intake, const struct content *content,
		    const struct organization *org, enum state state, struct err *err)
{
	const struct request *request = content->request;
	struct intake_item *item = &intake->items[intake->count];
	struct entry_sum sum;

	if (!begin_item(intake, org->id, state, item, err) ||
	    !write_file(intake, content, item, slice_make(NULL, 0), &sum, err))
		return false;
	end_item(intake, request, item, sum.length);
	if (request->idempotency_key.p)
		item->first = (struct key_first){.request = arena_slice(&intake->arena,
									buf_slice(&intake->json)),
						 .content = sum};
	return true;
}

bool intake_key_was_used(const struct intake *intake)
{
	return intake->key_was_used;
}

static bool add(struct intake *intake, struct request *request, enum state state,
		const struct content *content, char id[ID_SIZE], struct err *err)
{
	const struct organization *org = complete(intake, request, content->raw.n, err);
	bool keyed = request->idempotency_key.p;
	char hex[SHA256_HEX_SIZE];

	intake->key_was_used = false;
	if (!org)
		return false;
	if (keyed) {
		sha256_hex(request->idempotency_key, hex);
		enum key_use use = use_key(intake, content, org->id, hex, id, err);
		if (use != KEY_NEW)
			return use == KEY_SAME;
	}
	if (!add_new(intake, content, org, state, err))
		return false;
	memcpy(id, intake->items[intake->count - 1].id, ID_SIZE);
	return !keyed || keys_put(intake->keys, hex, id, err);
}

bool intake_add(struct intake *intake, struct request *request, enum state state, char id[ID_SIZE],
		struct err *err)
{
	struct content content = {.request = request};

	return add(intake, request, state, &content, id, err);
}

bool intake_add_files(struct intake *intake, struct request *request, enum state state,
		      const int *files, size_t n, char id[ID_SIZE], struct err *err)
{
	struct content content = {.request = request, .files = files, .n_files = n};

	return add(intake, request, state, &content, id, err);
}

bool intake_add_raw(struct intake *intake, struct request *request, enum state state,
		    struct slice message, const struct mime_edit *edit, char id[ID_SIZE],
		    struct err *err)
{
	struct content content = {.request = request, .raw = message, .edit = edit};

	return add(intake, request, state, &content, id, err);
}

void intake_bring(struct intake *intake, const char *id, struct slice origin)
{
	snprintf(intake->kept_id, sizeof intake->kept_id, "%s", id ? id : "");
	intake->origin = origin;
}

bool intake_add_refused(struct intake *intake, struct request *request, const char *org,
			struct slice message, const struct mime_edit *edit,
			const struct event *event, char id[ID_SIZE], struct err *err)
{
	struct content content = {.request = request, .raw = message, .edit = edit};
	struct intake_item *item = &intake->items[intake->count];
	struct json_out out = {.buf = &intake->json};
	struct buf why = {0};
	struct entry_sum sum;

	if (!begin_item(intake, org, event->to, item, err))
		return false;
	request->organization_id = slice_text(org);
	buf_clear(&intake->json);
	request_write(&out, request);
	event_write(&(struct json_out){.buf = &why}, event);
	bool ok = write_file(intake, &content, item, buf_slice(&why), &sum, err);
	buf_free(&why);
	if (!ok)
		return false;
	end_item(intake, request, item, sum.length);
	item->story.to = event->to;
	item->story.last_error = arena_slice(&intake->arena, event->reason);
	memcpy(id, item->id, ID_SIZE);
	return true;
}

/* --- committing --- */

static bool enter_index(struct intake *intake, struct err *err)
{
	struct index_txn *txn;

	if (!intake->queue->index)
		return err_set(err, EX_UNAVAILABLE, "the index is not open");
	if (!(txn = index_begin(intake->queue->index, INDEX_WAIT_ACCEPT, err)))
		return false;
	for (size_t i = 0; i < intake->count; i++) {
		struct intake_item *item = &intake->items[i];
		struct index_record record = record_of(&item->story, item->id, item->place.org,
						       item->place.state, &intake->arena);
		struct record_work work;
		index_put(txn, &record);
		index_count_accepted(txn, record.organization);
		if (record_work_of(&item->story, item->id, &item->place, item->story.connector_id,
				   &work))
			record_work_enter(txn, &work);
	}
	return index_commit(txn, err);
}

/* Whatever becomes of this process between the first rename and the index. */
static void say_what_comes(struct intake *intake)
{
	struct moving *moving = intake->queue->moving;

	for (size_t i = 0; i < intake->count; i++)
		moving_add(moving, intake->items[i].place.org, intake->items[i].id);
	moving_begin(moving);
}

bool intake_commit(struct intake *intake, struct err *err)
{
	struct err index_err = {0};

	say_what_comes(intake);
	/* A key that names nothing yet is harmless, so it comes first. */
	bool ok = intake->count == 0 || ((!intake->keys || keys_sync(intake->keys, err)) &&
					 accept_commit(intake->accept, err));

	/* durable, or taken back: the locks have done their part */
	accept_clear(intake->accept);
	keys_unlock(intake->keys);
	intake->keys = NULL;
	bool told = !ok || intake->count == 0 || enter_index(intake, &index_err);
	queue_moved(intake->queue, told);
	if (!told)
		queue_log_failure(intake->queue, "index", NULL, &index_err);
	if (ok && intake->count > 0) {
		bell_ring(intake->queue->spool, "render");
		bell_ring(intake->queue->spool, BELL_CHANGES);
	}
	intake->count = 0;
	arena_reset(&intake->arena);
	return ok;
}
