/*
 * http_letter.h: a message for a remote that takes no RFC 5322, but its parts as members of JSON.
 *
 *     struct http_letter letter;
 *
 *     http_begin(http, ..., &err) && http_letter_make(&letter, http, &err) && ...
 *     json_put_slice(&letter.out, "subject", letter.message.subject);
 *     for (file = letter.message.files; file; file = file->next)
 *             ... http_letter_put_file(&letter, "content", file, &err) ...
 *
 * All texts point into the mail or its arena.
 */
#ifndef SENDER_HTTP_LETTER_H
#define SENDER_HTTP_LETTER_H

#include "base/json.h"
#include "mime/decompose.h"
#include "sender/http.h"

struct http_letter {
	struct http *http;
	const struct sender_mail *mail;
	struct mime_message message;
	struct mime_recipients
		recipients;  /* whom this try is for, by where the header shows them */
	struct json_out out; /* into the request's body */
};

/* Takes the message of a request just begun apart, and says that the body is JSON. EX_DATAERR: it
 * cannot be taken apart. */
bool http_letter_make(struct http_letter *letter, struct http *http, struct err *err);

/* A member with a file's contents as base64, as far as it can be without decoding it: they are read
 * while they are sent (sender/http_body.h). EX_DATAERR: it is no base64. */
bool http_letter_put_file(struct http_letter *letter, const char *key, const struct mime_leaf *file,
			  struct err *err);

/*
 * The caller's metadata, for a remote that wants strings: an object whose members are all of type
 * JSON_STRING; what is none stands as the text of its JSON. Behind them comes the message's id, as
 * `mailq_id`, unless the caller has a member of that name, or `most` of others.
 */
const struct json *http_metadata(const struct sender_mail *mail, size_t most);

#endif
