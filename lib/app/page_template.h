/*
 * page_template.h: one template: its editor, its preview, and what its form asks for. Private to
 * lib/app.
 */
#ifndef APP_PAGE_TEMPLATE_H
#define APP_PAGE_TEMPLATE_H

#include "app/draft.h"

#define TEMPLATE_FROM_MOST 100000 /* bytes of a text body that the preview shows */

/* GET /email/{organization}/templates/{id}?language=&sample=&version=published: the draft, if there
 * is one and the version does not say otherwise. */
void template_show(struct http_request *request);

/*
 * A POST of the same, a page_change (page_template_act.c): `do` says what. `preview` shows the form
 * as it is; `save` makes it the draft, right or wrong; `publish` makes it what mail is rendered
 * with, if nothing is wrong with it; `discard`, of the draft, and `delete` ask, and with `sure` do.
 * What somebody else has saved or published since is not overwritten (409, and both are shown).
 * `test` sends what it makes of the sample to `to`. A test takes the role operate, preview none,
 * all others admin.
 */
void template_change(struct http_request *request);

/* --- for both --- */

/* What the path names; on the pages of all organizations, the first that has it. False: it has
 * answered. */
bool template_page_find(struct http_request *request, struct draft_stored *stored);

/* The page; said: of why nothing was done, NULL: nothing was asked for. Its values alone. */
void template_page_render(struct draft *draft, struct http_request *request, unsigned status,
			  const char *said);
void template_page_put(struct page *page, struct draft *draft);

#endif
