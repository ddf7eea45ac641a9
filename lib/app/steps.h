/*
 * steps.h: a message's story as a timeline: a step for each entry of its file that tells something,
 * then what explain says will happen. Private to lib/app.
 */
#ifndef APP_STEPS_H
#define APP_STEPS_H

#include "app/page.h"
#include "policy/explain.h"
#include "queue/look.h"

#define STEPS_RECIPIENTS 20 /* of an attempt, whose verdicts are listed */

/* Puts an array of steps, as message.html tells them. */
void steps_put(struct page *page, const char *key, const struct look *look,
	       const struct explanation *explanation);

#endif
