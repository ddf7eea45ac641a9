/*
 * queue_scratch.h: a configuration, a spool and its queue for one test, in a directory of its own.
 *
 * Organizations: acme (connectors local, a maildir, and relay, smtp; at most 3 recipients and 1024
 * bytes), globex (nothing but its name).
 */
#ifndef TESTS_QUEUE_SCRATCH_H
#define TESTS_QUEUE_SCRATCH_H

#include "files.h"
#include "index/query.h"
#include "queue/intake.h"
#include "queue/recover.h"
#include "spool/accept.h"

static struct conf *conf;
static struct queue *queue;
static struct arena arena;
static struct err err;

static void open_queue(enum queue_use use)
{
	queue = queue_open(conf, use, &err);
	ck_assert_msg(queue != NULL, "%s", err.text);
	queue->log.fd = -1; /* what it logs is expected */
}

static void queue_enter(void)
{
	files_enter();
	files_put("mailq.yaml",
		  "spool: spool\n"
		  "organizations: organizations\n"
		  "default_organization: acme\n"
		  "min_free_bytes: 1\n");
	files_put("organizations/acme/organization.yaml",
		  "name: Acme\n"
		  "domains: [acme.example]\n"
		  "from_email: noreply@acme.example\n"
		  "max_recipients: 3\n"
		  "max_message_bytes: 1024\n");
	files_put("organizations/acme/connectors/local.yaml",
		  "name: Local\n"
		  "kind: maildir\n"
		  "is_default: true\n"
		  "config: {path: maildir}\n");
	files_put("organizations/acme/connectors/relay.yaml",
		  "name: Relay\n"
		  "kind: smtp\n"
		  "config: {host: localhost}\n");
	files_put("organizations/globex/organization.yaml",
		  "name: Globex\n"
		  "domains: [globex.example]\n");
	ck_assert_int_eq(mkdir("spool", 0700), 0);
	conf = conf_load("mailq.yaml", &err);
	ck_assert_msg(conf != NULL, "%s", err.text);
	open_queue(QUEUE_WORK);
}

static void queue_leave(void)
{
	queue_close(queue);
	conf_free(conf);
	arena_free(&arena);
	files_leave();
}

/* --- messages as the programs leave them --- */

#define REQUEST "{\"organization_id\":\"acme\",\"to_emails\":[\"a@b.example\"],\"subject\":\"Hi\"}"
#define ROUTE "{\"connector_id\":\"relay\",\"kind\":\"smtp\",\"reason\":\"default\"}"

/* The nth id of a test. */
static inline const char *nth_id(unsigned n)
{
	static char ids[8][ID_SIZE];
	uint8_t random[10] = {0};
	char *id = ids[n % 8];

	id_make(id, 1800000000000 + n, random);
	return id;
}

/* A file with these entries, "name body" each; the index is not told. */
static inline void put_file(const char *id, enum state state, const char *kind,
			    const char *const *entries)
{
	struct place place = place_make("acme", state, kind);
	struct accept *accept = accept_open(queue->spool, &err);
	struct buf bytes = {0};

	entry_write_format(&bytes, ENTRY_FORMAT_MESSAGE, id);
	for (unsigned i = 0; entries[i]; i++) {
		struct slice body = slice_text(entries[i]), name;
		char text[32];

		ck_assert(slice_next(&body, ' ', &name));
		snprintf(text, sizeof text, "%.*s", SLICE_ARGS(name));
		entry_write(&bytes, id, text, 1000 * (i + 1), body);
	}
	struct slice piece = buf_slice(&bytes);
	struct accept_file *file = accept_file(accept, &place, id, &err);
	ck_assert_ptr_nonnull(file);
	ck_assert(accept_write(file, &piece, 1, &err));
	ck_assert(accept_end(file, &err));
	ck_assert_msg(accept_commit(accept, &err), "%s", err.text);
	accept_close(accept);
	buf_free(&bytes);
}

/* "queued", "routed/smtp"; "nowhere". */
static inline const char *place_of(const char *id)
{
	static char text[PLACE_PATH_SIZE];
	struct place place;

	if (!spool_find(queue->spool, NULL, id, &place))
		return "nowhere";
	snprintf(text, sizeof text, "%s%s%s", state_name(place.state), *place.kind ? "/" : "",
		 place.kind);
	return text;
}

/* --- what the index knows --- */

/* "ready", or "unknown". */
static inline const char *status_in_index(const char *id)
{
	struct index_record record;

	return index_get(queue->index, id, &arena, &record, &err) ? status_name(record.status)
								  : "unknown";
}

/* The stage that will come to the message, or "none". */
static inline const char *stage_of(const char *id)
{
	static const char *const stages[] = {"render", "route", "send-maildir", "send-smtp"};
	struct index_item items[16] = {0};
	struct index_claim claim = {.items = items};
	const char *found = "none";

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
		struct index_txn *txn = index_begin(queue->index, 1000, &err);
		ck_assert_ptr_nonnull(txn);
		do {
			index_take(txn, stages[i], INT64_MAX / 2, 16, &claim);
			for (unsigned j = 0; j < claim.count; j++)
				if (strcmp(items[j].id, id) == 0)
					found = stages[i];
		} while (claim.count);
		index_abort(txn);
	}
	return found;
}

/* How many regular files there are below the spool's directories of messages and .tmp/. */
static inline int count_files(void)
{
	FILE *find =
		popen("find spool -path spool/.index -prune -o -path spool/.run -prune -o"
		      " -type f -print | wc -l",
		      "r");
	int count = -1;

	ck_assert_ptr_nonnull(find);
	ck_assert_int_eq(fscanf(find, "%d", &count), 1);
	pclose(find);
	return count;
}

/* What a rebuild has to give again. */
static inline char *dumped(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	ck_assert_msg(index_dump(queue->index, out, &err), "%s", err.text);
	fclose(out);
	return text;
}

#endif
