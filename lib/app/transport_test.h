/*
 * transport_test.h: a connector's test on its page: one message with the form as it is, or signing
 * in where nobody is named, and what is said, as it is said. Private to lib/app.
 *
 * With a script the answer is a stream of HTML pieces: an element with an id takes the place of its
 * namesake on the page, a line of the dialogue goes behind the last. Without, the page with all of
 * it is the answer, at the end.
 */
#ifndef APP_TRANSPORT_TEST_H
#define APP_TRANSPORT_TEST_H

#include "app/transport_form.h"
#include "app/trial.h"

/* What transport.html and talk.html show of it. */
void transport_test_put(struct page *page, const struct trial_talk *talk);

/* Of the page's form; the act "test". */
void transport_test(struct http_request *request, struct transport_form *form);

#endif
