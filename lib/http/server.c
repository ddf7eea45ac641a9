#include "http/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/answer.h"
#include "http/framing.h"
#include "http/internal.h"

/* A stream is an answer that goes on. */
static enum MHD_Result send_answer(struct exchange *exchange)
{
	bool sent = exchange->stream ? stream_send(exchange->stream)
				     : answer_send(&exchange->request,
						   exchange->last || exchange->server->stops);

	return sent ? MHD_YES : MHD_NO;
}

/* --- a request --- */

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	(void)kind;
	framing_add(context, slice_text(name), slice_text(value));
	return MHD_YES;
}

static bool is_one_request(struct exchange *exchange, const char *version)
{
	struct framing framing = {0};

	MHD_get_connection_values(exchange->request.connection, MHD_HEADER_KIND, add_header,
				  &framing);
	const char *fault = framing_fault(&framing, version);
	if (fault)
		http_problem(&exchange->request, 400, "%s", fault);
	exchange->last = fault;
	return !fault;
}

static bool parameters_are_known(struct http_request *request)
{
	const char *names = request->route->parameters;
	const char *stranger = names ? http_request_stranger(request, names) : NULL;

	if (stranger)
		http_problem(request, 422, "%s: no such parameter", stranger);
	return !stranger;
}

static size_t body_most(const struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;
	size_t most = exchange->server->service->body_most;

	return request->route->role == HTTP_ANYBODY && most > HTTP_STRANGER_BODY_MOST
		       ? HTTP_STRANGER_BODY_MOST
		       : most;
}

static bool length_is_borne(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct http_server *server = exchange->server;
	const char *text = http_request_header(request, "Content-Length");
	uint64_t length = 0;

	if (text && !slice_number(slice_text(text), INT64_MAX, &length))
		http_problem(request, 400, "Content-Length: not a number");
	else if (length > body_most(exchange))
		http_problem(request, 413, "more than %zu bytes", body_most(exchange));
	else if (length + server->held > HTTP_BODIES_MOST * server->service->body_most)
		http_problem(request, 503, "too many requests at once");
	else
		return true;
	if (request->answer.status == 503)
		request->answer.retry_after = 1;
	return false;
}

static void tell_methods(struct exchange *exchange)
{
	const struct http_service *service = exchange->server->service;
	struct buf list = {0};

	http_route_methods(service->routes, service->n_routes, exchange->request.path, &list);
	http_add_header(&exchange->request, "Allow", "%s, OPTIONS", list.p);
	buf_free(&list);
}

/* Everything that can be told from the header. False: it is answered. */
static bool begin(struct exchange *exchange, const char *version)
{
	const struct http_service *service = exchange->server->service;
	struct http_request *request = &exchange->request;
	unsigned status;

	if (!is_one_request(exchange, version))
		return false;
	request->route = http_route_find(service->routes, service->n_routes, request->method,
					 request->path, request->args, &status);
	if (request->route)
		return (request->route->role == HTTP_ANYBODY ||
			service->admit(request, request->route->role)) &&
		       parameters_are_known(request) && length_is_borne(exchange);
	if (service->otherwise)
		service->otherwise(request);
	else if (status == 405 && strcmp(request->method, "OPTIONS") == 0)
		http_content(request, 204, NULL);
	else
		http_problem(request, status, "nothing here for %s", request->method);
	if (status == 405 && !service->otherwise)
		tell_methods(exchange);
	return false;
}

/* Who is at the other end. */
static void look_at_peer(struct http_request *request)
{
	struct MHD_Connection *connection = request->connection;
	const struct sockaddr *address =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
			->client_addr;
	char text[INET6_ADDRSTRLEN] = "unix";
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t n = sizeof peer;

	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text,
			  sizeof text);
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text,
			  sizeof text);
	else
		getsockopt(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				   ->connect_fd,
			   SOL_SOCKET, SO_PEERCRED, &peer, &n);
	request->client = arena_text(&request->arena, text);
	request->uid = peer.uid;
	request->secure =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) != NULL;
}

static const char *without_prefix(const struct http_server *server, const char *path)
{
	const char *prefix = server->service->prefix;
	size_t n = prefix ? strlen(prefix) : 0;

	return n && strncmp(path, prefix, n) == 0 && path[n] == '/' ? path + n : path;
}

static struct exchange *new_exchange(struct http_server *server, struct MHD_Connection *connection,
				     const char *method, const char *path)
{
	struct exchange *exchange = mem_zero(sizeof *exchange);
	struct http_request *request = &exchange->request;

	exchange->server = server;
	request->connection = connection;
	request->context = server->service->context;
	request->method = arena_text(&request->arena, method);
	request->path = arena_text(&request->arena, without_prefix(server, path));
	look_at_peer(request);
	server->open++;
	callers_begin(exchange);
	return exchange;
}

