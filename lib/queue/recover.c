#include "queue/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "index/query.h"
#include "spool/accept.h"
#include "spool/ledger.h"
#include "spool/replay.h"

/* --- ledgers --- */

static void enter_settled(void *context, const struct spool_file *file)
{
	struct batch *batch = context;
	struct story story;
	struct arena arena = {0};
	struct err err = {0};

	if (story_read(file->entries.at, file->entries.count, &arena, &story, &err))
		batch_record(batch, file, &story);
	else
		queue_log_failure(batch->queue, "replay", file->id, &err);
	arena_free(&arena);
}

bool queue_replay(struct queue *queue, struct err *err)
{
	struct batch batch = {0};
	struct replay replay = {.settled = enter_settled, .context = &batch};

	batch_begin(&batch, queue, NULL);
	bool ok = spool_replay(queue->spool, &replay, err) && batch_commit(&batch, err);
	if (ok)
		batch_ring(&batch);
	batch_free(&batch);
	if (ok && replay.ledgers) {
		log_begin(&queue->log, "replay");
		log_int(&queue->log, "ledgers", (int64_t)replay.ledgers);
		log_int(&queue->log, "messages", (int64_t)replay.messages);
		log_int(&queue->log, "uncertain", (int64_t)replay.uncertain);
		log_int(&queue->log, "missing", (int64_t)replay.missing);
		log_end(&queue->log);
	}
	return ok;
}

/* --- one message --- */

const enum state recover_order[RECOVER_STATES] = {STATE_QUEUED, STATE_RENDERED, STATE_DEFERRED,
						  STATE_ROUTED, STATE_SENDING,  STATE_HELD,
						  STATE_DRAFT};

bool recover_condemn(struct batch *batch, struct spool_file *file, struct err *err)
{
	struct err why = {.code = EX_DATAERR};

	snprintf(why.text, sizeof why.text, "damaged: moved from %s to .bad",
		 state_name(file->place.state));
	if (!spool_condemn(file, err))
		return false;
	queue_log_failure(batch->queue, "damaged", file->id, &why);
	batch_gone(batch, file->id);
	return true;
}

/* Where the last route leads; false: there is none. */
static bool last_route(const struct story *story, const char *org, struct place *place)
{
	char kind[PLACE_NAME_SIZE];

	for (size_t i = story->n_items; i > 0; i--)
		if (story->items[i - 1].kind == STORY_ROUTE) {
			struct slice name = story->items[i - 1].route.kind;
			snprintf(kind, sizeof kind, "%.*s", SLICE_ARGS(name));
			*place = place_make(org, STATE_ROUTED, kind);
			return name_valid(name);
		}
	return false;
}

/* An event is the fact, and the rename behind it files it away: whoever died between the two had
 * written where the message goes. */
static void follow_event(const struct spool_file *file, const struct story *story,
			 struct place *place)
{
	const struct entry_list *entries = &file->entries;

	if (entries->count == 0 || !slice_is(entries->at[entries->count - 1].name, ENTRY_EVENT) ||
	    story->n_items == 0 || story->items[story->n_items - 1].kind != STORY_EVENT)
		return;
	enum state to = story->items[story->n_items - 1].event.to;
	if (to != STATE_NONE && place_may_move(place->state, to))
		*place = place_make(place->org, to, "");
}

bool recover_place(const struct spool_file *file, const struct story *story, struct place *place)
{
	struct place queued = place_make(file->place.org, STATE_QUEUED, "");
	struct place rendered = place_make(file->place.org, STATE_RENDERED, "");
	struct place routed;

	*place = file->place;
	follow_event(file, story, place);
	enum state state = place->state;
	if (state != STATE_RENDERED && state != STATE_ROUTED && state != STATE_SENDING &&
	    state != STATE_DEFERRED)
		return !place_equal(place, &file->place);
	if (!story->has_message)
		*place = queued;
	else if (state == STATE_SENDING)
		*place = last_route(story, file->place.org, &routed) ? routed : rendered;
	else if (state == STATE_ROUTED &&
		 (!last_route(story, file->place.org, &routed) || !place_equal(&routed, place)))
		*place = rendered;
	return !place_equal(place, &file->place);
}

/* A message in sending/ may be on its way: the ledgers tell. Its lock is ours, so no sender claims
 * it now; one that died since is replayed by whoever comes next. */
static bool may_leave_sending(struct queue *queue, const struct spool_file *file)
{
	struct ledger_walk walk;
	struct err err = {0};

	if (!ledger_walk_begin(queue->spool, &walk, &err))
		return false;
	enum ledger_naming naming = ledger_walk_names(&walk, file->id);
	ledger_walk_end(&walk, false);
	return naming == LEDGER_SILENT;
}

#define TAKE_ROUNDS 3

static bool put_right(struct queue *queue, struct spool_file *file, struct batch *batch,
		      struct err *err)
{
	struct story story;
	struct place place;

