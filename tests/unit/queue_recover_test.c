#include "queue/recover.h"

#include <check.h>
#include <sys/wait.h>

#include "queue/rebuild.h"
#include "queue_scratch.h"
#include "spool/ledger.h"

#define REQUEST_ENTRY "request " REQUEST
#define MESSAGE_ENTRY "message Subject: Hi\r\n\r\n"
#define ROUTE_ENTRY "route " ROUTE
#define DEFERRED_ENTRY                                                                             \
	"attempt {\"n\":1,\"spent\":true,\"connector_id\":\"relay\",\"result\":\"deferred\","      \
	"\"to\":\"deferred\",\"due\":\"2100-01-01T00:00:00Z\",\"error\":\"450\",\"recipients\":[]" \
	"}"
#define SENT                                                                                      \
	"{\"n\":1,\"spent\":true,\"connector_id\":\"relay\",\"result\":\"sent\",\"to\":\"sent\"," \
	"\"recipients\":[{\"email\":\"a@b.example\",\"verdict\":\"delivered\"}]}"
#define UNCERTAIN                                                                      \
	"{\"n\":1,\"spent\":true,\"connector_id\":\"relay\",\"result\":\"uncertain\"," \
	"\"to\":\"deferred\",\"due\":\"2100-01-01T00:00:00Z\",\"recipients\":[]}"

static const char *const bare[] = {REQUEST_ENTRY, NULL};
static const char *const rendered[] = {REQUEST_ENTRY, MESSAGE_ENTRY, NULL};
static const char *const routed[] = {REQUEST_ENTRY, MESSAGE_ENTRY, ROUTE_ENTRY, NULL};
static const char *const deferred[] = {REQUEST_ENTRY, MESSAGE_ENTRY, ROUTE_ENTRY, DEFERRED_ENTRY,
				       NULL};
static const char *const raw[] = {REQUEST_ENTRY, "raw Subject: Hi\r\n\r\n", NULL};
static const char *const hold[] = {REQUEST_ENTRY, MESSAGE_ENTRY,
				   "event {\"event\":\"hold\",\"to\":\"held\"}", NULL};
static const char *const released[] = {REQUEST_ENTRY,
				       "event {\"event\":\"release\",\"to\":\"queued\"}",
				       MESSAGE_ENTRY, NULL};
static const char *const no_request[] = {MESSAGE_ENTRY, NULL};
static const char *const bad_request[] = {"request {\"to_emails\":7}", MESSAGE_ENTRY, NULL};

/* Where a file's contents put it, and the stage that comes to it there; the rows of recover.h. */
/* clang-format off */
static const struct {
	enum state state;
	const char *kind;
	const char *const *entries;
	const char *place, *stage;
} table[] = {
	/* without a whole message, to queued; a message that came whole is one */
	{STATE_RENDERED,  "",        bare,        "queued",      "render"},
	{STATE_ROUTED,    "smtp",    bare,        "queued",      "render"},
	{STATE_SENDING,   "",        bare,        "queued",      "render"},
	{STATE_DEFERRED,  "",        bare,        "queued",      "render"},
	{STATE_RENDERED,  "",        raw,         "rendered",    "route"},
	/* routed without its route, to rendered */
	{STATE_ROUTED,    "smtp",    rendered,    "rendered",    "route"},
	{STATE_ROUTED,    "maildir", routed,      "rendered",    "route"},
	/* sending that no ledger names, to routed */
	{STATE_SENDING,   "",        routed,      "routed/smtp", "send-smtp"},
	{STATE_SENDING,   "",        rendered,    "rendered",    "route"},
	/* where its last entry leads, if that is an event */
	{STATE_RENDERED,  "",        hold,        "held",        "none"},
	{STATE_HELD,      "",        hold,        "held",        "none"},
	{STATE_RENDERED,  "",        released,    "rendered",    "route"},
	/* without a whole request, to .bad */
	{STATE_QUEUED,    "",        no_request,  "nowhere",     "none"},
	{STATE_RENDERED,  "",        bad_request, "nowhere",     "none"},
	/* what stands where it belongs, stays */
	{STATE_QUEUED,    "",        bare,        "queued",      "render"},
	{STATE_QUEUED,    "",        rendered,    "queued",      "render"},
	{STATE_RENDERED,  "",        rendered,    "rendered",    "route"},
	{STATE_ROUTED,    "smtp",    routed,      "routed/smtp", "send-smtp"},
	{STATE_DEFERRED,  "",        deferred,    "deferred",    "none"},
	{STATE_HELD,      "",        bare,        "held",        "none"},
	{STATE_DRAFT,     "",        bare,        "draft",       "none"},
	{STATE_SENT,      "",        routed,      "sent",        "none"},
	{STATE_FAILED,    "",        bare,        "failed",      "none"},
	{STATE_CANCELLED, "",        bare,        "cancelled",   "none"},
};
/* clang-format on */

