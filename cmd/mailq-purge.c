/*
 * mailq-purge: retention: old messages go, or their bodies do.
 *
 * Manual: man/mailq-purge.1.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/options.h"
#include "base/print.h"
#include "queue/look.h"
#include "queue/purge.h"

static const struct usage usage = {
	.synopsis =
		"mailq-purge [-C file] [-o organization] [-s status[,status]] --older-than age "
		"[--bodies]\n"
		"            [--dry-run] [--json]",
	.about = "Removes messages that were sent, failed or were cancelled longer ago than that, "
		 "or\n"
		 "before that time; with --bodies, only what was in them. With --dry-run it only "
		 "says\n"
		 "how many they are.",
	.options = "o:s:",
	.long_options = (const struct option[]){{"older-than", required_argument, NULL, 'a'},
						{"bodies", no_argument, NULL, 'b'},
						{"dry-run", no_argument, NULL, 'd'},
						{"json", no_argument, NULL, 'j'},
						{0}},
};

/* What was asked for. */
struct task {
	struct purge purge;
	bool is_dated, dry_run, json;
};

static void read_option(struct task *task, int c, const char *value)
{
	struct purge *purge = &task->purge;

	if (c == 'o')
		purge->organization = slice_text(value);
	else if (c == 'b')
		purge->bodies = true;
	else if (c == 'd')
		task->dry_run = true;
	else if (c == 'j')
		task->json = true;
	else if (c == 's' && !(purge->statuses = purge_statuses(slice_text(value))))
		options_misuse("-s: '%s' is none of sent, failed, cancelled", value);
	else if (c == 'a' && !purge_until(slice_text(value), clock_now_ms(), &purge->until_ms))
		options_misuse(
			"--older-than: '%s' is no age such as 30d or 12h, and no time that "
			"has been",
			value);
	task->is_dated |= c == 'a';
}

static void print_json(const struct task *task)
{
	struct buf buf = {0};
	struct json_out out = {.buf = &buf};

	json_open(&out, NULL, '{');
	json_put_int(&out, "messages", (int64_t)task->purge.messages);
	if (!task->dry_run) {
		json_put_int(&out, "bytes", (int64_t)task->purge.bytes);
		json_put_int(&out, "busy", (int64_t)task->purge.busy);
	}
	json_close(&out, '}');
	puts(buf.p);
	buf_free(&buf);
}

static void print(const struct task *task)
{
	if (task->json)
		print_json(task);
	else if (task->dry_run)
		printf("%" PRIu64 " messages\n", task->purge.messages);
	else
		printf("%" PRIu64 " messages, %" PRIu64 " bytes\n", task->purge.messages,
		       task->purge.bytes);
	if (task->purge.busy)
		fprintf(stderr, "mailq-purge: %" PRIu64 " were in other hands; run it again\n",
			task->purge.busy);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct task task = {.purge.statuses = PURGE_STATUSES};
	struct purge *purge = &task.purge;
	struct print out = print_open(stdout);
	struct conf *conf;
	struct queue *queue;
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;)
		read_option(&task, c, options.value);
	options_no_operands(&options);
	if (!task.is_dated)
		options_misuse("--older-than is missing");
	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = queue_open(conf, QUEUE_WORK, &err)) ||
	    (purge->organization.n && !look_organization(queue, purge->organization, &err)))
		err_exit(&err);
	bool ok = task.dry_run ? queue_purge_count(queue, purge, &err)
			       : queue_purge(queue, purge, &err);
	print(&task);
	if (!print_close(&out, &err) || !ok)
		err_exit(&err);
	queue_close(queue);
	conf_free(conf);
	return purge->busy ? EX_TEMPFAIL : 0;
}
