#include "conf/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "conf/write.h"
#include "message/name.h"
#include "message/text.h"

#define FILE_BYTES 4194304
#define ID_BYTES 6
#define SECRET_BYTES 32
#define SETTLED_MS 2000

static const char *const roles[] = {
	[TOKEN_SUBMIT] = "submit",
	[TOKEN_READ] = "read",
	[TOKEN_OPERATE] = "operate",
	[TOKEN_ADMIN] = "admin",
};
#define ROLES (sizeof roles / sizeof *roles)

bool token_role_covers(enum token_role role, enum token_role asked)
{
	return role == asked || (role >= TOKEN_OPERATE && role > asked);
}

bool token_role_named(struct slice name, enum token_role *role)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (!slice_is(name, roles[i]))
			continue;
		*role = (enum token_role)i;
		return true;
	}
	return false;
}

const char *token_role_name(enum token_role role)
{
	return roles[role];
}

/* --- bytes as text --- */

/* Of lower case alone: a token is written in one way. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct slice text, unsigned char *bytes, size_t n)
{
	if (text.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit_value(text.p[2 * i]), low = digit_value(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static void hash(struct slice secret, unsigned char digest[SHA256_BYTES])
{
	struct sha256 sha;

	sha256_begin(&sha);
	sha256_add(&sha, secret);
	sha256_end(&sha, digest);
}

/* --- reading --- */

static bool name_is_good(struct slice name)
{
	return name.n <= TOKEN_NAME_MOST && slice_equal(name, slice_trim(name)) &&
	       text_control(name) == name.n && slice_find(name, '\t') == name.n &&
	       utf8_check(name) == name.n;
}

static bool read_token(struct slice line, struct arena *arena, struct token *token)
{
	enum { ID, ORGANIZATION, ROLE, CREATED, HASH, FIELDS };
	struct slice field[FIELDS];
	unsigned char id[ID_BYTES];

	for (size_t i = 0; i < FIELDS; i++)
		if (!slice_next(&line, ' ', &field[i]))
			return false;
	if (!name_is_good(line) || !read_hex(field[ID], id, sizeof id) ||
	    !token_role_named(field[ROLE], &token->role) ||
	    !clock_parse(field[CREATED], &token->created_ms) ||
	    !read_hex(field[HASH], token->hash, sizeof token->hash))
		return false;
	token->id = arena_slice(arena, field[ID]).p;
	token->name = arena_slice(arena, line).p;
	token->organization = NULL;
	if (slice_is(field[ORGANIZATION], "*"))
		return true;
	token->organization = arena_slice(arena, field[ORGANIZATION]).p;
	return name_valid(field[ORGANIZATION]);
}

static bool read_lines(const char *path, struct slice text, struct tokens *tokens, struct err *err)
{
	struct slice line, rest = text;
	size_t lines = 1;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	tokens->all = arena_alloc(&tokens->arena, lines * sizeof *tokens->all);
	for (unsigned n = 1; slice_next(&rest, '\n', &line); n++) {
		if (line.n == 0 || *line.p == '#')
			continue;
		if (!read_token(line, &tokens->arena, &tokens->all[tokens->count]))
			return err_set(err, EX_CONFIG, "%s:%u: not a token", path, n);
		tokens->count++;
	}
	return true;
}

static bool read_file(int fd, const char *path, struct tokens *tokens, struct err *err)
{
	struct buf text = {0};

	bool good = io_read_all(fd, &text, FILE_BYTES, path, err) &&
		    read_lines(path, buf_slice(&text), tokens, err);
	buf_free(&text);
	if (!good)
		tokens_free(tokens);
	return good;
}

bool tokens_read(const char *path, struct tokens *tokens, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*tokens = (struct tokens){0};
	if (fd < 0)
		return errno == ENOENT || io_err(err, "%s", path);
	bool good = read_file(fd, path, tokens, err);
	close(fd);
	return good;
}

void tokens_free(struct tokens *tokens)
{
	arena_free(&tokens->arena);
	*tokens = (struct tokens){0};
}

/* --- keeping --- */

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       is_same_time(a->st_mtim, b->st_mtim) && is_same_time(a->st_ctim, b->st_ctim);
}

