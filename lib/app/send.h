/*
 * send.h: requests that wait for the verdict on a message. Private to lib/app.
 *
 * The message's file is watched (queue/verdict.h), so that nothing is polled and nobody is held up.
 */
#ifndef APP_SEND_H
#define APP_SEND_H

#include "app/app.h"

#define SEND_WAIT_S 30 /* the most; less with ?wait= */

struct sends;

struct sends *sends_open(struct app *app, struct err *err);
void sends_close(struct sends *sends); /* after the server; NULL does nothing */

/* Nobody waits any longer: they are answered with 202. */
void sends_stop(struct sends *sends);

/* False: ?wait= is not understood, and it has answered. */
bool send_read_wait(struct http_request *request);

/*
 * Answers the request, which waits already: with the message as it is read back once it is sent,
 * failed, deferred, held or cancelled; with 202, its id and status when the time is up, or when it
 * is scheduled for later than that.
 */
void send_wait(struct http_request *request, const char *id, int64_t scheduled_ms);

#endif
