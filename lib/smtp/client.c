#include "smtp/client.h"

#include <assert.h>

/* Commands leave in pieces of about this size: it holds the envelope of all but mass mail. */
#define COMMANDS_BYTES 16384

enum {
	STEP_RSET,
	STEP_MAIL,
	STEP_RCPT, /* the first recipient's */
};

static unsigned step_data(const struct smtp_client *client)
{
	return STEP_RCPT + client->envelope->count;
}

static enum smtp_phase step_phase(const struct smtp_client *client, unsigned step)
{
	if (step == STEP_RSET)
		return SMTP_RSET;
	if (step == STEP_MAIL)
		return SMTP_MAIL;
	if (step < step_data(client))
		return SMTP_RCPT;
	return step == step_data(client) ? SMTP_DATA : SMTP_END;
}

static bool is_message_out(const struct smtp_client *client)
{
	return client->body.ended && client->unsent.n == 0;
}

enum smtp_phase smtp_client_phase(const struct smtp_client *client)
{
	if (client->closed)
		return SMTP_CLOSED;
	if (client->quitting)
		return SMTP_QUIT;
	if (!client->busy)
		return SMTP_IDLE;
	if (client->streaming && !is_message_out(client))
		return SMTP_BODY;
	return step_phase(client, client->answered);
}

bool smtp_client_is_done(const struct smtp_client *client)
{
	return !client->busy;
}

const struct smtp_result *smtp_client_result(const struct smtp_client *client)
{
	return &client->result;
}

void smtp_client_init(struct smtp_client *client, const struct smtp_features *features)
{
	*client = (struct smtp_client){.features = *features};
}

void smtp_client_free(struct smtp_client *client)
{
	buf_free(&client->commands);
	smtp_body_free(&client->body);
	arena_free(&client->memory);
}

/* --- outcomes --- */

static unsigned count_of(const struct smtp_result *result, enum smtp_verdict verdict)
{
	unsigned n = 0;

	for (unsigned i = 0; i < result->count; i++)
		n += result->recipients[i].verdict == verdict;
	return n;
}

static void finish(struct smtp_client *client)
{
	struct smtp_result *result = &client->result;
	unsigned delivered = count_of(result, SMTP_DELIVERED);
	unsigned transient = count_of(result, SMTP_TRANSIENT);

	/* Who delivered something was neither slowed down nor turned away. */
	if (delivered)
		result->throttled = result->credentials = false;
	bool unheard = client->closed && !client->heard && !result->committed;
	result->untried =
		transient == result->count && (result->throttled || result->credentials || unheard);
	result->unreachable = result->untried && unheard && !client->used;
	result->too_many = delivered && client->too_many && transient == client->too_many;
	/* Half a command on the wire would become one with the next transaction's first. */
	if (client->unsent.n)
		client->closed = true;
	result->reusable = !client->closed;
	client->busy = false;
}

static struct smtp_reply keep_reply(struct smtp_client *client, const struct smtp_reply *reply)
{
	struct smtp_reply kept = *reply;

	kept.text = arena_slice(&client->memory, reply->text);
	return kept;
}

static void note_class(struct smtp_client *client, const struct smtp_class *class)
{
	client->result.throttled |= class->throttle;
	client->result.credentials |= class->credentials;
}

static void settle(struct smtp_client *client, unsigned recipient, enum smtp_verdict verdict,
		   const struct smtp_reply *kept, enum smtp_phase phase)
{
	struct smtp_outcome *outcome = &client->result.recipients[recipient];

	outcome->verdict = verdict;
	outcome->reply = *kept;
	outcome->phase = phase;
}

/* One reply for all recipients of whom nothing is known yet. */
static void settle_pending(struct smtp_client *client, enum smtp_verdict verdict,
			   const struct smtp_reply *kept, enum smtp_phase phase)
{
	for (unsigned i = 0; i < client->result.count; i++)
		if (client->result.recipients[i].verdict == SMTP_PENDING)
			settle(client, i, verdict, kept, phase);
}

static void answer_pending(struct smtp_client *client, const struct smtp_reply *reply,
			   enum smtp_phase phase)
{
	struct smtp_class class = smtp_classify(phase, reply);
	struct smtp_reply kept = keep_reply(client, reply);

	note_class(client, &class);
	settle_pending(client, class.verdict, &kept, phase);
	if (class.verdict == SMTP_DELIVERED)
		client->result.queue_id = smtp_reply_queue_id(&kept);
}

