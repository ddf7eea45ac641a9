/*
 * page_transports.h: the list of connectors, how each is, and how a message finds its own. Private
 * to lib/app.
 */
#ifndef APP_PAGE_TRANSPORTS_H
#define APP_PAGE_TRANSPORTS_H

#include "app/page.h"

/* GET /email/{organization}/transports */
void transports_show(struct http_request *request);

#endif
