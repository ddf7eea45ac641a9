/*
 * attach.h: a request's attachments as the `parts` entry of its file.
 *
 * The entry's header tells its length and CRC, so the attachments are gone through twice, in
 * pieces: once to sum them up, once to write them. No more than a piece is held besides the request
 * itself.
 */
#ifndef QUEUE_ATTACH_H
#define QUEUE_ATTACH_H

#include "message/request.h"
#include "spool/accept.h"

/* Writes nothing when there are none. EX_DATAERR when base64 is not what it said it is. *bytes: the
 * entry's body. */
bool attach_write(const struct request *request, const char *id, int64_t now_ms,
		  struct accept_file *file, uint64_t *bytes, struct err *err);

/* Length and CRC of the entry that would be written for a message of that id. */
bool attach_sum(const struct request *request, const char *id, struct entry_sum *sum,
		struct err *err);

#endif
