/*
 * mailq-connector: the organizations' connectors.
 *
 * Manual: man/mailq-connector.1.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/options.h"
#include "conf/conf.h"

static const struct usage usage = {
	.synopsis = "mailq-connector list [-C file] [-o organization] [--json]",
	.about = "Lists the organizations' connectors.",
	.options = "o:",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'}, {0}},
};

/* What was asked for. */
struct task {
	const struct conf *conf;
	const struct organization *only; /* -o, or NULL: all */
	bool json;
};

/* --- list --- */

/* Nothing of `config`: which of its keys are secrets only the kind knows. */
static void print_json(const struct organization *org, const struct connector *connector)
{
	struct buf buf = {0};
	struct json_out out = {.buf = &buf};

	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org->id);
	json_put_text(&out, "id", connector->id);
	json_put_text(&out, "name", connector->name);
	json_put_text(&out, "kind", connector->kind);
	json_put_bool(&out, "is_default", connector->is_default);
	json_put_text(&out, "fallback", connector->fallback);
	json_put_text(&out, "file", connector->file);
	json_close(&out, '}');
	puts(buf.p);
	buf_free(&buf);
}

static void print_line(const struct organization *org, const struct connector *connector)
{
	printf("%s\t%s\t%s\t%s\t%s\n", org->id, connector->id, connector->kind,
	       connector->is_default ? "default" : "-", connector->name);
}

static int list(const struct task *task)
{
	for (size_t i = 0; i < task->conf->organization_count; i++) {
		const struct organization *org = &task->conf->organizations[i];
		for (size_t j = 0; (!task->only || task->only == org) && j < org->connector_count;
		     j++)
			(task->json ? print_json : print_line)(org, &org->connectors[j]);
	}
	return 0;
}

static const struct action {
	const char *name;
	int (*run)(const struct task *task);
} actions[] = {
	{"list", list},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; name && i < sizeof actions / sizeof *actions; i++)
		if (strcmp(name, actions[i].name) == 0)
			return &actions[i];
	if (name)
		options_misuse("cannot '%s'", name);
	options_misuse("nothing to do");
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	const char *organization = NULL;
	struct task task = {0};
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;)
		if (c == 'o')
			organization = options.value;
		else
			task.json = true;
	const struct action *action = find_action(options.operands[0]);

	struct conf *conf = conf_load(options.conf_path, &err);
	if (!conf)
		err_exit(&err);
	task.conf = conf;
	if (organization && !(task.only = conf_choose_organization(conf, slice_text(organization),
								   (struct slice){0}, &err)))
		err_exit(&err);

	int status = action->run(&task);
	conf_free(conf);
	return status;
}
