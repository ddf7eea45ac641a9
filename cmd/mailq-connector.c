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
#include "base/print.h"
#include "conf/check.h"
#include "conf/connector_test.h"
#include "conf/environment.h"
#include "conf/import.h"
#include "conf/secret.h"
#include "queue/act.h"
#include "queue/connector_pause.h"
#include "queue/connector_use.h"

static const struct usage usage = {
	.synopsis = "mailq-connector [-C file] [-o organization] [--json] action [argument ...]",
	.about = "list              one line for each connector\n"
		 "check             says what is wrong with them\n"
		 "show [id ...]     prints them as JSON, without secrets\n"
		 "put [file]        writes one that is managed, from JSON\n"
		 "delete id [--force]\n"
		 "                  takes one away; with --force, also while messages wait for it\n"
		 "pause id ... [--reason text]\n"
		 "                  sends nothing by them until they are resumed\n"
		 "resume id ...     ends their pauses, whoever made them: tries again now\n"
		 "import [file ...] takes XML records of the model ir.connector\n"
		 "test id [--to address [--from address]]\n"
		 "                  sends a message through it, or only signs in, and shows the\n"
		 "                  dialogue; id '-': through what is defined on standard input",
	.options = "o:",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'},
						{"to", required_argument, NULL, 't'},
						{"from", required_argument, NULL, 'f'},
						{"force", no_argument, NULL, 'F'},
						{"reason", required_argument, NULL, 'r'},
						{0}},
};

/* What was asked for. */
struct task {
	const char *conf_path;
	struct conf *conf;
	const struct organization *only; /* -o, or NULL: all */
	bool json;
	bool force;            /* of delete */
	const char *to, *from; /* of test */
	const char *reason;    /* of pause, or NULL */
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

/* --- show, put, delete --- */

static const struct organization *one_organization(const struct task *task, struct err *err)
{
	return task->only ? task->only : conf_given_organization(task->conf, NULL, err);
}

static void show_one(const struct organization *org, const struct connector *connector,
		     struct kinds *kinds)
{
	struct buf buf = {0};
	struct json_out out = {.buf = &buf};
	struct err err;

	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org->id);
	connector_write_members(&out, connector, kinds_describe(kinds, connector->kind, &err));
	json_close(&out, '}');
	puts(buf.p);
	buf_free(&buf);
}

static void show_all(struct task *task, struct kinds *kinds)
{
	for (size_t i = 0; i < task->conf->organization_count; i++) {
		const struct organization *org = &task->conf->organizations[i];
		for (size_t j = 0; (!task->only || task->only == org) && j < org->connector_count;
		     j++)
			show_one(org, &org->connectors[j], kinds);
	}
}

static int show(struct task *task)
{
	struct kinds kinds = {0};
	struct err err = {0};
	int code = 0;

	if (!*task->arguments) {
		show_all(task, &kinds);
		kinds_free(&kinds);
		return 0;
	}
	const struct organization *org = one_organization(task, &err);

	if (!org)
		err_exit(&err);
	for (char **id = task->arguments; *id; id++) {
		const struct connector *connector = organization_connector(org, slice_text(*id));
		if (connector)
			show_one(org, connector, &kinds);
		else
			report(&code,
			       err_set(&err, EX_NOINPUT, "%s: no such connector '%s'", org->id,
				       *id),
			       &err);
	}
	kinds_free(&kinds);
	return code;
}

/* One object: the next needs the configuration that this one made. */
static int put(struct task *task)
{
	struct managed_edit edit = {0};
	struct connector_saved saved;
	struct kinds kinds = {0};
	struct arena arena = {0};
	struct err err = {0};
	const char *path = task->arguments[0] ? task->arguments[0] : "-";

	if (!(edit.organization = one_organization(task, &err)) ||
	    !(edit.values = json_read_object(path, CONNECTOR_BYTES, "connector", &arena, &err)))
		err_exit(&err);
	edit.id = arena_slice(&arena, json_get_text(edit.values, "id")).p;
	if (!connector_put(task->conf, &edit, &kinds, &arena, &saved, &err))
		err_exit(&err);
	printf("%s\t%s\n", edit.organization->id, edit.id);
	if (saved.cleared)
		fprintf(stderr, "%s: %s is the default now, %s no longer\n", edit.organization->id,
			edit.id, saved.cleared);
	kinds_free(&kinds);
	arena_free(&arena);
	return 0;
}