	if (file->entries.tail == ENTRY_TAIL_DAMAGED ||
	    !story_read(file->entries.at, file->entries.count, &file->arena, &story, err))
		return recover_condemn(batch, file, err);
	if (file->place.state == STATE_SENDING && !may_leave_sending(queue, file))
		return true;
	if (recover_place(file, &story, &place) && !spool_move(file, &place, err))
		return false;
	batch_record(batch, file, &story);
	return true;
}

bool recover_enter(struct queue *queue, const struct place *place, const char *id,
		   struct batch *batch)
{
	struct spool_file file;
	struct err err = {0};

	if (!spool_take(queue->spool, place, id, &file, &err)) {
		if (err.code != EX_TEMPFAIL && err.code != EX_NOINPUT)
			queue_log_failure(queue, "recover", id, &err);
		return err.code != EX_TEMPFAIL && err.code != EX_NOINPUT;
	}
	if (!put_right(queue, &file, batch, &err))
		queue_log_failure(queue, "recover", id, &err);
	spool_release(&file);
	return true;
}

/* It may move while it is looked for. False with EX_NOINPUT: it is in no state. */
static bool find_and_take(struct queue *queue, const char *org, const char *id,
			  struct spool_file *file, struct err *err)
{
	struct place place;

	for (int round = 0; round < TAKE_ROUNDS; round++) {
		*err = (struct err){0};
		if (!spool_find(queue->spool, org, id, &place))
			return io_err(err, "look for %s", id);
		if (spool_take(queue->spool, &place, id, file, err))
			return true;
		if (err->code != EX_NOINPUT)
			return false;
	}
	return err_set(err, EX_TEMPFAIL, "%s: moves on and on", id);
}

/*
 * The message is in hand until the index knows, so that nobody's next step is overwritten. But not
 * where a stage may come at once: it is not to find it in our hands, and enters its own next step
 * in any case.
 */
static bool enter_in_hand(struct queue *queue, struct spool_file *file, struct err *err)
{
	struct batch batch = {0};

	batch_begin(&batch, queue, NULL);
	bool ok = put_right(queue, file, &batch, err);
	if (batch.n_works)
		spool_release(file);
	ok = ok && batch_commit(&batch, err);
	if (ok)
		batch_ring(&batch);
	batch_free(&batch);
	return ok;
}

void queue_recover_one(struct queue *queue, const char *org, const char *id)
{
	struct spool_file file = {.fd = -1};
	struct err err = {0};
	bool ok = find_and_take(queue, org, id, &file, &err) && enter_in_hand(queue, &file, &err);

	if (!ok && err.code != EX_NOINPUT && err.code != EX_TEMPFAIL)
		queue_log_failure(queue, "recover", id, &err);
	spool_release(&file);
}

/* --- what the dead were moving --- */

struct caught_up {
	struct queue *queue;
	uint64_t messages;
};

static bool forget(struct queue *queue, const char *id, struct err *err)
{
	struct batch batch = {0};

	batch_begin(&batch, queue, NULL);
	batch_gone(&batch, id);
	bool ok = batch_commit(&batch, err);
	if (ok)
		batch_ring(&batch);
	batch_free(&batch);
	return ok;
}

/* True when nothing more is to be done about it. What is in other hands is looked at again. */
static bool catch_up(void *context, const char *org, const char *id)
{
	struct caught_up *caught_up = context;
	struct queue *queue = caught_up->queue;
	struct spool_file file = {.fd = -1};
	struct err err = {0};
	bool ok;

	if (find_and_take(queue, org, id, &file, &err))
		ok = enter_in_hand(queue, &file, &err);
	else
		ok = err.code == EX_NOINPUT && forget(queue, id, &err);
	spool_release(&file);
	caught_up->messages += ok;
	if (!ok && err.code != EX_TEMPFAIL)
		queue_log_failure(queue, "recover", id, &err);
	return ok || err.code == EX_DATAERR;
}

void queue_recover_moving(struct queue *queue)
{
	struct caught_up caught_up = {.queue = queue};

	moving_each_left(queue->spool, catch_up, &caught_up);
	if (!caught_up.messages)
		return;
	log_begin(&queue->log, "caught-up");
	log_int(&queue->log, "messages", (int64_t)caught_up.messages);
	log_end(&queue->log);
}

/* True when the claim has no more to say: the message is put right, or gone. Its claimer may have
 * died between a move and the index, so that this is the first that the index learns of it. */
static bool recover_claimed(struct queue *queue, const struct index_item *item, struct batch *batch)
{
	struct slice org = index_lane_organization(item->lane);
	char name[PLACE_NAME_SIZE];
	struct place place;

	snprintf(name, sizeof name, "%.*s", SLICE_ARGS(org));
	if (!spool_find(queue->spool, name, item->id, &place))
		return errno == ENOENT;
	return recover_enter(queue, &place, item->id, batch);
}

