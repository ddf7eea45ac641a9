/*
 * connectors.h: handlers for an organization's connectors: looking at them, changing and testing
 * them.
 *
 * Only those whose file is marked as managed are changed, by the rules of conf/connector_edit.h for
 * whoever edits from afar. No answer has a secret: `secrets` says which are set.
 */
#ifndef APP_CONNECTORS_H
#define APP_CONNECTORS_H

#include "http/request.h"

void connectors_list(struct http_request *request);   /* GET /connectors */
void connectors_show(struct http_request *request);   /* GET /connectors/{id} */
void connectors_create(struct http_request *request); /* POST /connectors */
void connectors_change(struct http_request *request); /* PUT /connectors/{id} */

/* DELETE /connectors/{id}: where messages are with it, only with ?force=true. */
void connectors_delete(struct http_request *request);

/*
 * POST /connectors/{id}/test: a real message to the address `to`, perhaps from `from`, or without
 * `to` only signing in; through the connector as it is, or with the members of `connector` in place
 * of its own. The answer comes when the remote has spoken, at most TRIAL_MS later.
 */
void connectors_test(struct http_request *request);

/* GET /connectors/{id}/health: how it is, and who has paused it. */
void connectors_health(struct http_request *request);

/* POST /connectors/{id}/pause, /resume: as queue/connector_pause.h does it; the body of the first
 * may be {"reason": text}. Each answers as health does. */
void connectors_pause(struct http_request *request);
void connectors_resume(struct http_request *request);

#endif
