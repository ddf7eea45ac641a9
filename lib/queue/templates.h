/*
 * templates.h: the organizations' stored templates, compiled once, and requests rendered with them.
 *
 *     struct templates *templates = templates_open(&(struct templates_options){0});
 *     templates_check(templates, org, request, &err);        // when it is accepted
 *     templates_apply(templates, org, request, &arena, &used, &err);   // when it is rendered
 *     templates_close(templates);
 *
 * A request has texts of its own and perhaps a template_id; its own go before the template's of the
 * same name. With a template_id or a context they all are template text, rendered with the context,
 * to which `org` (id, name, from_email) is added unless the caller has one. Only body_html is
 * escaped by itself.
 *
 * The locale of a request, or else of its organization, chooses the language and how the filters
 * write numbers and dates.
 *
 * A template's file is read again when it has changed, whole or not at all: where the new one is
 * wrong, the old one stays in force for what is rendered, and the error is told to those who check.
 */
#ifndef QUEUE_TEMPLATES_H
#define QUEUE_TEMPLATES_H

#include "base/sha256.h"
#include "conf/template_file.h"
#include "message/request.h"
#include "template/template.h"

struct templates;

struct templates_options {
	/* Called for each environment before it is used; template_add_locale_filters, in programs
	 * that render. NULL: nothing is added. */
	void (*prepare)(struct template_env *env);
	bool strict; /* what is undefined may not be printed */
};

struct templates *templates_open(const struct templates_options *options);
void templates_close(struct templates *templates);

static inline bool templates_wanted(const struct request *request)
{
	return request->template_id.p || request->context;
}

/*
 * What a caller can be told at once: that there is no such template (65), that a variable it
 * declares as required is not in the context or one is of another type (65, and which).
 */
bool templates_check(struct templates *templates, const struct organization *org,
		     const struct request *request, struct err *err);

/* Adds the files that the template sends along, when the message is accepted: they become its
 * `parts`. */
bool templates_attach(struct templates *templates, const struct organization *org,
		      struct request *request, struct arena *arena, struct err *err);

/* Which template was used: for the message's history; and where it failed. */
struct templates_used {
	char sha256[SHA256_HEX_SIZE]; /* of the template's file; "" without a template_id */
	const char *field;            /* that could not be rendered, "body_html"; or NULL */
	unsigned line, column;        /* in it, or in what it brings in; 0: not known */
};

/*
 * Replaces the request's texts, sender, reply_to and headers by what they render to, in the arena.
 * EX_DATAERR with template, line and column.
 */
bool templates_apply(struct templates *templates, const struct organization *org,
		     struct request *request, struct arena *arena, struct templates_used *used,
		     struct err *err);

/* Where the organization's HTML bodies, or its other texts, are compiled. */
struct template_env *templates_env(struct templates *templates, const struct organization *org,
				   bool html);

/*
 * A template that is in no file, or not yet: from now on it goes before the file of that id, here
 * alone. False and err (as template_file_parse) when it is none.
 */
bool templates_add_draft(struct templates *templates, const struct organization *org,
			 struct slice id, struct slice text, struct err *err);
const struct template_file *templates_draft(struct templates *templates,
					    const struct organization *org, struct slice id);

/* The same template as it is now, for those who list, check and preview; the templates own it. */
const struct template_file *templates_file(struct templates *templates,
					   const struct organization *org, struct slice id,
					   struct err *err);

#endif
