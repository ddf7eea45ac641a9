/*
 * mailq-supervise: runs the stages: starts, watches, restarts and stops them.
 *
 * Manual: man/mailq-supervise.8.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/options.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "queue/adopt.h"
#include "spool/instance.h"
#include "spool/owner.h"
#include "super/local.h"
#include "super/super.h"

static const struct usage usage = {
	.synopsis =
		"mailq-supervise [-C file] [--adopt] [--silence seconds] [--stop-within seconds]\n"
		"       mailq-supervise [-C file] status | reload | stop",
	.about = "Runs the stages of the pipeline until it is told to stop; or speaks to the one "
		 "that does.",
	.long_options =
		(const struct option[]){
			{"adopt", no_argument, NULL, 'a'},
			{"silence", required_argument, NULL, 's'},
			{"stop-within", required_argument, NULL, 'w'},
			{0},
		},
};

/* Refuses at the start what every stage would refuse; makes what is missing of the spool. */
static bool prepare_spool(const char *conf_path, struct err *err)
{
	struct conf *conf = conf_load(conf_path, err);
	struct spool *spool = NULL;

	if (conf && spool_make_drop(conf->spool, err))
		spool = spool_open(&(struct spool_options){.path = conf->spool}, err);
	bool ok = spool && instance_check(spool, err);
	spool_close(spool);
	conf_free(conf);
	return ok;
}

/* A spool that is a copy goes on as the one there is; what is overdue in it is held. */
static bool adopt(const char *conf_path, struct err *err)
{
	struct conf *conf = conf_load(conf_path, err);
	struct queue *queue = conf ? queue_open(conf, QUEUE_WORK, err) : NULL;
	uint64_t held;
	bool ok = queue && queue_adopt(queue, &held, err);

	if (ok)
		fprintf(stderr, "mailq-supervise: adopted %s; %llu overdue messages are held\n",
			conf->spool, (unsigned long long)held);
	queue_close(queue);
	conf_free(conf);
	return ok;
}

static bool run(const struct super_options *options, struct err *err)
{
	if (!prepare_spool(options->conf_path, err))
		return false;

	struct super *super = super_open(options, err);
	bool ok = super && super_run(super, err);
	super_close(super);
	return ok;
}

static bool print_status(const char *spool, struct err *err)
{
	struct buf status = {0};
	bool ok = local_ask(spool, "status", &status, err);

	if (ok && (fwrite(status.p, 1, status.n, stdout) < status.n || fflush(stdout) != 0))
		ok = err_sys(err, EX_IOERR, "standard output");
	buf_free(&status);
	return ok;
}

/* Speaks to the supervisor that runs: also where an organization's file is wrong. */
static bool speak(const char *conf_path, const char *word, struct err *err)
{
	struct conf *conf = conf_load_without_organizations(conf_path, err);
	bool ok = conf && (strcmp(word, "status") == 0 ? print_status(conf->spool, err)
						       : local_tell(conf->spool, word, err));

	conf_free(conf);
	return ok;
}

/* status, reload, stop, or NULL. */
static const char *read_word(const struct options *options)
{
	static const char *const words[] = {"status", "reload", "stop"};
	const char *word = options->operands[0];

	if (!word)
		return NULL;
	if (options->operands[1])
		options_misuse("unexpected '%s'", options->operands[1]);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0)
			return word;
	options_misuse("unexpected '%s'", word);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct super_options super = {.times = machine_standard_times};
	bool adopts = false;
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;)
		if (c == 'a')
			adopts = true;
		else if (c == 's')
			super.times.silence_ms = options_number(&options, 1, 3600) * 1000;
		else
			super.times.stop_ms = options_number(&options, 1, 3600) * 1000;
	super.conf_path = options.conf_path;
	secret_shield_process(); /* its environment has those of all kinds */

	const char *word = read_word(&options);
	if (adopts && !adopt(options.conf_path, &err))
		err_exit(&err);
	if (word ? !speak(options.conf_path, word, &err) : !run(&super, &err))
		err_exit(&err);
	return 0;
}
