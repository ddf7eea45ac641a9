/*
 * configured.h: what the handlers of templates and of connectors have in common: whose they are,
 * which revision is meant, and how a change is refused.
 *
 * A revision is told as ETag and as the member `revision`, and asked for by If-Match or by the same
 * member of the body: what was changed meanwhile is not overwritten (412).
 */
#ifndef APP_CONFIGURED_H
#define APP_CONFIGURED_H

#include "app/app.h"
#include "conf/managed.h"
#include "message/domain.h"

/* The one that the query's `organization` or the object's `organization_id` names, else the
 * token's, else the default. NULL: it has answered. */
const struct organization *configured_organization(struct http_request *request,
						   const struct json *object);

/* The body, an object; an empty one where it may be missing and is. NULL: it has answered. */
const struct json *configured_body(struct http_request *request, bool may_be_missing);

/* Whether the object has no members but these (NULL at the end). False: it has answered. */
bool configured_has_only(struct http_request *request, const struct json *object,
			 const char *const *names);

/*
 * What a request asks for: PUT and DELETE name the id in the path, POST in the body. False: it has
 * answered. A new template or connector is one that POST asks for, or `If-None-Match: *`.
 */
bool configured_edit(struct http_request *request, struct managed_edit *edit);

/* The revision that a request means, by If-Match or by its body. NULL: any. */
const char *configured_revision(struct http_request *request, const struct json *body);

/* Why an edit was refused. */
void configured_refuse(struct http_request *request, const struct managed_edit *edit,
		       const struct err *err);

/* One line of the log: who has done that with which template or connector; kind: the key that it
 * has there. */
void configured_log(struct http_request *request, const char *event, const char *kind,
		    const struct organization *org, const char *id);

/* The ETag, and whether the caller has that revision: then it has answered (304). */
bool configured_is_known(struct http_request *request, const char *revision);

/*
 * A listing, of all organizations that the token and the query's `organization` allow, of what the
 * query's `domain` holds for, `limit` at most; fields: what the items have, as of domain_parse:
 *
 *     struct configured_list list;
 *     if (!configured_list_open(request, "templates", FIELDS, &list))
 *             return;
 *     while ((org = configured_list_next(&list)))
 *             for each template of it:
 *                     struct json_out *out = configured_list_item(&list); // an object is open
 *                     ...
 *                     configured_list_put(&list);
 *     configured_list_close(&list);
 */
struct configured_list {
	struct http_request *request;
	const struct domain *domain;
	const struct organization *only; /* NULL: all */
	const struct organization *organization;
	size_t next;
	uint64_t room;
	struct json_out out, item;
	struct buf text; /* of the item in hand */
};
bool configured_list_open(struct http_request *request, const char *name, const char *fields,
			  struct configured_list *list);
const struct organization *configured_list_next(struct configured_list *list);
struct json_out *configured_list_item(struct configured_list *list);
void configured_list_put(struct configured_list *list);
void configured_list_close(struct configured_list *list);

#endif
