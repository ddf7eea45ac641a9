/*
 * templates.h: handlers for stored templates: looking at them, trying and changing them.
 *
 * Only those whose file is marked as managed are changed. A template that `mailq-template check`
 * finds fault with is refused (422), with each fault in `errors`: where, line, message.
 */
#ifndef APP_TEMPLATES_H
#define APP_TEMPLATES_H

#include "http/request.h"
#include "queue/templates.h"

void templates_list(struct http_request *request);   /* GET /templates */
void templates_show(struct http_request *request);   /* GET /templates/{id} */
void templates_create(struct http_request *request); /* POST /templates */
void templates_change(struct http_request *request); /* PUT /templates/{id} */
void templates_delete(struct http_request *request); /* DELETE /templates/{id} */

/*
 * Drafts: saved right or wrong, under the revision of the draft; published as PUT of the template
 * would have it, if what is published is still what the draft was made from, or with `?force=true`.
 */
void templates_list_drafts(struct http_request *request);   /* GET /template-drafts */
void templates_show_draft(struct http_request *request);    /* GET /templates/{id}/draft */
void templates_save_draft(struct http_request *request);    /* PUT /templates/{id}/draft */
void templates_discard_draft(struct http_request *request); /* DELETE /templates/{id}/draft */
void templates_publish(struct http_request *request);       /* POST /templates/{id}/publish */

/*
 * POST /templates/{id}/preview: what it makes of `context`, or of the one of its samples that
 * `sample` names, for `locale`; `template` has members that go in place of its own, or all of them
 * where there is no such template yet. `strict`: what is undefined may not be printed.
 */
void templates_preview(struct http_request *request);

/* Why something could not be rendered, and where: 422 with `errors`. */
void templates_refuse(struct http_request *request, const struct err *err,
		      const struct templates_used *used);

#endif
