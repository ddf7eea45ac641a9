/*
 * mailq-route: picks the connector of each message that is rendered, or due again; and tells
 * failures_to of those that failed.
 *
 * Manual: man/mailq-route.8.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/print.h"
#include "queue/explain.h"
#include "queue/intake.h"
#include "queue/recover.h"
#include "queue/report.h"
#include "queue/route.h"
#include "queue/work.h"

#define REQUEST_MOST ((size_t)64 << 20)

static const struct usage usage = {
	.synopsis = "mailq-route [-C file] [--follow | --explain request] [id ...]",
	.about = "Hands rendered messages, and deferred ones that are due, to their senders.",
	.long_options = (const struct option[]){{"follow", no_argument, NULL, 'f'},
						{"explain", required_argument, NULL, 'e'},
						{0}},
};

/* Nothing to send it by is held: an operator can mend the configuration and release it. */
static void tell_event(struct buf *json, struct work_step *step,
		       const struct route_decision *decision)
{
	struct json_out out = {.buf = json};
	struct event event = {.name = SLICE("route"),
			      .to = decision->to,
			      .by = SLICE("mailq-route"),
			      .reason = slice_text(decision->reason)};

	event_write(&out, &event);
	*step = (struct work_step){.to = decision->to,
				   .entry = ENTRY_EVENT,
				   .body = buf_slice(json)};
}

static void tell_route(struct buf *json, struct work_step *step,
		       const struct route_decision *decision)
{
	struct json_out out = {.buf = json};
	struct route route = {.connector_id = slice_text(decision->connector->id),
			      .kind = slice_text(decision->connector->kind),
			      .reason = slice_text(decision->reason)};

	route_write(&out, &route);
	*step = (struct work_step){
		.to = STATE_ROUTED,
		.entry = ENTRY_ROUTE,
		.body = buf_slice(json),
		.kind = route.kind,
		.connector = route.connector_id,
	};
}

/* A message that failed, and somebody is to know. What cannot be told now is told later; what never
 * can (its key was used for another report) is told in the event, or it would come up for ever. */
static bool report(struct buf *json, struct work_item *item, struct work_step *step,
		   struct err *err)
{
	struct json_out out = {.buf = json};
	char id[ID_SIZE];
	struct event event = {.name = SLICE(REPORT_EVENT), .by = SLICE("mailq-route")};

	*step = (struct work_step){.to = STATE_FAILED};
	if (!report_is_due(item->conf, &item->file->place, item->story, item->now_ms))
		return true;
	if (report_send(item->queue, item->org, item->file, item->story, id, err))
		event.reason = slice_text(arena_format(item->arena, "reported to %s: %s",
						       item->org->failures_to, id));
	else if (!err_is_temporary(err) && err->code != EX_NOPERM)
		event.reason = slice_text(arena_format(item->arena, "not reported: %s", err->text));
	else
		return false;
	event_write(&out, &event);
	step->entry = ENTRY_EVENT;
	step->body = buf_slice(json);
	return true;
}

static bool route_one(void *context, struct work_item *item, struct work_step *step,
		      struct err *err)
{
	struct buf *json = context;
	struct route_decision decision;
	struct place place;

	buf_clear(json);
	if (item->file->place.state == STATE_FAILED)
		return report(json, item, step, err);
	if (recover_place(item->file, item->story, &place)) {
		*step = (struct work_step){.to = place.state};
		return true;
	}
	decision = queue_decide_route(item->queue, item->org, item->story,
				      queue_wire_bytes(item->file), item->now_ms);
	if (decision.to == STATE_ROUTED)
		tell_route(json, step, &decision);
	else
		tell_event(json, step, &decision);
	return true;
}

/* --- the dry run --- */

static bool read_request(const char *path, struct buf *json, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno == ENOENT ? EX_NOINPUT : EX_IOERR, "%s", path);
	bool ok = io_read_all(fd, json, REQUEST_MOST, is_stdin ? "standard input" : path, err);
	close(fd);
	return ok;
}

static bool explain(const struct queue *queue, const char *path, struct arena *arena,
		    struct explanation *explanation, struct err *err)
{
	struct request_limits limits = intake_limits(queue->conf);
	struct explain_request_facts facts;
	struct buf json = {0};
	bool ok = false;

	if (!read_request(path, &json, err))
		goto out;
	const struct request *request = request_parse(buf_slice(&json), arena, &limits, err);
	if (!request || !queue_explain_request(queue, request, arena, &facts, err))
		goto out;
	explain_request(&facts, arena, explanation);
	ok = true;
out:
	buf_free(&json);
	return ok;
}

static int run_dry(const char *conf_path, const char *path)
{
	struct print print = print_open(stdout);
	struct explanation explanation;
	struct arena arena = {0};
	struct conf *conf;
	struct queue *queue;
	struct err err = {0};

	if (!(conf = conf_load(conf_path, &err)) ||
	    !(queue = queue_open(conf, QUEUE_ACCEPT, &err)) ||
	    !explain(queue, path, &arena, &explanation, &err))
		err_exit(&err);
	for (size_t i = 0; i < explanation.n; i++) {
		print_text(&print, slice_text(explanation.at[i]), SIZE_MAX);
		putc('\n', print.out);
	}
	if (!print_close(&print, &err))
		err_exit(&err);
	arena_free(&arena);
	queue_close(queue);
	conf_free(conf);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct work_options work = {0};
	const char *dry = NULL;
	struct buf json = {0};
	const struct work_stage stage = {
		.name = "route",
		.from = {STATE_RENDERED, STATE_DEFERRED},
		.handle = route_one,
		.context = &json,
	};

	for (int c; (c = options_next(&options)) != -1;) {
		work.follow |= c == 'f';
		if (c == 'e')
			dry = options.value;
	}
	if (dry) {
		options_no_operands(&options);
		return run_dry(options.conf_path, dry);
	}
	work.conf_path = options.conf_path;
	work.ids = options.operands;
	int code = work_run(&stage, &work);
	buf_free(&json);
	return code;
}
