/*
 * mailq-enqueue: takes messages, as JSON or one from options, and prints their ids once they are on
 * disk.
 *
 * Manual: man/mailq-enqueue.1.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/options.h"
#include "queue/enqueue.h"
#include "spool/owner.h"

static const struct usage usage = {
	.synopsis =
		"mailq-enqueue [-C file] [-o org] [--draft] [--all-or-nothing] [file ...]\n"
		"       mailq-enqueue [-C file] [-o org] [--draft] --to address [--from address]\n"
		"                     [--cc address] [--bcc address] [--subject text]\n"
		"                     [--text text] [--html text] [--template id]\n"
		"                     [--context json] [--attach file] [--header 'name: value']\n"
		"                     [--connector id] [--priority n] [--at time]\n"
		"                     [--idempotency-key key]",
	.about =
		"Takes messages as JSON objects, one after another, from files or standard input,\n"
		"or one message from options, and prints the id of each as soon as it is on disk.\n"
		"A text or context may be @file, or - for standard input; a context also file.",
	.options = "o:",
	.long_options =
		(const struct option[]){{"draft", no_argument, NULL, 'd'},
					{"all-or-nothing", no_argument, NULL, 'a'},
					{"from", required_argument, NULL, OPT_FROM},
					{"to", required_argument, NULL, OPT_TO},
					{"cc", required_argument, NULL, OPT_CC},
					{"bcc", required_argument, NULL, OPT_BCC},
					{"subject", required_argument, NULL, OPT_SUBJECT},
					{"html", required_argument, NULL, OPT_HTML},
					{"text", required_argument, NULL, OPT_TEXT},
					{"template", required_argument, NULL, OPT_TEMPLATE},
					{"context", required_argument, NULL, OPT_CONTEXT},
					{"attach", required_argument, NULL, OPT_ATTACH},
					{"header", required_argument, NULL, OPT_HEADER},
					{"connector", required_argument, NULL, OPT_CONNECTOR},
					{"priority", required_argument, NULL, OPT_PRIORITY},
					{"at", required_argument, NULL, OPT_AT},
					{"idempotency-key", required_argument, NULL, OPT_KEY},
					{0}},
};

/* As whoever calls; later we may be somebody else. */
static int *open_files(char **names, size_t *n)
{
	int *files;

	for (*n = 0; names[*n];)
		++*n;
	files = mem_array(*n + 1, sizeof *files);
	for (size_t i = 0; i < *n; i++) {
		struct err err = {0};
		files[i] = open(names[i], O_RDONLY | O_CLOEXEC);
		if (files[i] < 0) {
			io_err(&err, "%s", names[i]);
			err_exit(&err);
		}
	}
	return files;
}

static void read_options(struct options *options, struct enqueue_options *how,
			 struct option_message *message)
{
	for (int c; (c = options_next(options)) != -1;) {
		if (c == 'o')
			how->org = message->org = options->value;
		else if (c == 'd')
			how->state = STATE_DRAFT;
		else if (c == 'a')
			how->all_or_nothing = true;
		else
			option_message_add(message, c, options->value);
	}
	if (message->n_given && *options->operands)
		options_misuse("one message from options, or files, not both");
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct enqueue_options how = {.state = STATE_QUEUED};
	struct option_message message = {0};
	struct enqueue *enqueue;
	struct queue *queue;
	struct conf *conf;
	struct err err = {0};
	size_t n_files;

	read_options(&options, &how, &message);
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		err_exit(&(struct err){EX_IOERR, "standard output: nothing can be written there"});
	option_message_open(&message);
	int *files = open_files(options.operands, &n_files);
	if (!(conf = conf_load(options.conf_path, &err)) ||
	    (how.org &&
	     !conf_choose_organization(conf, slice_text(how.org), (struct slice){0}, &err)) ||
	    !spool_become_owner(conf->spool, &err) ||
	    !(queue = queue_open(conf, QUEUE_ACCEPT, &err)) ||
	    !(enqueue = enqueue_open(queue, &how, &err)))
		err_exit(&err);

	for (size_t i = 0; i < n_files; i++) {
		enqueue_input(enqueue, files[i], options.operands[i]);
		close(files[i]);
	}
	if (message.n_given)
		enqueue_message(enqueue, &message);
	else if (n_files == 0)
		enqueue_input(enqueue, STDIN_FILENO, NULL);
	int code = enqueue_close(enqueue);

	option_message_free(&message);
	free(files);
	queue_close(queue);
	conf_free(conf);
	return code;
}
