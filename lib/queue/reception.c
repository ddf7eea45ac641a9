#include "queue/reception.h"

#include "conf/submitter.h"
#include "mime/scan.h"
#include "mime/submission.h"

/* RFC 5321 6.3: at least 100. */
#define RECEIVED_MOST 100

#define TOO_LARGE "552 5.3.4"

/* The first that fits; the last fits all. */
/* clang-format off */
static const struct {
	int code;
	const char *refusal;
} refusals[] = {
	{EX_NOPERM,   "550 5.7.1"},
	{EX_DATAERR,  "554 5.6.0"},
	{EX_TEMPFAIL, "452 4.3.1"},
	{EX_CONFIG,   "451 4.3.5"},
	{0,           "451 4.3.0"},
};
/* clang-format on */

const char *reception_refusal(const struct err *err)
{
	size_t i = 0;

	if (err->too_large)
		return TOO_LARGE;
	while (refusals[i].code && refusals[i].code != err->code)
		i++;
	return refusals[i].refusal;
}

/* --- life --- */

void reception_init(struct reception *reception, struct submit *submit,
		    const struct submission_facts *caller)
{
	*reception = (struct reception){.submit = submit, .caller = caller};
}

void reception_free(struct reception *reception)
{
	spill_clear(&reception->body);
	arena_free(&reception->arena);
}

void reception_reset(struct reception *reception)
{
	spill_clear(&reception->body);
	arena_reset(&reception->arena);
	reception->failed = (struct err){0};
	reception->mail = (struct smtp_mail){0};
	reception->recipients = NULL;
	reception->wishes = NULL;
	reception->n_recipients = reception->n_wishes = reception->room = 0;
}

/* --- the envelope --- */

static struct submitter_rights rights_of(struct reception *reception)
{
	const struct reception_by *by = &reception->by;

	if (by->kind == RECEPTION_USER)
		return submitter_of_user(reception->submit->conf, by->uid, &reception->arena);
	struct submitter_rights rights = {.all = by->kind == RECEPTION_ANYBODY};
	if (by->kind == RECEPTION_TOKEN) {
		const char **one = arena_alloc(&reception->arena, sizeof *one);
		*one = by->organization;
		rights.organizations = (struct text_list){.text = one, .count = 1};
	}
	return rights;
}

static const struct organization *choose(struct reception *reception, struct slice given,
					 struct err *err)
{
	struct submitter_rights rights = rights_of(reception);

	return submitter_choose(reception->submit->conf, &rights, given,
				address_domain(reception->mail.sender), err);
}

/* The header may name another organization, with other limits; those are held to at the end. */
static bool find_limits(struct reception *reception, struct err *err)
{
	const struct submit *submit = reception->submit;
	const struct settings *settings = &submit->conf->settings;
	const struct organization *org = NULL;

	if (submit->queue && !(org = choose(reception, (struct slice){0}, err)))
		return false;
	if (org)
		settings = &org->settings;
	reception->max_recipients = settings->max_recipients;
	reception->max_bytes = (uint64_t)settings->max_message_bytes;
	return true;
}

static bool is_too_large(const struct reception *reception, uint64_t bytes, struct err *err)
{
	if (bytes <= reception->max_bytes)
		return false;
	return !err_too_large(err, "%llu bytes; %llu are allowed", (unsigned long long)bytes,
			      (unsigned long long)reception->max_bytes);
}

const char *reception_mail(struct reception *reception, const struct reception_by *by,
			   const struct smtp_mail *mail, struct err *err)
{
	reception_reset(reception);
	reception->by = *by;
	reception->mail = *mail;
	reception->mail.sender = arena_slice(&reception->arena, mail->sender);
	reception->mail.envid = arena_slice(&reception->arena, mail->envid);
	if (!find_limits(reception, err))
		return reception_refusal(err);
	return is_too_large(reception, mail->size, err) ? TOO_LARGE : NULL;
}

static void grow(struct reception *reception)
{
	size_t room = reception->room * 2 + 8;
	struct slice *more = arena_alloc(&reception->arena, room * sizeof *more);
	struct dsn_recipient *wishes = arena_alloc(&reception->arena, room * sizeof *wishes);

	if (reception->n_recipients)
		memcpy(more, reception->recipients, reception->n_recipients * sizeof *more);
	if (reception->n_wishes)
		memcpy(wishes, reception->wishes, reception->n_wishes * sizeof *wishes);
	reception->recipients = more;
	reception->wishes = wishes;
	reception->room = room;
}

const char *reception_recipient(struct reception *reception, const struct smtp_rcpt *rcpt,
				struct err *err)
{
	if (reception->n_recipients == reception->max_recipients) {
		err_set(err, EX_DATAERR, "no more than %u recipients", reception->max_recipients);
		return "452 4.5.3";
	}
	if (reception->n_recipients == reception->room)
		grow(reception);
	struct slice email = arena_slice(&reception->arena, rcpt->recipient);
	reception->recipients[reception->n_recipients++] = email;
	if (rcpt->notify || rcpt->orcpt.n)
		reception->wishes[reception->n_wishes++] = (struct dsn_recipient){
			.email = email,
			.notify = rcpt->notify,
			.orcpt = arena_slice(&reception->arena, rcpt->orcpt),
		};
	return NULL;
}

/* --- the message --- */

const char *reception_begin(struct reception *reception, struct err *err)
{
	const struct queue *queue = reception->submit->queue;

	return !queue || spool_has_room(queue->spool, err) ? NULL : reception_refusal(err);
}

void reception_add(struct reception *reception, struct slice bytes)
{
	if (!reception->failed.code)
		spill_add(&reception->body, bytes, &reception->failed);
}

static bool goes_in_circles(struct slice message)
{
	struct slice rest = mime_header_start(message);
	struct mime_header field;
	unsigned received = 0;

	while (mime_header_next(&rest, &field))
		received += slice_is_nocase(field.name, "Received");
	return received > RECEIVED_MOST;
}

static bool read_message(struct reception *reception, struct slice message,
			 struct submission *submission, struct err *err)
{
	struct submission_facts facts = *reception->caller;

	facts.sender = reception->mail.sender.n ? reception->mail.sender : slice_text("<>");
	facts.recipients = reception->recipients;
	facts.n_recipients = reception->n_recipients;
	facts.dsn = (struct dsn){.ret = reception->mail.ret,
				 .envid = reception->mail.envid,
				 .recipients = reception->wishes,
				 .n = reception->n_wishes};
	return submission_read(message, &facts, &reception->arena, submission, err);
}

/* What goes into .drop/ keeps what it asks for; mailq-pickup decides. */
static bool find_organization(struct reception *reception, struct request *request, struct err *err)
{
	if (!reception->submit->queue)
		return true;
	const struct organization *org = choose(reception, request->organization_id, err);
	if (org)
		request->organization_id = slice_text(org->id);
	return org != NULL;
}

const char *reception_end(struct reception *reception, char id[ID_SIZE], struct err *err)
{
	struct submission submission;
	struct slice message;

	*err = reception->failed;
	if (err->code || !spill_bytes(&reception->body, &message, err))
		return reception_refusal(err);
	if (is_too_large(reception, message.n, err))
		return TOO_LARGE;
	if (goes_in_circles(message)) {
		err_set(err, EX_DATAERR, "too many Received fields: it goes round in circles");
		return "554 5.4.6";
	}
	bool ok = read_message(reception, message, &submission, err) &&
		  find_organization(reception, submission.request, err) &&
		  submit_add(reception->submit, &submission, message, id, err);
	return ok ? NULL : reception_refusal(err);
}
