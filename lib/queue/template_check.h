/*
 * template_check.h: all that is wrong with a template, found before mail does.
 *
 *     bool good = template_check(templates, org, slice_text("tpl_welcome"), say, data);
 *
 * Looked at are each text in each language: its syntax, filters and tests that are not there, other
 * templates that are not there, variables that are read and not declared, or declared and not read
 * (where any is declared: a template may do without declarations); and addresses that are fixed.
 * What is declared and not read is a warning alone.
 * Each sample must have what is required, and make a whole message in each language.
 *
 * With the option `strict` of the templates, a sample must have all that is printed. A draft
 * (templates_add_draft) is checked in place of the file.
 */
#ifndef QUEUE_TEMPLATE_CHECK_H
#define QUEUE_TEMPLATE_CHECK_H

#include "queue/templates.h"

struct template_fault {
	int code;           /* EX_DATAERR; or why the file cannot be read */
	const char *what;   /* of a file that cannot be read, with its name and line */
	const char *file;   /* or NULL */
	unsigned file_line; /* 0: not known */
	const char *where;  /* "body_html", "languages.fr.subject", "headers.X-Id", "samples.new",
			       "variables.name"; or NULL */
	unsigned line;      /* within that text; 0: not known */
	bool is_warning;    /* it is told, and does not make the template a bad one */
};

/* Called for each fault, which lives as long as the call. */
typedef void template_complaint(void *data, const struct template_fault *fault);

/* "FILE:LINE: what", as far as they are known. */
void template_fault_err(const struct template_fault *fault, struct err *err);

/* True when there is no fault, or only warnings. */
bool template_check(struct templates *templates, const struct organization *org, struct slice id,
		    template_complaint *say, void *data);

#endif
