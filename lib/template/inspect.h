/*
 * inspect.h: what a compiled template asks for, for those who check it without rendering it.
 *
 *     template_inspect(t, note, &notes);      // calls note() for each finding, in the order of t
 *
 * Other templates are not looked into: template_load gives those that it names.
 */
#ifndef TEMPLATE_INSPECT_H
#define TEMPLATE_INSPECT_H

#include "template/template.h"

enum template_finding_kind {
	TEMPLATE_READS,  /* a variable of the context; global functions are none */
	TEMPLATE_SETS,   /* a name that it assigns at its top level, where its blocks see it */
	TEMPLATE_FILTER, /* a filter that is not there, behind a condition */
	TEMPLATE_TEST,   /* likewise a test */
	TEMPLATE_NAMES,  /* another template that it extends, includes or imports, by a constant */
};

struct template_finding {
	enum template_finding_kind kind;
	struct slice name;
	unsigned line, column;
	bool optional; /* TEMPLATE_NAMES: it goes on without it */
};

typedef void template_found(void *data, const struct template_finding *finding);

void template_inspect(const struct template *t, template_found *found, void *data);

#endif
