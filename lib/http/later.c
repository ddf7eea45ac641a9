#include <microhttpd.h>

#include "http/internal.h"

void http_request_wait(struct http_request *request, void (*forget)(struct http_request *request))
{
	struct exchange *exchange = exchange_of(request);
	struct http_server *server = exchange->server;

	exchange->forget = forget;
	if (exchange->waits)
		return;
	MHD_suspend_connection(request->connection);
	exchange->waits = true;
	exchange->next = server->waiting;
	exchange->back = &server->waiting;
	if (exchange->next)
		exchange->next->back = &exchange->next;
	server->waiting = exchange;
}

void exchange_resume(struct exchange *exchange)
{
	exchange->server->resumed = true;
	MHD_resume_connection(exchange->request.connection);
}

void http_request_done(struct http_request *request)
{
	struct exchange *exchange = exchange_of(request);

	*exchange->back = exchange->next;
	if (exchange->next)
		exchange->next->back = exchange->back;
	exchange->waits = false;
	exchange_resume(exchange);
}

void http_request_drop_body(struct http_request *request)
{
	struct exchange *exchange = exchange_of(request);

	exchange->server->held -= exchange->body.n;
	buf_free(&exchange->body);
	request->body = (struct slice){0};
}

void exchange_give_up(struct http_server *server)
{
	while (server->waiting) {
		struct http_request *request = &server->waiting->request;
		if (server->waiting->forget)
			server->waiting->forget(request);
		http_problem(request, 503, "the server stops");
		http_request_done(request);
	}
}
