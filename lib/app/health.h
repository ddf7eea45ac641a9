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

/* Puts {"text", "link", "link_text"}, worst first. */
void health_put(struct page *page, const char *key, const struct look_counts *counts);

#endif
