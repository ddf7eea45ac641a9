/*
 * cursor.h: where a page of messages ended and the next begins: "1764000000000.01jddx...", a time
 * and an id, as index_query has them. Pure. Private to lib/app.
 */
#ifndef APP_CURSOR_H
#define APP_CURSOR_H

#include "index/index.h"

/* False: it is none. */
bool cursor_read(struct slice text, struct index_record *after);

const char *cursor_text(const struct index_record *after, struct arena *arena);

/*
 * The place in the order of ids where a caller goes on who may not know whose message the last
 * place that was looked at has: another one of the same millisecond, from which nothing of his own
 * is skipped or shown again. last: the last of his own that was looked at, or "".
 */
void cursor_hide(struct index_record *after, const char *last, bool oldest_first);

#endif
