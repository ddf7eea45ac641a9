/*
 * mailq-template: renders templates by hand, and checks them before mail does.
 *
 * Manual: man/mailq-template.1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/options.h"
#include "template/template.h"

#define CONTEXT_MOST (16 << 20)

enum {
	OPT_TEMPLATE = 256,
	OPT_CONTEXT,
	OPT_TEMPLATES,
	OPT_AUTOESCAPE,
	OPT_STRICT,
	OPT_TRIM,
	OPT_LSTRIP,
	OPT_KEEP
};

static const struct option long_options[] = {
	{	     "template", required_argument, NULL, OPT_TEMPLATE},
	{	      "context", required_argument, NULL, OPT_CONTEXT},
	{	    "templates", required_argument, NULL, OPT_TEMPLATES},
	{	   "autoescape", required_argument, NULL, OPT_AUTOESCAPE},
	{	       "strict",       no_argument, NULL, OPT_STRICT},
	{	  "trim-blocks",       no_argument, NULL, OPT_TRIM},
	{        "lstrip-blocks",       no_argument, NULL, OPT_LSTRIP},
	{"keep-trailing-newline",       no_argument, NULL, OPT_KEEP},
	{		      0		  },
};

static const struct usage usage = {
	.synopsis =
		"mailq-template render [--template file] [--context file] [--templates dir]\n"
		"                      [--autoescape on|off] [--strict] [--trim-blocks]\n"
		"                      [--lstrip-blocks] [--keep-trailing-newline]\n"
		"       mailq-template check [--templates dir] [file ...]",
	.about = "Renders a template with a JSON context, or checks that templates compile.",
	.long_options = long_options,
};

struct command {
	const char *template, *context;
	int templates; /* the directory of included templates, or -1 */
	struct template_options options;
	char **operands;
};

/* --- files --- */

static bool read_whole(const char *path, size_t limit, struct buf *buf, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return io_err(err, "%s", path);
	ok = io_read_all(fd, buf, limit, path, err);
	if (!standard)
		close(fd);
	return ok;
}

/* A name below the directory: no part of it is empty or begins with a dot. */
static bool is_below(struct slice name)
{
	struct slice part;

	if (name.n == 0 || name.p[name.n - 1] == '/')
		return false;
	while (slice_next(&name, '/', &part))
		if (part.n == 0 || *part.p == '.')
			return false;
	return true;
}

static bool load(void *data, struct slice name, struct buf *source, struct err *err)
{
	const struct command *command = data;
	char path[256];

	if (command->templates < 0 || !is_below(name) || name.n >= sizeof path ||
	    memchr(name.p, '\0', name.n))
		return err_set(err, EX_NOINPUT, "template '%.*s' not found", SLICE_ARGS(name));
	memcpy(path, name.p, name.n);
	path[name.n] = '\0';
	return io_read_file_at(command->templates, path, source, command->options.limits.source,
			       err);
}

/* --- the commands --- */

static int complain(const struct err *err)
{
	fprintf(stderr, "%s\n", err->text);
	return err->code;
}

static struct template *compile(struct template_env *env, const char *path,
				struct template_error *error)
{
	struct buf source = {0};
	struct template *t = NULL;

	if (read_whole(path, 1 << 20, &source, &error->err))
		t = template_compile(env, path, buf_slice(&source), error);
	buf_free(&source);
	return t;
}

static bool read_context(const char *path, struct arena *arena, struct buf *text,
			 struct json **context, struct err *err)
{
	if (!path)
		return true;
	if (!read_whole(path, CONTEXT_MOST, text, err))
		return false;
	if (!(*context = json_parse(buf_slice(text), arena, err)))
		return err_at(err, "%s", path);
	return true;
}

static int render(const struct command *command, struct template_env *env)
{
	struct template_error error = {0};
	struct arena arena = {0};
	struct buf text = {0}, out = {0};
	struct json *context = NULL;
	struct template *t = NULL;
	int code = 0;

	if (*command->operands)
		options_misuse("render takes no operands");
	if (!(t = compile(env, command->template, &error)) ||
	    !read_context(command->context, &arena, &text, &context, &error.err) ||
	    !template_render(t, context, &out, &error) ||
	    !io_write_all(STDOUT_FILENO, buf_slice(&out), "standard output", &error.err))
		code = complain(&error.err);
	template_free(t);
	arena_free(&arena);
	buf_free(&text);
	buf_free(&out);
	return code;
}

static int check(const struct command *command, struct template_env *env)
{
	static char dash[] = "-", *const standard[] = {dash, NULL};
	char *const *paths = *command->operands ? command->operands : standard;
	int code = 0;

	for (; *paths; paths++) {
		struct template_error error = {0};
		struct template *t = compile(env, *paths, &error);
		if (!t && code == 0)
			code = error.err.code;
		if (!t)
			complain(&error.err);
		template_free(t);
	}
	return code;
}

static const struct {
	const char *name;
	int (*run)(const struct command *command, struct template_env *env);
} commands[] = {
	{"render", render},
	{ "check",  check},
};

static bool on_or_off(const char *value)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		options_misuse("--autoescape is on or off");
	return strcmp(value, "on") == 0;
}

static void take_option(struct command *command, int c, const char *value)
{
	switch (c) {
	case OPT_TEMPLATE:
		command->template = value;
		break;
	case OPT_CONTEXT:
		command->context = value;
		break;
	case OPT_TEMPLATES:
		command->templates = open(value, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (command->templates < 0) {
			struct err err = {0};
			io_err(&err, "%s", value);
			err_exit(&err);
		}
		break;
	case OPT_AUTOESCAPE:
		command->options.autoescape = on_or_off(value);
		break;
	case OPT_STRICT:
		command->options.strict = true;
		break;
	case OPT_TRIM:
		command->options.trim_blocks = true;
		break;
	case OPT_LSTRIP:
		command->options.lstrip_blocks = true;
		break;
	case OPT_KEEP:
		command->options.keep_trailing_newline = true;
		break;
	}
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct command command = {.template = "-", .templates = -1};

	for (int c; (c = options_next(&options)) != -1;)
		take_option(&command, c, options.value);
	command.options.limits.source = 1 << 20;
	if (!*options.operands)
		options_misuse("no command");
	command.operands = options.operands + 1;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(*options.operands, commands[i].name) == 0) {
			const struct template_loader loader = {load, &command};
			struct template_env *env = template_env_open(&command.options, &loader);
			int code = commands[i].run(&command, env);
			template_env_close(env);
			return code;
		}
	options_misuse("no command '%s'", *options.operands);
}
