/*
 * data.h: a message as it arrives behind DATA (RFC 5321 4.1.1.4 and 4.5.2), as it comes.
 *
 * Only CR LF . CR LF ends a message. A CR or LF that stands alone is refused, wherever it is: what
 * one server takes for the end of a message and the next does not is how mail is smuggled
 * (CVE-2023-51764).
 *
 *     struct smtp_data data = SMTP_DATA_START;
 *     while ((read = smtp_data_read(&data, &input, &chunk)) == SMTP_DATA_CHUNK)
 *         ...chunk is a part of input, without added dots...
 */
#ifndef SMTP_DATA_H
#define SMTP_DATA_H

#include "base/slice.h"

enum smtp_data_state {
	SMTP_DATA_AT_START, /* of a line */
	SMTP_DATA_AT_DOT,   /* a dot was the first of the line: added, or of the end */
	SMTP_DATA_AT_END,   /* and a CR the second: an LF must follow */
	SMTP_DATA_IN_LINE,
	SMTP_DATA_AT_CR, /* an LF must follow */
};

struct smtp_data {
	enum smtp_data_state state;
};

#define SMTP_DATA_START            \
	{                          \
		SMTP_DATA_AT_START \
	}

enum smtp_data_read {
	SMTP_DATA_MORE,  /* all input was taken */
	SMTP_DATA_CHUNK, /* *chunk is the message's next part, never empty */
	SMTP_DATA_END,   /* the message is whole; input begins behind it */
	SMTP_DATA_BARE,  /* a CR or LF without the other: this is no message */
};

enum smtp_data_read smtp_data_read(struct smtp_data *data, struct slice *input,
				   struct slice *chunk);

/* For bytes that are counted instead of ended (BDAT, RFC 3030): the same rule for CR and LF. Only
 * the states AT_START, IN_LINE and AT_CR occur. False: one stands alone. */
bool smtp_data_check(struct smtp_data *data, struct slice bytes);

#endif