void smtp_client_lost(struct smtp_client *client, const char *why)
{
	static const struct smtp_enhanced bad_connection = {4, 4, 2}; /* RFC 3463 3.5 */
	struct smtp_reply said = {.enhanced = bad_connection, .text = slice_text(why)};
	enum smtp_phase phase = smtp_client_phase(client);

	client->closed = true;
	client->result.reusable = false;
	if (!client->busy)
		return;
	said = keep_reply(client, &said);
	settle_pending(client, client->result.committed ? SMTP_UNCERTAIN : SMTP_TRANSIENT, &said,
		       phase);
	finish(client);
}

void smtp_client_timeout(struct smtp_client *client)
{
	smtp_client_lost(client, "no answer in time");
}

/* --- beginning --- */

/* Recipients refused without asking the server have no RCPT: their steps are passed over. */
static unsigned pass_over_refused(const struct smtp_client *client, unsigned step)
{
	while (step >= STEP_RCPT && step < step_data(client)) {
		const struct smtp_outcome *outcome = &client->result.recipients[step - STEP_RCPT];
		if (outcome->verdict != SMTP_PERMANENT || outcome->reply.code != 0)
			break;
		step++;
	}
	return step;
}

/* Settles what needs no server; true when there is something left to ask it. */
static bool refuse_locally(struct smtp_client *client)
{
	const struct smtp_envelope *envelope = client->envelope;
	struct smtp_reply why;
	bool any = false;

	if (smtp_envelope_refused(envelope, &client->features, &client->memory, &why)) {
		settle_pending(client, SMTP_PERMANENT, &why, SMTP_IDLE);
		return false;
	}
	for (unsigned i = 0; i < envelope->count; i++) {
		if (smtp_recipient_refused(envelope->recipients[i], &client->features, &why))
			settle(client, i, SMTP_PERMANENT, &why, SMTP_IDLE);
		else
			any = true;
	}
	return any;
}

void smtp_client_begin(struct smtp_client *client, const struct smtp_envelope *envelope,
		       const struct slice *parts, unsigned count)
{
	assert(!client->busy && !client->quitting && !client->closed && envelope->count);

	arena_reset(&client->memory);
	client->result = (struct smtp_result){
		.recipients = arena_alloc(&client->memory,
					  envelope->count * sizeof *client->result.recipients),
		.count = envelope->count,
	};
	client->envelope = envelope;
	client->parts = parts;
	client->parts_count = count;
	client->written = client->answered = client->dirty ? STEP_RSET : STEP_MAIL;
	client->accepted = client->too_many = 0;
	client->stopped = client->streaming = client->refused = client->heard = false;
	client->busy = true;
	if (!refuse_locally(client))
		finish(client);
}

void smtp_client_quit(struct smtp_client *client)
{
	assert(!client->busy);

	if (client->closed || client->quitting)
		return;
	client->quitting = true;
	client->unsent = (struct slice)SLICE("QUIT\r\n");
}

/* --- output --- */

static bool may_write(const struct smtp_client *client)
{
	if (!client->busy || client->stopped || client->written > step_data(client))
		return false;
	return client->features.pipelining || client->written == client->answered;
}

static void write_step(struct smtp_client *client)
{
	struct buf *out = &client->commands;
	unsigned step = client->written;

	switch (step_phase(client, step)) {
	case SMTP_RSET:
		buf_add_text(out, "RSET\r\n");
		break;
	case SMTP_MAIL:
		smtp_envelope_mail(client->envelope, &client->features, out);
		break;
	case SMTP_RCPT:
		smtp_envelope_rcpt(client->envelope, &client->features, step - STEP_RCPT, out);
		break;
	default:
		buf_add_text(out, "DATA\r\n");
	}
	client->written = pass_over_refused(client, step + 1);
}

bool smtp_client_output(struct smtp_client *client, struct slice *out)
{
	if (client->closed)
		return false;
	if (client->unsent.n == 0 && client->streaming)
		smtp_body_next(&client->body, &client->unsent);
	if (client->unsent.n == 0 && may_write(client)) {
		buf_clear(&client->commands);
		while (may_write(client) && client->commands.n < COMMANDS_BYTES)
			write_step(client);
		client->unsent = buf_slice(&client->commands);
	}
	*out = client->unsent;
	return out->n > 0;
}

bool smtp_client_sent(struct smtp_client *client, size_t n)
{
	assert(n <= client->unsent.n);

	if (n < client->unsent.n) {
		client->unsent = slice_after(client->unsent, n);
		return false;
	}
	client->unsent = (struct slice){0};
	if (client->streaming && client->body.ended && client->accepted)
		client->result.committed = true;
	return true;
}

/* --- input --- */

static void on_mail(struct smtp_client *client, const struct smtp_reply *reply)
{
	if (reply->code / 100 == 2) {
		client->dirty = true;
		return;
	}
	answer_pending(client, reply, SMTP_MAIL);
	client->refused = client->stopped = true;
}

