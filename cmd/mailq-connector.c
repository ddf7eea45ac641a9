/*
 * mailq-connector: the organizations' connectors.
 *
 * Manual: man/mailq-connector.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/options.h"
#include "conf/check.h"
#include "conf/connector_test.h"
#include "conf/describe.h"
#include "conf/environment.h"
#include "conf/import.h"
#include "conf/secret.h"

static const struct usage usage = {
	.synopsis = "mailq-connector [-C file] [-o organization] [--json] action [argument ...]",
	.about = "list              one line for each connector\n"
		 "check             says what is wrong with them\n"
		 "import [file ...] takes XML records of the model ir.connector\n"
		 "test id --to address [--from address]\n"
		 "                  sends a message through it and shows the dialogue;\n"
		 "                  id '-': through what is defined on standard input",
	.options = "o:",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'},
						{"to", required_argument, NULL, 't'},
						{"from", required_argument, NULL, 'f'},
						{0}},
};

/* What was asked for. */
struct task {
	const char *conf_path;
	struct conf *conf;
	const struct organization *only; /* -o, or NULL: all */
	bool json;
	const char *to, *from; /* of test */
	char **arguments;
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

static int list(struct task *task)
{
	for (size_t i = 0; i < task->conf->organization_count; i++) {
		const struct organization *org = &task->conf->organizations[i];
		for (size_t j = 0; (!task->only || task->only == org) && j < org->connector_count;
		     j++)
			(task->json ? print_json : print_line)(org, &org->connectors[j]);
	}
	return 0;
}

/* --- check --- */

/* Says what is wrong; the code of the first failure is the exit status. */
static void report(int *code, bool good, const struct err *err)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
	if (!*code)
		*code = err->code;
}

static bool check_connector(struct kinds *kinds, const struct connector *connector,
			    const char *const *variables, struct err *err)
{
	const struct json *description = kinds_describe(kinds, connector->kind, err);

	if (!description)
		return err_at(err, "%s", connector->file);
	return connector_check(connector, description, err) &&
	       connector_check_secrets(connector, variables, err);
}

static int check(struct task *task)
{
	struct kinds kinds = {0};
	struct arena arena = {0};
	struct err err = {0};
	int code = 0;
	const char *const *variables = environment_from_file(task->conf, &arena, &err);

	report(&code, variables != NULL, &err);
	for (size_t i = 0; i < task->conf->organization_count; i++) {
		const struct organization *org = &task->conf->organizations[i];
		if (task->only && task->only != org)
			continue;
		for (size_t j = 0; j < org->connector_count; j++)
			report(&code, check_connector(&kinds, &org->connectors[j], variables, &err),
			       &err);
		report(&code, organization_check(org, &err), &err);
	}
	kinds_free(&kinds);
	arena_free(&arena);
	return code;
}

/* --- import --- */

static void tell(const struct import *import)
{
	const char *org = import->organization->id;

	printf("%s\t%s\n", org, import->id);
	if (import->cleared)
		fprintf(stderr, "%s: %s is the default now, %s no longer\n", org, import->id,
			import->cleared);
	if (import->left_out)
		fprintf(stderr, "%s: %s: left out: %s\n", org, import->id, import->left_out);
}

/* One record: the configuration is loaded anew for the next, which stands in what this one made. */
static bool import_record(struct task *task, const struct record *record, struct err *err)
{
	const char *only = task->only ? task->only->id : NULL;
	struct arena arena = {0};
	struct import import;
	struct conf *conf = NULL;
	bool good = import_connector(task->conf, record, only, &arena, &import, err) &&
		    conf_write_files(import.files, import.file_count, err);

	if (good)
		tell(&import);
	if (good && (conf = conf_load(task->conf_path, err))) {
		task->only = only ? conf_organization(conf, slice_text(only)) : NULL;
		conf_free(task->conf);
		task->conf = conf;
	}
	arena_free(&arena);
	return conf != NULL;
}

