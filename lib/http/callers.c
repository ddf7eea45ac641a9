/*
 * Who is connected, and for how long without a whole request. libmicrohttpd counts only since the
 * last byte, so that a client with a byte now and then would keep its connection for ever.
 */
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/internal.h"

#define LOOK_MS 1000
#define CROWD (HTTP_CONNECTIONS_MOST / 4 * 3)

struct http_caller {
	struct http_server *server;
	int fd;
	unsigned open;    /* requests of which the header is there */
	int64_t since_ms; /* the beginning, or the end of the last request */
	struct http_caller *next, **back;
};

static void look(struct http_caller *caller, int64_t now_ms)
{
	int64_t most_ms = caller->server->n_callers > CROWD ? HTTP_CROWDED_MS : HTTP_HEADER_MS;

	if (!caller->open && now_ms - caller->since_ms > most_ms)
		shutdown(caller->fd, SHUT_RDWR);
}

static void on_look(void *context)
{
	struct http_server *server = context;
	int64_t now_ms = clock_boot_ms();

	for (struct http_caller *caller = server->callers; caller; caller = caller->next)
		look(caller, now_ms);
	if (server->callers)
		loop_start_timer(server->loop, &server->look, now_ms + LOOK_MS);
}

static void arrives(struct http_server *server, struct MHD_Connection *connection, void **state)
{
	struct http_caller *caller = mem_zero(sizeof *caller);

	*caller = (struct http_caller){
		.server = server,
		.fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
			      ->connect_fd,
		.since_ms = clock_boot_ms(),
		.next = server->callers,
		.back = &server->callers,
	};
	if (caller->next)
		caller->next->back = &caller->next;
	else {
		server->look = (struct loop_timer){.fn = on_look, .context = server};
		loop_start_timer(server->loop, &server->look, caller->since_ms + LOOK_MS);
	}
	server->callers = caller;
	server->n_callers++;
	*state = caller;
}

static void leaves(struct http_caller *caller)
{
	struct http_server *server = caller->server;

	*caller->back = caller->next;
	if (caller->next)
		caller->next->back = caller->back;
	server->n_callers--;
	if (!server->callers)
		loop_stop_timer(server->loop, &server->look);
	free(caller);
}

void callers_notify(void *context, struct MHD_Connection *connection, void **state,
		    enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		arrives(context, connection, state);
	else if (*state)
		leaves(*state);
}

static struct http_caller *caller_of(struct exchange *exchange)
{
	return MHD_get_connection_info(exchange->request.connection,
				       MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

void callers_begin(struct exchange *exchange)
{
	caller_of(exchange)->open++;
}

void callers_end(struct exchange *exchange)
{
	struct http_caller *caller = caller_of(exchange);

	caller->open--;
	caller->since_ms = clock_boot_ms();
}
