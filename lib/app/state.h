/*
 * state.h: handlers for the queue as a whole: its counts, whether it is well, waking its stages.
 */
#ifndef APP_STATE_H
#define APP_STATE_H

#include "http/request.h"

void state_process_queue(struct http_request *request); /* POST /process-queue */
void state_stats(struct http_request *request);         /* GET /stats */
void state_health(struct http_request *request);        /* GET /healthz */

#endif
