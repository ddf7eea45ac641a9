#include "http/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/listen.h"
#include "http/stream.h"

#include "files.h"

static struct loop *loop;
static struct http_server *server;
static struct err err;
static uint16_t port;
static struct buf got; /* all that the server has sent */

/* --- the service --- */

static void echo(struct http_request *request)
{
	struct slice name = http_request_form(request, "name");
	struct json_out out = http_json(request, 200);

	json_open(&out, NULL, '{');
	json_put_text(&out, "query", http_request_query(request, "q"));
	json_put_text(&out, "cookie", http_request_cookie(request, "session"));
	json_put_text(&out, "stranger", http_request_stranger(request, "p q"));
	json_put_slice(&out, "form", name);
	json_put_text(&out, "client", request->client);
	json_close(&out, '}');
}

static void move(struct http_request *request)
{
	http_redirect(request, 303, "/there");
	http_add_header(request, "Set-Cookie", "session=%s; HttpOnly", "a\r\nb");
	http_add_header(request, "Set-Cookie", "theme=dark");
}

/* --- answers that come later --- */

static struct http_request *waiting;
static bool forgotten;

static void forget(struct http_request *request)
{
	ck_assert_ptr_eq(request, waiting);
	forgotten = true;
}

static void answer_later(struct http_request *request)
{
	waiting = request;
	http_request_wait(request, forget);
}

/* --- streams --- */

static struct http_stream *stream;
static unsigned closed, more; /* more: events that there are yet */

static void on_closed(void *context)
{
	ck_assert_ptr_eq(context, &closed);
	closed++;
}

static void on_drained(struct http_stream *drained, void *context)
{
	(void)context;
	if (more) {
		more--;
		http_stream_put(drained, &(struct http_event){.data = SLICE("more")});
	}
}

static void follow(struct http_request *request)
{
	static const struct http_stream_events events = {.drained = on_drained,
							 .closed = on_closed};
	const char *last = http_request_header(request, "Last-Event-ID");

	stream = http_stream_open(request, &events, &closed);
	if (last)
		http_stream_put(stream, &(struct http_event){.id = "8\n9",
							     .name = "change",
							     .data = slice_text(last)});
}

static void keep(struct http_request *request)
{
	(void)request;
}

static void show_style(struct http_request *request)
{
	static const struct http_file style = {"text/css; charset=utf-8",
					       SLICE("p { color: red }\n"), "\"v1\""};

	http_file(request, &style);
}

static const struct http_route routes[] = {
	{"GET", "/echo", HTTP_ANYBODY, echo},
	{"POST", "/echo", HTTP_ANYBODY, echo},
	{"POST", "/move", HTTP_ANYBODY, move, ""},
	{"PUT", "/thing", HTTP_ANYBODY, keep, "one other"},
	{"GET", "/wait", HTTP_ANYBODY, answer_later},
	{"GET", "/follow", HTTP_ANYBODY, follow},
	{"GET", "/style.css", HTTP_ANYBODY, show_style},
};

static const struct http_service service = {
	.routes = routes,
	.n_routes = sizeof routes / sizeof *routes,
	.body_most = 1000,
	.prefix = "/mail",
};

static void enter(void)
{
	struct sockaddr_in address = {0};
	socklen_t n = sizeof address;
	bool loopback;

	err = (struct err){0};
	loop = loop_open(&err);
	server = http_server_open(&service, loop);
	int fd = listen_tcp("127.0.0.1:0", &loopback, &err);
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	port = ntohs(address.sin_port);
	ck_assert(http_server_listen(server, fd, NULL, &err));
}

static void leave(void)
{
	http_server_close(server);
	loop_close(loop);
	buf_free(&got);
}

/* --- a client --- */