START_TEST(contents_decide_where_a_message_belongs)
{
	const char *id = nth_id(1);

	put_file(id, table[_i].state, table[_i].kind, table[_i].entries);
	queue_recover_one(queue, "acme", id);
	ck_assert_str_eq(place_of(id), table[_i].place);
	ck_assert_str_eq(stage_of(id), table[_i].stage);
	ck_assert_int_eq(strcmp(status_in_index(id), "unknown") == 0,
			 strcmp(table[_i].place, "nowhere") == 0);
	ck_assert_int_eq(count_files(), 1); /* also what is damaged is kept */
}
END_TEST

START_TEST(a_message_in_other_hands_stays_as_it_is)
{
	const char *id = nth_id(1);
	struct place place = place_make("acme", STATE_RENDERED, "");
	struct spool_file file;

	put_file(id, STATE_RENDERED, "", bare);
	ck_assert(spool_take(queue->spool, &place, id, &file, &err));
	queue_recover_one(queue, "acme", id);
	ck_assert_str_eq(place_of(id), "rendered");
	ck_assert_str_eq(status_in_index(id), "unknown");
	spool_release(&file);
}
END_TEST

/* --- ledgers --- */

static void try_it(struct ledger *ledger, const char *id, const char *attempt)
{
	struct ledger_line line = {
		.org = "acme", .id = id, .n = 1, .time_ms = 9000, .attempt = slice_text(UNCERTAIN)};

	ledger_try(ledger, &line);
	line.attempt = slice_text(attempt ? attempt : "");
	if (attempt)
		ledger_attempt(ledger, &line);
	ck_assert_msg(ledger_flush(ledger, &err), "%s", err.text);
}

/* A sender that dies with this in its ledger. */
static void die_after_try(const char *id, const char *attempt)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		try_it(ledger_open(queue->spool, "smtp", &err), id, attempt);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(what_a_living_sender_tries_stays_in_sending)
{
	const char *id = nth_id(1);
	struct ledger *ledger = ledger_open(queue->spool, "smtp", &err);
	uint64_t found;

	put_file(id, STATE_SENDING, "", routed);
	try_it(ledger, id, NULL);
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_str_eq(place_of(id), "sending");
	ledger_close(ledger);
}
END_TEST

START_TEST(what_a_dead_sender_tried_is_uncertain)
{
	const char *id = nth_id(1);
	uint64_t found;

	put_file(id, STATE_SENDING, "", routed);
	die_after_try(id, NULL);
	ck_assert_msg(queue_check(queue, &found, &err), "%s", err.text);
	ck_assert_str_eq(place_of(id), "deferred");
	ck_assert_str_eq(status_in_index(id), "deferred");
}
END_TEST

START_TEST(a_dead_senders_verdict_reaches_file_and_index)
{
	const char *id = nth_id(1);

	put_file(id, STATE_SENDING, "", routed);
	die_after_try(id, SENT);
	ck_assert_msg(queue_replay(queue, &err), "%s", err.text);
	ck_assert_str_eq(place_of(id), "sent");
	ck_assert_str_eq(status_in_index(id), "sent");
}
END_TEST

/* --- claims that lapsed --- */

static struct index_claim claim_all(struct index_item *items)
{
	struct index_claim claim = {.items = items};

	ck_assert(index_claim(queue->index, "send-smtp", 1, 8, &claim, &err));
	return claim;
}

static struct index_claim claimed(const char *id, struct index_item items[8])
{
	put_file(id, STATE_ROUTED, "smtp", routed);
	queue_recover_one(queue, "acme", id);

	struct index_claim claim = claim_all(items);
	ck_assert_uint_eq(claim.count, 1);
	return claim;
}

START_TEST(a_claimed_message_that_was_not_tried_is_ready_again)
{
	const char *id = nth_id(1);
	struct index_item items[8];
	struct index_claim claim = claimed(id, items);

	queue_recover_claims(queue, "send-smtp", &claim);
	ck_assert_str_eq(stage_of(id), "send-smtp");
}
END_TEST

