/*
 * draft_private.h: what the files of draft.h share: the fields of a form, and how a problem is
 * noted. Private to them.
 */
#ifndef APP_DRAFT_PRIVATE_H
#define APP_DRAFT_PRIVATE_H

#include "app/draft.h"

/* The texts that each language may have. */
#define DRAFT_FIELDS 5
extern const struct draft_field {
	const char *name, *word;
} draft_fields[DRAFT_FIELDS];

/* What an attachment is called, to whom. */
#define DRAFT_ATTACHMENT_TEXTS 3
extern const char *const draft_attachment_texts[DRAFT_ATTACHMENT_TEXTS];

/* Of the form's attachment i: "filename", "remove"; p == NULL: it was not sent. */
struct slice draft_attachment(struct draft *draft, struct http_request *request, size_t i,
			      const char *what);

/*
 * What a form says in place of what is stored, as an object: `over`, in which null takes away. What
 * is no YAML, or no header, is noted as a problem, and stands as it was typed in `unread` alone.
 * Without a form it does so for what was saved as it was typed.
 */
void draft_read_form(struct draft *draft, struct http_request *request, const struct json **over,
		     const struct json **unread);

struct draft_problem *draft_add_problem(struct draft *draft, const char *field, const char *where,
					const char *text);

/* In the draft's arena. */
const char *draft_text(const struct draft *draft, struct slice text);

#endif
