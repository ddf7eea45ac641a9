#include "app/purge.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/words.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"

#define TOLD_MS 60000 /* for how long its end is told */
#define OUTPUT_BYTES 4096
#define ARGUMENTS_MOST 16

struct purge_run {
	struct purges *purges;
	struct http_request *request; /* NULL: nobody waits */
	purge_answer *answer;
	struct purge what;
	bool dry_run;
	uint64_t expected;
	char organization[64], by[80];
	struct child child;
	int output;
	struct loop_watch ended;
	int64_t began_ms; /* by the clock */
	struct purge_run *next, **back;
};

struct purges {
	struct app *app;
	struct purge_run *first;
	unsigned n;
	const struct purge_run *removes; /* the one that does; NULL: none */
	struct loop_timer forget;        /* what is told */
	uint64_t changes;                /* of what is told */
	struct told {
		bool is_set;
		struct purge purge;
		int code;
		char organization[64];
	} told; /* how the last one ended */
};

static void on_forget(void *context)
{
	struct purges *purges = context;

	purges->told.is_set = false;
	purges->changes++;
}

struct purges *purges_open(struct app *app)
{
	struct purges *purges = mem_zero(sizeof *purges);

	purges->app = app;
	purges->forget = (struct loop_timer){.fn = on_forget, .context = purges};
	return purges;
}

/* --- the log --- */

static const char *statuses_text(unsigned statuses, char text[32])
{
	*text = '\0';
	for (unsigned status = 0; status < STATUS_COUNT; status++)
		if (statuses & PURGE_STATUSES & 1u << status) {
			strcat(text, *text ? "," : "");
			strcat(text, status_name((enum status)status));
		}
	return text;
}

static void log_begun(const struct purge_run *run, const char *until)
{
	struct log *log = &run->purges->app->queue->log;
	char statuses[32];

	log_begin(log, "purge");
	log_text(log, "org", *run->organization ? run->organization : "*");
	log_text(log, "status", statuses_text(run->what.statuses, statuses));
	log_text(log, "until", until);
	log_text(log, "what", run->what.bodies ? "bodies" : "messages");
	log_text(log, "by", run->by);
	log_end(log);
}

static void log_ended(const struct purge_run *run, int code)
{
	struct log *log = &run->purges->app->queue->log;

	log_begin(log, "purged");
	log_text(log, "org", *run->organization ? run->organization : "*");
	log_int(log, "messages", (int64_t)run->what.messages);
	log_int(log, "bytes", (int64_t)run->what.bytes);
	log_int(log, "busy", (int64_t)run->what.busy);
	log_int(log, "code", code);
	log_text(log, "by", run->by);
	log_end(log);
}

/* --- the end --- */

static void leave(struct purge_run *run)
{
	struct purges *purges = run->purges;

	loop_unwatch(purges->app->loop, &run->ended);
	*run->back = run->next;
	if (run->next)
		run->next->back = run->back;
	purges->n--;
	if (purges->removes == run)
		purges->removes = NULL;
}

/* The little that it prints has room in the pipe. */
static void read_counts(struct purge_run *run)
{
	struct arena arena = {0};
	struct buf text = {0};
	struct err err = {0};

	io_read_all(run->output, &text, OUTPUT_BYTES, "mailq-purge", &err);
	const struct json *counts = json_parse(buf_slice(&text), &arena, &err);
	if (counts) {
		run->what.messages = (uint64_t)json_get_int(counts, "messages", 0);
		run->what.bytes = (uint64_t)json_get_int(counts, "bytes", 0);
		run->what.busy = (uint64_t)json_get_int(counts, "busy", 0);
	}
	buf_free(&text);
	arena_free(&arena);
}

