/*
 * transport_test.h: a connector's test on its page: one message with the form as it is, or signing
 * in where nobody is named. With a script it is told as it happens (transport_talk.h); without, the
 * page with all of it is the answer, at the end. Private to lib/app.
 */
#ifndef APP_TRANSPORT_TEST_H
#define APP_TRANSPORT_TEST_H

#include "app/transport_form.h"

/* Of the page's form; the act "test". */
void transport_test(struct http_request *request, struct transport_form *form);

#endif
