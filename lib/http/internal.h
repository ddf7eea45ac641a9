/*
 * internal.h: the server and its requests, as the files of lib/http share them. Private to
 * lib/http.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include <microhttpd.h>

#include "http/server.h"
#include "http/stream.h"

#define HTTP_DAEMONS_MOST 8 /* one for each socket that is listened on */

struct http_door {
	struct MHD_Daemon *daemon;
	struct loop_watch watch;
};

struct http_server {
	const struct http_service *service;
	struct loop *loop;
	struct http_door doors[HTTP_DAEMONS_MOST];
	size_t n_doors;
	size_t held;   /* bytes of bodies */
	unsigned open; /* requests */
	bool stops;
	bool resumed; /* a connection was: MHD does not say so itself when it is asked how long to
			 wait */
	struct exchange *waiting; /* those that are suspended until http_request_done */
	struct http_stream *streams;
	unsigned n_streams;
	struct loop_timer beat; /* keep-alive comments */
	struct http_caller *callers;
	unsigned n_callers;
	struct loop_timer look; /* at callers who say nothing whole */
};

/* A request on its way: it comes in, is handled, may wait, is answered. */
struct exchange {
	struct http_request request; /* first: a handler's request leads here */
	struct http_server *server;
	struct buf body;
	bool handled; /* what comes next is the answer */
	bool last;    /* the connection ends with it */
	bool waits;
	void (*forget)(struct http_request *request); /* or NULL */
	struct exchange *next, **back;                /* among those that wait */
	struct http_stream *stream;                   /* its answer goes on; or NULL */
};

static inline struct exchange *exchange_of(struct http_request *request)
{
	return (struct exchange *)request;
}

/* later.c: a suspended connection goes on in the next turn. */
void exchange_resume(struct exchange *exchange);

/* later.c: lets go of all that wait, with 503. */
void exchange_give_up(struct http_server *server);

/* callers.c: of each connection, and of each request on it. */
struct http_caller;
void callers_notify(void *context, struct MHD_Connection *connection, void **state,
		    enum MHD_ConnectionNotificationCode code);
void callers_begin(struct exchange *exchange);
void callers_end(struct exchange *exchange);

/* stream.c */
bool stream_send(struct http_stream *stream);
void stream_free(struct http_stream *stream); /* its request has ended; NULL does nothing */
void stream_end_all(struct http_server *server);

#endif
