#include "template/source.h"

#include <fcntl.h>

#include "base/io.h"
#include "template/locale.h"

/* --- how it is asked for --- */

static bool read_truth(bool *truth, const char *value, struct err *err)
{
	*truth = strcmp(value, "on") == 0;
	return *truth || strcmp(value, "off") == 0 ||
	       err_set(err, EX_USAGE, "--autoescape is on or off");
}

static bool open_directory(int *directory, const char *path, struct err *err)
{
	*directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *directory >= 0 || io_err(err, "%s", path);
}

bool template_source_option(struct template_source *source, int option, const char *value,
			    struct err *err)
{
	switch (option) {
	case 't':
		source->path = value;
		return true;
	case 'l':
		source->locale = value;
		return true;
	case 'd':
		return open_directory(&source->directory, value, err);
	case 'a':
		return read_truth(&source->options.autoescape, value, err);
	case 's':
		return source->options.strict = true;
	case 'T':
		return source->options.trim_blocks = true;
	case 'L':
		return source->options.lstrip_blocks = true;
	case 'K':
		return source->options.keep_trailing_newline = true;
	default:
		return true;
	}
}

/* --- what is made of it --- */

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

static bool load(void *data, struct slice name, struct buf *text, struct err *err)
{
	const struct template_source *source = data;
	char path[256];

	if (source->directory < 0 || !is_below(name) || name.n >= sizeof path ||
	    memchr(name.p, '\0', name.n))
		return err_set(err, EX_NOINPUT, "template '%.*s' not found", SLICE_ARGS(name));
	memcpy(path, name.p, name.n);
	path[name.n] = '\0';
	return io_read_file_at(source->directory, path, text, source->limit, err);
}

static struct template_env *open_env(struct template_source *source)
{
	const struct template_loader loader = {load, source};
	struct template_options options = source->options;

	options.limits.source = source->limit;
	struct template_env *env = template_env_open(&options, &loader);
	template_add_locale_filters(env);
	template_env_set_locale(env, slice_text(source->locale));
	return env;
}

static struct template *compile(const struct template_source *source, struct template_env *env,
				struct template_error *error)
{
	struct buf text = {0};
	struct template *t = NULL;

	if (io_read_path(source->path, source->limit, &text, &error->err))
		t = template_compile(env, source->path, buf_slice(&text), error);
	buf_free(&text);
	return t;
}

bool template_source_render(struct template_source *source, const struct json *context,
			    struct buf *out, struct template_error *error)
{
	struct template_env *env = open_env(source);
	struct template *t = compile(source, env, error);
	bool ok = t && template_render(t, context, out, error);

	template_free(t);
	template_env_close(env);
	return ok;
}

bool template_source_check(struct template_source *source, struct template_error *error)
{
	struct template_env *env = open_env(source);
	struct template *t = compile(source, env, error);

	template_free(t);
	template_env_close(env);
	return t;
}
