/*
 * health.h: the sentence under a title, from facts: counts and what mailq-status --check would say.
 * Private to lib/app.
 */
#ifndef APP_HEALTH_H
#define APP_HEALTH_H

#include "app/page.h"
#include "queue/look.h"

/* The counts of the page's organization, or of all together. */
bool health_counts(struct page *page, struct look_counts *sum, struct err *err);

/* Puts the sentence, worst first, as an array of its pieces: {"text"}, or {"text", "link"} where a
 * number leads to the list that it counts, or a name to its page. */
void health_put(struct page *page, const char *key, const struct look_counts *counts);

#endif