void queue_recover_claims(struct queue *queue, const char *stage, const struct index_claim *claim)
{
	struct batch batch = {0};
	struct err err = {0};

	if (!queue_replay(queue, &err)) {
		queue_log_failure(queue, "replay", NULL, &err);
		return;
	}
	batch_begin(&batch, queue, stage);
	for (unsigned i = 0; i < claim->count; i++)
		if (recover_claimed(queue, &claim->items[i], &batch))
			batch_claim_done(&batch, &claim->items[i]);
	if (!batch_commit(&batch, &err))
		queue_log_failure(queue, "index", NULL, &err);
	batch_ring(&batch);
	batch_free(&batch);
}

void queue_recover_stage(struct queue *queue, const char *stage)
{
	struct index_claim claim = {.count = 0};
	struct index_lease *leases;
	struct arena arena = {0};
	struct err err = {0};
	size_t n;

	if (!index_leases(queue->index, &arena, &leases, &n, &err)) {
		queue_log_failure(queue, "index", NULL, &err);
		return;
	}
	claim.items = arena_alloc(&arena, (n + 1) * sizeof *claim.items);
	for (size_t i = 0; i < n; i++)
		if (slice_is(leases[i].stage, stage))
			claim.items[claim.count++] = leases[i].item;
	if (claim.count)
		queue_recover_claims(queue, stage, &claim);
	arena_free(&arena);
}

/* --- all of them --- */

#define CHECK_BATCH 64

struct id_set {
	char (*at)[ID_SIZE];
	size_t n, room;
};

struct check {
	struct queue *queue;
	struct id_set known;
	struct batch batch;
	uint64_t found;
	struct err *err;
	bool failed;
};

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, ID_LENGTH);
}

static bool remember(void *context, struct slice stage, const struct index_item *item)
{
	struct id_set *set = context;

	(void)stage;
	if (set->n == set->room) {
		set->room = set->room * 2 + 256;
		set->at = mem_resize(set->at, set->room, sizeof *set->at);
	}
	memcpy(set->at[set->n++], item->id, ID_SIZE);
	return true;
}

static bool flush(struct check *check)
{
	check->found += check->batch.n_records;
	if (!batch_commit(&check->batch, check->err))
		check->failed = true;
	batch_ring(&check->batch);
	batch_begin(&check->batch, check->queue, NULL);
	return !check->failed;
}

/* By its work, or, where nothing happens by itself, by its record. */
static bool is_known(const struct check *check, const struct place *place, const char *id)
{
	struct index_record record;
	struct arena arena = {0};
	struct err ignored = {0};

	if (place->state != STATE_DRAFT && place->state != STATE_HELD)
		return check->known.n &&
		       bsearch(id, check->known.at, check->known.n, sizeof *check->known.at, by_id);
	bool known = index_get(check->queue->index, id, &arena, &record, &ignored) &&
		     record.status == state_status(place->state);
	arena_free(&arena);
	return known;
}

static bool check_file(void *context, const struct place *place, const char *id)
{
	struct check *check = context;

	if (is_known(check, place, id))
		return true;
	recover_enter(check->queue, place, id, &check->batch);
	return check->batch.n_records < CHECK_BATCH || flush(check);
}

static bool check_org(void *context, const char *org)
{
	struct check *check = context;

	for (size_t i = 0; i < RECOVER_STATES && !check->failed; i++)
		if (!spool_each_file(check->queue->spool, org, recover_order[i], check_file, check))
			check->failed = !io_err(check->err, "read %s/%s", org,
						state_name(recover_order[i]));
	return !check->failed;
}

/* How often a check was wanted so far; -1: it was not. */
static off_t times_wanted(struct queue *queue, const char *name)
{
	struct stat st;

	return fstatat(spool_fd(queue->spool), name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size
										    : -1;
}

/* A check that is killed is wanted still, and so is one that was asked for while this one ran. */
static void answer_wish(struct queue *queue, off_t wanted)
{
	static const char answered[] = QUEUE_CHECK_WANTED ".done";
	int dir = spool_fd(queue->spool);

	if (wanted < 0 || renameat(dir, QUEUE_CHECK_WANTED, dir, answered) < 0)
		return;
	if (times_wanted(queue, answered) != wanted)
		queue_want_check(queue);
	unlinkat(dir, answered, 0);
}

bool queue_check(struct queue *queue, uint64_t *found, struct err *err)
{
	struct check check = {.queue = queue, .err = err};
	off_t wanted = times_wanted(queue, QUEUE_CHECK_WANTED);

	accept_sweep(queue->spool);
	bool ok = queue_replay(queue, err) &&
		  index_each_work(queue->index, remember, &check.known, err);
	if (ok) {
		if (check.known.n)
			qsort(check.known.at, check.known.n, sizeof *check.known.at, by_id);
		batch_begin(&check.batch, queue, NULL);
		ok = spool_each_org(queue->spool, check_org, &check) ||
		     io_err(err, "read %s", spool_path(queue->spool));
		ok = !check.failed && flush(&check) && ok;
	}
	if (ok)
		answer_wish(queue, wanted);
	else
		queue_want_check(queue);
	*found = check.found;
	free(check.known.at);
	batch_free(&check.batch);
	return ok;
}