/* Its claimer died between the move and the index. */
START_TEST(a_claimed_message_that_was_sent_is_known_as_sent)
{
	const char *id = nth_id(1);
	struct index_item items[8];
	struct index_claim claim = claimed(id, items);
	struct spool_file file;
	struct place place = place_make("acme", STATE_ROUTED, "smtp");
	struct place sending = place_make("acme", STATE_SENDING, "");
	struct place sent = place_make("acme", STATE_SENT, "");

	ck_assert(spool_take(queue->spool, &place, id, &file, &err));
	ck_assert(spool_move(&file, &sending, &err));
	ck_assert(spool_append(&file, ENTRY_ATTEMPT, 9000, slice_text(SENT), &err));
	ck_assert(spool_move(&file, &sent, &err));
	spool_release(&file);
	ck_assert_str_eq(status_in_index(id), "sending");

	queue_recover_claims(queue, "send-smtp", &claim);
	ck_assert_str_eq(status_in_index(id), "sent");
	ck_assert_str_eq(stage_of(id), "none");
}
END_TEST

/* --- what the dead were moving --- */

/* Another process said that it moves this message, did so, and died. */
static void die_moving(const char *id)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct moving *moving = moving_open(queue->spool);
		moving_add(moving, "acme", id);
		moving_begin(moving);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(what_a_dead_process_moved_is_entered_where_it_stands)
{
	static const struct {
		enum state state;
		const char *const *entries;
		const char *status, *stage;
	} ends[] = {
		{STATE_QUEUED, bare, "ready", "render"},
		{STATE_RENDERED, released, "ready", "route"},
		{STATE_HELD, hold, "held", "none"},
		{STATE_DRAFT, bare, "draft", "none"},
		{STATE_CANCELLED, bare, "cancelled", "none"},
	};
	const char *id = nth_id(1);

	put_file(id, ends[_i].state, "", ends[_i].entries);
	die_moving(id);
	queue_recover_moving(queue);
	ck_assert_str_eq(status_in_index(id), ends[_i].status);
	ck_assert_str_eq(stage_of(id), ends[_i].stage);
}
END_TEST

START_TEST(what_a_dead_process_removed_is_forgotten)
{
	const char *id = nth_id(1);

	put_file(id, STATE_HELD, "", bare);
	queue_recover_one(queue, "acme", id);
	ck_assert_int_eq(system("rm spool/acme/held/*"), 0);
	die_moving(id);
	queue_recover_moving(queue);
	ck_assert_str_eq(status_in_index(id), "unknown");
}
END_TEST

START_TEST(what_is_in_other_hands_is_looked_at_again)
{
	const char *id = nth_id(1);
	struct place place = place_make("acme", STATE_QUEUED, "");
	struct spool_file file;

	put_file(id, STATE_QUEUED, "", bare);
	die_moving(id);
	ck_assert(spool_take(queue->spool, &place, id, &file, &err));
	queue_recover_moving(queue);
	ck_assert_str_eq(status_in_index(id), "unknown");
	spool_release(&file);
	queue_recover_moving(queue);
	ck_assert_str_eq(status_in_index(id), "ready");
}
END_TEST

/* --- what cannot be looked at --- */

static void break_rendered(void)
{
	mkdir("spool/acme", 0700);
	ck_assert_int_eq(symlink("rendered", "spool/acme/rendered"), 0);
}

static void mend_rendered(void)
{
	ck_assert_int_eq(unlink("spool/acme/rendered"), 0);
}

START_TEST(nothing_is_forgotten_before_it_was_looked_for_everywhere)
{
	const char *id = nth_id(1);

	put_file(id, STATE_HELD, "", bare);
	queue_recover_one(queue, "acme", id);
	ck_assert_int_eq(system("rm spool/acme/held/*"), 0);
	die_moving(id);
	break_rendered();
	queue_recover_moving(queue);
	ck_assert_str_eq(status_in_index(id), "held");
	mend_rendered();
	queue_recover_moving(queue);
	ck_assert_str_eq(status_in_index(id), "unknown");
}
END_TEST

START_TEST(no_ledger_goes_before_its_messages_were_looked_for)
{
	break_rendered();
	die_after_try(nth_id(1), NULL);
	ck_assert(!queue_replay(queue, &err));
	ck_assert_int_eq(system("ls spool/.ledger | grep -q smtp"), 0);
	mend_rendered();
	ck_assert_msg(queue_replay(queue, &err), "%s", err.text);
	ck_assert_int_ne(system("ls spool/.ledger | grep -q smtp"), 0);
}
END_TEST

START_TEST(an_index_without_what_could_not_be_read_is_none)
{
	const char *id = nth_id(1);
	uint64_t found;

	put_file(id, STATE_QUEUED, "", bare);
	ck_assert_int_eq(symlink("loop", "spool/loop"), 0); /* an organization */
	ck_assert(!queue_check(queue, &found, &err));
	ck_assert_int_eq(access("spool/" QUEUE_CHECK_WANTED, F_OK), 0);
	ck_assert(!queue_rebuild(queue, &err));
	ck_assert(index_is_stale(queue->index));
	ck_assert_int_eq(unlink("spool/loop"), 0);
	ck_assert_msg(queue_rebuild(queue, &err), "%s", err.text);
	ck_assert(!index_is_stale(queue->index));
	ck_assert_str_eq(status_in_index(id), "ready");
}
END_TEST

