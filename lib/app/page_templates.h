/*
 * page_templates.h: the list of templates, and new ones. Private to lib/app.
 */
#ifndef APP_PAGE_TEMPLATES_H
#define APP_PAGE_TEMPLATES_H

#include "app/page.h"

#define TEMPLATES_SHOWN 50 /* on a page: each of them is checked for it */

/* GET /email/{organization}/templates?after=ORGANIZATION/ID */
void template_list_show(struct http_request *request);

/* GET of the form, /email/{organization}/new-template; POST of it is a page_change. */
void template_new_show(struct http_request *request);
void template_new(struct http_request *request);

#endif
