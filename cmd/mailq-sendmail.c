/*
 * mailq-sendmail: takes one message as sendmail(8) does, so that whatever mails through a program
 * mails through mailq.
 *
 * Manual: man/mailq-sendmail.1.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/options.h"
#include "base/print.h"
#include "base/process.h"
#include "queue/act.h"
#include "queue/caller.h"
#include "queue/explain.h"
#include "queue/listing.h"
#include "queue/sendmail.h"
#include "queue/smtpd_talk.h"
#include "queue/verdict.h"

#define WAIT_MS 60000 /* -odi: for a verdict */

struct program {
	struct sendmail call;
	struct caller caller;
	struct submit submit;
	struct arena arena;
	struct spill message;
};

static int fail(const struct err *err)
{
	sendmail_warn("%s", err->text);
	return err->code;
}

static bool read_message(struct program *p, struct slice *message, struct err *err)
{
	return submit_read(&p->submit, STDIN_FILENO, !p->call.dot_is_text, &p->message, message,
			   err);
}

static int wait_for_verdict(struct program *p, const char *id)
{
	enum verdict_told told;
	struct err why, err = {0};

	if (!p->submit.queue) {
		sendmail_warn("%s: queued; not allowed to wait for its verdict", id);
		return 0;
	}
	if (!verdict_wait(p->submit.queue, id, WAIT_MS, &told, &why, &err))
		return fail(&err);
	if (told == VERDICT_SENT)
		return 0;
	sendmail_warn("%s: %s%s%s", id, told == VERDICT_REFUSED ? "failed" : "queued, not sent yet",
		      *why.text ? ": " : "", why.text);
	return told == VERDICT_REFUSED ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

static int deliver(struct program *p)
{
	struct submission submission;
	struct slice message;
	struct err err = {0};
	char id[ID_SIZE];

	if (!p->call.facts.read_headers && p->call.facts.n_recipients == 0)
		options_misuse("no recipient on the command line, and no -t");
	if (!read_message(p, &message, &err) ||
	    !submission_read(message, &p->call.facts, &p->arena, &submission, &err) ||
	    !submit_message(&p->submit, &submission, message, id, &err))
		return fail(&err);
	if (p->call.verbose)
		fprintf(stderr, "%s\n", id);
	return p->call.waits ? wait_for_verdict(p, id) : 0;
}

/* What -bv and -bt are asked about: a message of the command line, or with -t of the input. */
static bool read_question(struct program *p, struct submission *submission, struct err *err)
{
	struct slice message = slice_make("", 0);

	if (!p->call.facts.read_headers && p->call.facts.n_recipients == 0)
		options_misuse("no recipient on the command line, and no -t");
	return (!p->call.facts.read_headers || read_message(p, &message, err)) &&
	       submission_read(message, &p->call.facts, &p->arena, submission, err);
}

static int verify(struct program *p)
{
	struct print print = print_open(stdout);
	struct submission submission;
	struct err err = {0};

	if (!read_question(p, &submission, &err) || !submit_check(&p->submit, &submission, &err))
		return fail(&err);

	const struct request *request = submission.request;
	struct address_list all = request_recipients(request, &p->arena);
	for (size_t i = 0; i < all.n; i++)
		printf("%.*s... deliverable%s%.*s\n", SLICE_ARGS(all.at[i].email),
		       request->organization_id.n ? " by " : "",
		       SLICE_ARGS(request->organization_id));
	return print_close(&print, &err) ? 0 : fail(&err);
}

/* Were it sent to this one alone. */
static bool explain_one(struct program *p, const struct request *request, struct address *to,
			struct print *print, struct err *err)
{
	struct request alone = *request;
	struct explain_request_facts facts;
	struct explanation explanation;

	alone.to = (struct address_list){.at = to, .n = 1};
	alone.cc = alone.bcc = (struct address_list){0};
	if (!queue_explain_request(p->submit.queue, &alone, &p->arena, &facts, err))
		return false;
	explain_request(&facts, &p->arena, &explanation);
	print_text(print, to->email, SIZE_MAX);
	putc('\n', print->out);
	for (size_t i = 0; i < explanation.n; i++) {
		fputs("  ", print->out);
		print_text(print, slice_text(explanation.at[i]), SIZE_MAX);
		putc('\n', print->out);
	}
	return true;
}

static int explain(struct program *p)
{
	struct print print = print_open(stdout);
	struct submission submission;
	struct err err = {0};

	if (!read_question(p, &submission, &err))
		return fail(&err);
	struct address_list all = request_recipients(submission.request, &p->arena);
	for (size_t i = 0; i < all.n; i++)
		if (!explain_one(p, submission.request, &all.at[i], &print, &err))
			return fail(&err);
	return print_close(&print, &err) ? 0 : fail(&err);
}

static int talk_smtp(struct program *p)
{
	struct err err = {0};
	bool ok = smtpd_talk(&p->submit, &p->call.facts, STDIN_FILENO, STDOUT_FILENO, &err);

	return ok ? 0 : fail(&err);
}

/* Everything that waits is looked at now; of one id, the time it waits for is passed over. */
static int run_queue(struct program *p)
{
	struct queue *queue = p->submit.queue;
	struct act act = {.verb = VERB_SEND_NOW, .by = "mailq-sendmail -qI"};
	struct err err = {0};

	if (p->call.run_id)
		return queue_act(queue, p->call.run_id, &act, &err) ? 0 : fail(&err);
	queue_ring_all(queue);
	return 0;
}

static int list_queue(struct program *p)
{
	struct err err = {0};

	return listing_print(p->submit.queue, stdout, &err) ? 0 : fail(&err);
}

/* --- main --- */

static const struct {
	int (*run)(struct program *p);
	enum queue_use use;
	bool trusted; /* only for root and the spool's owner */
} modes[] = {
	[SENDMAIL_DELIVER] = {deliver, QUEUE_ACCEPT, false},
	[SENDMAIL_VERIFY] = {verify, QUEUE_ACCEPT, false},
	[SENDMAIL_EXPLAIN] = {explain, QUEUE_ACCEPT, true},
	[SENDMAIL_SMTP] = {talk_smtp, QUEUE_ACCEPT, false},
	[SENDMAIL_LIST] = {list_queue, QUEUE_WORK, true},
	[SENDMAIL_RUN] = {run_queue, QUEUE_WORK, true},
};

static int run(struct program *p)
{
	struct err err = {0};

	p->caller.full_name = p->call.full_name;
	caller_tell(&p->caller, &p->call.facts);
	if (!submit_open(&p->submit, p->call.conf_path, modes[p->call.mode].use, &err)) {
		/* the client hears it too, in place of a greeting */
		if (p->call.mode == SENDMAIL_SMTP)
			printf("421 4.3.0 %s\r\n", err.text);
		return fail(&err);
	}
	if (modes[p->call.mode].trusted && !p->submit.queue) {
		sendmail_warn("the queue is for root and its owner; see mailq-list(1)");
		return EX_NOPERM;
	}
	if (p->submit.wrong.code)
		sendmail_warn("%s: left to mailq-pickup", p->submit.wrong.text);
	return modes[p->call.mode].run(p);
}

int main(int argc, char **argv)
{
	struct program program = {.caller = {.uid = getuid(), .arena = &program.arena}};

	process_settle();
	sendmail_read(&program.call, argc, argv);
	int code = program.call.mode == SENDMAIL_NOTHING ? 0 : run(&program);
	spill_clear(&program.message);
	submit_close(&program.submit);
	arena_free(&program.arena);
	sendmail_free(&program.call);
	return code;
}