/* Times of files come from a clock of coarse ticks, which may also be set. */
static bool is_settled(const struct stat *st)
{
	int64_t age_ms = clock_now_ms() -
			 ((int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000);

	return age_ms > SETTLED_MS;
}

void tokens_forget(struct tokens_kept *kept)
{
	tokens_free(&kept->tokens);
	if (kept->held)
		close(kept->fd);
	*kept = (struct tokens_kept){0};
}

const struct tokens *tokens_look(struct tokens_kept *kept, const char *path, struct err *err)
{
	struct stat st;

	if (kept->settled && stat(path, &st) == 0 && is_same_file(&st, &kept->st))
		return &kept->tokens;
	tokens_forget(kept);
	kept->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (kept->fd < 0)
		return errno == ENOENT || io_err(err, "%s", path) ? &kept->tokens : NULL;
	kept->held = true;
	kept->settled = fstat(kept->fd, &kept->st) == 0 && is_settled(&kept->st);
	if (read_file(kept->fd, path, &kept->tokens, err))
		return &kept->tokens;
	tokens_forget(kept);
	return NULL;
}

/* --- verifying --- */

static bool is_same(const unsigned char *a, const unsigned char *b, size_t n)
{
	unsigned char difference = 0;

	for (size_t i = 0; i < n; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/* The id is no secret: it may be looked up as fast as can be. */
const struct token *tokens_find(const struct tokens *tokens, struct slice id)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (slice_is(id, tokens->all[i].id))
			return &tokens->all[i];
	return NULL;
}

const struct token *tokens_verify(const struct tokens *tokens, struct slice text)
{
	unsigned char digest[SHA256_BYTES];
	struct slice id;

	if (!slice_next(&text, '.', &id))
		return NULL;
	hash(text, digest);
	const struct token *token = tokens_find(tokens, id);
	return token && is_same(digest, token->hash, sizeof digest) ? token : NULL;
}

/* --- changing --- */

static void put_token(struct buf *out, const struct token *token)
{
	char created[CLOCK_TEXT_SIZE], digest[SHA256_HEX_SIZE];

	clock_format(token->created_ms, created);
	hex_write(token->hash, sizeof token->hash, digest);
	buf_addf(out, "%s %s %s %s %s%s%s\n", token->id,
		 token->organization ? token->organization : "*", token_role_name(token->role),
		 created, digest, *token->name ? " " : "", token->name);
}

static bool write_tokens(const char *path, const struct tokens *tokens, const struct token *more,
			 struct err *err)
{
	struct buf text = {0};

	buf_add_text(&text,
		     "# Kept by mailq-token(1): id, organization, role, time, hash, name.\n");
	for (size_t i = 0; i < tokens->count; i++)
		put_token(&text, &tokens->all[i]);
	if (more)
		put_token(&text, more);
	struct conf_file file = {.path = path, .text = buf_slice(&text)};
	bool good = conf_write_files(&file, 1, err);
	buf_free(&text);
	return good;
}

/* One changes the file at a time. The lock is on its directory: the file itself is replaced. */
static int lock(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash ? mem_copy(path, (size_t)(slash - path) + 1) : mem_text(".");
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		io_err(err, "%s", directory);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(directory);
	return fd;
}

static bool make_token(struct token *token, char text[TOKEN_SIZE], struct err *err)
{
	unsigned char random[ID_BYTES + SECRET_BYTES];

	if (!io_random(random, sizeof random, err))
		return false;
	hex_write(random, ID_BYTES, text);
	text[2 * ID_BYTES] = '.';
	hex_write(random + ID_BYTES, SECRET_BYTES, text + 2 * ID_BYTES + 1);
	hash(slice_text(text + 2 * ID_BYTES + 1), token->hash);
	explicit_bzero(random, sizeof random);
	return true;
}

bool tokens_create(const char *path, const struct token *like, char text[TOKEN_SIZE],
		   struct err *err)
{
	struct token token = {.organization = like->organization,
			      .role = like->role,
			      .name = like->name ? like->name : "",
			      .created_ms = clock_now_ms()};
	struct tokens tokens;
	char id[2 * ID_BYTES + 1];

	if (!name_is_good(slice_text(token.name)))
		return err_set(err, EX_DATAERR, "a name is one line of %d bytes at most",
			       TOKEN_NAME_MOST);
	if (!make_token(&token, text, err))
		return false;
	snprintf(id, sizeof id, "%.*s", 2 * ID_BYTES, text);
	token.id = id;

	int fd = lock(path, err);
	if (fd < 0)
		return false;
	bool good = tokens_read(path, &tokens, err) && write_tokens(path, &tokens, &token, err);
	close(fd);
	tokens_free(&tokens);
	return good;
}

static bool take_out(struct tokens *tokens, const char *id)
{
	for (size_t i = 0; i < tokens->count; i++) {
		if (strcmp(tokens->all[i].id, id) != 0)
			continue;
		memmove(&tokens->all[i], &tokens->all[i + 1],
			(tokens->count - i - 1) * sizeof *tokens->all);
		tokens->count--;
		return true;
	}
	return false;
}

bool tokens_revoke(const char *path, const char *id, struct err *err)
{
	struct tokens tokens;
	int fd = lock(path, err);

	if (fd < 0)
		return false;
	bool good = tokens_read(path, &tokens, err) &&
		    (take_out(&tokens, id) || err_set(err, EX_NOINPUT, "no such token")) &&
		    write_tokens(path, &tokens, NULL, err);
	close(fd);
	tokens_free(&tokens);
	return good;
}
