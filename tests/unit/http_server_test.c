#include "http/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/listen.h"
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
	json_put_text(&out, "stranger",
		      http_request_stranger(request, (const char *const[]){"q", NULL}));
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

static void change(struct http_request *request)
{
	if (!http_request_may_change(request, "\"v2\""))
		http_problem(request, 412, "it has changed");
}

static const struct http_file style = {"text/css; charset=utf-8", SLICE("p { color: red }\n"),
				       "\"v1\""};

static const struct http_route routes[] = {
	{ "GET",      "/echo", HTTP_ANYBODY,      echo,   NULL},
	{"POST",      "/echo", HTTP_ANYBODY,      echo,   NULL},
	{"POST",      "/move", HTTP_ANYBODY,      move,   NULL},
	{ "PUT",     "/thing", HTTP_ANYBODY,    change,   NULL},
	{ "GET", "/style.css", HTTP_ANYBODY, http_file, &style},
};

static const struct http_service service = {
	.routes = routes,
	.n_routes = sizeof routes / sizeof *routes,
	.body_most = 1000,
};

static void enter(void)
{
	struct sockaddr_in address;
	socklen_t n = sizeof address;
	bool loopback;

	err = (struct err){0};
	loop = loop_open(&err);
	server = http_server_open(&service, loop);
	int fd = listen_tcp("127.0.0.1:0", &loopback, &err);
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	port = ntohs(address.sin_port);
	ck_assert(http_server_listen(server, fd, &err));
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

START_TEST(what_has_changed_is_not_changed_again)
{
	ask("PUT /thing", "If-Match: \"v1\"\r\n", "x");
	has("HTTP/1.1 412 ");
	ask("PUT /thing", "If-Match: \"v2\"\r\n", "x");
	has("HTTP/1.1 204 ");
	ask("PUT /thing", "", "x");
	has("HTTP/1.1 204 ");
}
END_TEST

START_TEST(a_wrong_method_is_told_the_right_ones)
{
	ask("DELETE /echo", "", "");
	has("HTTP/1.1 405 ");
	has("\r\nAllow: GET, HEAD, POST\r\n");
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
	tcase_add_test(tc, what_has_changed_is_not_changed_again);
	tcase_add_test(tc, a_wrong_method_is_told_the_right_ones);
	suite_add_tcase(s, tc);
	return s;
}
