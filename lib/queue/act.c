#include "queue/act.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/io.h"
#include "queue/batch.h"
#include "queue/look.h"
#include "queue/recover.h"
#include "spool/purge.h"

/* --- the decision --- */

static bool refuse_state(const struct act *act, enum state state, struct err *err)
{
	const struct verb_row *row = &verb_rows[act->verb];

	if (act->verb == VERB_CANCEL && state == STATE_CANCELLED)
		return err_set(err, EX_DATAERR, "already cancelled");
	if (act->verb == VERB_HOLD && state == STATE_HELD)
		return err_set(err, EX_DATAERR, "already held");
	return err_set(err, EX_DATAERR, "is %s: nothing to %s", state_name(state), row->name);
}

static struct place target_of(const struct spool_file *file, const struct story *story,
			      enum verb verb)
{
	enum state to = STATE_NONE;

	switch (verb_rows[verb].to) {
	case VERB_TO_HELD:
		to = STATE_HELD;
		break;
	case VERB_TO_CANCELLED:
		to = STATE_CANCELLED;
		break;
	case VERB_TO_QUEUE:
		to = story->has_message ? STATE_RENDERED : STATE_QUEUED;
		break;
	case VERB_TO_NOWHERE:
		break;
	}
	return place_make(file->place.org, to, "");
}

/* A message that was scheduled, and was held meanwhile, still waits for its time. */
static int64_t due_ms(const struct story *story, const struct act *act, int64_t now_ms)
{
	int64_t scheduled = story->request->scheduled_ms;

	if (verb_rows[act->verb].to != VERB_TO_QUEUE || verb_rows[act->verb].at_once || story->n)
		return 0;
	return scheduled > now_ms ? scheduled : 0;
}

/* --- the act --- */

/* json holds the entry's bytes, for as long as the file is in hand. */
static bool append_event(struct spool_file *file, const struct story *story, const struct act *act,
			 enum state to, struct buf *json, struct err *err)
{
	int64_t now_ms = clock_now_ms();
	struct json_out out = {.buf = json};
	struct event event = {
		.name = slice_text(verb_rows[act->verb].name),
		.to = to,
		.due_ms = due_ms(story, act, now_ms),
		.by = slice_text(act->by),
		.reason = slice_text(act->reason),
		.restarts = verb_rows[act->verb].restarts,
	};

	event_write(&out, &event);
	return spool_append(file, ENTRY_EVENT, now_ms, buf_slice(json), err);
}

static bool tell_index(struct queue *queue, struct batch *batch, const struct record_work *left,
		       struct err *err)
{
	struct index_txn *txn = index_begin(queue->index, INDEX_WAIT_WORK, err);

	if (!txn)
		return false;
	if (left->waits)
		index_due_remove(txn, left->stage, left->at_ms, left->id);
	else if (*left->stage)
		index_unready(txn, left->stage, left->lane, left->id, left->at_ms);
	batch_enter(batch, txn);
	return index_commit(txn, err);
}

/* The files have it: what the index does not learn now, whoever comes next tells it. */
static void enter_index(struct queue *queue, struct spool_file *file,
			const struct record_work *left)
{
	struct batch batch = {0};
	struct err err = {0};

	batch_begin(&batch, queue, NULL);
	bool told = batch_settled(&batch, file, &err);
	if (batch.n_works)
		spool_release(file); /* a stage that comes at once is not to find it in our hands */
	told = told && tell_index(queue, &batch, left, &err);
	if (!told)
		queue_log_failure(queue, "index", file->id, &err);
	queue_moved(queue, told);
	batch_ring(&batch);
	batch_free(&batch);
}

static void forget(struct queue *queue, const char *id)
{
	struct batch batch = {0};
	struct err err = {0};

	batch_begin(&batch, queue, NULL);
	batch_gone(&batch, id);
	bool told = batch_commit(&batch, &err);
	if (told)
		batch_ring(&batch);
	else
		queue_log_failure(queue, "index", id, &err);
	queue_moved(queue, told);
	batch_free(&batch);
}

static bool move(struct queue *queue, struct spool_file *file, const struct story *story,
		 const struct act *act, struct err *err)
{
	struct place from = file->place, to = target_of(file, story, act->verb);
	struct record_work left;
	struct buf json = {0};
	uint64_t size = file->size;

	record_work_of(story, file->id, &from, story->connector_id, &left);
	bool ok = append_event(file, story, act, to.state, &json, err);
	if (ok && spool_move(file, &to, err)) {
		ok = spool_sync(file, &from, err);
		enter_index(queue, file, &left);
	} else {
		/* what cannot be taken back is still the fact: whoever comes next moves it */
		queue_moved(queue, !ok || spool_take_back(file, size));
		ok = false;
	}
	buf_free(&json);
	return ok;
}

