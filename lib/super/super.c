#include "super/super.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/notify.h"
#include "super/errand.h"
#include "super/fleet.h"
#include "super/gate.h"
#include "super/left.h"
#include "super/local.h"

#define CHECK_EVERY_MS 3600000
#define LONGEST_TICK_MS 5000 /* until changed files are noticed */

struct super {
	struct super_options options;
	struct conf *conf;
	bool has_drop; /* as the plan has it */
	struct plan plan;
	struct err conf_err; /* why the files as they are now are not in force; no code: they are */
	int64_t since_ms;    /* wall clock */
	bool stopping;

	int spool_fd, lock_fd;
	struct log log;
	struct loop *loop;
	struct local *local;
	struct notify notify;
	struct fleet fleet;
	struct gate_watch gate;
	struct loop_timer tick;
	struct errand check, recovery;
	char *socket;
};

/* --- the configuration --- */

static void tell_error(struct super *super, const char *event, const struct err *err)
{
	log_begin(&super->log, event);
	log_text(&super->log, "error", err->text);
	log_end(&super->log);
}

static const struct plan_stage *first_stage(const struct plan *plan)
{
	return &plan->stages[0]; /* mailq-render: it needs as little as mailq-index does */
}

/* Puts a configuration in force. The plan and the configuration are the supervisor's afterwards. */
static void enforce(struct super *super, struct conf *conf, struct plan plan)
{
	conf_free(super->conf);
	plan_free(&super->plan);
	super->conf = conf;
	super->plan = plan;
	super->conf_err = (struct err){0};
	super->check.env = super->recovery.env = first_stage(&super->plan)->env;
	fleet_follow(&super->fleet, &super->plan);
}

static bool has_drop(const char *spool)
{
	struct stat st;
	char *path = mem_format("%s/.drop", spool);
	bool is_there = stat(path, &st) == 0;

	free(path);
	return is_there;
}

static struct conf *load(struct super *super, struct plan *plan, struct err *err)
{
	struct conf *conf = conf_load(super->options.conf_path, err);

	if (!conf)
		return NULL;
	super->has_drop = has_drop(conf->spool);
	if (super->conf && strcmp(conf->spool, super->conf->spool) != 0)
		err_set(err, EX_CONFIG, "%s: another spool needs another supervisor", conf->file);
	else if (plan_make(plan, conf, super->has_drop, (const char *const *)environ, err))
		return conf;
	conf_free(conf);
	return NULL;
}

static bool reload(struct super *super, struct err *err)
{
	struct plan plan;
	struct conf *conf;

	notify_tell(&super->notify, "RELOADING=1");
	conf = load(super, &plan, err);
	if (conf) {
		enforce(super, conf, plan);
		log_begin(&super->log, "reloaded");
		log_end(&super->log);
	} else if (strcmp(super->conf_err.text, err->text) != 0) {
		super->conf_err = *err;
		tell_error(super, "conf-refused", err);
	}
	notify_tell(&super->notify, "READY=1");
	return conf != NULL;
}

/* --- what it is told --- */

static void stop(struct super *super)
{
	if (super->stopping) {
		fleet_tell(&super->fleet, EVENT_HURRY);
		return;
	}
	super->stopping = true;
	log_begin(&super->log, "stopping");
	log_end(&super->log);
	notify_tell(&super->notify, "STOPPING=1");
	errand_stop(&super->check);
	errand_stop(&super->recovery);
	fleet_tell(&super->fleet, EVENT_UNWANTED);
}

static void on_stop(void *context, int signo)
{
	(void)signo;
	stop(context);
}

static void on_reload(void *context, int signo)
{
	struct super *super = context;
	struct err err = {0};

	(void)signo;
	if (!super->stopping)
		reload(super, &err);
}

static void put_status(const struct super *super, struct buf *answer)
{
	struct json_out out = {.buf = answer};
	char since[CLOCK_TEXT_SIZE];

	clock_format(super->since_ms, since);
	json_open(&out, NULL, '{');
	json_put_int(&out, "pid", getpid());
	json_put_text(&out, "state", super->stopping ? "stopping" : "running");
	json_put_text(&out, "since", since);
	json_put_text(&out, "configuration", super->conf->file);
	json_put_text(&out, "configuration_error",
		      super->conf_err.code ? super->conf_err.text : NULL);
	fleet_status(&super->fleet, &out, "workers");
	errand_status(&super->check, &out, "check");
	json_close(&out, '}');
}

static void put_result(struct buf *answer, bool ok, const struct err *err)
{
	struct json_out out = {.buf = answer};

	json_open(&out, NULL, '{');
	json_put_bool(&out, "ok", ok);
	if (!ok)
		json_put_text(&out, "error", err->text);
	json_close(&out, '}');
}

static void on_asked(void *context, struct slice word, struct buf *answer)
{
	struct super *super = context;
	struct err err = {0};

	if (slice_is(word, "status")) {
		put_status(super, answer);
	} else if (slice_is(word, "stop")) {
		stop(super);
		put_result(answer, true, &err);
	} else if (slice_is(word, "reload")) {
		bool ok = super->stopping ? err_set(&err, EX_TEMPFAIL, "it is stopping")
					  : reload(super, &err);
		put_result(answer, ok, &err);
	} else {
		put_result(answer, err_set(&err, EX_USAGE, "it knows status, reload, stop"), &err);
	}
}

static void on_alive(void *context, pid_t pid)
{
	struct super *super = context;

	fleet_alive(&super->fleet, pid);
}

/* --- what it looks after by itself --- */

