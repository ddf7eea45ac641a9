#include "queue/smtp_session.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/io.h"
#include "base/spill.h"
#include "smtp/server.h"

#define ERRORS_MOST 20
#define CHUNK_BYTES 65536

struct session {
	struct submit *submit;
	const struct smtp_session_options *options;
	struct smtp_server server;
	struct arena envelope; /* of the transaction at hand */
	struct slice sender;
	struct slice *recipients;
	size_t n_recipients;
	unsigned recipients_most;
	unsigned notify;
	enum smtp_ret ret;
	struct slice envid;
	struct spill message;
	bool broken; /* a piece of it could not be kept */
};

/* --- the transaction --- */

static void begin(struct session *s, const struct smtp_mail *mail)
{
	arena_reset(&s->envelope);
	s->sender = arena_slice(&s->envelope, mail->sender);
	s->recipients = arena_alloc(&s->envelope, s->recipients_most * sizeof *s->recipients);
	s->n_recipients = 0;
	s->notify = 0;
	s->ret = mail->ret;
	s->envid = arena_slice(&s->envelope, mail->envid);
	smtp_server_answer(&s->server, "250 2.1.0 yes");
}

static void add_recipient(struct session *s, const struct smtp_rcpt *rcpt)
{
	assert(s->n_recipients < s->recipients_most);
	s->recipients[s->n_recipients++] = arena_slice(&s->envelope, rcpt->recipient);
	s->notify |= rcpt->notify;
	smtp_server_answer(&s->server, "250 2.1.5 yes");
}

static void add_chunk(struct session *s, struct slice bytes)
{
	struct err err = {0};

	if (!s->broken && !spill_add(&s->message, bytes, &err))
		s->broken = true;
}

static struct slice notify_text(const struct session *s, struct arena *arena)
{
	static const char *const words[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
	const char *text = "";

	for (unsigned i = 0; i < 4; i++)
		if (s->notify & 1u << i)
			text = arena_format(arena, "%s%s%s", text, *text ? "," : "", words[i]);
	return slice_text(text);
}

static bool take(struct session *s, char id[ID_SIZE], struct err *err)
{
	static const char *const rets[] = {"", "FULL", "HDRS"};
	struct submission_facts facts = {
		.user = s->options->user,
		.domain = s->options->domain,
		.full_name = s->options->full_name,
		.sender = s->sender,
		.recipients = s->recipients,
		.n_recipients = s->n_recipients,
		.notify = notify_text(s, &s->envelope),
		.ret = slice_text(rets[s->ret]),
		.envid = s->envid,
	};
	struct submission submission;
	struct slice message;

	if (s->broken)
		return err_set(err, EX_TEMPFAIL, "no room for the message");
	return spill_bytes(&s->message, &message, err) &&
	       submission_read(message, &facts, &s->envelope, &submission, err) &&
	       submit_message(s->submit, &submission, message, id, err);
}

/* The reply that says what the exit status would. */
static const char *refusal(int code)
{
	switch (code) {
	case EX_DATAERR:
		return "554 5.6.0";
	case EX_NOPERM:
		return "550 5.7.1";
	case EX_CONFIG:
		return "451 4.3.5";
	default:
		return "451 4.3.0";
	}
}

static void end(struct session *s)
{
	struct err err = {0};
	char id[ID_SIZE];

	if (take(s, id, &err))
		smtp_server_answer(&s->server, "250 2.0.0 queued as %s", id);
	else
		smtp_server_answer(&s->server, "%s %s", refusal(err.code), err.text);
	spill_clear(&s->message);
	s->broken = false;
}

static void deal_with(struct session *s, const struct smtp_request *request)
{
	switch (request->type) {
	case SMTP_ASK_MAIL:
		begin(s, &request->mail);
		break;
	case SMTP_ASK_RCPT:
		add_recipient(s, &request->rcpt);
		break;
	case SMTP_ASK_BEGIN:
		smtp_server_answer(&s->server, "354 go on");
		break;
	case SMTP_CHUNK:
		add_chunk(s, request->bytes);
		break;
	case SMTP_ASK_END:
		end(s);
		break;
	case SMTP_ABORT:
		spill_clear(&s->message);
		s->broken = false;
		break;
	case SMTP_NO_REQUEST:
	case SMTP_ASK_AUTH: /* neither is offered */
	case SMTP_TLS:
		break;
	}
}

/* --- the connection --- */

static bool send_output(struct session *s, struct err *err)
{
	struct slice out;

	if (!smtp_server_output(&s->server, &out))
		return true;
	if (!io_write_all(s->options->out, out, "the SMTP client", err))
		return false;
	smtp_server_sent(&s->server, out.n);
	return true;
}

/* More of what the client says, added to input. False: it has left, or is silent for too long. */
static bool hear(struct session *s, struct buf *input)
{
	struct pollfd pollfd = {.fd = s->options->in, .events = POLLIN};
	ssize_t n;

	int ready = poll(&pollfd, 1, (int)s->options->idle_ms);
	if (ready == 0)
		smtp_server_end(&s->server, "421 4.4.2 idle for too long");
	if (ready <= 0)
		return ready < 0 && errno == EINTR;
	do
		n = read(s->options->in, buf_reserve(input, CHUNK_BYTES), CHUNK_BYTES);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		input->n += (size_t)n;
	return n > 0;
}

/* Takes what it can of the input, and sends the answers. *more: they were in the way of the rest.
 */
static bool converse(struct session *s, struct buf *input, bool *more, struct err *err)
{
	struct slice rest = buf_slice(input), out;
	struct smtp_request request;

	while (smtp_server_next(&s->server, &rest, &request))
		deal_with(s, &request);
	buf_drop(input, input->n - rest.n);
	*more = smtp_server_output(&s->server, &out) && rest.n;
	return send_output(s, err);
}

static bool talk(struct session *s, struct buf *input, struct err *err)
{
	bool more = false;

	while (converse(s, input, &more, err)) {
		if (smtp_server_is_over(&s->server))
			return true;
		if (!more && !hear(s, input))
			return send_output(s, err);
	}
	return false;
}

bool smtp_session_run(struct submit *submit, const struct smtp_session_options *options,
		      struct err *err)
{
	unsigned most = submit->conf->settings.max_recipients;

	if (submit->queue)
		most = intake_limits(submit->conf).max_recipients;
	struct smtp_server_config config = {.hostname = options->hostname,
					    .size_limit = submit->most,
					    .recipients_max = most,
					    .errors_max = ERRORS_MOST};
	struct session s = {.submit = submit, .options = options, .recipients_most = most};
	struct buf input = {0};

	smtp_server_init(&s.server, &config);
	bool ok = talk(&s, &input, err);
	smtp_server_free(&s.server);
	buf_free(&input);
	arena_free(&s.envelope);
	spill_clear(&s.message);
	return ok;
}
