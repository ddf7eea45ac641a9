/*
 * One message through one connector, for `--test`: the kind's own open, send and close, on a loop
 * of our own; no spool, no index, no ledger, and nothing is tried again. Or, for `--sign-in`, as
 * far as that goes without a message.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "conf/check.h"
#include "conf/secret.h"
#include "mime/compose.h"
#include "policy/guard.h"
#include "sender/internal.h"
#include "spool/owner.h"

struct trial {
	struct sender sender; /* first: a channel knows nothing but this */
	struct sender_lane lane;
	struct sender_channel_state state;
	struct sender_try try;
	struct attempt_reply reply;
	const struct organization *organization;
	struct connector unsaved;
	struct arena arena;
	struct buf definition, message;
	char id[ID_SIZE];
	bool signs_in; /* and no more */
	bool is_up, ended;
	bool is_open;   /* ended, but why it was not tried may be told yet */
	struct err err; /* what it came to; code 0: delivered */
};

static struct trial *trial_of(const struct sender_channel *channel)
{
	return (struct trial *)channel->sender;
}

/* --- what the kind says --- */

static void on_up(struct sender_channel *channel)
{
	trial_of(channel)->is_up = true;
}

static void on_down(struct sender_channel *channel, enum sender_failure why, const char *text)
{
	static const int codes[] = {
		[SENDER_UNREACHABLE] = EX_UNAVAILABLE, [SENDER_CREDENTIALS] = EX_NOPERM,
		[SENDER_THROTTLED] = EX_TEMPFAIL,      [SENDER_MISCONFIGURED] = EX_CONFIG,
		[SENDER_CLOSED] = EX_UNAVAILABLE,
	};
	struct trial *trial = trial_of(channel);

	if (!trial->ended || trial->is_open)
		err_set(&trial->err, codes[why], "%s", text);
	trial->ended = true;
	trial->is_open = false;
}

static int code_of(const struct sender_answer *answer, enum verdict verdict)
{
	if (verdict == VERDICT_DELIVERED)
		return 0;
	if (answer->credentials)
		return EX_NOPERM;
	if (answer->throttled)
		return EX_TEMPFAIL;
	if (answer->unreachable)
		return EX_UNAVAILABLE;
	if (answer->untried)
		return EX_CONFIG;
	return verdict == VERDICT_PERMANENT ? EX_DATAERR : EX_TEMPFAIL;
}

static void note_good(struct trial *trial, const struct sender_answer *answer)
{
	if (trial->signs_in)
		dialogue_note(&trial->sender, DIALOGUE_NOTE, "ready to send; nothing was sent");
	else
		dialogue_note(&trial->sender, DIALOGUE_NOTE, "delivered to %.*s%s%.*s",
			      SLICE_ARGS(trial->reply.email),
			      answer->provider_message_id.n ? " as " : "",
			      SLICE_ARGS(answer->provider_message_id));
}

static void on_done(struct sender_channel *channel, const struct sender_answer *answer)
{
	struct trial *trial = trial_of(channel);
	const struct attempt_reply *reply = &trial->reply;
	struct slice why = answer->error.n ? answer->error : reply->text;
	int code = code_of(answer, reply->verdict);

	channel->mail = NULL;
	trial->ended = true;
	trial->is_open = answer->untried && code == EX_CONFIG;
	if (code && answer->untried)
		err_set(&trial->err, code, "%.*s", SLICE_ARGS(why));
	else if (code)
		err_set(&trial->err, code, "%s: %.*s", verdict_name(reply->verdict),
			SLICE_ARGS(why));
	else
		note_good(trial, answer);
}

static const struct sender_ears trial_ears = {on_up, on_down, on_done};

/* --- the connector --- */

static bool read_definition(struct trial *trial, struct err *err)
{
	return io_read_all(STDIN_FILENO, &trial->definition, CONNECTOR_BYTES, "standard input",
			   err) &&
	       connector_parse(buf_slice(&trial->definition), "connector", &trial->arena,
			       &trial->unsaved, err);
}

