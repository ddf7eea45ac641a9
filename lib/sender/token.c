#include "sender/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/sha256.h"
#include "conf/secret.h"
#include "sender/internal.h"

#define FILE_MOST 65536
#define NAME_SIZE (2 * PLACE_NAME_SIZE + 16)

static void file_name(const struct sender_channel *channel, const char *suffix,
		      char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%s:%s.%s", channel->lane->org, channel->lane->connector_id,
		 suffix);
}

static int open_secrets(const struct sender_channel *channel, struct err *err)
{
	const char *path = channel->sender->conf->secrets;

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		io_err(err, "mkdir %s", path);
		return -1;
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		io_err(err, "open %s", path);
	return fd;
}

static void add_json(const struct token *token, const char *hash, struct buf *text)
{
	struct json_out out = {.buf = text};

	buf_reserve(text, token->access.n * 2 + token->refresh.n * 2 + 256);
	json_open(&out, NULL, '{');
	json_put_text(&out, "credentials", hash);
	json_put_int(&out, "expires_ms", token->expires_ms);
	json_put_slice(&out, "access_token", buf_slice(&token->access));
	if (token->refresh.n)
		json_put_slice(&out, "refresh_token", buf_slice(&token->refresh));
	json_close(&out, '}');
	buf_add_char(text, '\n');
}

static bool read_json(struct slice text, const char *hash, struct token *token, struct err *err)
{
	struct arena arena = {0};
	const struct json *json = json_parse(text, &arena, err);
	bool ok = json && slice_is(json_get_text(json, "credentials"), hash);

	if (ok) {
		token->expires_ms = json_get_int(json, "expires_ms", 0);
		buf_add_slice(&token->access, json_get_text(json, "access_token"));
		buf_add_slice(&token->refresh, json_get_text(json, "refresh_token"));
	}
	arena_free(&arena);
	return ok || err_set(err, EX_NOINPUT, "no token of these credentials");
}

bool token_read(const struct sender_channel *channel, struct slice credentials, struct token *token,
		struct err *err)
{
	char name[NAME_SIZE], hash[SHA256_HEX_SIZE];
	struct buf text = {0};
	int dir = open_secrets(channel, err);

	*token = (struct token){0};
	if (dir < 0)
		return false;
	file_name(channel, "token", name);
	sha256_hex(credentials, hash);
	buf_reserve(&text, FILE_MOST);
	bool ok = io_read_file_at(dir, name, &text, FILE_MOST, err) &&
		  read_json(buf_slice(&text), hash, token, err);
	secret_wipe(&text);
	close(dir);
	return ok;
}

bool token_is_good(const struct token *token)
{
	return token->access.n && token->expires_ms - TOKEN_MARGIN_MS > clock_now_ms();
}

int token_lock(const struct sender_channel *channel, struct err *err)
{
	char name[NAME_SIZE];
	int dir = open_secrets(channel, err);

	if (dir < 0)
		return -1;
	file_name(channel, "lock", name);
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		io_err(err, "open %s", name);
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err_set(err, EX_TEMPFAIL, "%s: somebody else asks for a token", name);
		close(fd);
		fd = -1;
	}
	close(dir);
	return fd;
}

/* A trial of what is not saved leaves the token alone that a connector of that id got with other
 * credentials: it may hold the only refresh token that is still good. */
static bool is_not_ours(const struct sender_channel *channel, int dir, const char *name,
			const char *hash)
{
	struct buf text = {0};
	struct token found = {0};
	struct err err = {0};

	if (!channel->sender->unsaved)
		return false;
	buf_reserve(&text, FILE_MOST);
	bool is_there = io_read_file_at(dir, name, &text, FILE_MOST, &err);
	bool is_ours = is_there && read_json(buf_slice(&text), hash, &found, &err);
	token_wipe(&found);
	secret_wipe(&text);
	return is_there && !is_ours;
}

/* For monitoring alone: it is no fault where it cannot be done. */
static void tell_end(int dir, const char *name, const struct token *token)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
					  {.tv_sec = token->expires_ms / 1000}};

	(void)!utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW);
}

bool token_write(const struct sender_channel *channel, struct slice credentials,
		 const struct token *token, struct err *err)
{
	char name[NAME_SIZE], hash[SHA256_HEX_SIZE];
	struct buf text = {0};
	int dir = open_secrets(channel, err);

	if (dir < 0)
		return false;
	file_name(channel, "token", name);
	sha256_hex(credentials, hash);
	if (is_not_ours(channel, dir, name, hash)) {
		close(dir);
		return true;
	}
	add_json(token, hash, &text);
	bool ok = io_write_file_at(dir, name, buf_slice(&text), 0600, err);
	tell_end(dir, name, token);
	secret_wipe(&text);
	close(dir);
	return ok;
}

void token_wipe(struct token *token)
{
	secret_wipe(&token->access);
	secret_wipe(&token->refresh);
}
