#include "http/stream.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/answer.h"
#include "http/internal.h"

#define BLOCK 4096

struct http_stream {
	struct exchange *exchange;
	const struct http_stream_events *events;
	void *context;
	struct buf waits; /* for the client */
	bool suspended;   /* nothing waits */
	bool ends, drops;
	int64_t heard_ms;                 /* when it was last given something */
	struct http_stream *next, **back; /* of the server's */
};

static void wake(struct http_stream *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	exchange_resume(stream->exchange);
}

/* --- what MHD asks for --- */

static ssize_t on_read(void *context, uint64_t at, char *to, size_t room)
{
	struct http_stream *stream = context;
	(void)at;

	if (stream->drops)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!stream->waits.n && !stream->ends && stream->events->drained)
		stream->events->drained(stream, stream->context);
	size_t n = stream->waits.n < room ? stream->waits.n : room;
	if (n) {
		memcpy(to, stream->waits.p, n);
		buf_drop(&stream->waits, n);
		return (ssize_t)n;
	}
	if (stream->ends)
		return MHD_CONTENT_READER_END_OF_STREAM;
	stream->suspended = true;
	MHD_suspend_connection(stream->exchange->request.connection);
	return 0;
}

bool stream_send(struct http_stream *stream)
{
	struct http_request *request = &stream->exchange->request;
	struct MHD_Response *response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, stream, NULL);

	if (!response)
		return false;
	request->answer.type = "text/event-stream";
	answer_add_headers(&request->answer, response);
	MHD_add_response_header(response, "X-Accel-Buffering",
				"no"); /* proxies keep nothing back */
	bool queued = MHD_queue_response(request->connection, 200, response) == MHD_YES;
	MHD_destroy_response(response);
	return queued;
}

/* --- beats --- */

/* Whether its caller may still hear; else it ends. */
static bool is_admitted(struct http_stream *stream)
{
	const struct http_service *service = stream->exchange->server->service;

	if (!service->stays || service->stays(&stream->exchange->request))
		return true;
	http_stream_end(stream);
	return false;
}

static void beat(struct http_stream *stream, int64_t now_ms)
{
	if (stream->ends || !is_admitted(stream) || stream->waits.n ||
	    now_ms - stream->heard_ms < HTTP_STREAM_BEAT_S * 1000LL)
		return;
	buf_add_text(&stream->waits, ":\n\n");
	stream->heard_ms = now_ms;
	wake(stream);
}

static void on_beat(void *context)
{
	struct http_server *server = context;
	int64_t now_ms = clock_boot_ms();

	for (struct http_stream *stream = server->streams; stream; stream = stream->next)
		beat(stream, now_ms);
	if (server->streams)
		loop_start_timer(server->loop, &server->beat, now_ms + 1000);
}

/* --- the life of a stream --- */

struct http_stream *http_stream_open(struct http_request *request,
				     const struct http_stream_events *events, void *context)
{
	struct exchange *exchange = exchange_of(request);
	struct http_server *server = exchange->server;

	if (server->n_streams == HTTP_STREAMS_MOST || server->stops) {
		http_problem(request, 503, "too many streams");
		request->answer.retry_after = HTTP_STREAM_BEAT_S;
		return NULL;
	}
	struct http_stream *stream = mem_zero(sizeof *stream);
	*stream = (struct http_stream){.exchange = exchange,
				       .events = events,
				       .context = context,
				       .heard_ms = clock_boot_ms(),
				       .next = server->streams,
				       .back = &server->streams};
	if (stream->next)
		stream->next->back = &stream->next;
	server->streams = stream;
	server->n_streams++;
	exchange->stream = stream;
	buf_add_text(&stream->waits, ":\n\n"); /* so that the header goes at once */
	server->beat.fn = on_beat;
	server->beat.context = server;
	loop_start_timer(server->loop, &server->beat, stream->heard_ms + 1000);
	return stream;
}

void stream_free(struct http_stream *stream)
{
	if (!stream)
		return;
	*stream->back = stream->next;
	if (stream->next)
		stream->next->back = stream->back;
	stream->exchange->server->n_streams--;
	if (stream->events->closed)
		stream->events->closed(stream->context);
	buf_free(&stream->waits);
	free(stream);
}

void http_stream_end(struct http_stream *stream)
{
	stream->ends = true;
	wake(stream);
}

void stream_end_all(struct http_server *server)
{
	for (struct http_stream *stream = server->streams; stream; stream = stream->next)
		http_stream_end(stream);
	loop_stop_timer(server->loop, &server->beat);
}

/* A client that takes nothing would keep its connection until it is idle for too long. */
static void drop(struct http_stream *stream)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(stream->exchange->request.connection,
					MHD_CONNECTION_INFO_CONNECTION_FD);

	stream->drops = true;
	shutdown(info->connect_fd, SHUT_RDWR);
	wake(stream);
}

/* --- events --- */

size_t http_stream_room(const struct http_stream *stream)
{
	return stream->waits.n < HTTP_STREAM_BYTES ? HTTP_STREAM_BYTES - stream->waits.n : 0;
}

static void put_field(struct buf *to, const char *name, struct slice value)
{
	buf_addf(to, "%s: ", name);
	for (size_t i = 0; i < value.n; i++)
		buf_add_char(to, (unsigned char)value.p[i] < ' ' ? '?' : value.p[i]);
	buf_add_char(to, '\n');
}

bool http_stream_put(struct http_stream *stream, const struct http_event *event)
{
	struct slice rest = event->data, line;

	if (stream->drops || stream->ends || !is_admitted(stream))
		return false;
	if (event->id)
		put_field(&stream->waits, "id", slice_text(event->id));
	if (event->name)
		put_field(&stream->waits, "event", slice_text(event->name));
	while (slice_next(&rest, '\n', &line))
		put_field(&stream->waits, "data", line);
	buf_add_char(&stream->waits, '\n');
	stream->heard_ms = clock_boot_ms();
	if (stream->waits.n > HTTP_STREAM_BYTES) {
		drop(stream);
		return false;
	}
	wake(stream);
	return true;
}