static const struct connector *find_connector(struct trial *trial, const char *id, struct err *err)
{
	const struct connector *found;

	trial->sender.unsaved = strcmp(id, "-") == 0;
	if (trial->sender.unsaved)
		return read_definition(trial, err) ? &trial->unsaved : NULL;
	found = organization_connector(trial->organization, slice_text(id));
	if (!found)
		err_set(err, EX_NOINPUT, "%s: no such connector '%s'", trial->organization->id, id);
	return found;
}

/* What mailq-connector check says of one, by the same table. */
static bool check_connector(struct trial *trial, const struct connector *connector, struct err *err)
{
	const struct sender_kind *kind = trial->sender.kind;
	struct buf text = {0};

	if (strcmp(connector->kind, kind->name) != 0)
		return err_set(err, EX_CONFIG, "%s: is of kind %s, not %s", connector->file,
			       connector->kind, kind->name);
	sender_describe(kind, &text);
	const struct json *description = json_parse(buf_slice(&text), &trial->arena, err);
	bool ok = description && connector_check(connector, description, err);
	buf_free(&text);
	return ok;
}

/* --- the message --- */

static void put_request(const struct trial *trial, const struct trial_order *order,
			const char *from, const char *connector, struct buf *json)
{
	struct json_out out = {.buf = json};
	char subject[256], text[512];

	snprintf(subject, sizeof subject, "Test of the connector %s", connector);
	snprintf(text, sizeof text,
		 "This message was sent to see whether the connector %s of the organization %s "
		 "works.\nIt does.\n",
		 connector, trial->organization->id);
	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", trial->organization->id);
	json_put_text(&out, "from_email", from);
	json_open(&out, "to_emails", '[');
	json_put_text(&out, NULL, order->to);
	json_close(&out, ']');
	json_put_text(&out, "subject", subject);
	json_put_text(&out, "body_text", text);
	json_close(&out, '}');
}

static bool make_request(struct trial *trial, const struct trial_order *order,
			 const char *connector, struct err *err)
{
	static const struct request_limits limits = {.max_message_bytes = 65536,
						     .max_recipients = 1};
	const char *from = order->from ? order->from : trial->organization->from_email;
	struct buf json = {0};

	if (!from)
		return err_set(err, EX_CONFIG, "%s: from_email is missing: say --from",
			       trial->organization->file);
	put_request(trial, order, from, connector, &json);
	trial->try.story.request = request_parse(arena_slice(&trial->arena, buf_slice(&json)),
						 &trial->arena, &limits, err);
	buf_free(&json);
	return trial->try.story.request != NULL;
}

/* A staging system's guard counts here too. */
static bool address_mail(struct trial *trial, struct err *err)
{
	const struct guard *guard = &trial->organization->guard;
	struct address_list list = request_recipients(trial->try.story.request, &trial->arena);

	trial->reply.email = list.at[0].email;
	if (guard_stops(guard, &trial->reply.email, 1).n)
		return err_set(err, EX_NOPERM, "%.*s: kept back by deliver_only_to",
			       SLICE_ARGS(trial->reply.email));
	if (guard->redirect_to) {
		dialogue_note(&trial->sender, DIALOGUE_NOTE, "redirected to %s",
			      guard->redirect_to);
		trial->reply.email = slice_text(guard->redirect_to);
	}
	return true;
}

static bool make_id(struct trial *trial, int64_t now_ms, struct err *err)
{
	uint8_t random[10];

	if (!io_random(random, sizeof random, err))
		return false;
	id_make(trial->id, now_ms, random);
	return true;
}

static bool make_mail(struct trial *trial, const struct trial_order *order, const char *connector,
		      struct err *err)
{
	int64_t now_ms = clock_now_ms();
	struct sender_mail *mail = &trial->try.mail;
	struct mime_identity identity = {.id = slice_text(trial->id), .date_ms = now_ms};

	if (!make_request(trial, order, connector, err) || !address_mail(trial, err) ||
	    !make_id(trial, now_ms, err) ||
	    !mime_compose(trial->try.story.request, &identity, &trial->message, err))
		return false;
	*mail = (struct sender_mail){
		.id = trial->id,
		.sender = request_sender(trial->try.story.request),
		.replies = &trial->reply,
		.n_replies = 1,
		.wire = {buf_slice(&trial->message)},
		.n_wire = 1,
		.story = &trial->try.story,
		.arena = &trial->arena,
		.begun_ms = clock_boot_ms(),
		.try = &trial->try,
	};
	return true;
}

