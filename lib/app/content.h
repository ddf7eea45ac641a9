/*
 * content.h: what a message says: its bodies, headers and attachments, as far as they are shown,
 * and each at an address of its own. Private to lib/app.
 */
#ifndef APP_CONTENT_H
#define APP_CONTENT_H

#include "app/page.h"
#include "mime/decompose.h"
#include "queue/look.h"

/* What message.html shows under the tab `view`: html, text, headers, raw or attachments; another
 * word is the first of them that there is. */
void content_put_view(struct page *page, const struct look *look, struct slice view);

/* Each answers. */
void content_answer_html(struct http_request *request, const struct look *look, bool images);
void content_answer_raw(struct http_request *request, const struct look *look);
void content_answer_file(struct http_request *request, const struct look *look, size_t n);

/* The headers of an answer that others wrote: nothing of it runs, whatever a browser makes of it.
 * images: further sources of them, " https:". */
void content_keep_inside(struct http_request *request, const char *images);

#endif
