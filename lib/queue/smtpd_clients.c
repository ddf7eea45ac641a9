#include "queue/smtpd_clients.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

#define READ_BYTES 65536 /* at a time; more than a record of TLS, as base/stream.h asks for */

struct client {
	struct clients *clients;
	LIST_ENTRY(client) all;
	LIST_ENTRY(client) talk; /* while it talks: is with the talking */
	bool talks;
	STAILQ_ENTRY(client) turn; /* while parked */
	bool parked;               /* with those who wait, or who go on: neither heard nor closed */
	struct stream stream;
	struct loop_watch watch;
	int events; /* waited for */
	struct loop_timer patience;
	struct listen_peer peer;
	struct smtpd_session session;
	struct buf input; /* read and not yet taken */
};

/* --- a client --- */

static void set_talking(struct client *client, bool talks)
{
	if (talks && !client->talks)
		LIST_INSERT_HEAD(&client->clients->talking, client, talk);
	else if (!talks && client->talks)
		LIST_REMOVE(client, talk);
	client->talks = talks;
}

static void close_client(struct client *client)
{
	struct clients *clients = client->clients;

	loop_unwatch(clients->loop, &client->watch);
	loop_stop_timer(clients->loop, &client->patience);
	stream_close(&client->stream);
	smtpd_session_free(&client->session);
	buf_free(&client->input);
	set_talking(client, false);
	LIST_REMOVE(client, all);
	clients->count--;
	free(client);
}

static bool has_output(const struct client *client)
{
	struct slice out;

	return smtp_server_output(&client->session.smtp, &out);
}

static bool wants_input(const struct client *client)
{
	return !client->parked && !client->session.starts_tls && client->input.n == 0 &&
	       !smtp_server_is_over(&client->session.smtp);
}

static void be_patient(struct client *client)
{
	loop_start_timer(client->clients->loop, &client->patience,
			 clock_boot_ms() + smtpd_session_patience_ms(&client->session));
}

/* Writes what there is to say, as far as it goes. False: the connection is lost. */
static bool write_output(struct client *client)
{
	struct slice out;

	while (smtp_server_output(&client->session.smtp, &out)) {
		ssize_t n = stream_write(&client->stream, out.p, out.n);
		if (n == STREAM_WAIT)
			return true;
		if (n <= 0)
			return false;
		smtp_server_sent(&client->session.smtp, (size_t)n);
	}
	return true;
}

/* What came before, then what came now; what the session cannot take yet is kept. */
static void hand_over(struct client *client, struct slice fresh)
{
	bool kept = client->input.n > 0;

	if (kept)
		buf_add_slice(&client->input, fresh);
	struct slice rest = kept ? buf_slice(&client->input) : fresh;
	if (smtpd_session_obey(&client->session, &rest))
		be_patient(client);
	if (client->session.waits) {
		client->parked = true;
		STAILQ_INSERT_TAIL(&client->clients->waiting, client, turn);
	}
	if (kept)
		buf_drop(&client->input, client->input.n - rest.n);
	else
		buf_add_slice(&client->input, rest);
}

/* What came in the clear behind STARTTLS is forgotten (CVE-2011-0411). */
static bool start_tls(struct client *client)
{
	struct err err = {0};

	client->session.starts_tls = false;
	buf_clear(&client->input);
	smtp_server_secured(&client->session.smtp);
	return stream_secure(&client->stream, client->clients->tls, &err);
}

static void watch(struct client *client)
{
	const struct stream *stream = &client->stream;
	struct err err = {0};
	int events = 0;

	if (client->parked) /* only until the flush: not worth two system calls */
		return;

	if (wants_input(client) || stream->wants_read)
		events |= LOOP_READ;
	if (stream->wants_write || (has_output(client) && !stream->wants_read))
		events |= LOOP_WRITE;
	if (events == client->events)
		return;
	client->events = events;
	if (!loop_change(client->clients->loop, &client->watch, events, &err))
		err_exit(&err);
}

/* Hands over, answers, and again while answers make room for what was kept. False: all is said, or
 * the connection is lost. */
static bool go_as_far_as_can_be(struct client *client, struct slice fresh)
{
	struct smtpd_session *session = &client->session;
	size_t before;

	do {
		before = client->input.n;
		hand_over(client, fresh);
		fresh = (struct slice){0};
		if (client->clients->hurrying)
			smtpd_session_hurry(session, "421 4.3.2 stopping, come back soon");
		if (!write_output(client))
			return false;
		if (session->starts_tls && !has_output(client) && !start_tls(client))
			return false;
	} while (client->input.n && client->input.n != before && !client->parked);
	return has_output(client) || !smtp_server_is_over(&session->smtp);
}

/* The client may be gone afterwards; one that is parked is not. */
static void advance(struct client *client, struct slice fresh)
{
	if (!go_as_far_as_can_be(client, fresh) && !client->parked) {
		close_client(client);
		return;
	}
	watch(client);
	set_talking(client, client->session.smtp.has_sender && !client->parked);
}

