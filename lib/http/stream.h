/*
 * stream.h: server-sent events (HTML, section 9.2): an answer that goes on, event after event.
 *
 *     static const struct http_stream_events events = {.drained = more, .closed = forget};
 *
 *     void follow(struct http_request *request)
 *     {
 *             const char *last = http_request_header(request, "Last-Event-ID");
 *             struct http_stream *stream = http_stream_open(request, &events, follower);
 *             if (!stream)
 *                     return; // it has answered: too many
 *             http_stream_put(stream, &(struct http_event){.id = "7", .data = json});
 *     }
 *
 * The request, its arena and its caller live as long as the stream, which ends when its caller may
 * not hear it any more (http_service.stays). All of it happens in the server's thread. A comment
 * goes to who has heard nothing for HTTP_STREAM_BEAT_S, which also finds out who has left; one that
 * takes no byte for HTTP_IDLE_S is dropped.
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http/request.h"

#define HTTP_STREAMS_MOST 64
#define HTTP_STREAM_BYTES 65536 /* that wait for one client */
#define HTTP_STREAM_BEAT_S 15

struct http_stream;

struct http_stream_events {
	/* All that was put is with the kernel, or on its way there: more may be put. Or NULL. */
	void (*drained)(struct http_stream *stream, void *context);
	/* The stream is gone, whoever ended it. Called once; or NULL. */
	void (*closed)(void *context);
};

struct http_event {
	const char *id, *name; /* NULL: none. Control characters in them become '?' */
	struct slice data;     /* lines, or one line */
};

/* The answer of a handler. NULL where there are HTTP_STREAMS_MOST already: it has answered 503. */
struct http_stream *http_stream_open(struct http_request *request,
				     const struct http_stream_events *events, void *context);

/* False: its caller may not hear it any more, or is too slow, HTTP_STREAM_BYTES wait for it, and
 * the stream ends. A browser comes back by itself, with the id of the last event that it has seen.
 */
bool http_stream_put(struct http_stream *stream, const struct http_event *event);

/* How many bytes can be put yet. */
size_t http_stream_room(const struct http_stream *stream);

/* After what was put. */
void http_stream_end(struct http_stream *stream);

#endif
