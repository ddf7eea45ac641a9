#include "conf/environment.h"

#include <ctype.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "conf/secret.h"

#define FILE_MOST 1048576

static const char *const for_all[] = {"PATH", "TZ", "LANG"};
static const char *const prefixes_for_all[] = {"MAILQ_", "EMAIL_"};

/* --- the file --- */

static bool is_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!isalpha((unsigned char)name.p[i]) && name.p[i] != '_' &&
		    (i == 0 || !isdigit((unsigned char)name.p[i])))
			return false;
	return name.n > 0;
}

static struct slice without_quotes(struct slice value)
{
	if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
	    value.p[value.n - 1] == value.p[0])
		return slice_make(value.p + 1, value.n - 2);
	return value;
}

/* "NAME=value" in the arena; "" for a line that says nothing; NULL for one that is neither. */
static char *read_line(struct slice line, struct arena *arena)
{
	struct slice name;

	line = slice_trim(line);
	if (!line.n || *line.p == '#')
		return arena_text(arena, "");
	if (memchr(line.p, '\0', line.n) || slice_find(line, '=') == line.n)
		return NULL;
	slice_next(&line, '=', &name);
	if (!is_name(name))
		return NULL;
	struct slice value = without_quotes(line);
	return arena_format(arena, "%.*s=%.*s", (int)name.n, name.p, (int)value.n, value.p);
}

static bool read_file(const char *path, struct buf *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, EX_CONFIG, "environment_file %s", path);
	bool ok = io_read_all(fd, text, FILE_MOST, path, err);
	close(fd);
	return ok;
}

static struct slice name_of(const char *variable)
{
	return slice_make(variable, strcspn(variable, "="));
}

/* Where the variable of that name stands, or count. */
static size_t find(const char *const *env, size_t count, struct slice name)
{
	size_t i = 0;

	while (i < count && !slice_equal(name_of(env[i]), name))
		i++;
	return i;
}

/* The last line of a name counts. Returns the new count. */
static size_t put(const char **env, size_t count, const char *variable)
{
	size_t at = find(env, count, name_of(variable));

	env[at] = variable;
	return at == count ? count + 1 : count;
}

const char **environment_from_file(const struct conf *conf, struct arena *arena, struct err *err)
{
	struct buf text = {0};
	struct slice rest, line;
	const char **env = NULL;
	size_t lines = 1, count = 0;

	if (conf->environment_file && !read_file(conf->environment_file, &text, err))
		goto out;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	const char **found = arena_alloc(arena, (lines + 1) * sizeof *found);

	rest = buf_slice(&text);
	for (unsigned number = 1; slice_next(&rest, '\n', &line); number++) {
		char *variable = read_line(line, arena);
		if (!variable) {
			err_set(err, EX_CONFIG, "%s:%u: not NAME=value", conf->environment_file,
				number);
			goto out;
		}
		if (*variable)
			count = put(found, count, variable);
	}
	env = found;
out:
	secret_wipe(&text);
	return env;
}

/* --- one stage --- */

static bool connector_names(const struct connector *connector, struct slice name)
{
	for (size_t i = 0; i < connector->config_count; i++) {
		struct text_list list = connector->config[i].list;
		for (size_t j = 0; j < list.count; j++) {
			const char *variable = secret_variable(list.text[j]);
			if (variable && slice_is(name, variable))
				return true;
		}
	}
	return false;
}

static bool kind_names(const struct conf *conf, const char *kind, struct slice name)
{
	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct organization *org = &conf->organizations[i];
		for (size_t j = 0; j < org->connector_count; j++)
			if (strcmp(org->connectors[j].kind, kind) == 0 &&
			    connector_names(&org->connectors[j], name))
				return true;
	}
	return false;
}

/* Whose variables are wanted: of one connector, else of all of a kind, else of none. */
struct wanted {
	const struct conf *conf;
	const char *kind;
	const struct connector *connector;
};

static bool is_wanted(const struct wanted *wanted, struct slice name)
{
	for (size_t i = 0; i < sizeof for_all / sizeof *for_all; i++)
		if (slice_is(name, for_all[i]))
			return true;
	for (size_t i = 0; i < sizeof prefixes_for_all / sizeof *prefixes_for_all; i++)
		if (slice_starts(name, prefixes_for_all[i]))
			return true;
	if (wanted->connector)
		return connector_names(wanted->connector, name);
	return wanted->kind && kind_names(wanted->conf, wanted->kind, name);
}

static size_t length_of(const char *const *env)
{
	size_t n = 0;

	while (env[n])
		n++;
	return n;
}

static const char **choose(const struct wanted *wanted, const char *const *own,
			   const char *const *file, struct arena *arena)
{
	const char *const *const sources[] = {own, file};
	const char **env = arena_alloc(arena, (length_of(own) + length_of(file) + 1) * sizeof *env);
	size_t count = 0;

	for (size_t i = 0; i < 2; i++)
		for (const char *const *variable = sources[i]; *variable; variable++) {
			struct slice name = name_of(*variable);
			if (find(env, count, name) == count && is_wanted(wanted, name))
				env[count++] = arena_text(arena, *variable);
		}
	slice_sort_texts(env, count);
	return env;
}

const char **environment_of(const struct conf *conf, const char *kind, const char *const *own,
			    const char *const *file, struct arena *arena)
{
	return choose(&(struct wanted){.conf = conf, .kind = kind}, own, file, arena);
}

const char **environment_of_connector(const struct connector *connector, const char *const *own,
				      const char *const *file, struct arena *arena)
{
	return choose(&(struct wanted){.connector = connector}, own, file, arena);
}

bool environment_equal(const char *const *a, const char *const *b)
{
	for (; *a && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return !*a && !*b;
}