static void on_client(void *context, int events)
{
	struct client *client = context;
	struct clients *clients = client->clients;
	struct slice fresh = {0};

	if (client->parked) /* gone, perhaps: its message is not, and the answer comes now */
		return;
	clients->busy = true;
	if (wants_input(client)) {
		ssize_t n = stream_read(&client->stream, clients->bytes, READ_BYTES);
		if (n == 0 || n == STREAM_BROKEN) {
			close_client(client);
			return;
		}
		fresh = slice_make(clients->bytes, n > 0 ? (size_t)n : 0);
	} else if (events & LOOP_GONE) {
		close_client(client);
		return;
	}
	advance(client, fresh);
}

static void on_impatience(void *context)
{
	struct client *client = context;

	if (client->parked)
		return;
	if (!smtp_server_is_over(&client->session.smtp))
		smtp_server_end(&client->session.smtp, "421 4.4.2 idle for too long");
	write_output(client);
	close_client(client);
}

/* --- flushing --- */

/* What is whole goes to disk with one flush, and each client hears of its own message. */
static void commit(void *context)
{
	struct clients *clients = context;
	struct client *client;
	struct err err = {0};
	bool ok = submit_commit(clients->desk.submit, &err);

	log_gather(clients->desk.log);
	while ((client = STAILQ_FIRST(&clients->waiting))) {
		STAILQ_REMOVE_HEAD(&clients->waiting, turn);
		smtpd_session_settle(&client->session, ok, &err);
		STAILQ_INSERT_TAIL(&clients->going_on, client, turn);
	}
	log_write(clients->desk.log);
	/* one that fell silent is not to keep the next flush waiting */
	while ((client = LIST_FIRST(&clients->talking)))
		set_talking(client, false);
}

bool clients_wait(const struct clients *clients)
{
	return !STAILQ_EMPTY(&clients->waiting);
}

bool clients_talk(const struct clients *clients)
{
	return !LIST_EMPTY(&clients->talking);
}

/* A client that goes on may wait again, for the next flush. */
void clients_flush(struct clients *clients)
{
	struct client *client;

	if (clients_wait(clients))
		commit(clients);
	while ((client = STAILQ_FIRST(&clients->going_on))) {
		STAILQ_REMOVE_HEAD(&clients->going_on, turn);
		client->parked = false;
		be_patient(client);
		advance(client, (struct slice){0});
	}
}

/* --- coming and going --- */

void clients_let_in(struct clients *clients, int fd, const struct listen_peer *peer,
		    const struct smtp_server_config *config, bool is_tls)
{
	struct client *client = mem_zero(sizeof *client);
	struct reception_by by = {.kind = peer->local ? RECEPTION_USER : RECEPTION_ANYBODY,
				  .uid = peer->uid};
	struct err err = {0};

	client->clients = clients;
	client->stream.fd = fd;
	client->peer = *peer;
	client->watch = (struct loop_watch){.fd = fd, .fn = on_client, .context = client};
	client->events = LOOP_READ;
	client->patience = (struct loop_timer){.fn = on_impatience, .context = client};
	smtpd_session_init(&client->session, &clients->desk, config, &by, client->peer.text);
	client->session.smtp.secure = is_tls;
	LIST_INSERT_HEAD(&clients->all, client, all);
	clients->count++;
	if ((is_tls && !stream_secure(&client->stream, clients->tls, &err)) ||
	    !loop_watch(clients->loop, &client->watch, client->events, &err)) {
		queue_log_failure(clients->desk.submit->queue, "listen", NULL, &err);
		close_client(client);
		return;
	}
	be_patient(client);
	advance(client, (struct slice){0});
}

void clients_hurry(struct clients *clients)
{
	clients->hurrying = true;
	for (struct client *client = LIST_FIRST(&clients->all), *next; client; client = next) {
		next = LIST_NEXT(client, all);
		if (!client->parked)
			advance(client, (struct slice){0});
	}
}

void clients_open(struct clients *clients, struct submit *submit, struct loop *loop,
		  struct stream_tls *tls, const char *hostname)
{
	*clients = (struct clients){.loop = loop, .tls = tls};
	clients->desk = (struct smtpd_desk){
		.submit = submit,
		.caller = {.user = SLICE("postmaster"), .domain = slice_text(hostname)},
		.log = &submit->queue->log,
		.commit = commit,
		.context = clients,
	};
	STAILQ_INIT(&clients->waiting);
	STAILQ_INIT(&clients->going_on);
	clients->bytes = mem_zero(READ_BYTES);
}

void clients_close(struct clients *clients)
{
	for (struct client *client; (client = LIST_FIRST(&clients->all));)
		close_client(client);
	free(clients->bytes);
}
