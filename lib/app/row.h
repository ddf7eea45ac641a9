/*
 * row.h: one message of a list, as rows.html writes it. Private to lib/app.
 */
#ifndef APP_ROW_H
#define APP_ROW_H

#include "app/page.h"
#include "queue/look.h"

/* False: the message is gone meanwhile, and nothing was put. */
bool row_put(struct page *page, const char *key, const struct look_row *row);

/* Whether a text is in a remote's own words: a reply with its code. */
bool row_is_reply(struct slice text);

/* Whether its last attempt ended without an answer, whatever followed. */
bool row_is_uncertain(const struct story *story);

#endif
