/*
 * page_purge.h: old messages, or what was in them, are removed: how many they are is counted before
 * it is asked, and from ACT_TYPED on the number is typed. Private to lib/app.
 */
#ifndef APP_PAGE_PURGE_H
#define APP_PAGE_PURGE_H

#include "http/request.h"

void purge_show(struct http_request *request); /* GET /email/{}/purge */
void purge_ask(struct http_request *request);  /* POST of the same: a page_change */

#endif
