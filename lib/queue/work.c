#include "queue/work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/notify.h"
#include "queue/batch.h"
#include "queue/bell.h"
#include "queue/recover.h"

#define BATCH_MOST 1000
#define LOOK_AGAIN_MS 10000
#define LAPSED_EVERY_MS 5000
#define NO_SPACE_MS 1000

/* How far a stage runs ahead of the next: so far files are still warm when the next one opens them,
 * and directories small. Then it goes on slowly, a batch at a time. */
#define AHEAD_MOST 1000
#define AHEAD_WAIT_MS 10
#define STANDS_STILL_MS 2000 /* a lane whose turn is further off than a busy sender puts it */

struct worker {
	const struct work_stage *stage;
	struct queue *queue;
	struct conf *conf;
	struct loop *loop;
	struct loop_watch bell;
	struct notify notify;
	struct index_item *items; /* the batch at hand, room for BATCH_MOST */
	struct index_item *spare; /* likewise for the next one */
	struct index_claim next;  /* claimed with the last commit, in spare; or empty */
	struct batch batch;
	struct arena arena;
	int64_t lapsed_at;
	bool follow, stop;
};

/* --- one message --- */

static bool comes_from(const struct work_stage *stage, enum state state)
{
	for (size_t i = 0; i < sizeof stage->from / sizeof *stage->from; i++)
		if (stage->from[i] == state)
			return true;
	return false;
}

/* What the handler decided, done: the entry first, then the name. */
static bool act(struct spool_file *file, const struct work_step *step, int64_t now_ms,
		struct err *err)
{
	char kind[PLACE_NAME_SIZE];

	snprintf(kind, sizeof kind, "%.*s", SLICE_ARGS(step->kind));
	struct place to = place_make(file->place.org, step->to, kind);
	return (!step->note || spool_append(file, step->note, now_ms, step->note_body, err)) &&
	       (!step->entry || spool_append(file, step->entry, now_ms, step->body, err)) &&
	       spool_move(file, &to, err);
}

/* The file is locked and read. */
static bool handle(struct worker *worker, struct spool_file *file, struct err *err)
{
	struct story story;
	struct work_step step = {0};
	struct work_item item = {
		.queue = worker->queue,
		.conf = worker->conf,
		.org = conf_organization(worker->conf, slice_text(file->place.org)),
		.file = file,
		.story = &story,
		.arena = &worker->arena,
		.now_ms = clock_now_ms(),
	};

	if (!story_read(file->entries.at, file->entries.count, &worker->arena, &story, err))
		return recover_condemn(&worker->batch, file, err);
	if (!worker->stage->handle(worker->stage->context, &item, &step, err) ||
	    !act(file, &step, item.now_ms, err))
		return false;
	if (state_is_final(step.to) || step.to == STATE_HELD)
		return batch_settled(&worker->batch, file, err);
	batch_step(&worker->batch, file, &story, step.connector);
	return true;
}

static bool take_and_handle(struct worker *worker, const struct place *place, const char *id,
			    struct err *err)
{
	struct spool_file file;
	bool ok = spool_take(worker->queue->spool, place, id, &file, err);

	if (ok && file.entries.tail == ENTRY_TAIL_DAMAGED)
		ok = recover_condemn(&worker->batch, &file, err);
	else if (ok)
		ok = handle(worker, &file, err);
	spool_release(&file);
	arena_reset(&worker->arena);
	return ok;
}

/* A claim whose file is elsewhere, or in another process's hands, is nobody's fault: where the file
 * is tells who has it now. */
static void handle_claimed(struct worker *worker, struct index_item *item)
{
	struct slice org = index_lane_organization(item->lane);
	char name[PLACE_NAME_SIZE];
	struct err err = {0};

	snprintf(name, sizeof name, "%.*s", SLICE_ARGS(org));
	struct place place = place_make(name, item->state, "");
	if (take_and_handle(worker, &place, item->id, &err) || err.code == EX_DATAERR) {
		batch_claim_done(&worker->batch, item);
	} else if (err.code == EX_NOINPUT) {
		batch_claim_done(&worker->batch, item);
		queue_recover_one(worker->queue, name, item->id);
	} else if (err.code != EX_TEMPFAIL) {
		queue_log_failure(worker->queue, worker->stage->name, item->id, &err);
	}
}

