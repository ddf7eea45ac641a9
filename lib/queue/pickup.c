#include "queue/pickup.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "conf/submitter.h"
#include "mime/submission.h"
#include "queue/intake.h"
#include "spool/drop.h"

#define BATCH_MOST 64
#define ROUND_MOST 1024       /* files of one user that are looked at before all others' */
#define LOOKS 5               /* for a message that moves between being found and being read */
#define BATCH_BYTES (1 << 20) /* from then on a batch is full */
#define FILE_ROOM (4 << 20)   /* beside the message: a request with many recipients */
#define FUTURE_MS (24 * 3600 * 1000) /* how wrong a submitter's clock may be */

/* One dropped file, from its copying until its batch is committed. */
struct found {
	char name[ID_SIZE];
	struct drop_file file;
	struct arena arena;
	struct request *request;
	struct slice raw; /* p == NULL: none */
	struct slice origin;
	char id[ID_SIZE];
};

struct pickup {
	struct queue *queue;
	struct intake *intake;
	struct found found[BATCH_MOST];
	size_t count;
	uint64_t bytes;
	uint64_t most; /* of a dropped file */
	uint64_t gone; /* files, out of .drop/ */
	struct err *err;
};

#define USER_SIZE 64

/* How the owners of other user namespaces look: anyone, so nobody. */
#define OVERFLOW_UID 65534

static const struct mime_edit edit = {.drop = submission_dropped};

static void user_name(uid_t uid, char name[USER_SIZE])
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		snprintf(name, USER_SIZE, "%s", user->pw_name);
	else
		snprintf(name, USER_SIZE, "%u", (unsigned)uid);
}

static void log_found(struct pickup *pickup, const char *event, const char *id, uid_t owner,
		      const struct err *why)
{
	struct log *log = &pickup->queue->log;
	char user[USER_SIZE];

	user_name(owner, user);
	log_begin(log, event);
	log_text(log, "id", id);
	log_text(log, "user", user);
	if (why) {
		log_int(log, "code", why->code);
		log_text(log, "error", why->text);
	}
	log_end(log);
}

static void forget(struct found *found)
{
	drop_forget(&found->file);
	arena_free(&found->arena);
}

/* --- reading --- */

/* What we wrote ourselves is whole; anything else is no message of ours. */
static bool read_entries(struct found *found, struct err *err)
{
	struct entry_list entries;
	struct slice bytes;

	if (!spill_bytes(&found->file.bytes, &bytes, err) ||
	    !entry_read(bytes, ENTRY_FORMAT_MESSAGE, &found->arena, &entries, err))
		return false;
	if (strcmp(entries.id, found->name) != 0)
		return err_set(err, EX_DATAERR, "holds the message %s", entries.id);
	if (entries.tail != ENTRY_TAIL_WHOLE || entries.count == 0 ||
	    !slice_is(entries.at[0].name, ENTRY_REQUEST))
		return err_set(err, EX_DATAERR, "is not whole");
	const struct entry *raw = entry_last(&entries, ENTRY_RAW);
	if (raw)
		found->raw = raw->body;
	found->request = request_read(entries.at[0].body, &found->arena, err);
	return found->request != NULL;
}

static void set_origin(struct found *found)
{
	char user[USER_SIZE], hex[SHA256_HEX_SIZE];
	struct buf json = {0};
	struct json_out out = {.buf = &json};
	struct slice bytes;
	struct err err = {0};

	spill_bytes(&found->file.bytes, &bytes, &err); /* it was had before */
	sha256_hex(bytes, hex);
	user_name(found->file.owner, user);
	json_open(&out, NULL, '{');
	json_put_text(&out, "user", user);
	json_put_int(&out, "uid", found->file.owner);
	json_put_text(&out, "sha256", hex);
	json_close(&out, '}');
	found->origin = arena_slice(&found->arena, buf_slice(&json));
	buf_free(&json);
}

/* --- whether it is here already --- */

enum known {
	KNOWN_NOT,
	KNOWN_SAME,
	KNOWN_OTHER,  /* a message that is not this one */
	KNOWN_UNSURE, /* it cannot be told now: err */
};

static enum known look_up(struct pickup *pickup, const struct found *found, struct err *err)
{
	struct spool_file file;
	struct place place;
	bool read = false;

	for (int round = 0; !read && round < LOOKS; round++) {
		*err = (struct err){0};
		if (!spool_find(pickup->queue->spool, NULL, found->name, &place)) {
			if (errno == ENOENT)
				return KNOWN_NOT;
			io_err(err, "look for %s", found->name);
			return KNOWN_UNSURE;
		}
		read = spool_peek(pickup->queue->spool, &place, found->name, &file, err);
	}
	if (!read)
		return err->code == EX_DATAERR ? KNOWN_OTHER : KNOWN_UNSURE;
	const struct entry *origin = entry_last(&file.entries, ENTRY_ORIGIN);
	bool same = origin && slice_equal(origin->body, found->origin);
	spool_release(&file);
	return same ? KNOWN_SAME : KNOWN_OTHER;
}

