/*
 * template_edit.h: stored templates changed, and tried before they are; and their drafts
 * (conf/template_draft.h), saved, published and discarded.
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

#include "conf/import.h"
#include "conf/managed.h"
#include "conf/template_draft.h"
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

/* The template, and its draft. */
bool template_remove(const struct managed_edit *edit, struct arena *arena, struct err *err);

/* The draft that whoever changes one has seen: its revision; "": none; NULL: he takes any. Another
 * is EX_CANTCREAT. */
typedef const char *template_draft_seen;

/*
 * Saves a draft, right or wrong. The edit's revision and is_new are of what is published, as for
 * template_put: of this the draft is made. False and err: as managed_may_change.
 */
bool template_draft_put(const struct managed_edit *edit, template_draft_seen seen, const char *by,
			struct arena *arena, struct err *err);

/* template_put, after which there is no draft any more. */
bool template_publish(const struct managed_edit *edit, template_draft_seen seen,
		      template_complaint *say, void *data, struct arena *arena,
		      struct template_saved *saved, struct err *err);

/* What template_publish takes, to make of a draft what mail is rendered with: if what is published
 * is still what the draft was made from, or by force. */
struct managed_edit template_draft_edit(const struct organization *org,
					const struct template_draft *draft, bool force);

/* Takes the draft away. EX_NOINPUT: there is none. */
bool template_discard(const struct organization *org, const char *id, template_draft_seen seen,
		      struct arena *arena, struct err *err);

/* What keeps a draft from being published; the faults' file is the draft's. */
bool template_draft_check(const struct organization *org, const struct template_draft *draft,
			  bool strict, template_complaint *say, void *data);

/* What a template makes of a context: the one that is stored, with some members in place of its
 * own, or one that is not stored at all. */
struct template_preview {
	const struct organization *organization;
	const char *id;
	const struct json *draft; /* members, or NULL */
	bool is_whole;            /* they are all of it, not some in place of its own */
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

/* For template_check of what is stored; as template_put does it where nothing is strict. */
struct templates *template_open_checked(bool strict);

/* How a record of the model mail.template becomes a template's file. */
struct template_import {
	const char *organization; /* or NULL: the record says, as import_template has it */
	bool force;               /* over a file that is not managed, too */
	template_complaint *say;  /* called, without data, for what is wrong with what is written */
};

/* Writes the file and says so (import_tell). */
bool template_import(const struct conf *conf, const struct record *record,
		     const struct template_import *how, struct err *err);

#endif
