/*
 * page_transports.h: the list of connectors, how each is, and how a message finds its own. Private
 * to lib/app.
 */
#ifndef APP_PAGE_TRANSPORTS_H
#define APP_PAGE_TRANSPORTS_H

#include "app/page.h"

/* GET /email/{organization}/transports */
void transports_show(struct http_request *request);

/* How a connector is, in words: {"class", "word", "said", "since", ...}. Returns the class.
 * needs_you: whether it is more than waiting that helps. */
const char *transport_put_health(struct page *page, const char *key, const char *organization,
				 const struct connector *connector, bool *needs_you);

#endif
