/*
 * text.h: text that goes into a header, an envelope or a log line.
 */
#ifndef MESSAGE_TEXT_H
#define MESSAGE_TEXT_H

#include "base/slice.h"

/*
 * Where the first control character stands, or s.n: C0 but TAB, DEL, C1, U+2028 and U+2029. Bytes
 * that are no UTF-8 are not looked for (see utf8_check).
 */
size_t text_control(struct slice s);

/* A token of RFC 2045 with at most `most` bytes: printable ASCII without space and tspecials. */
bool text_is_token(struct slice s, size_t most);

/* The longest beginning of s of at most `most` bytes that splits no UTF-8 character. */
struct slice text_cut(struct slice s, size_t most);

#endif
