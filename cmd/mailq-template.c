/*
 * mailq-template: the organizations' templates, and templates in files: renders them by hand, and
 * checks them before mail does.
 *
 * Manual: man/mailq-template.1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/options.h"
#include "base/print.h"
#include "conf/import.h"
#include "queue/act.h"
#include "queue/template_edit.h"
#include "queue/template_print.h"
#include "template/source.h"

#define OBJECT_MOST (16 << 20)

static const struct option long_options[] = {
	{"template", required_argument, NULL, 't'},
	{"context", required_argument, NULL, 'c'},
	{"templates", required_argument, NULL, 'd'},
	{"autoescape", required_argument, NULL, 'a'},
	{"strict", no_argument, NULL, 's'},
	{"trim-blocks", no_argument, NULL, 'T'},
	{"lstrip-blocks", no_argument, NULL, 'L'},
	{"keep-trailing-newline", no_argument, NULL, 'K'},
	{"field", required_argument, NULL, 'f'},
	{"locale", required_argument, NULL, 'l'},
	{"json", no_argument, NULL, 'j'},
	{"force", no_argument, NULL, 'F'},
	{"draft", no_argument, NULL, 'D'},
	{"sample", required_argument, NULL, 'S'},
	{0},
};

static const struct usage usage = {
	.synopsis = "mailq-template [-C file] [-o organization] action [option ...] [argument ...]",
	.about =
		"render [id]       prints what a template makes of a context\n"
		"check [id ...]    says what is wrong with templates\n"
		"list              one line for each template\n"
		"show id           prints a template\n"
		"put [file ...]    writes templates that are managed, from JSON as show prints it\n"
		"delete id ...     takes them away, and their drafts\n"
		"publish id ...    makes of a draft what mail is rendered with\n"
		"discard id ...    takes drafts away\n"
		"import [file ...] takes XML records of the model mail.template\n"
		"\n"
		"render: --context file | --sample name, --locale tag, --field name | --json,\n"
		"        --strict; without an id, of the template in --template file, or on\n"
		"        standard input: --templates dir, --autoescape on | off, --trim-blocks,\n"
		"        --lstrip-blocks, --keep-trailing-newline\n"
		"check:  --strict; --template file, --templates dir\n"
		"list, show: --json; import, publish: --force\n"
		"render, check, list, show, put: --draft, in place of what is published",
	.options = "o:",
	.long_options = long_options,
};

/* What was asked for, and what has come of it. */
struct task {
	const char *conf_path, *organization;
	char **operands;
	const char *context, *sample, *field;
	bool force;
	struct template_print print;
	struct template_source source; /* in place of a stored template; no path: none was named */

	struct conf *conf;
	const struct organization *only; /* -o, or NULL: all */
	const char *by;                  /* who saves a draft */
	struct templates *templates;     /* of check */
	int code;                        /* of the first thing that went wrong: the exit status */
};

static void tell(struct task *task, const struct err *err)
{
	fprintf(stderr, "%s\n", err->text);
	if (!task->code)
		task->code = err->code;
}

static bool write_out(struct slice text, struct err *err)
{
	if (io_write_all(STDOUT_FILENO, text, "standard output", err))
		return true;
	err->code = EX_IOERR; /* a full disk is no spool's */
	return false;
}

/* What a stored template, or what is made of it, was printed to: out with it, if that went well. */
static void put_out(struct task *task, bool ok, struct buf *text, struct err *err)
{
	if (!ok || !write_out(buf_slice(text), err))
		tell(task, err);
	buf_free(text);
}

static bool read_context(const struct task *task, struct arena *arena, struct json **context,
			 struct err *err)
{
	return !task->context ||
	       (*context = json_read_argument(task->context, OBJECT_MOST, "context", arena, err));
}

/* --- templates in files --- */

static int render_file(struct task *task)
{
	struct template_error error = {0};
	struct arena arena = {0};
	struct buf out = {0};
	struct json *context = NULL;

	if (!task->source.path)
		task->source.path = "-";
	if (!read_context(task, &arena, &context, &error.err) ||
	    !template_source_render(&task->source, context, &out, &error) ||
	    !write_out(buf_slice(&out), &error.err))
		tell(task, &error.err);
	arena_free(&arena);
	buf_free(&out);
	return task->code;
}

static int check_file(struct task *task)
{
	struct template_error error = {0};

	if (!template_source_check(&task->source, &error))
		tell(task, &error.err);
	return task->code;
}

/* --- stored templates --- */

static void load_conf(struct task *task)
{
	struct err err;

	if (!(task->conf = conf_load(task->conf_path, &err)) ||
	    (task->organization &&
	     !(task->only = conf_given_organization(task->conf, task->organization, &err))))
		err_exit(&err);
}