/* --- taking --- */

/* What a submitter could have been told at once, had it been let into the queue. */
static bool check(const struct pickup *pickup, struct found *found, struct err *err)
{
	struct request *request = found->request;

	if (id_time_ms(found->name) > clock_now_ms() + FUTURE_MS)
		return err_set(err, EX_DATAERR, "its id is of the future");
	if (request->idempotency_key.p)
		return err_set(err, EX_NOPERM, "idempotency_key: not through .drop/");
	if (request->n_attachments)
		return err_set(err, EX_DATAERR, "attachments: not through .drop/");
	if (!found->raw.p == !request->template_id.p)
		return err_set(err, EX_DATAERR, "neither a whole message nor a template, or both");
	if (found->file.owner == OVERFLOW_UID)
		return err_set(err, EX_NOPERM, "its owner is of another user namespace");
	struct submitter_rights rights =
		submitter_of_user(pickup->queue->conf, found->file.owner, &found->arena);
	const struct organization *org =
		submitter_choose(pickup->queue->conf, &rights, request->organization_id,
				 address_domain(request_sender(request)), err);
	if (!org)
		return false;
	request->organization_id = slice_text(org->id);
	return true;
}

static bool add(struct pickup *pickup, struct found *found, struct err *err)
{
	if (!check(pickup, found, err))
		return false;
	intake_bring(pickup->intake, found->name, found->origin);
	if (!found->raw.p)
		return intake_add(pickup->intake, found->request, STATE_QUEUED, found->id, err);
	return intake_add_raw(pickup->intake, found->request, STATE_QUEUED, found->raw, &edit,
			      found->id, err);
}

/* Where a refused message is kept: with its owner's organization, else with the default. */
static const struct organization *keeper(const struct pickup *pickup, struct found *found)
{
	const struct conf *conf = pickup->queue->conf;
	struct submitter_rights rights = submitter_of_user(conf, found->file.owner, &found->arena);
	const struct submitter_rights all = {.all = true};
	const struct slice none = {0};
	struct err err = {0};
	const struct organization *org = submitter_choose(conf, &rights, none, none, &err);

	if (!org)
		org = submitter_choose(conf, &all, none, none, &err);
	return org || conf->organization_count == 0 ? org : conf->organizations;
}

static bool refuse(struct pickup *pickup, struct found *found, bool new_id, const struct err *why)
{
	struct event event = {.name = SLICE("pickup"),
			      .to = STATE_FAILED,
			      .by = SLICE("mailq-pickup"),
			      .reason = slice_text(why->text)};
	const struct organization *org = keeper(pickup, found);

	if (!org)
		return err_set(pickup->err, EX_CONFIG, "no organization is configured");
	log_found(pickup, "refused", found->name, found->file.owner, why);
	found->request->idempotency_key = slice_make(NULL, 0);
	found->request->n_attachments = 0;
	intake_bring(pickup->intake, new_id ? NULL : found->name, found->origin);
	return intake_add_refused(pickup->intake, found->request, org->id, found->raw, &edit,
				  &event, found->id, pickup->err);
}

/* False: not now. */
static bool take(struct pickup *pickup, struct found *found)
{
	struct err err = {0};

	switch (look_up(pickup, found, &err)) {
	case KNOWN_SAME:
		memcpy(found->id, found->name, ID_SIZE);
		return true;
	case KNOWN_OTHER:
		err_set(&err, EX_DATAERR, "its id %s is another message's", found->name);
		return refuse(pickup, found, true, &err);
	case KNOWN_UNSURE:
		*pickup->err = err;
		return false;
	case KNOWN_NOT:
		break;
	}
	if (add(pickup, found, &err)) {
		log_found(pickup, "accept", found->id, found->file.owner, NULL);
		return true;
	}
	if (err_is_temporary(&err)) {
		*pickup->err = err;
		return false;
	}
	return refuse(pickup, found, id_time_ms(found->name) > clock_now_ms(), &err);
}

/* --- batches --- */

static bool commit(struct pickup *pickup)
{
	bool ok = intake_commit(pickup->intake, pickup->err);

	for (size_t i = 0; i < pickup->count; i++) {
		struct err err = {0};
		if (ok && !drop_unlink(pickup->queue->spool, pickup->found[i].name, &err))
			queue_log_failure(pickup->queue, "pickup", pickup->found[i].id, &err);
		else
			pickup->gone += ok;
		forget(&pickup->found[i]);
	}
	pickup->count = 0;
	pickup->bytes = 0;
	return ok;
}