/* What a kind answers for that is only to sign in: it has words and a verdict, and no message. */
static bool make_question(struct trial *trial, struct err *err)
{
	const struct sender_kind *kind = trial->sender.kind;
	struct slice rest = slice_text(kind->abilities ? kind->abilities : ""), ability;

	trial->try.mail = (struct sender_mail){
		.id = trial->id,
		.replies = &trial->reply,
		.n_replies = 1,
		.arena = &trial->arena,
		.begun_ms = clock_boot_ms(),
		.try = &trial->try,
	};
	while (slice_next(&rest, ' ', &ability))
		if (slice_is(ability, SENDER_SIGN_IN))
			return true;
	return err_set(err, EX_USAGE, "%s is tried with a message alone: name a recipient",
		       kind->title);
}

/* --- the course of it --- */

/* Root becomes who sends otherwise: what that user may not read shows here too. */
static const struct connector *prepare(struct trial *trial, const struct trial_order *order,
				       struct err *err)
{
	const struct connector *connector;
	struct conf *conf = trial->sender.conf = conf_load(order->conf_path, err);

	if (!conf || !spool_become_owner(conf->spool, err) ||
	    !(trial->organization = conf_choose_organization(conf, slice_text(order->organization),
							     slice_make(NULL, 0), err)) ||
	    !(connector = find_connector(trial, order->connector, err)) ||
	    !check_connector(trial, connector, err) ||
	    !(trial->signs_in ? make_question(trial, err)
			      : make_mail(trial, order, connector->id, err)) ||
	    !(trial->sender.loop = loop_open(err)))
		return NULL;
	snprintf(trial->lane.org, sizeof trial->lane.org, "%s", trial->organization->id);
	snprintf(trial->lane.connector_id, sizeof trial->lane.connector_id, "%s", connector->id);
	return connector;
}

/* Where opening has shown all there is to sign in to, that was it. */
static void go_on(struct trial *trial, struct sender_channel *channel)
{
	const struct sender_kind *kind = trial->sender.kind;

	if (trial->signs_in && !kind->sign_in) {
		trial->ended = true;
		note_good(trial, NULL);
		return;
	}
	channel->mail = &trial->try.mail;
	(trial->signs_in ? kind->sign_in : kind->send)(channel, channel->mail);
}

static void run(struct trial *trial, const struct connector *connector)
{
	struct sender *sender = &trial->sender;
	struct sender_channel *channel = mem_zero(sender->kind->channel_size);
	bool ok = true, sent = false;

	*channel = (struct sender_channel){.sender = sender,
					   .lane = &trial->lane,
					   .connector = connector,
					   .state = &trial->state};
	sender->kind->open(channel);
	while (ok && !trial->ended) {
		if (trial->is_up && !sent) {
			sent = true;
			go_on(trial, channel);
		} else {
			ok = loop_step(sender->loop, -1, &trial->err);
		}
	}
	sender->kind->close(channel);
	free(channel);
}

static void end(struct trial *trial)
{
	struct sender *sender = &trial->sender;

	dialogue_close(sender->dialogue);
	if (sender->net)
		sender->net_close(sender->net);
	loop_close(sender->loop);
	secret_wipe(&trial->definition);
	buf_free(&trial->message);
	arena_free(&trial->arena);
	conf_free(sender->conf);
}

int trial_main(const struct sender_kind *kind, const struct trial_order *order)
{
	struct trial trial = {
		.sender = {.kind = kind, .ears = &trial_ears, .dialogue = dialogue_open()},
		.signs_in = !order->to,
	};
	const struct connector *connector = prepare(&trial, order, &trial.err);

	if (connector)
		run(&trial, connector);
	dialogue_clean(&trial.sender, &trial.err);
	end(&trial);
	if (trial.err.code)
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, trial.err.text);
	return trial.err.code;
}
