/*
 * content.h: what stands behind the `request` entry of a message just accepted: its attachments as
 * finished `parts`, or the whole message that came as `raw`.
 *
 * Written piece by piece: no more than a piece is held besides what the caller gave. The bytes are
 * a pure function of the request, the message and the id, so that they can be compared with an
 * earlier one's.
 */
#ifndef QUEUE_CONTENT_H
#define QUEUE_CONTENT_H

#include "message/request.h"
#include "mime/fit.h"
#include "spool/accept.h"

struct content {
	const struct request *request;
	struct slice raw;             /* p == NULL: none, the request has the bodies */
	const struct mime_edit *edit; /* of raw */
	const int *files;             /* of the first attachments: where the bytes are read from */
	size_t n_files;
};

/* The bytes of the entry, piece by piece; none where there is nothing. */
typedef bool content_put(void *to, struct slice piece, struct err *err);
bool content_each(const struct content *content, const char *id, content_put *put, void *to,
		  struct err *err);

/* Into a file of the spool. Writes nothing where there is nothing. EX_DATAERR when base64 is not
 * what it said it is. */
bool content_write(const struct content *content, const char *id, int64_t now_ms,
		   struct accept_file *file, struct entry_sum *sum, struct err *err);

/* Length and CRC of the entry that would be written for a message of that id. */
bool content_sum(const struct content *content, const char *id, struct entry_sum *sum,
		 struct err *err);

/* The entry's name. */
const char *content_entry(const struct content *content);

#endif
