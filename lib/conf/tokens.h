/*
 * tokens.h: who may log in: a program's token, for one organization or for all, and for one role.
 *
 * A token is `id.secret`, shown once when it is made; the file named by `tokens:` keeps its hash.
 * The secret is 256 random bits, so a plain SHA-256 of it cannot be guessed back. One line each:
 *
 *     3f9c2ab81d04 acme submit 2026-11-24T09:30:00.123Z 9f86d081884c7d65... The web shop
 *
 * id, organization ("*": all), role, when it was made, the hash of the secret, and what it is for,
 * if somebody has said so; lines that begin with '#' are comments. The file is looked at for each
 * login, so that what is revoked is revoked at once.
 *
 *     if (!tokens_read(conf->tokens, &tokens, &err))
 *             ...
 *     const struct token *token = tokens_verify(&tokens, password);
 *     tokens_free(&tokens);
 *
 * Whoever looks often keeps what was read as long as the file is the same:
 *
 *     const struct tokens *tokens = tokens_look(&tokens_kept, conf->tokens, &err);
 */
#ifndef CONF_TOKENS_H
#define CONF_TOKENS_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"

enum token_role {
	TOKEN_SUBMIT,  /* hands messages in */
	TOKEN_READ,    /* sees what became of them */
	TOKEN_OPERATE, /* both, and acts on them */
	TOKEN_ADMIN,   /* all of it, and changes templates and connectors */
};

struct token {
	const char *id;
	const char *organization; /* NULL: all */
	enum token_role role;
	const char *name; /* what it is for; "": nobody has said */
	int64_t created_ms;
	unsigned char hash[SHA256_BYTES]; /* of the secret */
};

struct tokens {
	struct arena arena; /* all of it */
	struct token *all;  /* in the order of the file */
	size_t count;
};

/* A file that does not exist holds none. Else EX_CONFIG with file and line. Frees what it held. */
bool tokens_read(const char *path, struct tokens *tokens, struct err *err);
void tokens_free(struct tokens *tokens);

/*
 * What the file holds now; NULL and err as above. It is read again unless it is the same file, and
 * unchanged for long enough before it was read that a later change cannot have the same time. Good
 * until the next look. Begins as zero.
 */
struct tokens_kept {
	struct tokens tokens;
	bool held; /* fd keeps the file, so that no other gets its inode */
	int fd;
	struct stat st;
	bool settled;
};
const struct tokens *tokens_look(struct tokens_kept *kept, const char *path, struct err *err);
void tokens_forget(struct tokens_kept *kept);

/* The token of that id, or NULL: of one who was verified before. */
const struct token *tokens_find(const struct tokens *tokens, struct slice id);

/* The token that the text is, or NULL. How long it takes tells nothing about the secret. */
const struct token *tokens_verify(const struct tokens *tokens, struct slice text);

/* Whether a token of the one role is good for what the other does. */
bool token_role_covers(enum token_role role, enum token_role asked);

/* False when there is no such role; a role's name. */
bool token_role_named(struct slice name, enum token_role *role);
const char *token_role_name(enum token_role role);

#define TOKEN_SIZE 78 /* id, dot, secret and a NUL */
#define TOKEN_NAME_MOST 100

/*
 * Adds a new one to the file, of the organization, role and name (or NULL) of `like`. The text is
 * nowhere else afterwards. EX_DATAERR: the name is longer than TOKEN_NAME_MOST bytes, or more than
 * a line of UTF-8.
 */
bool tokens_create(const char *path, const struct token *like, char text[TOKEN_SIZE],
		   struct err *err);

/* Takes one out of the file. EX_NOINPUT when there is none of that id. */
bool tokens_revoke(const char *path, const char *id, struct err *err);

#endif
