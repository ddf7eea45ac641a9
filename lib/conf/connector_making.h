/*
 * connector_making.h: a connector as an edit makes it: what of its config is taken, kept and
 * refused (connector_making.c), for connector_edit.c alone, which writes it.
 *
 * From afar (edit->is_remote) nobody reads this machine's files and variables or runs its commands,
 * and a secret that is kept goes to no other place than before.
 */
#ifndef CONF_CONNECTOR_MAKING_H
#define CONF_CONNECTOR_MAKING_H

#include "conf/connector_edit.h"
#include "conf/write.h"

#define SECRETS_MOST 16 /* of one connector */
#define SECRET_FILE "$FILE:"

/* A connector in the making. */
struct making {
	const struct managed_edit *edit;
	const char *secrets; /* the directory; NULL: typed secrets stay in the text */
	const struct json *describe;
	struct managed_file there;
	struct connector old; /* where there is one */
	struct json *config;  /* as it will be in the file */
	struct json **end;    /* of config */
	struct conf_file files[SECRETS_MOST + 2];
	size_t n_files;
	struct arena *arena;
	struct err *err;
};

/* The same text with a NUL behind it. */
static inline const char *making_text(const struct making *m, struct slice text)
{
	return arena_slice(m->arena, text).p;
}

/* Fills in m->config, and m->files with the secrets that were typed; nothing is written. False and
 * *m->err (EX_DATAERR), which names the key. */
bool making_take_config(struct making *m);

#endif
