/*
 * server.h: an HTTP/1.1 server in the caller's loop: libmicrohttpd, without threads.
 *
 *     struct http_service service = {.routes = routes, .n_routes = n, .admit = admit, ...};
 *     struct http_server *server = http_server_open(&service, loop);
 *     http_server_listen(server, fd, NULL, &err);    // of base/listen.h; the server's from now on
 *     while (...)
 *             loop_step(loop, http_server_wait_ms(server, 5000), &err) && http_server_turn(server);
 *     http_server_quiesce(server);                   // no new callers
 *     ... until http_server_is_idle(server)
 *     http_server_close(server);
 *
 * Handlers run one after another in http_server_turn. Before a body is read, the route is found,
 * the caller is admitted, parameters and length are looked at: who may not come in need not send. A
 * body without a length ends the connection where it grows too large. Requests that are open
 * together hold at most HTTP_BODIES_MOST bodies of the largest size; more are told to come again
 * (503). Routes for anybody take small bodies only.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/loop.h"
#include "http/route.h"

#define HTTP_CONNECTIONS_MOST 256
#define HTTP_BODIES_MOST 4
#define HTTP_IDLE_S 60
#define HTTP_HEADER_MS 60000 /* from the connection, or the last answer, to the end of a header */
#define HTTP_CROWDED_MS 5000 /* the same while three quarters of the connections are taken */
#define HTTP_STRANGER_BODY_MOST 65536 /* where nobody was admitted */

struct http_service {
	const struct http_route *routes;
	size_t n_routes;
	/* What answers where no route fits; or NULL: 404 or 405. */
	void (*otherwise)(struct http_request *request);
	size_t body_most;   /* bytes; may be changed between turns */
	const char *prefix; /* "/mail": taken off a path that begins with it; or NULL */

	/* Whether the request's caller may do what the role allows; sets request->caller, which is
	 * the request's arena's. False: it has answered. */
	bool (*admit)(struct http_request *request, int role);

	/* Whether he may still, or NULL: asked before each event of a stream, and every second. */
	bool (*stays)(struct http_request *request);

	/* At the end of each turn, or NULL: what its handlers have left to be done together. */
	void (*turned)(void *context);
	void *context;
};

struct http_server;

/* The service has to outlive the server. */
struct http_server *http_server_open(const struct http_service *service, struct loop *loop);

/* What still waits is forgotten and answered with 503; streams end. */
void http_server_close(struct http_server *server);

/*
 * The descriptor is closed where this fails, too. tls: NULL for none; its texts are needed no
 * longer afterwards.
 */
struct http_tls {
	const char *certificates, *key; /* PEM */
};
bool http_server_listen(struct http_server *server, int fd, const struct http_tls *tls,
			struct err *err);

/* How long the loop may wait, at most most_ms. */
int64_t http_server_wait_ms(const struct http_server *server, int64_t most_ms);

/* Reads, calls handlers and writes as far as it goes. */
bool http_server_turn(struct http_server *server, struct err *err);

/* No new callers; streams end, so that their browsers go elsewhere; the rest goes on. */
void http_server_quiesce(struct http_server *server);
bool http_server_is_idle(const struct http_server *server); /* no request is under way */

#endif
