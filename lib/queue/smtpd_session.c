#include "queue/smtpd_session.h"

#include <stdio.h>

#include "conf/tokens.h"
#include "smtp/phase.h"

/* --- life --- */

void smtpd_session_init(struct smtpd_session *session, const struct smtpd_desk *desk,
			const struct smtp_server_config *config, const struct reception_by *by,
			const char *peer)
{
	*session = (struct smtpd_session){.desk = desk, .by = *by, .peer = peer};
	smtp_server_init(&session->smtp, config);
	reception_init(&session->reception, desk->submit, &desk->caller);
}

void smtpd_session_free(struct smtpd_session *session)
{
	smtp_server_free(&session->smtp);
	reception_free(&session->reception);
}

/* --- log --- */

static void log_who(struct log *log, const struct smtpd_session *session)
{
	log_text(log, "peer", session->peer);
	log_text(log, "token", *session->login ? session->login : NULL);
}

static void log_refusal(struct smtpd_session *session, const char *refusal, const struct err *err)
{
	struct log *log = session->desk->log;

	if (!log)
		return;
	log_begin(log, "refuse");
	log_who(log, session);
	log_text(log, "code", refusal);
	log_text(log, "error", err->text);
	log_end(log);
}

static void log_accept(struct smtpd_session *session)
{
	struct log *log = session->desk->log;

	if (!log)
		return;
	log_begin(log, "accept");
	log_text(log, "id", session->id);
	log_who(log, session);
	log_address(log, "from", session->reception.mail.sender);
	log_int(log, "recipients", (int64_t)session->reception.n_recipients);
	log_int(log, "bytes", (int64_t)session->reception.body.n);
	log_end(log);
}

/* --- what a client asks --- */

static void answer(struct smtpd_session *session, const char *refusal, const struct err *err,
		   const char *yes)
{
	if (refusal) {
		log_refusal(session, refusal, err);
		smtp_server_answer(&session->smtp, "%s %s", refusal, err->text);
	} else {
		smtp_server_answer(&session->smtp, "%s", yes);
	}
}

static void log_in(struct smtpd_session *session, const struct token *token)
{
	const char *org = token->organization;

	snprintf(session->login, sizeof session->login, "%s", token->id);
	session->by = (struct reception_by){.kind = org ? RECEPTION_TOKEN : RECEPTION_ANYBODY};
	snprintf(session->by.organization, sizeof session->by.organization, "%s", org ? org : "");
}

static void on_auth(struct smtpd_session *session, const struct smtp_request *request)
{
	const char *refusal = NULL;
	struct tokens tokens;
	struct err err = {0};

	if (!tokens_read(session->desk->submit->conf->tokens, &tokens, &err)) {
		answer(session, "454 4.7.0", &err, NULL);
		return;
	}
	const struct token *token = tokens_verify(&tokens, request->secret);
	if (token && token_role_covers(token->role, TOKEN_SUBMIT)) {
		log_in(session, token);
	} else {
		refusal = "535 5.7.8";
		err_set(&err, EX_NOPERM, "no such token");
	}
	answer(session, refusal, &err, "235 2.7.0 welcome");
	tokens_free(&tokens);
}

static void on_mail(struct smtpd_session *session, const struct smtp_request *request)
{
	struct err err = {0};

	answer(session, reception_mail(&session->reception, &session->by, &request->mail, &err),
	       &err, "250 2.1.0 Ok");
}

static void on_rcpt(struct smtpd_session *session, const struct smtp_request *request)
{
	struct err err = {0};

	answer(session, reception_recipient(&session->reception, &request->rcpt, &err), &err,
	       "250 2.1.5 Ok");
}

static void on_begin(struct smtpd_session *session, const struct smtp_request *request)
{
	struct err err = {0};
	(void)request;

	answer(session, reception_begin(&session->reception, &err), &err,
	       "354 go ahead, and end with a dot alone on a line");
}

static void on_chunk(struct smtpd_session *session, const struct smtp_request *request)
{
	reception_add(&session->reception, request->bytes);
}

static void on_end(struct smtpd_session *session, const struct smtp_request *request)
{
	const struct smtpd_desk *desk = session->desk;
	struct err err = {0};
	(void)request;

	const char *refusal = reception_end(&session->reception, session->id, &err);
	if (refusal && desk->commit && err.code == EX_TEMPFAIL &&
	    intake_count(desk->submit->intake)) {
		desk->commit(desk->context);
		refusal = reception_end(&session->reception, session->id, &err);
	}
	session->waits = !refusal;
	if (!refusal)
		return;
	answer(session, refusal, &err, NULL);
	reception_reset(&session->reception);
}

static void on_abort(struct smtpd_session *session, const struct smtp_request *request)
{
	(void)request;
	reception_reset(&session->reception);
}

static void on_tls(struct smtpd_session *session, const struct smtp_request *request)
{
	(void)request;
	session->starts_tls = true;
}

static void (*const handlers[])(struct smtpd_session *session,
				const struct smtp_request *request) = {
	[SMTP_ASK_AUTH] = on_auth,   [SMTP_ASK_MAIL] = on_mail, [SMTP_ASK_RCPT] = on_rcpt,
	[SMTP_ASK_BEGIN] = on_begin, [SMTP_CHUNK] = on_chunk,   [SMTP_ASK_END] = on_end,
	[SMTP_ABORT] = on_abort,     [SMTP_TLS] = on_tls,
};

/* --- the session --- */

bool smtpd_session_obey(struct smtpd_session *session, struct slice *input)
{
	struct smtp_request request;
	size_t unsaid = session->smtp.out.n;
	bool went_on = false;

	while (smtp_server_next(&session->smtp, input, &request)) {
		handlers[request.type](session, &request);
		went_on = true;
	}
	return went_on || session->smtp.out.n != unsaid;
}

void smtpd_session_settle(struct smtpd_session *session, bool ok, const struct err *err)
{
	session->waits = false;
	if (ok) {
		log_accept(session);
		smtp_server_answer(&session->smtp, "250 2.0.0 queued as %s", session->id);
	} else {
		answer(session, reception_refusal(err), err, NULL);
	}
	reception_reset(&session->reception);
}

int64_t smtpd_session_patience_ms(const struct smtpd_session *session)
{
	enum smtp_server_state state = session->smtp.state;
	bool in_message = state == SMTP_STATE_DATA || state == SMTP_STATE_BDAT;

	return 1000 * (int64_t)smtp_phase_timeout_s(in_message ? SMTP_BODY : SMTP_IDLE);
}

void smtpd_session_hurry(struct smtpd_session *session, const char *reply)
{
	const struct smtp_server *smtp = &session->smtp;

	if (!smtp->has_sender && smtp->asked == SMTP_NO_REQUEST && !smtp_server_is_over(smtp))
		smtp_server_end(&session->smtp, reply);
}
