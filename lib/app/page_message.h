/*
 * page_message.h: one message: what it says, its story, what will happen. Private to lib/app.
 *
 * Its HTML body has an address of its own, for a frame without scripts; its policy loads nothing,
 * or, when asked for, images from elsewhere. Attachments are saved, never shown.
 */
#ifndef APP_PAGE_MESSAGE_H
#define APP_PAGE_MESSAGE_H

#include "http/request.h"

#define MESSAGE_TEXT_MOST 262144 /* bytes of a text body that are shown */
#define MESSAGE_RAW_MOST 16000
#define MESSAGE_HEADERS_MOST 200
#define MESSAGE_TO_MOST 3

void message_show(struct http_request *request);       /* GET /email/{}/messages/{}?view= */
void message_html(struct http_request *request);       /* GET /email/{}/messages/{}/html */
void message_raw(struct http_request *request);        /* GET /email/{}/messages/{}/raw */
void message_attachment(struct http_request *request); /* GET .../attachments/{} */

#endif
