/*
 * template_check.h: all that is wrong with a stored template, found before mail does.
 *
 *     bool good = template_check(templates, org, slice_text("tpl_welcome"), say, data);
 *
 * Looked at are each text in each language: its syntax, filters and tests that are not there, other
 * templates that are not there, variables that are read and not declared, or declared and not read
 * (where any is declared: a template may do without declarations); and addresses that are fixed.
 * Each sample must have what is required, and make a whole message in each language.
 *
 * With the option `strict` of the templates, a sample must have all that is printed.
 */
#ifndef QUEUE_TEMPLATE_CHECK_H
#define QUEUE_TEMPLATE_CHECK_H

#include "queue/templates.h"

/* Called for each fault: "FILE:LINE: what", where the line is known. */
typedef void template_complaint(void *data, const struct err *err);

/* True when there is no fault. */
bool template_check(struct templates *templates, const struct organization *org, struct slice id,
		    template_complaint *say, void *data);

#endif