/* The one named by -o, or the one that is taken without it. */
static const struct organization *one_organization(struct task *task)
{
	struct err err;
	const struct organization *org =
		conf_given_organization(task->conf, task->organization, &err);

	if (!org)
		err_exit(&err);
	return org;
}

typedef void with_template(struct task *task, const struct organization *org, const char *id);

/* All templates, or all drafts, of all organizations, or of that of -o. */
static void each_stored(struct task *task, with_template *f)
{
	struct arena arena = {0};
	const char **ids = NULL;
	size_t count = 0;
	struct err err;

	for (size_t i = 0; i < task->conf->organization_count; i++) {
		const struct organization *org = &task->conf->organizations[i];
		if (task->only && task->only != org)
			continue;
		if (!(task->print.draft ? template_draft_ids : template_file_ids)(org, &arena, &ids,
										  &count, &err))
			tell(task, &err);
		for (size_t j = 0; j < count; j++)
			f(task, org, ids[j]);
	}
	arena_free(&arena);
}

/* Those that the operands name, of which there has to be one. */
static int each_operand(struct task *task, const char *action, with_template *f)
{
	if (!*task->operands)
		options_misuse("%s needs a template", action);
	load_conf(task);
	for (char **id = task->operands; *id; id++)
		f(task, one_organization(task), *id);
	return task->code;
}

/* --- render --- */

static int render(struct task *task)
{
	struct template_preview preview = {.sample = task->sample,
					   .locale = task->source.locale,
					   .strict = task->source.options.strict};
	struct arena arena = {0};
	struct buf text = {0};
	struct json *context = NULL;
	struct err err;

	if (!*task->operands)
		return render_file(task);
	load_conf(task);
	preview.organization = one_organization(task);
	preview.id = *task->operands;
	bool ok = read_context(task, &arena, &context, &err);
	preview.context = context;
	ok = ok && template_print_rendered(&text, &task->print, &preview, task->field, &err);
	put_out(task, ok, &text, &err);
	arena_free(&arena);
	return task->code;
}

/* --- check --- */

static void tell_fault(void *task, const struct template_fault *fault)
{
	struct err err;

	template_fault_err(fault, &err);
	tell(task, &err);
}

/* Where a fault does not make the exit status: put fails on its own then, import does not. */
static void warn_of_fault(void *data, const struct template_fault *fault)
{
	struct err err;

	(void)data;
	template_fault_err(fault, &err);
	fprintf(stderr, "%s\n", err.text);
}

static void check_draft(struct task *task, const struct organization *org, const char *id)
{
	struct arena arena = {0};
	struct err err;
	const struct template_draft *draft = template_draft_of(org, slice_text(id), &arena, &err);

	if (draft)
		template_draft_check(org, draft, task->source.options.strict, tell_fault, task);
	else if (*task->operands || err.code != EX_NOINPUT)
		tell(task, &err);
	arena_free(&arena);
}

static void check_one(struct task *task, const struct organization *org, const char *id)
{
	if (task->print.draft)
		check_draft(task, org, id);
	else
		template_check(task->templates, org, slice_text(id), tell_fault, task);
}

static int check(struct task *task)
{
	if (task->source.path)
		return check_file(task);
	task->templates = template_open_checked(task->source.options.strict);
	if (*task->operands) {
		each_operand(task, "check", check_one);
	} else {
		load_conf(task);
		each_stored(task, check_one);
	}
	templates_close(task->templates);
	return task->code;
}

/* --- list, show --- */

/* A draft that was published meanwhile is none any more. */
static void list_one(struct task *task, const struct organization *org, const char *id)
{
	struct buf text = {0};
	struct err err;
	bool ok = template_print_line(&text, &task->print, org, id, &err);

	if (ok || err.code != EX_NOINPUT)
		put_out(task, ok, &text, &err);
}

static int list(struct task *task)
{
	load_conf(task);
	each_stored(task, list_one);
	return task->code;
}

static void show_one(struct task *task, const struct organization *org, const char *id)
{
	struct buf text = {0};
	struct err err;

	put_out(task, template_print_file(&text, &task->print, org, id, &err), &text, &err);
}

static int show(struct task *task)
{
	return each_operand(task, "show", show_one);
}

/* --- put, publish, discard, delete --- */

