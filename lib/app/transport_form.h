/*
 * transport_form.h: a connector as its form has it: made from what its kind says of itself. Private
 * to lib/app.
 *
 * Fields of config are called config.KEY. A secret is never put into a form: one that is sent empty
 * stays what it is, and remove.KEY takes it away. What is set on this machine alone (a path, a
 * command) is shown, and stays.
 */
#ifndef APP_TRANSPORT_FORM_H
#define APP_TRANSPORT_FORM_H

#include "app/page.h"
#include "conf/managed.h"

struct transport_form {
	const struct organization *organization;
	const struct connector *stored; /* NULL: a new one */
	const char *id;                 /* "" while nobody has typed one */
	const char *kind;               /* "" while none is chosen */
	const struct json *describe;    /* of the kind; NULL: not known */
	const struct json *values;      /* as connector_edit.h has them */
	const char *revision;
	const char *wrong_field; /* of the form; "" */
	const char *wrong;       /* what is wrong with it; NULL: nothing */
};

/* GET: as it is stored, or empty. POST: as it was typed. */
void transport_form_read(struct transport_form *form, const struct organization *org,
			 const struct connector *stored, struct http_request *request);

/* Notes an error of connector_put at the field that it names. */
void transport_form_refuse(struct transport_form *form, const struct err *err, struct arena *arena);

/* What the form, as it is, asks to be changed. */
struct managed_edit transport_form_edit(const struct transport_form *form);

void transport_form_put(struct page *page, const struct transport_form *form);

#endif