static int call(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void turn(void)
{
	ck_assert(loop_step(loop, http_server_wait_ms(server, 10), &err));
	ck_assert_msg(http_server_turn(server, &err), "%s", err.text);
}

/* Everything up to the end of the connection, or up to the text. */
static void hear(int fd, const char *until)
{
	ssize_t n = -1;

	buf_clear(&got);
	buf_add_text(&got, "");
	while (n != 0 && !(until && strstr(got.p, until))) {
		turn();
		n = recv(fd, buf_reserve(&got, 4096), 4096, MSG_DONTWAIT);
		if (n > 0)
			got.n += (size_t)n;
		else if (n < 0)
			ck_assert_int_eq(errno, EAGAIN);
		got.p[got.n] = '\0';
	}
}

static void ask(const char *line, const char *headers, const char *body)
{
	struct buf text = {0};
	int fd = call();

	buf_addf(&text, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", line, headers);
	if (*body)
		buf_addf(&text, "Content-Length: %zu\r\n", strlen(body));
	buf_addf(&text, "\r\n%s", body);
	say(fd, text.p);
	hear(fd, NULL);
	close(fd);
	buf_free(&text);
}

static void has(const char *text)
{
	ck_assert_msg(strstr(got.p, text) != NULL, "no '%s' in:\n%s", text, got.p);
}

static void has_not(const char *text)
{
	ck_assert_msg(strstr(got.p, text) == NULL, "'%s' in:\n%s", text, got.p);
}

/* --- promises --- */

START_TEST(a_request_is_read_in_all_its_parts)
{
	ask("POST /echo?q=a%20b&r=1",
	    "Cookie: theme=dark; session=abc\r\n"
	    "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n",
	    "other=1&name=J%c3%b6rg+%26+%zz&name=2");
	has("\"query\":\"a b\"");
	has("\"stranger\":\"r\"");
	has("\"cookie\":\"abc\"");
	has("\"form\":\"J\xc3\xb6rg & %zz\"");
	has("\"client\":\"127.0.0.1\"");
	ask("POST /echo", "Content-Type: text/plain\r\n", "name=x");
	has("\"form\":\"\"");
}
END_TEST

START_TEST(a_value_never_makes_a_second_header)
{
	ask("POST /move", "", "x");
	has("HTTP/1.1 303 ");
	has("\r\nLocation: /there\r\n");
	has("\r\nSet-Cookie: session=a??b; HttpOnly\r\n");
	has("\r\nSet-Cookie: theme=dark\r\n");
	has("\r\nCache-Control: no-store\r\n");
}
END_TEST

START_TEST(a_file_is_sent_once_to_who_keeps_it)
{
	ask("GET /style.css", "", "");
	has("\r\nContent-Type: text/css; charset=utf-8\r\n");
	has("\r\nETag: \"v1\"\r\n");
	has("\r\nCache-Control: no-cache\r\n");
	has("\r\n\r\np { color: red }\n");
	ask("GET /style.css", "If-None-Match: \"v0\", W/\"v1\"\r\n", "");
	has("HTTP/1.1 304 ");
	has_not("color");
	ask("GET /style.css", "If-None-Match: \"v0\"\r\n", "");
	has("color");
}
END_TEST

START_TEST(head_is_get_without_the_body)
{
	ask("HEAD /style.css", "", "");
	has("HTTP/1.1 200 ");
	has("\r\nContent-Length: 17\r\n");
	has_not("color");
}
END_TEST

START_TEST(a_route_takes_its_parameters_and_no_others)
{
	ask("PUT /thing?other=&one=1", "", "x");
	has("HTTP/1.1 204 ");
	ask("PUT /thing?one=1&on=2", "", "x");
	has("HTTP/1.1 422 ");
	has("\"detail\":\"on: no such parameter\"");
	ask("POST /move?x", "", "");
	has("\"detail\":\"x: no such parameter\"");
	ask("POST /echo?x=1", "", "");
	has("HTTP/1.1 200 ");
}
END_TEST

START_TEST(a_prefix_may_stand_before_each_path)
{
	ask("GET /mail/style.css", "", "");
	has("HTTP/1.1 200 ");
	ask("GET /mails/style.css", "", "");
	has("HTTP/1.1 404 ");
	ask("GET /mail", "", "");
	has("HTTP/1.1 404 ");
}
END_TEST

START_TEST(a_wrong_method_is_told_the_right_ones)
{
	ask("DELETE /echo", "", "");
	has("HTTP/1.1 405 ");
	has("\r\nAllow: GET, HEAD, POST, OPTIONS\r\n");
}
END_TEST

START_TEST(an_answer_that_comes_later_holds_nobody_up)
{
	int fd = call();

	say(fd, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
	while (!waiting)
		turn();
	ask("GET /echo", "", "");
	has("HTTP/1.1 200 ");
	ck_assert(!http_server_is_idle(server));
	http_problem(waiting, 409, "late");
	http_request_done(waiting);
	hear(fd, "late");
	has("HTTP/1.1 409 ");
	say(fd, "GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(fd, "color");
	close(fd);
}
END_TEST

START_TEST(what_still_waits_when_the_server_closes_is_forgotten)
{
	int fd = call();

	say(fd, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
	while (!waiting)
		turn();
	leave();
	ck_assert(forgotten);
	enter();
	close(fd);
}
END_TEST

static int follower(const char *headers)
{
	struct buf text = {0};
	int fd = call();

	buf_addf(&text, "GET /follow HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
	say(fd, text.p);
	buf_free(&text);
	return fd;
}

START_TEST(events_come_one_by_one_as_they_are_put)
{
	int fd = follower("Last-Event-ID: 7\r\n");

	hear(fd, "data: 7\n\n");
	has("\r\nContent-Type: text/event-stream\r\n");
	has(":\n\nid: 8?9\nevent: change\ndata: 7\n\n");
	for (int i = 0; i < 10; i++)
		turn();
	ck_assert_int_eq(recv(fd, (char[1]){0}, 1, MSG_DONTWAIT), -1);
	ck_assert(http_stream_put(stream, &(struct http_event){.data = SLICE("a\nb")}));
	hear(fd, "data: a\ndata: b\n\n");
	http_stream_end(stream);
	hear(fd, "0\r\n\r\n");
	ck_assert_uint_eq(closed, 1);
	close(fd);
}
END_TEST

START_TEST(a_stream_asks_for_more_when_it_is_drained)
{
	int fd;

	more = 3;
	fd = follower("");
	while (more)
		hear(fd, "data: more\n\n");
	close(fd);
}
END_TEST

START_TEST(a_client_that_takes_nothing_is_dropped)
{
	struct buf large = {0};
	int fd = follower("");

	hear(fd, ":\n\n");
	for (int i = 0; i < 30000; i++)
		buf_add_char(&large, 'x');
	for (int i = 0; i < 1000 && !closed; i++) {
		if (http_stream_put(stream, &(struct http_event){.data = buf_slice(&large)}))
			turn();
		else
			while (!closed)
				turn();
	}
	ck_assert_uint_eq(closed, 1);
	ck_assert(http_server_is_idle(server));
	buf_free(&large);
	close(fd);
}
END_TEST

START_TEST(there_are_only_so_many_streams)
{
	int fds[HTTP_STREAMS_MOST];

	for (int i = 0; i < HTTP_STREAMS_MOST; i++) {
		fds[i] = follower("");
		hear(fds[i], ":\n\n");
	}
	ask("GET /follow", "", "");
	has("HTTP/1.1 503 ");
	has("\r\nRetry-After: ");
	http_server_quiesce(server);
	while (!http_server_is_idle(server))
		turn();
	ck_assert_uint_eq(closed, HTTP_STREAMS_MOST);
	for (int i = 0; i < HTTP_STREAMS_MOST; i++)
		close(fds[i]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("http/server");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_request_is_read_in_all_its_parts);
	tcase_add_test(tc, a_value_never_makes_a_second_header);
	tcase_add_test(tc, a_file_is_sent_once_to_who_keeps_it);
	tcase_add_test(tc, head_is_get_without_the_body);
	tcase_add_test(tc, a_route_takes_its_parameters_and_no_others);
	tcase_add_test(tc, a_prefix_may_stand_before_each_path);
	tcase_add_test(tc, a_wrong_method_is_told_the_right_ones);
	tcase_add_test(tc, an_answer_that_comes_later_holds_nobody_up);
	tcase_add_test(tc, what_still_waits_when_the_server_closes_is_forgotten);
	tcase_add_test(tc, events_come_one_by_one_as_they_are_put);
	tcase_add_test(tc, a_stream_asks_for_more_when_it_is_drained);
	tcase_add_test(tc, a_client_that_takes_nothing_is_dropped);
	tcase_add_test(tc, there_are_only_so_many_streams);
	suite_add_tcase(s, tc);
	return s;
}
