/*
 * page_tokens.h: the tokens that programs and people log in with: listed, made, revoked. For who
 * has one with the role admin, and no further than his own: of his organization, or of all. Private
 * to lib/app.
 *
 * A token that was made stands in the answer to its form, and nowhere else.
 */
#ifndef APP_PAGE_TOKENS_H
#define APP_PAGE_TOKENS_H

#include "http/request.h"

void token_list_show(struct http_request *request); /* GET /email/{}/tokens */

/* POST of the same, and of one of them by its id: page_changes. */
void token_make(struct http_request *request);
void token_end(struct http_request *request);

#endif
