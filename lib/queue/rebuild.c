#include "queue/rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "queue/batch.h"
#include "queue/recover.h"

#define BATCH 128
#define ROUNDS 200 /* for files in hand: 10 s in all */
#define ROUND_MS 50

struct rebuild {
	struct queue *queue;
	struct batch batch;
	char (*in_hand)[ID_SIZE]; /* to be visited again */
	size_t n_in_hand, room;
	struct err *err;
	bool failed;
};

static bool flush(struct rebuild *rebuild)
{
	if (!batch_commit(&rebuild->batch, rebuild->err))
		rebuild->failed = true;
	batch_ring(&rebuild->batch);
	batch_begin(&rebuild->batch, rebuild->queue, NULL);
	return !rebuild->failed;
}

static void visit_again(struct rebuild *rebuild, const char *id)
{
	if (rebuild->n_in_hand == rebuild->room) {
		rebuild->room = rebuild->room * 2 + 64;
		rebuild->in_hand =
			mem_resize(rebuild->in_hand, rebuild->room, sizeof *rebuild->in_hand);
	}
	memcpy(rebuild->in_hand[rebuild->n_in_hand++], id, ID_SIZE);
}

/* A message of a final state is only read: nobody moves it but an operator, who enters it himself.
 */
static void enter_final(struct rebuild *rebuild, const struct place *place, const char *id)
{
	struct spool_file file;
	struct story story;
	struct err err = {0};

	if (!spool_peek(rebuild->queue->spool, place, id, &file, &err)) {
		if (err.code != EX_NOINPUT)
			queue_log_failure(rebuild->queue, "rebuild", id, &err);
		return;
	}
	if (story_read(file.entries.at, file.entries.count, &file.arena, &story, &err))
		batch_record(&rebuild->batch, &file, &story);
	else
		queue_log_failure(rebuild->queue, "rebuild", id, &err);
	spool_release(&file);
}

static bool visit(void *context, const struct place *place, const char *id)
{
	struct rebuild *rebuild = context;

	if (state_is_final(place->state))
		enter_final(rebuild, place, id);
	else if (!recover_enter(rebuild->queue, place, id, &rebuild->batch))
		visit_again(rebuild, id);
	return rebuild->batch.n_records < BATCH || flush(rebuild);
}

/* An index that misses what could not be read is not to be taken for a whole one. */
static void visit_state(struct rebuild *rebuild, const char *org, enum state state)
{
	if (!spool_each_file(rebuild->queue->spool, org, state, visit, rebuild))
		rebuild->failed = !io_err(rebuild->err, "read %s/%s", org, state_name(state));
}

static void visit_orgs(struct rebuild *rebuild, spool_org_callback *visit_org)
{
	struct spool *spool = rebuild->queue->spool;

	if (!spool_each_org(spool, visit_org, rebuild) && !rebuild->failed)
		rebuild->failed = !io_err(rebuild->err, "read %s", spool_path(spool));
}

static bool visit_open(void *context, const char *org)
{
	struct rebuild *rebuild = context;

	for (size_t i = 0; i < RECOVER_STATES && !rebuild->failed; i++)
		visit_state(rebuild, org, recover_order[i]);
	return !rebuild->failed;
}

static bool visit_final(void *context, const char *org)
{
	static const enum state states[] = {STATE_FAILED, STATE_CANCELLED, STATE_SENT};
	struct rebuild *rebuild = context;

	for (size_t i = 0; i < sizeof states / sizeof *states && !rebuild->failed; i++)
		visit_state(rebuild, org, states[i]);
	return !rebuild->failed;
}

/* Those that somebody had in hand. A stage that goes on holding one enters it when it settles it.
 */
static bool visit_in_hand(struct rebuild *rebuild)
{
	struct place place;

	for (int round = 0; rebuild->n_in_hand && round < ROUNDS; round++) {
		size_t n = rebuild->n_in_hand;
		rebuild->n_in_hand = 0;
		for (size_t i = 0; i < n && !rebuild->failed; i++) {
			char id[ID_SIZE];
			memcpy(id, rebuild->in_hand[i], ID_SIZE);
			if (spool_find(rebuild->queue->spool, NULL, id, &place))
				visit(rebuild, &place, id);
		}
		if (!flush(rebuild))
			return false;
		if (rebuild->n_in_hand)
			poll(NULL, 0, ROUND_MS);
	}
	return true;
}

static bool clear(struct queue *queue, struct err *err)
{
	struct index_txn *txn = index_begin(queue->index, INDEX_WAIT_WORK, err);

	if (!txn)
		return false;
	index_clear(txn);
	return index_commit(txn, err);
}

static bool mark(struct queue *queue, struct err *err)
{
	struct index_txn *txn = index_begin(queue->index, INDEX_WAIT_WORK, err);

	if (!txn)
		return false;
	index_mark_built(txn);
	return index_commit(txn, err);
}

static bool rebuild_locked(struct queue *queue, struct err *err)
{
	struct rebuild rebuild = {.queue = queue, .err = err};

	if (!queue_replay(queue, err) || !clear(queue, err))
		return false;
	batch_begin(&rebuild.batch, queue, NULL);
	visit_orgs(&rebuild, visit_open);
	if (!rebuild.failed)
		visit_orgs(&rebuild, visit_final);
	bool ok = !rebuild.failed && flush(&rebuild) && visit_in_hand(&rebuild) && mark(queue, err);
	batch_free(&rebuild.batch);
	free(rebuild.in_hand);
	return ok;
}

bool queue_rebuild(struct queue *queue, struct err *err)
{
	int fd = openat(spool_fd(queue->spool), ".run/rebuild",
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return io_err(err, "open .run/rebuild");
	bool ok = flock(fd, LOCK_EX | LOCK_NB) < 0 ? errno == EWOULDBLOCK
						   : rebuild_locked(queue, err);
	close(fd);
	return ok;
}

static bool is_found(void *context, const char *org)
{
	(void)org;
	*(bool *)context = true;
	return false;
}

/* Whoever accepts makes the organization's directory first and comes to the gate last: looked at
 * with the gate in hand, no directory means that no message is entered that a clearing would lose.
 */
static bool is_without_messages(struct spool *spool)
{
	bool found = false;

	return spool_each_org(spool, is_found, &found) && !found;
}

void queue_begin_index(struct queue *queue)
{
	struct err err = {0};

	if (!index_is_stale(queue->index) || !is_without_messages(queue->spool))
		return;
	struct index_txn *txn = index_begin(queue->index, INDEX_WAIT_ACCEPT, &err);
	if (!txn)
		return;
	if (!is_without_messages(queue->spool)) {
		index_abort(txn);
		return;
	}
	index_clear(txn);
	index_mark_built(txn);
	index_commit(txn, &err);
}
