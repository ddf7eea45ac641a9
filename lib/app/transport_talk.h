/*
 * transport_talk.h: what was said in a connector's test, for its page: whole, or line by line as it
 * is said. Private to lib/app.
 *
 * As it is said, the answer is a stream of HTML pieces: an element with an id takes the place of
 * its namesake on the page, a line of the dialogue goes behind the last.
 */
#ifndef APP_TRANSPORT_TALK_H
#define APP_TRANSPORT_TALK_H

#include "app/page.h"
#include "app/trial.h"

/* What transport.html shows of it, as `test`. */
void transport_talk_put(struct page *page, const struct trial_talk *talk);

/* As trial_ways.tell, by talk.html. */
void transport_talk_tell(struct http_request *request, const struct trial_talk *talk,
			 struct buf *data);

#endif
