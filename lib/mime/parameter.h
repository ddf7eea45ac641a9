/*
 * parameter.h: what stands in a Content-Type or Content-Disposition (RFC 2045, 5; 2183; 2231).
 *
 *     multipart/mixed; boundary="b"
 *     attachment; filename*0*=utf-8''Rechn; filename*1*=ung.pdf
 */
#ifndef MIME_PARAMETER_H
#define MIME_PARAMETER_H

#include "base/buf.h"

/* The value in front of the parameters, trimmed: "multipart/mixed". */
struct slice mime_parameter_main(struct slice value);

/*
 * Appends a parameter's text: continued pieces joined, %XX and encoded words decoded, valid UTF-8
 * without control characters. The value may be folded. False when there is none of that name.
 */
bool mime_parameter(struct slice value, const char *name, struct buf *out);

#endif
