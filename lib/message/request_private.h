/*
 * request_private.h: what the files that read a request share. Not for others.
 */
#ifndef MESSAGE_REQUEST_PRIVATE_H
#define MESSAGE_REQUEST_PRIVATE_H

#include "message/request.h"

struct request_reader {
	struct request *request;
	struct arena *arena;
	struct err *err;
	bool stored;     /* from a `request` entry, not from a caller */
	char where[160]; /* on failure: what of the field is meant, "[2].content" */
};

/* Fills err with the text and returns false; the caller on top puts the field's path before it. */
bool request_refuse(struct request_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Says what of the field is wrong; returns false. */
bool request_where(struct request_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

bool request_want(struct request_reader *r, const struct json *value, enum json_type type);

/* A string without control characters, of at most `most` bytes. */
bool request_text(struct request_reader *r, const struct json *value, size_t most,
		  struct slice *text);

/* The fields that are larger than a line. */
bool request_read_headers(struct request_reader *r, const struct json *value);
bool request_read_attachments(struct request_reader *r, const struct json *value);
bool request_read_dsn(struct request_reader *r, const struct json *value);

#endif