/* --- batches --- */

static unsigned batch_size(const struct worker *worker)
{
	unsigned size = worker->conf->settings.queue_batch_size;

	return size < BATCH_MOST ? size : BATCH_MOST;
}

/*
 * A lane whose messages have enough before them in their next stage gets its next turn a little
 * later. Not where that one stands still, paused or at a rate: what comes behind may go elsewhere.
 * Run by hand, the next stage may not run at all.
 */
static void hold_back(struct worker *worker, struct index_txn *txn, const char *lane)
{
	const struct record_work *last = batch_last_work(&worker->batch);
	int64_t now_ms = clock_boot_ms();
	struct index_lane next;
	struct err ignored = {0};

	if (worker->follow && last &&
	    index_lane_get(worker->queue->index, last->stage, last->lane, &next, &ignored) &&
	    next.ready >= AHEAD_MOST && next.turn_ms < now_ms + STANDS_STILL_MS && !next.pace_us)
		index_lane_delay(txn, worker->stage->name, lane, now_ms + AHEAD_WAIT_MS);
}

/* One transaction enters a batch and claims the next: half the pages are the same. */
static void claim_next(struct worker *worker, struct index_txn *txn)
{
	if (worker->next.count)
		return;
	worker->next.items = worker->spare;
	index_take(txn, worker->stage->name, clock_boot_ms(), batch_size(worker), &worker->next);
}

/* lane: NULL where the batch was not claimed. */
static bool commit_batch(struct worker *worker, const char *lane, struct err *err)
{
	struct index_txn *txn = index_begin(worker->queue->index, INDEX_WAIT_WORK, err);
	bool had_next = worker->next.count > 0;

	if (!txn)
		return false;
	batch_enter(&worker->batch, txn);
	if (lane) {
		hold_back(worker, txn, lane);
		claim_next(worker, txn);
	}
	if (!index_commit(txn, err)) {
		worker->next.count *= had_next;
		return false;
	}
	batch_ring(&worker->batch);
	return true;
}

static bool do_batch(struct worker *worker, const struct index_claim *claim, struct err *err)
{
	batch_begin(&worker->batch, worker->queue, worker->stage->name);
	for (unsigned i = 0; i < claim->count; i++)
		handle_claimed(worker, &claim->items[i]);
	bool ok = commit_batch(worker, claim->items[0].lane, err);
	if (ok && claim->more)
		bell_ring(worker->queue->spool, worker->stage->name);
	return ok;
}

/* The earlier of what is known and now + wait. */
static void sooner(int64_t *at, int64_t candidate)
{
	if (candidate < *at)
		*at = candidate;
}

/* Deferred mail due later than any wait there is: the clock was set back since. */
static int64_t beyond_any_wait(const struct conf *conf, int64_t now_wall)
{
	int64_t longest_s = conf->settings.retry_backoff_max_seconds;

	for (size_t i = 0; i < conf->organization_count; i++)
		if (conf->organizations[i].settings.retry_backoff_max_seconds > longest_s)
			longest_s = conf->organizations[i].settings.retry_backoff_max_seconds;
	return now_wall + 2000 * longest_s; /* with its jitter, and some room */
}

