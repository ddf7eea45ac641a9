/*
 * framing.h: whether all who read a request see the same one (RFC 9112, 6.1 and 6.3). Private to
 * lib/http.
 *
 * A proxy in front that takes another end of it for the true one would hand the rest on as somebody
 * else's request, so what can be read in two ways is refused.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "base/slice.h"

struct framing {
	unsigned lengths, encodings, hosts; /* headers of these names */
	bool chunked;  /* the last Transfer-Encoding is that and nothing else */
	bool odd_name; /* a header's name is no token (RFC 9110, 5.6.2) */
};

/* One header after another, of a framing that begins as zero. */
void framing_add(struct framing *framing, struct slice name, struct slice value);

/* What is wrong, or NULL. version: "HTTP/1.1". */
const char *framing_fault(const struct framing *framing, const char *version);

#endif
