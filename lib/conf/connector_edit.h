/*
 * connector_edit.h: connectors shown, changed, and prepared for a try.
 *
 *     struct managed_edit edit = {.organization = org, .id = "relay", .values = object};
 *     struct connector_saved saved;
 *     if (!connector_put(conf, &edit, &kinds, &arena, &saved, &err))
 *             ...
 *     // the configuration has changed: load it again
 *
 * values: an object whose members are named as the keys of a connector's file. A secret that is
 * typed goes to a file of its own in the directory `secrets:`, which only the queue may read, and
 * the connector's file names it. A secret that `config` does not mention stays what it is; null
 * takes it away.
 *
 * Whoever edits from afar (is_remote) names no files and no variables of this machine, runs no
 * commands, and types secrets again when what they are sent to changes: else he could send them to
 * himself.
 */
#ifndef CONF_CONNECTOR_EDIT_H
#define CONF_CONNECTOR_EDIT_H

#include "conf/describe.h"
#include "conf/managed.h"

/*
 * The members of an object that shows a connector. config has no secrets, nor what the kind does
 * not know; `secrets` says of each whether it is set. describe: of the kind; NULL where it is not
 * known: then nothing of config is shown.
 */
void connector_write_members(struct json_out *out, const struct connector *connector,
			     const struct json *describe);

/* The member `config` with all that was written there, secrets too: of one that was handed in, for
 * connector_put. */
void connector_write_config(struct json_out *out, const struct connector *connector,
			    const struct json *describe);

struct connector_saved {
	struct connector connector; /* what is in the file now */
	const struct json *describe;
	const char *cleared; /* the connector that is no longer the default, or NULL */
	bool is_new;
};

/*
 * False and err: as managed_may_change, also of the file of the default connector, where this one
 * takes its place; EX_DATAERR where the connector would be no good.
 */
bool connector_put(const struct conf *conf, const struct managed_edit *edit, struct kinds *kinds,
		   struct arena *arena, struct connector_saved *saved, struct err *err);

/* What connector_put would write, its typed secrets in the text itself: for connector_test.h. The
 * caller wipes the text. */
bool connector_draft(const struct managed_edit *edit, struct kinds *kinds, struct arena *arena,
		     struct connector *connector, struct buf *text, struct err *err);

/* Takes it away, and its secrets. EX_CANTCREAT where others need it: as their fallback, in a rule,
 * or as the default beside them. */
bool connector_remove(const struct conf *conf, const struct managed_edit *edit, struct arena *arena,
		      struct err *err);

/* The text of the default connector's file with is_default: false, all else as it stands. */
bool connector_clear_default(const struct connector *standard, struct arena *arena,
			     struct slice *text, struct err *err);

#endif
