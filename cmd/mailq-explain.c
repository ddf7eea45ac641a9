/*
 * mailq-explain: why a message is where it is, and what happens next.
 *
 * Manual: man/mailq-explain.1.
 */
#include <stdio.h>

#include "base/ids.h"
#include "base/options.h"
#include "base/print.h"
#include "queue/explain.h"

static const struct usage usage = {
	.synopsis = "mailq-explain [-C file] [--json] [id ...]",
	.about = "Says why messages are where they are: route and reason, attempts made and left,\n"
		 "pauses, the next try, who has them in hand. With no id, reads ids from standard\n"
		 "input.",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'}, {0}},
};

static void show_json(const struct look *look, const struct explain_facts *facts,
		      const struct explanation *explanation)
{
	struct buf line = {0};
	struct json_out out = {.buf = &line};

	queue_explain_write_json(&out, look, facts, explanation);
	puts(line.p);
	buf_free(&line);
}

static void show_text(struct print *print, const struct look *look,
		      const struct explanation *explanation)
{
	print_colour(print, PRINT_STRONG);
	fputs(look->file.id, print->out);
	print_colour(print, PRINT_PLAIN);
	fprintf(print->out, "  %s\n", state_name(look->file.place.state));
	for (size_t i = 0; i < explanation->n; i++) {
		fputs("  ", print->out);
		print_wrapped(print, slice_text(explanation->at[i]), 2, 4);
		putc('\n', print->out);
	}
}

static bool explain(struct queue *queue, const char *id, struct print *print, bool json,
		    struct err *err)
{
	struct explanation explanation;
	struct explain_facts facts;
	struct arena arena = {0};
	struct look look;

	if (!look_open(queue, id, &look, err))
		return false;
	queue_explain(queue, &look, &arena, &facts);
	explain_message(&facts, &arena, &explanation);
	if (json)
		show_json(&look, &facts, &explanation);
	else
		show_text(print, &look, &explanation);
	look_close(&look);
	arena_free(&arena);
	return true;
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct queue *queue;
	struct conf *conf;
	struct err err = {0};
	bool json = false;

	while (options_next(&options) != -1)
		json = true;
	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = queue_open(conf, QUEUE_ACCEPT, &err)))
		err_exit(&err);

	struct ids ids = ids_open(&options);
	for (const char *id; (id = ids_next(&ids));) {
		struct err one = {0};
		ids_report(&ids, explain(queue, id, &print, json, &one), &one);
	}
	if (!print_close(&print, &err))
		err_exit(&err);
	queue_close(queue);
	conf_free(conf);
	return ids_close(&ids);
}
