/*
 * events.h: GET /events: who follows what becomes of messages, as it happens (server-sent events).
 *
 * An event is one change that the index has kept:
 *
 *     id: 1764000000000123
 *     event: change
 *     data: {"id":"01jddx...","organization_id":"acme","status":"queued","state":"deferred"}
 *
 * status is what users are told, or "deleted"; state tells deferred and held apart within queued.
 * First comes an id alone, of the place where it begins. A follower that comes back with
 * Last-Event-ID (or ?last_event_id=) gets what it has missed, as far as the index has kept it;
 * where it has not, the event `reset` comes first: look at everything once. A token for one
 * organization hears of that one, as does ?organization=.
 *
 * Writers ring a bell; the index is looked at once for a ring, however many follow, and at most
 * every EVENTS_LOOK_MS. While nobody follows, nobody hears the bell, and nothing is looked at.
 */
#ifndef APP_EVENTS_H
#define APP_EVENTS_H

#include "http/request.h"

#define EVENTS_LOOK_MS 50
#define EVENTS_OF_ONE_MOST 32 /* streams of one token, so that others have some too */

struct app;
struct events;

struct events *events_open(struct app *app);
void events_close(struct events *events); /* after the streams; NULL does nothing */

void events_follow(struct http_request *request);

#endif
