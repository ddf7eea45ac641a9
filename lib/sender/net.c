#include "sender/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sender/internal.h"

struct net {
	CURLM *multi;
	struct loop *loop;
	struct loop_timer timer;
};

/* One socket of libcurl's, watched for it. */
struct net_socket {
	struct loop_watch watch;
	struct net *net;
};

/* --- what happened is told --- */

static void tell_done(struct net *net)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(net->multi, &left))) {
		struct net_transfer *transfer = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		transfer->done(transfer->context, code);
	}
}

static void act(struct net *net, curl_socket_t socket, int what)
{
	int running;

	curl_multi_socket_action(net->multi, socket, what, &running);
	tell_done(net);
}

static void on_socket(void *context, int events)
{
	struct net_socket *socket = context;
	int what = 0;

	if (events & LOOP_READ)
		what |= CURL_CSELECT_IN;
	if (events & LOOP_WRITE)
		what |= CURL_CSELECT_OUT;
	if (events & LOOP_GONE)
		what |= CURL_CSELECT_ERR;
	act(socket->net, socket->watch.fd, what);
}

static void on_timer(void *context)
{
	act(context, CURL_SOCKET_TIMEOUT, 0);
}

/* --- what libcurl asks for --- */

static void watch_socket(struct net *net, curl_socket_t fd, int events)
{
	struct net_socket *socket = mem_zero(sizeof *socket);
	struct err err = {0};

	socket->net = net;
	socket->watch = (struct loop_watch){.fd = fd, .fn = on_socket, .context = socket};
	if (!loop_watch(net->loop, &socket->watch, events, &err)) {
		free(socket); /* libcurl's own time-out ends the transfer */
		return;
	}
	curl_multi_assign(net->multi, fd, socket);
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct net *net = context;
	struct net_socket *socket = known;
	struct err err = {0};
	int events =
		(what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (socket) {
			loop_unwatch(net->loop, &socket->watch);
			curl_multi_assign(net->multi, fd, NULL);
			free(socket);
		}
	} else if (socket) {
		loop_change(net->loop, &socket->watch, events, &err);
	} else {
		watch_socket(net, fd, events);
	}
	return 0;
}

static int timer_wanted(CURLM *multi, long ms, void *context)
{
	struct net *net = context;

	(void)multi;
	if (ms < 0)
		loop_stop_timer(net->loop, &net->timer);
	else
		loop_start_timer(net->loop, &net->timer, clock_boot_ms() + ms);
	return 0;
}

/* --- life --- */

static void net_close(struct net *net)
{
	loop_stop_timer(net->loop, &net->timer);
	curl_multi_cleanup(net->multi);
	free(net);
	curl_global_cleanup();
}

static struct net *net_of(struct sender *sender, struct err *err)
{
	struct net *net = sender->net;

	if (net)
		return net;
	net = mem_zero(sizeof *net);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    !(net->multi = curl_multi_init())) {
		free(net);
		err_set(err, EX_SOFTWARE, "libcurl cannot be started");
		return NULL;
	}
	net->loop = sender->loop;
	net->timer = (struct loop_timer){.fn = on_timer, .context = net};
	curl_multi_setopt(net->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(net->multi, CURLMOPT_SOCKETDATA, net);
	curl_multi_setopt(net->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
	curl_multi_setopt(net->multi, CURLMOPT_TIMERDATA, net);
	sender->net = net;
	sender->net_close = net_close;
	return net;
}

/* --- a trial's dialogue --- */

/* What libcurl says itself: what a person wants to know of it, and no more. */
static bool is_worth_telling(struct slice text)
{
	static const char *const beginnings[] = {
		"Connected to ",  "connect to ",      "Failed to connect",   "Could not resolve",
		"SSL connection", "SSL certificate",  " subject:",           "  subject:",
		"  expire date:", "  issuer:",        "Operation timed out", "Connection timed out",
		"OpenSSL SSL_",   "SSL: certificate", "Using HTTP2",         "using HTTP/2",
	};

	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (slice_starts(text, beginnings[i]))
			return true;
	return false;
}

/* Bodies are left to the kind, which knows what in them is secret. */
static int on_debug(CURL *easy, curl_infotype type, char *bytes, size_t n, void *context)
{
	struct slice text = slice_make(bytes, n);

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		dialogue_add(context, DIALOGUE_OUT, text);
	else if (type == CURLINFO_HEADER_IN)
		dialogue_add(context, DIALOGUE_IN, text);
	else if (type == CURLINFO_TEXT && is_worth_telling(text))
		dialogue_note(context, DIALOGUE_NOTE, "%.*s", SLICE_ARGS(slice_trim(text)));
	return 0;
}

static void tell_dialogue(struct sender *sender, CURL *easy)
{
	if (!sender->dialogue)
		return;
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, sender);
}

/* --- transfers --- */

bool net_start(struct sender *sender, struct net_transfer *transfer, struct err *err)
{
	struct net *net = net_of(sender, err);
	CURLMcode code;

	if (!net)
		return false;
	transfer->error[0] = '\0';
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
	tell_dialogue(sender, transfer->easy);
	code = curl_multi_add_handle(net->multi, transfer->easy);
	return code == CURLM_OK || err_set(err, EX_SOFTWARE, "%s", curl_multi_strerror(code));
}

void net_stop(struct sender *sender, struct net_transfer *transfer)
{
	if (sender->net)
		curl_multi_remove_handle(sender->net->multi, transfer->easy);
}

/* libcurl tells that it could not connect, but not that it was refused. */
static void add_system_error(struct net_transfer *transfer)
{
	size_t n = strlen(transfer->error);
	long error = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	if (error)
		snprintf(transfer->error + n, sizeof transfer->error - n, " (%s)",
			 strerror((int)error));
}

const char *net_error(struct net_transfer *transfer, CURLcode code)
{
	/* that of SMTP names an errno of some earlier call */
	if (code == CURLE_RECV_ERROR && slice_starts(slice_text(transfer->error), "response read"))
		return "the connection ended where an answer was expected";
	if (!transfer->error[0])
		return curl_easy_strerror(code);
	if (code == CURLE_COULDNT_CONNECT)
		add_system_error(transfer);
	return transfer->error;
}
