#include "queue/smtpd_talk.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/io.h"
#include "queue/smtpd_session.h"

#define ERRORS_MOST 20
#define CHUNK_BYTES 65536

struct talk {
	struct smtpd_session session;
	int in, out;
	struct buf input; /* read and not yet taken */
	bool begun;       /* the client's first line has ended, */
	bool bare;        /* with LF alone, and so do all others */
};

/* What a shell script pipes in has LF at its lines. Which it is says the first one for all: in a
 * session that has CR LF, LF alone never ends a line. */
static void take_in(struct talk *talk, struct slice piece)
{
	struct buf *input = &talk->input;

	for (size_t i = 0; i < piece.n; i++) {
		bool ends = piece.p[i] == '\n';
		if (ends && !talk->begun) {
			talk->begun = true;
			talk->bare = !input->n || input->p[input->n - 1] != '\r';
		}
		if (ends && talk->bare)
			buf_add_char(input, '\r');
		buf_add_char(input, piece.p[i]);
	}
}

static bool send_output(struct talk *talk, struct err *err)
{
	struct smtp_server *smtp = &talk->session.smtp;
	struct slice out;

	if (!smtp_server_output(smtp, &out))
		return true;
	if (!io_write_all(talk->out, out, "the SMTP client", err))
		return false;
	smtp_server_sent(smtp, out.n);
	return true;
}

/* More of what the client says. False: it has left, or is silent for too long. */
static bool hear(struct talk *talk)
{
	struct pollfd pollfd = {.fd = talk->in, .events = POLLIN};
	char piece[CHUNK_BYTES];
	ssize_t n;

	int ready = poll(&pollfd, 1, (int)smtpd_session_patience_ms(&talk->session));
	if (ready == 0)
		smtp_server_end(&talk->session.smtp, "421 4.4.2 idle for too long");
	if (ready <= 0)
		return ready < 0 && errno == EINTR;
	do
		n = read(talk->in, piece, sizeof piece);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		take_in(talk, slice_make(piece, (size_t)n));
	return n > 0;
}

/* Takes what it can of the input, and sends the answers; again, where those were in the way of the
 * rest. */
static bool converse(struct talk *talk, struct err *err)
{
	struct smtpd_session *session = &talk->session;
	bool more = true;

	while (more) {
		struct slice rest = buf_slice(&talk->input);
		more = smtpd_session_obey(session, &rest) && rest.n;
		buf_drop(&talk->input, talk->input.n - rest.n);
		if (session->waits) {
			struct err why = {0};
			bool ok = submit_commit(session->desk->submit, &why);
			smtpd_session_settle(session, ok, &why);
		}
		if (!send_output(talk, err))
			return false;
	}
	return true;
}

static bool run(struct talk *talk, struct err *err)
{
	while (converse(talk, err)) {
		if (smtp_server_is_over(&talk->session.smtp))
			return true;
		if (!hear(talk))
			return send_output(talk, err);
	}
	return false;
}

bool smtpd_talk(struct submit *submit, const struct submission_facts *caller, int in, int out,
		struct err *err)
{
	const struct smtpd_desk desk = {.submit = submit, .caller = *caller};
	const struct reception_by anybody = {.kind = RECEPTION_ANYBODY};
	unsigned recipients = submit->conf->settings.max_recipients;
	struct talk talk = {.in = in, .out = out};

	if (submit->queue)
		recipients = intake_limits(submit->conf).max_recipients;
	struct smtp_server_config config = {.hostname = caller->domain.p,
					    .unasked = true,
					    .size_limit = submit->most,
					    .recipients_max = recipients,
					    .errors_max = ERRORS_MOST};
	smtpd_session_init(&talk.session, &desk, &config, &anybody, "");
	bool ok = run(&talk, err);
	smtpd_session_free(&talk.session);
	buf_free(&talk.input);
	return ok;
}
