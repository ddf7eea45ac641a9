/*
 * page_queue.h: the app's home page: how things are, counts, the list of messages. Private to
 * lib/app.
 */
#ifndef APP_PAGE_QUEUE_H
#define APP_PAGE_QUEUE_H

#include "http/request.h"

#define QUEUE_PAGE 50 /* messages */

void queue_show(struct http_request *request); /* GET /email/{}/queue */
void queue_run(struct http_request *request);  /* POST /email/{}/run: wakes all stages */

#endif