/* What would not come by itself, or much too late. */
static bool recover(struct worker *worker, unsigned batch, bool *did_some, struct err *err)
{
	struct index *index = worker->queue->index;
	const char *stage = worker->stage->name;
	int64_t now_boot = clock_boot_ms(), beyond = beyond_any_wait(worker->conf, clock_now_ms());
	struct index_claim claim = {.items = worker->items};
	unsigned most;

	queue_recover_moving(worker->queue); /* where no supervisor looks after it */
	if (!index_lapsed(index, stage, now_boot, batch, &claim, err) ||
	    (claim.count && !do_batch(worker, &claim, err)))
		return false;
	most = claim.count;
	if (comes_from(worker->stage, STATE_DEFERRED)) {
		if (!index_due_beyond(index, stage, beyond, now_boot, batch, &claim, err) ||
		    (claim.count && !do_batch(worker, &claim, err)))
			return false;
		most = claim.count > most ? claim.count : most;
	}
	/* after a full batch there may be more */
	worker->lapsed_at = most < batch ? now_boot + LAPSED_EVERY_MS : now_boot;
	*did_some |= most > 0;
	return true;
}

/* What was claimed with the last batch, else a batch of the lane whose turn it is. */
static bool claim_ready(struct worker *worker, int64_t now_boot, unsigned batch,
			struct index_claim *claim, struct err *err)
{
	if (!worker->next.count)
		return index_claim(worker->queue->index, worker->stage->name, now_boot, batch,
				   claim, err);
	*claim = worker->next;
	worker->spare = worker->items;
	worker->items = claim->items;
	worker->next.count = 0;
	return true;
}

/*
 * One look: what is due by the wall clock, what a dead process had claimed, what is ready.
 * *next_ms: when to look again. False: the index failed.
 */
static bool look(struct worker *worker, bool *did_some, int64_t *next_ms, struct err *err)
{
	struct queue *queue = worker->queue;
	const char *stage = worker->stage->name;
	int64_t now_boot = clock_boot_ms(), now_wall = clock_now_ms();
	unsigned batch = batch_size(worker);
	struct index_claim claim = {.items = worker->items};

	if (!spool_can_record(queue->spool)) {
		*next_ms = now_boot + NO_SPACE_MS;
		return worker->follow || err_set(err, EX_TEMPFAIL, "%s: too little space is left",
						 worker->conf->spool);
	}
	*next_ms = now_boot + LOOK_AGAIN_MS;
	if (!index_due_claim(queue->index, stage, now_wall, now_boot, batch, &claim, err) ||
	    (claim.count && !do_batch(worker, &claim, err)))
		return false;
	*did_some = claim.count > 0;
	if (claim.next_ms != INDEX_NEVER)
		sooner(next_ms, now_boot + (claim.next_ms - now_wall));

	if (now_boot >= worker->lapsed_at && !recover(worker, batch, did_some, err))
		return false;

	if (!claim_ready(worker, now_boot, batch, &claim, err) ||
	    (claim.count && !do_batch(worker, &claim, err)))
		return false;
	*did_some |= claim.count > 0;
	if (claim.next_ms != INDEX_NEVER)
		sooner(next_ms, claim.next_ms);
	return true;
}

/* --- running --- */

static void reload(struct worker *worker)
{
	struct err err = {0};
	struct conf *fresh;

	if (!conf_changed(worker->conf))
		return;
	if (!(fresh = conf_load(worker->conf->file, &err))) {
		queue_log_reload(worker->queue, &err);
		return;
	}
	conf_free(worker->conf);
	worker->conf = fresh;
	worker->queue->conf = fresh;
}

static void on_bell(void *context, int events)
{
	struct worker *worker = context;

	(void)events;
	bell_clear(worker->bell.fd);
}

static void on_signal(void *context, int signo)
{
	struct worker *worker = context;

	(void)signo;
	worker->stop = true;
}

static bool start_loop(struct worker *worker, struct err *err)
{
	worker->loop = loop_open(err);
	worker->bell = (struct loop_watch){
		.fd = bell_open(worker->queue->spool, worker->stage->name, err),
		.fn = on_bell,
		.context = worker,
	};
	return worker->loop && worker->bell.fd >= 0 &&
	       loop_watch(worker->loop, &worker->bell, LOOP_READ, err) &&
	       loop_signal(worker->loop, SIGTERM, on_signal, worker, err) &&
	       loop_signal(worker->loop, SIGINT, on_signal, worker, err);
}

