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

/* What was asked for, and what has come of it. */
struct task {
	const char *conf_path, *organization;
	bool json;
	bool force;            /* of delete */
	const char *to, *from; /* of test */
	const char *reason;    /* of pause, or NULL */
	char **operands;

	struct conf *conf;
	const struct organization *only; /* -o, or NULL: all */
	struct kinds kinds;              /* that have described themselves so far */
	int code;                        /* of the first thing that went wrong: the exit status */
};

static void tell(struct task *task, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
	if (!task->code)
		task->code = err->code;
}

static bool is_asked_for(const struct task *task, const struct organization *org)
{
	return !task->only || task->only == org;
}

typedef void with_connector(struct task *task, const struct organization *org,
			    const struct connector *connector);

/* All connectors, of all organizations, or of that of -o. */
static void each_connector(struct task *task, with_connector *f)
{
	for (size_t i = 0; i < task->conf->organization_count; i++) {
		const struct organization *org = &task->conf->organizations[i];
		for (size_t j = 0; is_asked_for(task, org) && j < org->connector_count; j++)
			f(task, org, &org->connectors[j]);
	}
}

static const struct organization *one_organization(const struct task *task, struct err *err)
{
	return task->only ? task->only : conf_given_organization(task->conf, NULL, err);
}

static const struct connector *find_connector(const struct organization *org, const char *id,
					      struct err *err)
{
	const struct connector *found = organization_connector(org, slice_text(id));

	if (!found)
		err_set(err, EX_NOINPUT, "%s: no such connector '%s'", org->id, id);
	return found;
}

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

static void list_one(struct task *task, const struct organization *org,
		     const struct connector *connector)
{
	(task->json ? print_json : print_line)(org, connector);
}

static int list(struct task *task)
{
	each_connector(task, list_one);
	return task->code;
}

/* --- check --- */

static bool check_connector(struct task *task, const struct connector *connector,
			    const char *const *variables, struct err *err)
{
	const struct json *description = kinds_describe(&task->kinds, connector->kind, err);

	if (!description)
		return err_at(err, "%s", connector->file);
	return connector_check(connector, description, err) &&
	       connector_check_secrets(connector, variables, err);
}

static void check_one(struct task *task, const struct organization *org,
		      const char *const *variables)
{
	struct err err = {0};

	for (size_t i = 0; i < org->connector_count; i++)
		if (!check_connector(task, &org->connectors[i], variables, &err))
			tell(task, &err);
	if (!organization_check(org, &err))
		tell(task, &err);
}

/* variables: those that senders will have. */
static int check(struct task *task)
{
	struct arena arena = {0};
	struct err err = {0};
	const char *const *variables = environment_from_file(task->conf, &arena, &err);

	if (!variables)
		tell(task, &err);
	for (size_t i = 0; i < task->conf->organization_count; i++)
		if (is_asked_for(task, &task->conf->organizations[i]))
			check_one(task, &task->conf->organizations[i], variables);
	arena_free(&arena);
	return task->code;
}

/* --- show, put, delete --- */

static void show_one(struct task *task, const struct organization *org,
		     const struct connector *connector)
{
	struct buf buf = {0};
	struct json_out out = {.buf = &buf};
	struct err err;

	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", org->id);
	connector_write_members(&out, connector,
				kinds_describe(&task->kinds, connector->kind, &err));
	json_close(&out, '}');
	puts(buf.p);
	buf_free(&buf);
}

static int show(struct task *task)
{
	const struct organization *org;
	struct err err = {0};

	if (!*task->operands) {
		each_connector(task, show_one);
		return task->code;
	}
	if (!(org = one_organization(task, &err)))
		err_exit(&err);
	for (char **id = task->operands; *id; id++) {
		const struct connector *connector = find_connector(org, *id, &err);
		if (connector)
			show_one(task, org, connector);
		else
			tell(task, &err);
	}
	return task->code;
}

/* One object: the next needs the configuration that this one made. */
static int put(struct task *task)
{
	struct managed_edit edit = {0};
	struct connector_saved saved;
	struct arena arena = {0};
	struct err err = {0};
	const char *path = task->operands[0] ? task->operands[0] : "-";

	if (!(edit.organization = one_organization(task, &err)) ||
	    !(edit.values = json_read_object(path, CONNECTOR_BYTES, "connector", &arena, &err)))
		err_exit(&err);
	edit.id = arena_slice(&arena, json_get_text(edit.values, "id")).p;
	if (!connector_put(task->conf, &edit, &task->kinds, &arena, &saved, &err))
		err_exit(&err);
	printf("%s\t%s\n", edit.organization->id, edit.id);
	if (saved.cleared)
		fprintf(stderr, "%s: %s is the default now, %s no longer\n", edit.organization->id,
			edit.id, saved.cleared);
	arena_free(&arena);
	return 0;
}

static int delete (struct task *task)
{
	struct managed_edit edit = {.id = task->operands[0]};
	struct arena arena = {0};
	struct err err = {0};
	struct queue *queue = NULL;

	if (!edit.id || task->operands[1])
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

	if (!*task->operands)
		options_misuse("which connector?");
	act_who(by);
	if (!(org = one_organization(task, &err)) ||
	    !(queue = queue_open(task->conf, QUEUE_WORK, &err)))
		err_exit(&err);
	for (char **id = task->operands; *id; id++) {
		const struct connector *connector = find_connector(org, *id, &err);
		if (!connector)
			tell(task, &err);
		else if (!each(queue, org->id, connector, task, by, &err)) {
			err_at(&err, "%s", *id);
			tell(task, &err);
		}
	}
	queue_close(queue);
	return task->code;
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
	char **files = task->operands[0] ? task->operands : standard_input;
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
	const char *id = task->operands[0];

	if (!id || task->operands[1])
		options_misuse("test needs a connector");
	if (task->from && !task->to)
		options_misuse("--from goes with --to");
	bool ok = (plan.organization = one_organization(task, &err));
	if (ok && strcmp(id, "-") == 0) {
		ok = take_definition(&definition, &arena, &connector, &err);
		plan.connector = &connector;
		plan.definition = buf_slice(&definition);
	} else {
		ok = ok && (plan.connector = find_connector(plan.organization, id, &err));
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

static void take_option(struct task *task, int option, const char *value)
{
	switch (option) {
	case 'o':
		task->organization = value;
		break;
	case 't':
		task->to = value;
		break;
	case 'f':
		task->from = value;
		break;
	case 'F':
		task->force = true;
		break;
	case 'r':
		task->reason = value;
		break;
	case 'j':
		task->json = true;
		break;
	}
}

static void load_conf(struct task *task)
{
	struct err err = {0};

	if (!(task->conf = conf_load(task->conf_path, &err)) ||
	    (task->organization &&
	     !(task->only = conf_given_organization(task->conf, task->organization, &err))))
		err_exit(&err);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct task task = {0};
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;)
		take_option(&task, c, options.value);
	const struct action *action =
		options_action(&options, actions, sizeof actions / sizeof *actions);
	task.operands = options.operands;
	task.conf_path = options.conf_path;
	load_conf(&task);

	int status = action->run(&task);
	if (!print_close(&print, &err))
		err_exit(&err);
	kinds_free(&task.kinds);
	conf_free(task.conf);
	return status;
}
