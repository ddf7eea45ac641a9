/*
 * page_failed.h: what failed, in groups, the largest first. Private to lib/app.
 *
 * The newest FAILED_EXAMINED messages are looked at, and their FAILED_GROUPS largest groups shown;
 * the page says so where there are more.
 */
#ifndef APP_PAGE_FAILED_H
#define APP_PAGE_FAILED_H

#include "http/request.h"

#define FAILED_EXAMINED 5000
#define FAILED_GROUPS 30

void failed_show(struct http_request *request); /* GET /email/{}/failed?by=&since=&ask= */

#endif