/* --- the check --- */

START_TEST(a_check_answers_who_wanted_it)
{
	uint64_t found;

	queue_want_check(queue);
	queue_want_check(queue);
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_int_ne(access("spool/" QUEUE_CHECK_WANTED, F_OK), 0);
	ck_assert_int_ne(access("spool/" QUEUE_CHECK_WANTED ".done", F_OK), 0);
}
END_TEST

START_TEST(a_check_enters_what_the_index_does_not_know)
{
	static const struct {
		enum state state;
		const char *const *entries;
		const char *status;
	} files[] = {
		{STATE_QUEUED, bare, "ready"},          {STATE_RENDERED, rendered, "ready"},
		{STATE_DEFERRED, deferred, "deferred"}, {STATE_HELD, bare, "held"},
		{STATE_DRAFT, bare, "draft"},           {STATE_SENDING, routed, "ready"},
	};
	const unsigned n = sizeof files / sizeof *files;
	uint64_t found;

	for (unsigned i = 0; i < n; i++)
		put_file(nth_id(i), files[i].state, "", files[i].entries);
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_uint_eq(found, n);
	for (unsigned i = 0; i < n; i++)
		ck_assert_str_eq(status_in_index(nth_id(i)), files[i].status);
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_uint_eq(found, 0);
}
END_TEST

/* A hold whose program died before it told the index. */
START_TEST(a_check_learns_that_a_message_was_held)
{
	const char *id = nth_id(1);
	struct place place = place_make("acme", STATE_QUEUED, "");
	struct place held = place_make("acme", STATE_HELD, "");
	struct spool_file file;
	uint64_t found;

	put_file(id, STATE_QUEUED, "", bare);
	queue_recover_one(queue, "acme", id);
	ck_assert(spool_take(queue->spool, &place, id, &file, &err));
	ck_assert(spool_move(&file, &held, &err));
	spool_release(&file);

	ck_assert(queue_check(queue, &found, &err));
	ck_assert_uint_eq(found, 1);
	ck_assert_str_eq(status_in_index(id), "held");
}
END_TEST

START_TEST(the_index_forgets_what_is_damaged)
{
	const char *id = nth_id(1);
	uint64_t found;

	put_file(id, STATE_HELD, "", bare);
	queue_recover_one(queue, "acme", id);
	ck_assert_str_eq(status_in_index(id), "held");
	ck_assert_int_eq(system("sed -i s/Hi/Ho/ spool/acme/held/*"), 0);
	queue_recover_one(queue, "acme", id);
	ck_assert_str_eq(place_of(id), "nowhere");
	ck_assert_str_eq(status_in_index(id), "unknown");
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_uint_eq(found, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("queue/recover");
	TCase *t = tcase_create("recover");

	tcase_add_checked_fixture(t, queue_enter, queue_leave);
	tcase_add_loop_test(t, contents_decide_where_a_message_belongs, 0,
			    sizeof table / sizeof *table);
	tcase_add_test(t, a_message_in_other_hands_stays_as_it_is);
	tcase_add_test(t, what_a_living_sender_tries_stays_in_sending);
	tcase_add_test(t, what_a_dead_sender_tried_is_uncertain);
	tcase_add_test(t, a_dead_senders_verdict_reaches_file_and_index);
	tcase_add_test(t, a_claimed_message_that_was_not_tried_is_ready_again);
	tcase_add_test(t, a_claimed_message_that_was_sent_is_known_as_sent);
	tcase_add_loop_test(t, what_a_dead_process_moved_is_entered_where_it_stands, 0, 5);
	tcase_add_test(t, what_a_dead_process_removed_is_forgotten);
	tcase_add_test(t, what_is_in_other_hands_is_looked_at_again);
	tcase_add_test(t, nothing_is_forgotten_before_it_was_looked_for_everywhere);
	tcase_add_test(t, no_ledger_goes_before_its_messages_were_looked_for);
	tcase_add_test(t, an_index_without_what_could_not_be_read_is_none);
	tcase_add_test(t, a_check_answers_who_wanted_it);
	tcase_add_test(t, a_check_enters_what_the_index_does_not_know);
	tcase_add_test(t, a_check_learns_that_a_message_was_held);
	tcase_add_test(t, the_index_forgets_what_is_damaged);
	suite_add_tcase(s, t);
	return s;
}
