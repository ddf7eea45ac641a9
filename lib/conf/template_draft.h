/*
 * template_draft.h: organizations/<organization>/templates/<id>.draft: a template as somebody has
 * it in hand, beside the one that mail is rendered with, which nothing here changes.
 *
 *     const struct template_draft *draft =
 *             template_draft_of(org, slice_text("tpl_welcome"), &arena, &err);
 *     if (!draft && err.code == EX_NOINPUT)
 *             ...                             // there is none
 *
 * The file is what the template's file would be, with one more key at its end, so that lines are
 * the same in both:
 *
 *     draft:
 *       by: user alice
 *       at: 2026-11-24T09:30:00.123Z
 *       of: 3fa8c1d2e4b5a697       # the revision that it was made from; none: nothing is published
 *
 * A draft may be wrong in any way: a text where samples, variables or headers are a map is what was
 * typed, and could not be read. One that says what is published is none: it was left there when
 * publishing was cut short.
 */
#ifndef CONF_TEMPLATE_DRAFT_H
#define CONF_TEMPLATE_DRAFT_H

#include "conf/template_file.h"

struct template_draft {
	const char *id;
	const char *file;
	const struct json *members; /* an object, its members named as the template's keys */
	const char *by;             /* "" where the file does not say */
	int64_t at_ms;              /* 0 likewise */
	const char *of;             /* or NULL */
	char revision[CONF_REVISION_SIZE];
};

/* NULL and err: EX_NOINPUT where there is none, EX_CONFIG where it cannot be read. */
const struct template_draft *template_draft_of(const struct organization *org, struct slice id,
					       struct arena *arena, struct err *err);

/* The ids of all drafts, sorted, in the arena; of some template_draft_of may say that they are
 * none. */
bool template_draft_ids(const struct organization *org, struct arena *arena, const char ***ids,
			size_t *count, struct err *err);

const char *template_draft_path(const struct organization *org, const char *id,
				struct arena *arena);

/* Its file's text; `revision` and `file` are not looked at. EX_DATAERR: it could not be read back.
 */
bool template_draft_text(const struct template_draft *draft, struct arena *arena,
			 struct slice *text, struct err *err);

/* As a JSON object: the template's members, and `draft`, {by, at, of, revision}; or the members
 * alone, or that one. */
void template_draft_write(struct json_out *out, const struct template_draft *draft);
void template_draft_write_members(struct json_out *out, const struct template_draft *draft);
void template_draft_write_origin(struct json_out *out, const char *key,
				 const struct template_draft *draft);

#endif