static bool remove_file(struct queue *queue, struct spool_file *file, struct err *err)
{
	char dir[PLACE_PATH_SIZE];

	place_dir(&file->place, file->id, dir);
	if (!spool_unlink(file, err)) {
		queue_moved(queue, true);
		return false;
	}
	bool ok = spool_sync_dir(queue->spool, dir, err);
	forget(queue, file->id);
	return ok;
}

static void log_act(struct queue *queue, const struct spool_file *file, const struct act *act)
{
	log_begin(&queue->log, verb_rows[act->verb].name);
	log_text(&queue->log, "id", file->id);
	log_text(&queue->log, "org", file->place.org);
	log_text(&queue->log, "by", act->by);
	log_text(&queue->log, "reason", act->reason);
	log_end(&queue->log);
}

static bool act_on(struct queue *queue, struct spool_file *file, const struct act *act,
		   struct err *err)
{
	struct story story;

	if (file->entries.tail == ENTRY_TAIL_DAMAGED ||
	    !story_read(file->entries.at, file->entries.count, &file->arena, &story, err))
		return err_set(err, EX_DATAERR, "damaged");
	if (verb_rows[act->verb].to == VERB_TO_QUEUE && spool_is_purged(&file->entries))
		return err_set(err, EX_DATAERR, "its bodies were purged: there is nothing to send");
	moving_add(queue->moving, file->place.org, file->id);
	moving_begin(queue->moving);
	bool ok = verb_rows[act->verb].to == VERB_TO_NOWHERE ? remove_file(queue, file, err)
							     : move(queue, file, &story, act, err);
	if (ok && queue->log_verbs)
		log_act(queue, file, act);
	return ok;
}

/* Left in sending by a sender that died: replayed, it is somewhere else. */
static bool find(struct queue *queue, const char *id, struct place *place, struct err *err)
{
	if (!id_valid(slice_text(id)))
		return err_set(err, EX_NOINPUT, "no such message");
	if (!spool_find(queue->spool, NULL, id, place))
		return errno == ENOENT ? look_missing(queue, id, err) : io_err(err, "look for it");
	if (place->state != STATE_SENDING)
		return true;
	if (!queue_replay(queue, err))
		return false;
	queue_recover_one(queue, place->org, id);
	return spool_find(queue->spool, place->org, id, place) ||
	       err_set(err, EX_NOINPUT, "no such message");
}

bool queue_act(struct queue *queue, const char *id, const struct act *act, struct err *err)
{
	struct spool_file file;
	struct place place;

	if (!find(queue, id, &place, err))
		return false;
	if (place.state == STATE_SENDING)
		return err_set(err, EX_TEMPFAIL, "is being sent: try again later");
	if (!verb_applies(act->verb, place.state))
		return refuse_state(act, place.state, err);
	if (!spool_take(queue->spool, &place, id, &file, err))
		return err->code == EX_TEMPFAIL || err->code == EX_NOINPUT
			       ? err_set(err, EX_TEMPFAIL, "is being worked on: try again later")
			       : false;
	bool ok = act_on(queue, &file, act, err);
	spool_release(&file);
	return ok;
}

/* --- the programs --- */

static struct queue *open_for_operator(const struct conf *conf, struct err *err)
{
	struct queue *queue = queue_open(conf, QUEUE_WORK, err);

	if (!queue && err->code == EX_NOPERM)
		err_set(err, EX_NOPERM, "%s: only root and the spool's owner may do this; try sudo",
			conf->spool);
	return queue;
}

static const char *read_reason(const char *text)
{
	struct err err = {0};

	if (!verb_check_reason(slice_text(text), &err))
		options_misuse("-r: %s", err.text);
	return text;
}

int act_main(int argc, char **argv, const struct usage *usage, enum verb verb)
{
	struct options options = options_init(argc, argv, usage);
	char by[64];
	struct act act = {.verb = verb, .by = by};
	struct conf *conf;
	struct queue *queue;
	struct err err = {0};

	act_who(by);
	for (int c; (c = options_next(&options)) != -1;)
		if (c == 'r')
			act.reason = read_reason(options.value);
	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = open_for_operator(conf, &err)))
		err_exit(&err);

	/* of what is deleted nothing else tells why */
	queue->log_verbs = act.reason && verb_rows[verb].to == VERB_TO_NOWHERE;
	struct ids ids = ids_open(&options);
	for (const char *id; (id = ids_next(&ids));)
		ids_report(&ids, queue_act(queue, id, &act, &err), &err);
	queue_close(queue);
	conf_free(conf);
	return ids_close(&ids);
}