static bool run_ready(struct worker *worker, struct err *err)
{
	queue_recover_stage(worker->queue, worker->stage->name);
	while (!worker->stop) {
		bool did_some = false;
		int64_t next_ms;
		notify_alive(&worker->notify);
		if (!look(worker, &did_some, &next_ms, err))
			return false;
		int64_t wait = did_some ? 0 : next_ms - clock_boot_ms();
		if (!did_some && !worker->follow && wait > AHEAD_WAIT_MS) /* not just held back */
			return true;
		if (!loop_step(worker->loop, wait < 0 ? 0 : wait, err))
			return false;
		if (wait > 0)
			reload(worker);
	}
	return true;
}

/* What was claimed and not begun when we were told to stop. */
static void give_back(struct worker *worker)
{
	struct err err = {0};
	struct index_txn *txn;

	if (!worker->next.count)
		return;
	if ((txn = index_begin(worker->queue->index, INDEX_WAIT_WORK, &err)))
		for (unsigned i = 0; i < worker->next.count; i++)
			index_unclaim(txn, worker->stage->name, &worker->next.items[i]);
	if (!txn || !index_commit(txn, &err)) /* their leases lapse */
		queue_log_failure(worker->queue, "index", NULL, &err);
}

static int run_ids(struct worker *worker, char **ids)
{
	struct options operands = {.operands = ids};
	struct ids list = ids_open(&operands);
	struct place place;

	batch_begin(&worker->batch, worker->queue, worker->stage->name);
	for (const char *id; (id = ids_next(&list));) {
		struct err err = {0};
		bool ok = id_valid(slice_text(id)) &&
			  spool_find(worker->queue->spool, NULL, id, &place);
		if (!ok)
			err_set(&err, EX_NOINPUT, "no such message");
		else if (!comes_from(worker->stage, place.state))
			ok = err_set(&err, EX_DATAERR, "is %s: nothing to %s",
				     state_name(place.state), worker->stage->name);
		else
			ok = take_and_handle(worker, &place, id, &err);
		ids_report(&list, ok, &err);
	}
	struct err err = {0};
	if (!commit_batch(worker, NULL, &err))
		queue_log_failure(worker->queue, "index", NULL, &err);
	return ids_close(&list);
}

int work_run(const struct work_stage *stage, const struct work_options *options)
{
	struct worker worker = {.stage = stage,
				.follow = options->follow,
				.bell = {.fd = -1},
				.notify = {.fd = -1}};
	struct err err = {0};
	int code = 0;

	worker.items = mem_array(BATCH_MOST, sizeof *worker.items);
	worker.spare = mem_array(BATCH_MOST, sizeof *worker.spare);
	if ((worker.conf = conf_load(options->conf_path, &err)) &&
	    (worker.queue = queue_open(worker.conf, QUEUE_WORK, &err)) &&
	    start_loop(&worker, &err)) {
		worker.notify = notify_open();
		notify_tell(&worker.notify, "READY=1");
		if (options->ids && *options->ids)
			code = run_ids(&worker, options->ids);
		else
			run_ready(&worker, &err);
		give_back(&worker);
	}

	if (worker.bell.fd >= 0)
		close(worker.bell.fd);
	loop_close(worker.loop);
	notify_close(&worker.notify);
	batch_free(&worker.batch);
	queue_close(worker.queue);
	conf_free(worker.conf);
	arena_free(&worker.arena);
	free(worker.items);
	free(worker.spare);
	if (err.code)
		err_exit(&err);
	return code;
}

int work_main(int argc, char **argv, const struct usage *usage, const struct work_stage *stage)
{
	struct options options = options_init(argc, argv, usage);
	struct work_options work = {0};

	for (int c; (c = options_next(&options)) != -1;)
		work.follow |= c == 'f';
	work.conf_path = options.conf_path;
	work.ids = options.operands;
	return work_run(stage, &work);
}
