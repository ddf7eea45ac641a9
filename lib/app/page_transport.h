/*
 * page_transport.h: one connector: its form, its health, a test of it with what was said. Private
 * to lib/app.
 */
#ifndef APP_PAGE_TRANSPORT_H
#define APP_PAGE_TRANSPORT_H

#include "app/page.h"

/* GET /email/{organization}/transports/{id}?kind= and /email/{organization}/new-transport?kind= */
void transport_show(struct http_request *request);
void transport_new_show(struct http_request *request);

/*
 * POST of the same, page_changes: `do` says what. `save` writes it, `test` tries the form as it is
 * with a message to `to`, `default` makes it the default, `delete` asks, and with `sure` does.
 */
void transport_change(struct http_request *request);
void transport_new(struct http_request *request);

#endif