static bool read_source(const char *path, struct buf *source, struct err *err)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return io_err(err, "%s", path);
	bool good = io_read_all(fd, source, RECORDS_BYTES, path, err);
	if (fd != STDIN_FILENO)
		close(fd);
	return good;
}

static bool import_file(struct task *task, const char *path, struct err *err)
{
	struct arena arena = {0};
	struct buf source = {0};
	bool good = read_source(path, &source, err);
	const struct record *record =
		good ? records_parse(buf_slice(&source), path, &arena, err) : NULL;

	good = record != NULL;
	for (; good && record; record = record->next) {
		if (strcmp(record->model, "ir.connector") != 0)
			fprintf(stderr, "%s:%u: %s is no connector\n", path, record->line,
				record->model);
		else if (!import_record(task, record, err))
			good = err_at(err, "%s:%u", path, record->line);
	}
	buf_free(&source);
	arena_free(&arena);
	return good;
}

static int import(struct task *task)
{
	char *standard_input[] = {(char[]){"-"}, NULL};
	char **files = task->arguments[0] ? task->arguments : standard_input;
	struct err err = {0};

	for (; *files; files++)
		if (!import_file(task, *files, &err))
			err_exit(&err);
	return 0;
}

/* --- test --- */

static bool take_definition(struct buf *definition, struct arena *arena,
			    struct connector *connector, struct err *err)
{
	return io_read_all(STDIN_FILENO, definition, CONNECTOR_BYTES, "standard input", err) &&
	       connector_parse(buf_slice(definition), "standard input", arena, connector, err);
}

static bool find_connector(struct connector_test_plan *plan, const char *id, struct err *err)
{
	plan->connector = organization_connector(plan->organization, slice_text(id));
	return plan->connector ||
	       err_set(err, EX_NOINPUT, "%s: no such connector '%s'", plan->organization->id, id);
}

/* The sender writes the dialogue and what went wrong where ours goes. */
static int test(struct task *task)
{
	struct connector_test_plan plan = {.conf = task->conf,
					   .to = task->to,
					   .from = task->from,
					   .output = STDOUT_FILENO};
	struct arena arena = {0};
	struct buf definition = {0};
	struct connector connector;
	struct connector_test test;
	struct err err = {0};
	const char *id = task->arguments[0];

	if (!id || task->arguments[1] || !task->to)
		options_misuse("test needs a connector and --to");
	plan.organization = task->only;
	bool ok = plan.organization ||
		  (plan.organization = conf_choose_organization(task->conf, (struct slice){0},
								(struct slice){0}, &err));
	if (ok && strcmp(id, "-") == 0) {
		ok = take_definition(&definition, &arena, &connector, &err);
		plan.connector = &connector;
		plan.definition = buf_slice(&definition);
	} else {
		ok = ok && find_connector(&plan, id, &err);
	}
	int code = ok && connector_test_start(&plan, &test, &err) ? connector_test_end(&test) : 0;
	secret_wipe(&definition);
	arena_free(&arena);
	if (err.code)
		err_exit(&err);
	return code;
}

/* clang-format off */
static const struct action {
	const char *name;
	int (*run)(struct task *task);
	bool takes_arguments;
} actions[] = {
	{"list", list, false},
	{"check", check, false},
	{"import", import, true},
	{"test", test, true},
};
/* clang-format on */

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
		else if (c == 't')
			task.to = options.value;
		else if (c == 'f')
			task.from = options.value;
		else
			task.json = true;
	const struct action *action = find_action(options.operands[0]);
	task.arguments = options.operands + 1;
	if (*task.arguments && !action->takes_arguments)
		options_misuse("unexpected '%s'", *task.arguments);
	task.conf_path = options.conf_path;

	if (!(task.conf = conf_load(task.conf_path, &err)))
		err_exit(&err);
	if (organization &&
	    !(task.only = conf_choose_organization(task.conf, slice_text(organization),
						   (struct slice){0}, &err)))
		err_exit(&err);

	int status = action->run(&task);
	conf_free(task.conf);
	return status;
}