static int64_t tick_ms(const struct super *super)
{
	int64_t ms = super->options.times.silence_ms / MACHINE_LOOKS;

	return ms < LONGEST_TICK_MS ? ms : LONGEST_TICK_MS;
}

static void start_tick(struct super *super)
{
	loop_start_timer(super->loop, &super->tick, clock_boot_ms() + tick_ms(super));
}

/* Somebody could not tell the index what it is to know. */
static bool is_check_wanted(const struct super *super)
{
	return faccessat(super->spool_fd, ".run/check", F_OK, 0) == 0;
}

/* Who stands still in the gate keeps everybody waiting, so half of the silence is enough. */
static void free_gate(struct super *super)
{
	int64_t looks = super->options.times.silence_ms / tick_ms(super) / 2;
	pid_t holder = gate_look(&super->gate, super->spool_fd, (unsigned)looks);

	if (!holder)
		return;
	log_begin(&super->log, "gate-holder-killed");
	log_int(&super->log, "pid", holder);
	if (kill(holder, SIGKILL) < 0)
		log_text(&super->log, "error", strerror(errno));
	log_end(&super->log);
	super->gate = (struct gate_watch){0};
	errand_run(&super->check); /* what it was about to enter */
}

static void on_tick(void *context)
{
	struct super *super = context;
	struct err err = {0};

	start_tick(super);
	notify_alive(&super->notify);
	fleet_look(&super->fleet);
	free_gate(super);
	if (super->stopping)
		return;
	if (is_check_wanted(super))
		errand_run(&super->check);
	if (left_any(super->spool_fd))
		errand_run(&super->recovery);
	if (conf_changed(super->conf) || has_drop(super->conf->spool) != super->has_drop)
		reload(super, &err);
}

/* --- life --- */

/* One supervisor a spool: whoever holds .run/supervise.pid. */
static bool lock(struct super *super, struct err *err)
{
	char text[16];

	super->lock_fd = openat(super->spool_fd, ".run/supervise.pid",
				O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (super->lock_fd < 0)
		return io_err(err, "open %s/.run/supervise.pid", super->conf->spool);
	if (flock(super->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, EX_TEMPFAIL, "%s: process %d supervises this spool already",
			       super->conf->spool, (int)lock_holder(super->lock_fd));

	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	if (ftruncate(super->lock_fd, 0) < 0)
		return io_err(err, "write %s/.run/supervise.pid", super->conf->spool);
	return io_write_all(super->lock_fd, slice_make(text, (size_t)n), "supervise.pid", err);
}

static bool open_spool(struct super *super, struct err *err)
{
	super->spool_fd = open(super->conf->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (super->spool_fd < 0)
		return io_err(err, "spool %s", super->conf->spool);
	return io_mkdir_at(super->spool_fd, ".run", 0700, err) && lock(super, err);
}

static bool hear(struct super *super, struct err *err)
{
	struct local_ears ears = {.asked = on_asked, .alive = on_alive, .context = super};

	if (!(super->loop = loop_open(err)))
		return false;
	super->local = local_open(super->loop, super->conf->spool, ears, err);
	return super->local && loop_signal(super->loop, SIGTERM, on_stop, super, err) &&
	       loop_signal(super->loop, SIGINT, on_stop, super, err) &&
	       loop_signal(super->loop, SIGHUP, on_reload, super, err);
}

struct super *super_open(const struct super_options *options, struct err *err)
{
	struct super *super = mem_zero(sizeof *super);

	*super = (struct super){
		.options = *options,
		.since_ms = clock_now_ms(),
		.spool_fd = -1,
		.lock_fd = -1,
		.log = {.fd = STDERR_FILENO},
		.notify = notify_open(),
		.tick = {.fn = on_tick, .context = super},
	};
	signal(SIGPIPE, SIG_IGN); /* a log that nobody reads must not end us */

	super->conf = load(super, &super->plan, err);
	if (super->conf && open_spool(super, err) && hear(super, err))
		return super;
	super_close(super);
	return NULL;
}

static struct errand errand_of(struct super *super, const char *word)
{
	return (struct errand){
		.loop = super->loop,
		.log = &super->log,
		.program = "mailq-index",
		.conf_path = super->options.conf_path,
		.word = word,
		.env = first_stage(&super->plan)->env,
		.every_ms = CHECK_EVERY_MS,
	};
}

bool super_run(struct super *super, struct err *err)
{
	super->socket = mem_format("%s/%s", super->conf->spool, LOCAL_NOTIFY);
	super->fleet = (struct fleet){
		.loop = super->loop,
		.log = &super->log,
		.times = super->options.times,
		.conf_path = super->options.conf_path,
		.socket = super->socket,
	};
	super->check = errand_of(super, "check");
	super->recovery = errand_of(super, "recover");
	fleet_follow(&super->fleet, &super->plan);
	errand_run(&super->check);
	start_tick(super);
	notify_tell(&super->notify, "READY=1");

	while (!super->stopping || !fleet_is_empty(&super->fleet))
		if (!loop_step(super->loop, -1, err))
			return false;
	log_begin(&super->log, "stopped");
	log_end(&super->log);
	return true;
}

void super_close(struct super *super)
{
	if (!super)
		return;
	local_close(super->local);
	loop_close(super->loop);
	plan_free(&super->plan);
	conf_free(super->conf);
	notify_close(&super->notify);
	log_free(&super->log);
	if (super->lock_fd >= 0)
		close(super->lock_fd);
	if (super->spool_fd >= 0)
		close(super->spool_fd);
	free(super->socket);
	free(super);
}