static void condemn(struct pickup *pickup, const char *name, uid_t owner, const struct err *why)
{
	struct err err = {0};

	log_found(pickup, "condemned", name, owner, why);
	if (drop_condemn(pickup->queue->spool, name, &err))
		pickup->gone++;
	else
		queue_log_failure(pickup->queue, "pickup", NULL, &err);
}

/* Copies and reads. False: there is nothing to take under that name. */
static bool begin(struct pickup *pickup, const char *name, struct found *found)
{
	struct err err = {0};

	*found = (struct found){0};
	memcpy(found->name, name, ID_SIZE);
	if (drop_take(pickup->queue->spool, name, pickup->most, &found->file, &err) &&
	    read_entries(found, &err)) {
		set_origin(found);
		return true;
	}
	if (err.code == EX_DATAERR || err.code == EX_NOPERM)
		condemn(pickup, name, found->file.owner, &err);
	else if (err.code != EX_NOINPUT)
		*pickup->err = err;
	forget(found);
	return false;
}

static bool pick(struct pickup *pickup, const char *name)
{
	struct found *found = &pickup->found[pickup->count];

	if (!begin(pickup, name, found))
		return !pickup->err->code;
	if (!take(pickup, found)) {
		forget(found);
		return false;
	}
	pickup->count++;
	pickup->bytes += found->file.bytes.n;
	if (pickup->count < BATCH_MOST && pickup->bytes < BATCH_BYTES)
		return true;
	return commit(pickup);
}

/* --- whose turn it is --- */

/* A name, and how many others of the same owner come before it. */
struct turn {
	char name[ID_SIZE];
	unsigned n;
};

struct owner {
	uid_t uid;
	unsigned names; /* in this round */
};

struct round {
	struct pickup *pickup;
	struct turn *turns;
	size_t n_turns, room;
	struct owner *owners;
	size_t n_owners;
	bool left; /* some had more than a round takes */
};

static struct owner *owner_of(struct round *round, uid_t uid)
{
	for (size_t i = 0; i < round->n_owners; i++)
		if (round->owners[i].uid == uid)
			return &round->owners[i];
	round->owners = mem_resize(round->owners, round->n_owners + 1, sizeof *round->owners);
	round->owners[round->n_owners] = (struct owner){.uid = uid};
	return &round->owners[round->n_owners++];
}

static bool on_name(void *context, const char *name, uid_t uid)
{
	struct round *round = context;
	struct owner *owner = owner_of(round, uid);
	struct err err = {0};

	if (!id_valid(slice_text(name))) {
		err_set(&err, EX_DATAERR, "no message's name");
		condemn(round->pickup, name, uid, &err);
		return true;
	}
	if (owner->names == ROUND_MOST) {
		round->left = true;
		return true;
	}
	if (round->n_turns == round->room) {
		round->room = round->room * 2 + 64;
		round->turns = mem_resize(round->turns, round->room, sizeof *round->turns);
	}
	struct turn *turn = &round->turns[round->n_turns++];
	memcpy(turn->name, name, ID_SIZE);
	turn->n = owner->names++;
	return true;
}

static int by_turn(const void *a, const void *b)
{
	const struct turn *left = a, *right = b;

	return left->n != right->n ? (left->n > right->n) - (left->n < right->n)
				   : strcmp(left->name, right->name);
}

/* The first of each user, then the second of each. False: not now. */
static bool go_round(struct pickup *pickup, bool *left)
{
	struct round round = {.pickup = pickup};
	bool ok = drop_each(pickup->queue->spool, on_name, &round, pickup->err);

	if (round.n_turns)
		qsort(round.turns, round.n_turns, sizeof *round.turns, by_turn);
	for (size_t i = 0; ok && i < round.n_turns; i++)
		ok = pick(pickup, round.turns[i].name);
	ok = commit(pickup) && ok && !pickup->err->code;
	*left = round.left;
	free(round.turns);
	free(round.owners);
	return ok;
}

bool pickup_run(struct queue *queue, struct err *err)
{
	struct pickup pickup = {.queue = queue, .err = err};

	*err = (struct err){0};
	if (!(pickup.intake = intake_open(queue, err)))
		return false;
	pickup.most = 2 * intake_limits(queue->conf).max_message_bytes + FILE_ROOM;
	bool ok, left = false;
	uint64_t before;
	do {
		before = pickup.gone;
		ok = go_round(&pickup, &left);
	} while (ok && left && pickup.gone > before);
	intake_close(pickup.intake);
	return ok;
}
