/*
 * page_transport.h: one connector: its form, its health, a test of it with what was said. Private
 * to lib/app.
 */
#ifndef APP_PAGE_TRANSPORT_H
#define APP_PAGE_TRANSPORT_H

#include "app/transport_form.h"
#include "app/trial.h"

/* GET /email/{organization}/transports/{id}?kind= and /email/{organization}/new-transport?kind= */
void transport_show(struct http_request *request);
void transport_new_show(struct http_request *request);

/*
 * POST of the same, page_changes: `do` says what. `save` writes it, `test` tries the form as it is
 * with a message to `to`, or none, `default` makes it the default, `delete` asks, and with `sure`
 * does; `pause` (with a `reason`) and `resume` stop it and let it go on.
 */
void transport_change(struct http_request *request);
void transport_new(struct http_request *request);

/* --- for its acts: page_transport_act.c, transport_test.c --- */

/* The configuration is as its files are now. False: it is wrong, and this has answered. */
bool transport_is_fresh(struct http_request *request);

/* The organization and connector of the path; of a new one, the organization that it is for. NULL:
 * it has answered. */
const struct organization *transport_find(struct http_request *request,
					  const struct connector **connector);
const struct organization *transport_choose(struct http_request *request);

/* Answers with the page of the form; test: NULL if none was made. */
void transport_render(struct http_request *request, const struct transport_form *form,
		      unsigned status, const struct trial_talk *test);
void transport_refuse(struct http_request *request, struct transport_form *form,
		      const struct err *err);

#endif
