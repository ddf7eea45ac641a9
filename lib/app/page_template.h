/*
 * page_template.h: one template: its editor, its preview, and what its form asks for. Private to
 * lib/app.
 */
#ifndef APP_PAGE_TEMPLATE_H
#define APP_PAGE_TEMPLATE_H

#include "app/page.h"

#define TEMPLATE_FROM_MOST 100000 /* bytes of a text body that the preview shows */

/* GET /email/{organization}/templates/{id}?language=&sample= */
void template_show(struct http_request *request);

/*
 * A POST of the same, a page_change: `do` says what. `preview` shows the form as it is, `save`
 * writes it if nothing is wrong with it and the file is of the form's `revision` (else 409, and
 * both are shown), `test` sends what it makes of the sample to `to`, `delete` asks, and with `sure`
 * does. Saving and deleting take the role admin, sending a test operate.
 */
void template_change(struct http_request *request);

#endif