static bool keep(struct exchange *exchange, struct slice piece)
{
	struct http_server *server = exchange->server;
	size_t most = server->service->body_most;

	if (exchange->body.n + piece.n > body_most(exchange) ||
	    server->held + piece.n > HTTP_BODIES_MOST * most)
		return false;
	buf_add_slice(&exchange->body, piece);
	server->held += piece.n;
	return true;
}

/* Called with the header, with each piece of the body, at its end, and after a wait. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
				  const char *path, const char *method, const char *version,
				  const char *upload, size_t *upload_n, void **state)
{
	struct exchange *exchange = *state;

	if (!exchange) {
		*state = exchange = new_exchange(context, connection, method, path);
		return begin(exchange, version) ? MHD_YES : send_answer(exchange);
	}
	if (*upload_n) {
		struct slice piece = slice_make(upload, *upload_n);
		*upload_n = 0;
		return keep(exchange, piece) ? MHD_YES : MHD_NO;
	}
	if (!exchange->handled) {
		exchange->handled = true;
		exchange->request.body = buf_slice(&exchange->body);
		exchange->request.route->handle(&exchange->request);
	}
	return exchange->waits ? MHD_YES : send_answer(exchange);
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
		   enum MHD_RequestTerminationCode code)
{
	struct http_server *server = context;
	struct exchange *exchange = *state;
	(void)connection, (void)code;

	if (!exchange)
		return;
	stream_free(exchange->stream);
	callers_end(exchange);
	server->held -= exchange->body.n;
	server->open--;
	buf_free(&exchange->body);
	buf_free(&exchange->request.answer.body);
	arena_free(&exchange->request.arena);
	free(exchange);
	*state = NULL;
}

/* --- the server --- */

struct http_server *http_server_open(const struct http_service *service, struct loop *loop)
{
	struct http_server *server = mem_zero(sizeof *server);

	server->service = service;
	server->loop = loop;
	return server;
}

/* The turn itself comes after the loop's: this only wakes it. */
static void on_events(void *context, int events)
{
	(void)context, (void)events;
}

static struct MHD_Daemon *start_daemon(struct http_server *server, int fd,
				       const struct http_tls *tls)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem items[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? (void *)tls->certificates : NULL},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? (void *)tls->key : NULL},
		{MHD_OPTION_END, 0, NULL},
	};

	return MHD_start_daemon(tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_request,
				server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				on_end, server, MHD_OPTION_NOTIFY_CONNECTION, callers_notify,
				server, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned)HTTP_CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned)HTTP_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
				MHD_OPTION_ARRAY, tls ? items : items + 2, MHD_OPTION_END);
}

bool http_server_listen(struct http_server *server, int fd, const struct http_tls *tls,
			struct err *err)
{
	struct http_door *door = &server->doors[server->n_doors];

	if (server->n_doors < HTTP_DAEMONS_MOST)
		door->daemon = start_daemon(server, fd, tls);
	if (!door->daemon) {
		close(fd);
		return err_set(err, tls ? EX_CONFIG : EX_OSERR, "the HTTP server does not start%s",
			       tls ? " with this certificate and key" : "");
	}
	server->n_doors++;
	door->watch = (struct loop_watch){
		.fd = MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		.fn = on_events,
	};
	return loop_watch(server->loop, &door->watch, LOOP_READ, err);
}

int64_t http_server_wait_ms(const struct http_server *server, int64_t most_ms)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	if (server->resumed)
		return 0;
	for (size_t i = 0; i < server->n_doors; i++)
		if (MHD_get_timeout(server->doors[i].daemon, &wait_ms) == MHD_YES &&
		    wait_ms < (MHD_UNSIGNED_LONG_LONG)most_ms)
			most_ms = (int64_t)wait_ms;
	return most_ms;
}

bool http_server_turn(struct http_server *server, struct err *err)
{
	server->resumed = false;
	for (size_t i = 0; i < server->n_doors; i++)
		if (MHD_run(server->doors[i].daemon) != MHD_YES)
			return err_set(err, EX_OSERR, "the HTTP server fails");
	if (server->service->turned)
		server->service->turned(server->service->context);
	return true;
}

void http_server_quiesce(struct http_server *server)
{
	server->stops = true;
	for (size_t i = 0; i < server->n_doors; i++) {
		int fd = MHD_quiesce_daemon(server->doors[i].daemon);
		if (fd >= 0)
			close(fd);
	}
	stream_end_all(server);
}

bool http_server_is_idle(const struct http_server *server)
{
	return server->open == 0;
}

void http_server_close(struct http_server *server)
{
	exchange_give_up(server);
	stream_end_all(server);
	for (size_t i = 0; i < server->n_doors; i++) {
		loop_unwatch(server->loop, &server->doors[i].watch);
		MHD_stop_daemon(server->doors[i].daemon);
	}
	assert(server->open == 0);
	free(server);
}