static int wait_for(struct purge_run *run)
{
	int status;

	child_wait(&run->child, &status);
	close(run->output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static void tell(struct purge_run *run, int code)
{
	struct purges *purges = run->purges;

	log_ended(run, code);
	purges->told = (struct told){.is_set = true, .purge = run->what, .code = code};
	purges->told.purge.organization = (struct slice){0};
	memcpy(purges->told.organization, run->organization, sizeof purges->told.organization);
	loop_start_timer(purges->app->loop, &purges->forget, clock_boot_ms() + TOLD_MS);
	purges->changes++;
}

static void on_ended(void *context, int events)
{
	struct purge_run *run = context;
	(void)events;

	leave(run);
	read_counts(run);
	int code = wait_for(run);
	if (!run->dry_run)
		tell(run, code);
	if (run->request) {
		run->answer(run->request, &run->what, code);
		http_request_done(run->request);
	}
	free(run);
}

/* The server closes; the run ends with purges_close. */
static void forget(struct http_request *request)
{
	((struct purge_run *)request->work)->request = NULL;
}

void purges_close(struct purges *purges)
{
	if (!purges)
		return;
	for (struct purge_run *run; (run = purges->first);) {
		leave(run);
		child_signal(&run->child, SIGTERM);
		wait_for(run);
		free(run);
	}
	loop_stop_timer(purges->app->loop, &purges->forget);
	free(purges);
}

/* --- the beginning --- */

static bool start_child(struct purge_run *run, int output, struct err *err)
{
	const struct purge *what = &run->what;
	char until[CLOCK_TEXT_SIZE], statuses[32];
	const char *argv[ARGUMENTS_MOST] = {"mailq-purge", "-C", run->purges->app->conf->file,
					    "--json"};
	const int fds[] = {-1, output, STDERR_FILENO};
	struct child_plan plan = {.program = argv[0],
				  .argv = argv,
				  .env = (const char *const *)environ,
				  .fds = fds,
				  .n_fds = 3};
	size_t n = 4;

	clock_format(what->until_ms, until);
	argv[n++] = "--older-than";
	argv[n++] = until;
	argv[n++] = "-s";
	argv[n++] = statuses_text(what->statuses, statuses);
	if (*run->organization) {
		argv[n++] = "-o";
		argv[n++] = run->organization;
	}
	if (what->bodies)
		argv[n++] = "--bodies";
	if (run->dry_run)
		argv[n++] = "--dry-run";
	else
		log_begun(run, until);
	return child_start(&plan, &run->child, err);
}

static bool begin(struct purge_run *run, struct err *err)
{
	struct loop *loop = run->purges->app->loop;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return io_err(err, "pipe");
	bool ok = start_child(run, ends[1], err);
	close(ends[1]);
	run->output = ends[0];
	if (!ok) {
		close(run->output);
		return false;
	}
	run->ended = (struct loop_watch){run->child.fd, on_ended, run};
	if (loop_watch(loop, &run->ended, LOOP_READ, err))
		return true;
	child_signal(&run->child, SIGTERM);
	wait_for(run);
	return false;
}

static void enter(struct purges *purges, struct purge_run *run)
{
	run->next = purges->first;
	run->back = &purges->first;
	if (run->next)
		run->next->back = &run->next;
	purges->first = run;
	purges->n++;
	if (run->dry_run)
		return;
	purges->removes = run;
	purges->told.is_set = false;
	purges->changes++;
}

bool purge_start(struct purges *purges, const struct purge_plan *plan, struct http_request *request,
		 purge_answer *answer, struct err *err)
{
	struct slice organization = plan->what.organization;
	struct purge_run *run;

	if (purges->n == PURGES_MOST || (!plan->dry_run && purges->removes))
		return err_set(err, EX_TEMPFAIL, "another removal is under way");
	run = mem_zero(sizeof *run);
	*run = (struct purge_run){.purges = purges,
				  .request = request,
				  .answer = answer,
				  .what = plan->what,
				  .dry_run = plan->dry_run,
				  .expected = plan->expected,
				  .began_ms = clock_now_ms()};
	snprintf(run->organization, sizeof run->organization, "%.*s", SLICE_ARGS(organization));
	run->what.organization = slice_text(run->organization);
	snprintf(run->by, sizeof run->by, "%s", plan->by);
	if (!begin(run, err)) {
		free(run);
		return false;
	}
	enter(purges, run);
	if (request) {
		request->work = run;
		http_request_wait(request, forget);
	}
	return true;
}

/* --- telling --- */

uint64_t purges_changes(const struct purges *purges)
{
	return purges->changes;
}

/* "1,204 messages are being removed." */
static const char *under_way(const struct purge_run *run, struct arena *arena)
{
	const char *messages =
		run->expected ? words_messages(run->expected, arena) : "old messages";

	if (run->what.bodies)
		return arena_format(arena, "What was in %s is being removed.", messages);
	return arena_format(arena, "%s %s being removed.", messages,
			    run->expected == 1 ? "is" : "are");
}

static void put(struct json_out *out, const char *key, const char *class, const char *lead,
		const char *text)
{
	json_open(out, key, '{');
	json_put_text(out, "class", class);
	json_put_text(out, "lead", lead);
	json_put_text(out, "text", text);
	json_close(out, '}');
}

static void put_end(struct json_out *out, const char *key, const struct told *told,
		    struct arena *arena)
{
	const struct purge *purge = &told->purge;
	bool good = told->code == 0;
	const char *messages = words_messages(purge->messages, arena);
	const char *text = "";

	if (purge->busy)
		text = arena_format(arena, "%s in other hands, and %s: do it again.",
				    purge->busy == 1
					    ? "1 message was"
					    : arena_format(arena, "%s were",
							   words_messages(purge->busy, arena)),
				    purge->busy == 1 ? "stays" : "stay");
	else if (!good)
		text = arena_format(arena, "It has not ended well (%d): the log says why.",
				    told->code);
	else if (purge->bytes)
		text = arena_format(arena, "That freed %s.", words_size(purge->bytes, arena));
	put(out, key, good ? "sent" : "failed",
	    arena_format(arena, purge->bodies ? "What was in %s is removed." : "%s removed.",
			 messages),
	    text);
}

void purges_put(struct json_out *out, const char *key, const struct purges *purges,
		struct slice organization, struct arena *arena)
{
	const struct purge_run *run = purges->removes;
	const struct told *told = &purges->told;

	if (run && (!organization.n || slice_is(organization, run->organization)))
		put(out, key, "dot", under_way(run, arena),
		    arena_format(arena, "It began at %s.",
				 words_time(run->began_ms, clock_now_ms(), arena)));
	else if (!run && told->is_set &&
		 (!organization.n || slice_is(organization, told->organization)))
		put_end(out, key, told, arena);
	else
		json_put_null(out, key);
}