static void on_rcpt(struct smtp_client *client, const struct smtp_reply *reply)
{
	unsigned recipient = client->answered - STEP_RCPT;
	struct smtp_class class = smtp_classify(SMTP_RCPT, reply);
	struct smtp_reply kept;

	if (class.verdict == SMTP_DELIVERED) {
		client->accepted++;
		return;
	}
	if (client->refused)
		return; /* MAIL's refusal says more than what follows from it */
	note_class(client, &class);
	kept = keep_reply(client, reply);
	settle(client, recipient, class.verdict, &kept, SMTP_RCPT);
	client->too_many += class.too_many;
}

static void start_message(struct smtp_client *client)
{
	/* A server that refused the sender and now asks for its message would send an empty one to
	 * the recipients it took. Without the dot nothing is sent. */
	if (client->refused && client->accepted) {
		client->closed = true;
		finish(client);
		return;
	}
	client->streaming = true;
	client->stopped = true;
	client->written++;
	/* To nobody goes nothing: the lone dot only ends what DATA began (RFC 2920 3.1). */
	if (client->accepted)
		smtp_body_start(&client->body, client->parts, client->parts_count);
	else
		smtp_body_start(&client->body, NULL, 0);
}

static void on_data(struct smtp_client *client, const struct smtp_reply *reply)
{
	if (reply->code == 354) {
		start_message(client);
		return;
	}
	answer_pending(client, reply, SMTP_DATA);
	client->stopped = true;
}

static void on_end(struct smtp_client *client, const struct smtp_reply *reply)
{
	if (!is_message_out(client)) {
		/* A refusal in the middle of the message is one, but there is no way to stop. */
		if (reply->code / 100 == 2) {
			smtp_client_lost(client, "the server took the message before its end");
			return;
		}
		client->closed = true;
	}
	if (client->accepted)
		answer_pending(client, reply, SMTP_END);
	client->dirty = false;
}

/* RFC 5321 4.2.2: 421 may come at any time, and is the last reply. */
static void on_421(struct smtp_client *client, const struct smtp_reply *reply,
		   enum smtp_phase phase)
{
	/* A kept connection that has become too old or too used: that says nothing of a new one. */
	if (client->used && !client->heard && reply->enhanced.subject != 7) {
		struct smtp_reply kept = keep_reply(client, reply);
		settle_pending(client, SMTP_TRANSIENT, &kept, phase);
	} else {
		client->heard = true;
		answer_pending(client, reply, phase);
	}
	client->closed = true;
	finish(client);
}

static bool is_sensible(enum smtp_phase phase, const struct smtp_reply *reply)
{
	switch (phase) {
	case SMTP_RSET:
		return reply->code / 100 == 2;
	case SMTP_DATA:
		return reply->code == 354 || reply->code >= 400;
	default:
		return reply->code / 100 != 3;
	}
}

/* What follows from a step answered: the next one, or the end. */
static void advance(struct smtp_client *client)
{
	client->answered = pass_over_refused(client, client->answered + 1);
	if (client->answered == step_data(client) && client->accepted == 0)
		client->stopped = true;
	if (client->stopped && client->answered == client->written)
		finish(client);
}

static void take_reply(struct smtp_client *client, const struct smtp_reply *reply)
{
	enum smtp_phase phase;

	/* After QUIT any answer will do. */
	if (!client->busy || client->answered == client->written) {
		smtp_client_lost(client, "the server spoke out of turn");
		return;
	}
	phase = step_phase(client, client->answered);
	if (reply->code == 421) {
		on_421(client, reply, phase);
		return;
	}
	client->heard |= phase != SMTP_RSET;
	if (!is_sensible(phase, reply)) {
		smtp_client_lost(client, arena_format(&client->memory, "%s was answered with %d",
						      smtp_phase_name(phase), reply->code));
		return;
	}
	client->used = true;
	if (phase == SMTP_RSET)
		client->dirty = false;
	else if (phase == SMTP_MAIL)
		on_mail(client, reply);
	else if (phase == SMTP_RCPT)
		on_rcpt(client, reply);
	else if (phase == SMTP_DATA)
		on_data(client, reply);
	else if (phase == SMTP_END)
		on_end(client, reply);
	if (client->busy)
		advance(client);
}

bool smtp_client_input(struct smtp_client *client, struct slice bytes)
{
	struct smtp_reply reply;
	bool whole = false;

	while (!client->closed) {
		switch (smtp_reply_read(&client->reader, &bytes, &reply)) {
		case SMTP_READ_MORE:
			return whole;
		case SMTP_READ_BAD:
			smtp_client_lost(client, arena_slice(&client->memory, reply.text).p);
			return true;
		case SMTP_READ_REPLY:
			take_reply(client, &reply);
			whole = true;
		}
	}
	return whole;
}
