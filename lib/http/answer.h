/*
 * answer.h: how an answer gets onto its connection. Private to lib/http.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http/request.h"

struct MHD_Response;

struct http_header {
	const char *name, *value;
	struct http_header *next;
};

void answer_add_headers(const struct http_answer *answer, struct MHD_Response *response);

/* Gives the answer to the connection; last: no request may follow there. */
bool answer_send(struct http_request *request, bool last);

#endif