static bool put_file(struct task *task, const char *path, struct err *err)
{
	struct managed_edit edit = {.organization = one_organization(task)};
	struct template_saved saved;
	struct arena arena = {0};
	bool ok = (edit.values = json_read_object(path, OBJECT_MOST, "template", &arena, err));

	edit.id = arena_slice(&arena, json_get_text(edit.values, "id")).p;
	ok = ok &&
	     ((task->print.draft ? template_draft_put(&edit, NULL, task->by, &arena, err)
				 : template_put(&edit, warn_of_fault, NULL, &arena, &saved, err)) ||
	      err_at(err, "%s", path));
	if (ok)
		printf("%s\t%s\n", edit.organization->id, edit.id);
	arena_free(&arena);
	return ok;
}

static int put(struct task *task)
{
	char *standard_input[] = {(char[]){"-"}, NULL};
	struct err err;

	load_conf(task);
	for (char **file = *task->operands ? task->operands : standard_input; *file; file++)
		if (!put_file(task, *file, &err))
			tell(task, &err);
	return task->code;
}

static void publish_one(struct task *task, const struct organization *org, const char *id)
{
	struct template_saved saved;
	struct arena arena = {0};
	struct err err;
	const struct template_draft *draft = template_draft_of(org, slice_text(id), &arena, &err);
	bool ok = draft;

	if (draft) {
		const struct managed_edit edit = template_draft_edit(org, draft, task->force);
		ok = template_publish(&edit, draft->revision, warn_of_fault, NULL, &arena, &saved,
				      &err);
	}
	if (!ok)
		tell(task, &err);
	arena_free(&arena);
}

static int publish(struct task *task)
{
	return each_operand(task, "publish", publish_one);
}

static void discard_one(struct task *task, const struct organization *org, const char *id)
{
	struct arena arena = {0};
	struct err err;

	if (!template_discard(org, id, NULL, &arena, &err))
		tell(task, &err);
	arena_free(&arena);
}

static int discard(struct task *task)
{
	return each_operand(task, "discard", discard_one);
}

static void delete_one(struct task *task, const struct organization *org, const char *id)
{
	const struct managed_edit edit = {.organization = org, .id = id};
	struct arena arena = {0};
	struct err err;

	if (!template_remove(&edit, &arena, &err))
		tell(task, &err);
	arena_free(&arena);
}

static int delete (struct task *task)
{
	return each_operand(task, "delete", delete_one);
}

/* --- import --- */

static bool import_record(void *data, const struct record *record, struct err *err)
{
	struct task *task = data;
	const struct template_import how = {.organization = task->organization,
					    .force = task->force,
					    .say = warn_of_fault};

	return template_import(task->conf, record, &how, err);
}

static int import(struct task *task)
{
	char *standard_input[] = {(char[]){"-"}, NULL};
	char **files = *task->operands ? task->operands : standard_input;
	struct err err;

	load_conf(task);
	for (; *files && !task->code; files++)
		if (!import_each(*files, "mail.template", import_record, task, &err))
			tell(task, &err);
	return task->code;
}

/* --- the command line --- */

/* clang-format off */
static const struct action actions[] = {
	{"render", render, 1},
	{"check", check, -1},
	{"list", list, 0},
	{"show", show, -1},
	{"put", put, -1},
	{"publish", publish, -1},
	{"discard", discard, -1},
	{"delete", delete, -1},
	{"import", import, -1},
};
/* clang-format on */

static void take_option(struct task *task, int c, const char *value)
{
	/* clang-format off */
	const struct {
		int option;
		const char **text;
		bool *truth;
	} places[] = {
		{'o', &task->organization, NULL},
		{'c', &task->context, NULL},
		{'S', &task->sample, NULL},
		{'f', &task->field, NULL},
		{'j', NULL, &task->print.json},
		{'F', NULL, &task->force},
		{'D', NULL, &task->print.draft},
	};
	/* clang-format on */
	struct err err;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (places[i].option != c)
			continue;
		if (places[i].text)
			*places[i].text = value;
		else
			*places[i].truth = true;
	}
	if (!template_source_option(&task->source, c, value, &err)) {
		if (err.code == EX_USAGE)
			options_misuse("%s", err.text);
		err_exit(&err);
	}
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct err err;
	char by[64];
	struct task task = {.source = {.directory = -1, .limit = TEMPLATE_FILE_MOST}};

	for (int c; (c = options_next(&options)) != -1;)
		take_option(&task, c, options.value);
	const struct action *action =
		options_action(&options, actions, sizeof actions / sizeof *actions);
	task.conf_path = options.conf_path;
	task.operands = options.operands;
	act_who(by);
	task.by = by;
	if (task.source.path && *task.operands)
		options_misuse("a template is a file, or one that is stored");

	action->run(&task);
	if (!print_close(&print, &err))
		tell(&task, &err);
	conf_free(task.conf);
	return task.code;
}
