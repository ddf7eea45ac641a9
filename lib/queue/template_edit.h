/*
 * template_edit.h: stored templates changed, and tried before they are.
 *
 *     struct managed_edit edit = {.organization = org, .id = "tpl_welcome", .values = object};
 *     struct template_saved saved;
 *     if (!template_put(&edit, say, data, &arena, &saved, &err))
 *             ...                       // say has been called for each fault of the template
 *
 * values: an object of the members that `mailq-template show --json` prints. A template that
 * template_check finds fault with is not written. One that is edited from afar (is_remote) sends
 * along no other files than it did.
 */
#ifndef QUEUE_TEMPLATE_EDIT_H
#define QUEUE_TEMPLATE_EDIT_H

#include "conf/managed.h"
#include "conf/write.h"
#include "queue/template_check.h"

/* What is in the file now. */
struct template_saved {
	const struct template_file *file;
	bool is_new;
};

/* False and err: as managed_may_change; EX_DATAERR where the template is not a good one. */
bool template_put(const struct managed_edit *edit, template_complaint *say, void *data,
		  struct arena *arena, struct template_saved *saved, struct err *err);

bool template_remove(const struct managed_edit *edit, struct arena *arena, struct err *err);

/* What a template makes of a context: the one that is stored, with some members in place of its
 * own, or one that is not stored at all. */
struct template_preview {
	const struct organization *organization;
	const char *id;
	const struct json *draft; /* members, or NULL */
	bool is_remote;
	const struct json *context; /* an object, or NULL */
	const char *sample;         /* the name of the context, where none is given; or NULL */
	const char *locale;         /* or NULL */
	bool strict;
};

/*
 * *rendered has the texts, in the arena. False and err: EX_NOINPUT where there is no such template;
 * EX_DATAERR where it is no good, or the context is not what it needs, or a text cannot be
 * rendered: *used says which.
 */
bool template_try(const struct template_preview *preview, struct arena *arena,
		  struct request *rendered, struct templates_used *used, struct err *err);

/* All that template_put would find fault with: false, and say has been called, or err says why it
 * is no template at all (EX_DATAERR), or that there is none (EX_NOINPUT). */
bool template_examine(const struct template_preview *preview, template_complaint *say, void *data,
		      struct arena *arena, struct err *err);

/* For template_check of what is stored, as template_put does it. */
struct templates *template_open_checked(void);

#endif
