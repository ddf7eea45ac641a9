/*
 * page_act.h: acts on messages that were selected in a list, or on all that a list shows. Private
 * to lib/app.
 *
 * Few are done at once, and the next page tells what came of it; many become a job (job.h). What
 * cannot be taken back asks first; from ACT_TYPED messages on, their number is typed.
 */
#ifndef APP_PAGE_ACT_H
#define APP_PAGE_ACT_H

#include "http/request.h"

#define ACT_AT_ONCE 50
#define ACT_TYPED 100
#define ACT_EXAMINED 50000 /* messages that are looked at to find those that match */
#define ACT_MS 500         /* and for how long */

void act_selected(struct http_request *request); /* POST /email/{}/act */
void act_undo(struct http_request *request);     /* POST /email/{}/undo */

#endif