static int delete (struct task *task)
{
	struct managed_edit edit = {.id = task->arguments[0]};
	struct arena arena = {0};
	struct err err = {0};
	struct queue *queue = NULL;

	if (!edit.id || task->arguments[1])
		options_misuse("delete needs a connector");
	if (!(edit.organization = one_organization(task, &err)) ||
	    !(queue = queue_open(task->conf, QUEUE_WORK, &err)) ||
	    !queue_remove_connector(queue, &edit, task->force, &arena, &err))
		err_exit(&err);
	queue_close(queue);
	arena_free(&arena);
	return 0;
}

/* --- pause, resume --- */

typedef bool each_fn(struct queue *queue, const char *org, const struct connector *connector,
		     const struct task *task, const char *by, struct err *err);

static bool pause_one(struct queue *queue, const char *org, const struct connector *connector,
		      const struct task *task, const char *by, struct err *err)
{
	return queue_pause(queue, org, connector, by, task->reason, err);
}

static bool resume_one(struct queue *queue, const char *org, const struct connector *connector,
		       const struct task *task, const char *by, struct err *err)
{
	(void)task, (void)by;
	return queue_resume(queue, org, connector, err);
}

static int act(struct task *task, each_fn *each)
{
	struct err err = {0};
	const struct organization *org;
	struct queue *queue;
	char by[64];
	int code = 0;

	if (!task->arguments[0])
		options_misuse("which connector?");
	act_who(by);
	if (!(org = one_organization(task, &err)) ||
	    !(queue = queue_open(task->conf, QUEUE_WORK, &err)))
		err_exit(&err);
	for (char **id = task->arguments; *id; id++) {
		const struct connector *connector = organization_connector(org, slice_text(*id));
		if (!connector)
			err_set(&err, EX_NOINPUT, "%s: no such connector '%s'", org->id, *id);
		else if (each(queue, org->id, connector, task, by, &err))
			continue;
		else
			err_at(&err, "%s", *id);
		report(&code, false, &err);
	}
	queue_close(queue);
	return code;
}

static int pause_all(struct task *task)
{
	return act(task, pause_one);
}

static int resume_all(struct task *task)
{
	return act(task, resume_one);
}

/* --- import --- */

/* One record: the configuration is loaded anew for the next, which stands in what this one made. */
static bool import_record(void *data, const struct record *record, struct err *err)
{
	struct task *task = data;
	const char *only = task->only ? task->only->id : NULL;
	struct arena arena = {0};
	struct import import;
	struct conf *conf = NULL;
	bool good = import_connector(task->conf, record, only, &arena, &import, err) &&
		    conf_write_files(import.files, import.file_count, err);

	if (good)
		import_tell(&import);
	if (good && (conf = conf_load(task->conf_path, err))) {
		task->only = only ? conf_organization(conf, slice_text(only)) : NULL;
		conf_free(task->conf);
		task->conf = conf;
	}
	arena_free(&arena);
	return conf != NULL;
}

static int import(struct task *task)
{
	char *standard_input[] = {(char[]){"-"}, NULL};
	char **files = task->arguments[0] ? task->arguments : standard_input;
	struct err err = {0};

	for (; *files; files++)
		if (!import_each(*files, "ir.connector", import_record, task, &err))
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

	if (!id || task->arguments[1])
		options_misuse("test needs a connector");
	if (task->from && !task->to)
		options_misuse("--from goes with --to");
	bool ok = (plan.organization = one_organization(task, &err));
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
static const struct action actions[] = {
	{"list", list, 0},
	{"check", check, 0},
	{"show", show, -1},
	{"put", put, -1},
	{"delete", delete, -1},
	{"pause", pause_all, -1},
	{"resume", resume_all, -1},
	{"import", import, -1},
	{"test", test, -1},
};
/* clang-format on */

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
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
		else if (c == 'F')
			task.force = true;
		else if (c == 'r')
			task.reason = options.value;
		else
			task.json = true;
	const struct action *action =
		options_action(&options, actions, sizeof actions / sizeof *actions);
	task.arguments = options.operands;
	task.conf_path = options.conf_path;

	if (!(task.conf = conf_load(task.conf_path, &err)))
		err_exit(&err);
	if (organization && !(task.only = conf_given_organization(task.conf, organization, &err)))
		err_exit(&err);

	int status = action->run(&task);
	if (!print_close(&print, &err))
		err_exit(&err);
	conf_free(task.conf);
	return status;
}
