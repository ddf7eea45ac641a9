#include "conf/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define ENVIRONMENT "$ENV:"
#define FILE_PATH "$FILE:"

static const char *behind(const char *value, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(value, prefix, n) == 0 ? value + n : NULL;
}

bool secret_is_reference(const char *value)
{
	return behind(value, ENVIRONMENT) || behind(value, FILE_PATH);
}

const char *secret_variable(const char *value)
{
	return behind(value, ENVIRONMENT);
}

void secret_shield_process(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
	unsetenv("SSLKEYLOGFILE");
}

void secret_wipe(struct buf *secret)
{
	if (secret->p)
		explicit_bzero(secret->p, secret->room);
	buf_free(secret);
}

void secret_blank(struct slice secret, char *text, size_t n)
{
	char *found;

	while (secret.n >= SECRET_BLANKED_LEAST && n &&
	       (found = memmem(text, n, secret.p, secret.n))) {
		memset(found, '*', secret.n);
		n -= (size_t)(found - text) + secret.n;
		text = found + secret.n;
	}
}

/* All the room at once: a buf that grows leaves its old bytes behind. */
static void put(struct buf *secret, struct slice bytes)
{
	buf_reserve(secret, bytes.n + 1);
	buf_add_slice(secret, bytes);
}

static bool check_file(const struct stat *st, const char *path, struct err *err)
{
	if (!S_ISREG(st->st_mode))
		return err_set(err, EX_CONFIG, "%s: not a regular file", path);
	if (st->st_mode & S_IWOTH)
		return err_set(err, EX_CONFIG, "%s: everyone may write it", path);
	if (st->st_size > SECRET_MOST)
		return err_set(err, EX_CONFIG, "%s: larger than %d bytes", path, SECRET_MOST);
	return true;
}

static bool read_file(const char *path, struct buf *bytes, struct err *err)
{
	struct stat st;
	bool good = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys(err, EX_CONFIG, "%s", path);
	if (fstat(fd, &st) < 0) {
		err_sys(err, EX_CONFIG, "%s", path);
	} else if (check_file(&st, path, err)) {
		size_t n = (size_t)st.st_size;
		good = io_pread_all(fd, buf_reserve(bytes, n), n, 0, path, err);
		bytes->n = good ? n : 0;
		bytes->p[bytes->n] = '\0';
	}
	close(fd);
	return good;
}

static void cut_newline(struct buf *bytes)
{
	if (bytes->n && bytes->p[bytes->n - 1] == '\n')
		bytes->n--;
	if (bytes->n && bytes->p[bytes->n - 1] == '\r')
		bytes->n--;
}

static bool resolve_file(const char *path, struct buf *secret, struct err *err)
{
	if (*path != '/')
		return err_set(err, EX_CONFIG, FILE_PATH "%s: not an absolute path", path);
	if (!read_file(path, secret, err))
		return false;
	cut_newline(secret);
	if (secret->n == 0)
		return err_set(err, EX_CONFIG, "%s: empty", path);
	secret->p[secret->n] = '\0';
	return true;
}

static bool resolve_variable(const char *name, struct buf *secret, struct err *err)
{
	const char *value = getenv(name);

	if (!value || !*value)
		return err_set(err, EX_CONFIG, ENVIRONMENT "%s: %s", name,
			       value ? "set to nothing" : "not set");
	put(secret, slice_text(value));
	return true;
}

bool secret_resolve(const char *value, struct buf *secret, struct err *err)
{
	const char *rest;

	if ((rest = behind(value, ENVIRONMENT)))
		return resolve_variable(rest, secret, err);
	if ((rest = behind(value, FILE_PATH)))
		return resolve_file(rest, secret, err);
	put(secret, slice_text(value));
	return true;
}

bool connector_secret(const struct connector *connector, const char *key, struct buf *secret,
		      struct err *err)
{
	const struct connector_key *found = connector_config(connector, key);

	if (!found)
		return true;
	if (!found->value)
		return err_set(err, EX_CONFIG, "%s:%u: config.%s must be text, not a list",
			       connector->file, found->line, key);
	if (!secret_resolve(found->value, secret, err))
		return err_at(err, "%s:%u: config.%s", connector->file, found->line, key);
	return true;
}

static bool is_set_in(const char *const *more, const char *name)
{
	size_t n = strlen(name);

	for (; more && *more; more++)
		if (strncmp(*more, name, n) == 0 && (*more)[n] == '=' && (*more)[n + 1])
			return true;
	return false;
}

static bool check_reference(const char *value, const char *const *more, struct err *err)
{
	const char *variable = secret_variable(value);
	struct buf secret = {0};
	bool good = (variable && is_set_in(more, variable)) || secret_resolve(value, &secret, err);

	secret_wipe(&secret);
	return good;
}

bool connector_check_secrets(const struct connector *connector, const char *const *more,
			     struct err *err)
{
	for (size_t i = 0; i < connector->config_count; i++) {
		const struct connector_key *key = &connector->config[i];
		for (size_t j = 0; j < key->list.count; j++)
			if (secret_is_reference(key->list.text[j]) &&
			    !check_reference(key->list.text[j], more, err))
				return err_at(err, "%s:%u: config.%s", connector->file, key->line,
					      key->key);
	}
	return true;
}
