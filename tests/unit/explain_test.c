#include "policy/explain.h"

#include <check.h>
#include <stdio.h>

#define SECOND 1000
#define NOW INT64_C(1795512600000) /* 2026-11-24T09:30:00Z */

static const struct settings settings = {.max_attempts = 5,
					 .retry_backoff_seconds = 60,
					 .retry_backoff_max_seconds = 14400};
static const struct connector relay = {.id = "relay", .kind = "smtp"};
static const struct request plain = {0}, expires = {.expires_ms = NOW + 60 * SECOND},
			    expired = {.expires_ms = NOW - 1}, once = {.max_attempts = 1},
			    templated = {.template_id = SLICE("welcome")};

#define EVENT(NAME, TO, REASON)                                                \
	{                                                                      \
		.kind = STORY_EVENT, .time_ms = NOW - 180 * SECOND, .event = { \
			.name = SLICE(NAME),                                   \
			.to = (TO),                                            \
			.by = SLICE("ann"),                                    \
			.reason = SLICE(REASON)                                \
		}                                                              \
	}
#define ATTEMPT(RESULT, TO, ERROR)                                                \
	{                                                                         \
		.kind = STORY_ATTEMPT, .time_ms = NOW - 60 * SECOND, .attempt = { \
			.connector_id = SLICE("relay"),                           \
			.result = (RESULT),                                       \
			.to = (TO),                                               \
			.error = SLICE(ERROR)                                     \
		}                                                                 \
	}

static struct story_item held_by_ann = EVENT("hold", STATE_HELD, "wrong price");
static struct story_item held_in_doubt = ATTEMPT(ATTEMPT_UNCERTAIN, STATE_HELD, "");
static struct story_item put_off = ATTEMPT(ATTEMPT_DEFERRED, STATE_DEFERRED, "450 later");
static struct story_item in_doubt = ATTEMPT(ATTEMPT_UNCERTAIN, STATE_DEFERRED, "reset");
static struct story_item failed_in_doubt = ATTEMPT(ATTEMPT_UNCERTAIN, STATE_FAILED, "reset");
static struct story_item untried = ATTEMPT(ATTEMPT_UNTRIED, STATE_RENDERED, "refused");
static struct story_item refused = ATTEMPT(ATTEMPT_FAILED, STATE_FAILED, "550 no");
static struct story_item has_expired = EVENT("route", STATE_FAILED, "expired");

static const struct {
	const char *name;
	enum state state;
	const struct request *request;
	struct story_item *item; /* the last, or NULL */
	unsigned spent;
	int64_t due_ms;
	enum breaker_why why;
	int64_t paused_ms; /* from now on */
	int64_t turn_ms;   /* from now on; 0: none */
	unsigned taken;    /* of two connections */
	const char *holder;
	bool is_short, is_copy, is_purged;
	const char *says, *is_silent_about;
} cases[] = {
	{"a draft says nothing of tries", .state = STATE_DRAFT,
	 .says = "A draft since 2026-11-24T09:20:00Z (10 min ago): nothing happens to it before "
		 "mailq-queue.",
	 .is_silent_about = "attempt"},
	{"scheduled", .state = STATE_QUEUED, .due_ms = NOW + 7200 * SECOND,
	 .says = "It is scheduled for 2026-11-24T11:30:00Z (in 2 h), and rendered then."},
	{"an operator's hold", .state = STATE_HELD, .item = &held_by_ann,
	 .says = "Held at 2026-11-24T09:27:00Z (3 min ago) by ann: wrong price.",
	 .is_silent_about = "next"},
	{"a hold in doubt", .state = STATE_HELD, .item = &held_in_doubt,
	 .says = "whether it arrived is not known, and relay holds such messages"},
	{"back from a pause", .state = STATE_RENDERED, .item = &untried,
	 .says = "It came back untried from relay at 2026-11-24T09:29:00Z (1 min ago): refused."},
	{"no try is the last one that never went", .state = STATE_RENDERED, .item = &untried,
	 .is_silent_about = "The last try"},
	{"put off", .state = STATE_DEFERRED, .item = &put_off, .spent = 1,
	 .due_ms = NOW + 10 * SECOND,
	 .says = "The last try, at 2026-11-24T09:29:00Z (1 min ago) by relay: deferred: 450 "
		 "later."},
	{"when next", .state = STATE_DEFERRED, .item = &put_off, .spent = 1,
	 .due_ms = NOW + 10 * SECOND,
	 .says = "The next try is due at 2026-11-24T09:30:10Z (in 10 s)."},
	{"the wait after that", .state = STATE_DEFERRED, .item = &put_off, .spent = 2,
	 .says = "the one after it comes about 4 min later"},
	{"the last attempt", .state = STATE_DEFERRED, .item = &put_off, .spent = 4,
	 .says = "The next attempt is the last", .is_silent_about = "the one after it"},
	{"its own number of attempts", .state = STATE_ROUTED, .request = &once,
	 .says = "0 of 1 attempts made, 1 left."},
	{"in doubt", .state = STATE_DEFERRED, .item = &in_doubt, .spent = 1,
	 .says = "It may have arrived: until that is known no other connector is taken."},
	{"a pause", .state = STATE_ROUTED, .why = BREAKER_UNREACHABLE, .paused_ms = 40 * SECOND,
	 .says = "relay is paused until 2026-11-24T09:30:40Z (in 40 s); since "
		 "2026-11-24T09:28:00Z (2 min ago) it cannot be reached: connect: refused."},
	{"after a pause", .state = STATE_ROUTED, .why = BREAKER_CREDENTIALS,
	 .says = "relay is to be tried again by one connection; since",
	 .is_silent_about = "paused"},
	{"a good connector is not spoken of", .state = STATE_ROUTED, .is_silent_about = "relay is"},
	{"a rate", .state = STATE_ROUTED, .turn_ms = 3 * SECOND,
	 .says = "The next turn there is at 2026-11-24T09:30:03Z (in 3 s)"},
	{"all connections are taken", .state = STATE_ROUTED, .taken = 2,
	 .says = "It waits for a connection: 2 of at most 2 (max_connections) are in use, or "
		 "being made.",
	 .is_silent_about = "next turn"},
	{"the first connection is being made", .state = STATE_ROUTED, .taken = 1,
	 .turn_ms = 3 * SECOND, .says = "1 of at most 2", .is_silent_about = "next turn"},
	{"one is free", .state = STATE_ROUTED, .taken = 1, .is_silent_about = "max_connections"},
	{"a pause tells more than that", .state = STATE_ROUTED, .taken = 2,
	 .why = BREAKER_UNREACHABLE, .paused_ms = 3 * SECOND, .says = "it cannot be reached",
	 .is_silent_about = "max_connections"},
	{"a pause tells more than a turn", .state = STATE_ROUTED, .turn_ms = 3 * SECOND,
	 .why = BREAKER_THROTTLED, .paused_ms = 3 * SECOND, .says = "it asks us to slow down",
	 .is_silent_about = "next turn"},
	{"expiry to come", .state = STATE_ROUTED, .request = &expires,
	 .says = "It expires at 2026-11-24T09:31:00Z (in 1 min)"},
	{"expiry past", .state = STATE_ROUTED, .request = &expired,
	 .says = "whoever takes it up next fails it", .is_silent_about = "next attempt"},
	{"expiry past during a try", .state = STATE_SENDING, .request = &expired,
	 .says = "If this attempt is put off"},
	{"failed by the remote", .state = STATE_FAILED, .item = &refused,
	 .says = "Failed at 2026-11-24T09:29:00Z (1 min ago) by relay: 550 no."},
	{"failed by us", .state = STATE_FAILED, .item = &has_expired,
	 .says = "Failed at 2026-11-24T09:27:00Z (3 min ago) by ann: expired."},
	{"a retry after expiry", .state = STATE_FAILED, .item = &has_expired, .request = &expired,
	 .says = "so mailq-retry would fail it again: it has to be submitted anew.",
	 .is_silent_about = "tries it again"},
	{"a retry of what was not rendered", .state = STATE_FAILED, .item = &has_expired,
	 .request = &templated,
	 .says = "mailq-retry tries it again, and renders it with its template as it is then."},
	{"no retry of what was purged", .state = STATE_FAILED, .item = &refused, .is_purged = true,
	 .says = "Its bodies were purged, so nothing is left to be sent",
	 .is_silent_about = "mailq-retry"},
	{"failed in doubt", .state = STATE_FAILED, .item = &failed_in_doubt,
	 .says = "It may have arrived all the same: a retry can make a second copy of it."},
	{"failed without a doubt", .state = STATE_FAILED, .item = &refused,
	 .is_silent_about = "may have arrived"},
	{"how to end a pause", .state = STATE_ROUTED, .why = BREAKER_UNREACHABLE,
	 .paused_ms = 40 * SECOND, .says = "mailq-connector resume relay lets it go at once."},
	{"a pause that ends before it is due", .state = STATE_DEFERRED, .item = &put_off,
	 .spent = 1, .due_ms = NOW + 60 * SECOND, .why = BREAKER_UNREACHABLE,
	 .paused_ms = 40 * SECOND, .is_silent_about = "paused"},
	{"a pause that ends after it is due", .state = STATE_DEFERRED, .item = &put_off, .spent = 1,
	 .due_ms = NOW + 30 * SECOND, .why = BREAKER_UNREACHABLE, .paused_ms = 40 * SECOND,
	 .says = "relay is paused until"},
	{"being sent", .state = STATE_SENDING, .holder = "mailq-send-smtp (process 7)",
	 .says = "mailq-send-smtp (process 7) is sending it, and waits for the answer of relay."},
	{"left by its sender", .state = STATE_SENDING, .says = "No process holds its file"},
	{"in other hands", .state = STATE_ROUTED, .holder = "mailq-hold (process 7)",
	 .says = "mailq-hold (process 7) has it in hand at this moment."},
	{"a full disk", .state = STATE_ROUTED, .is_short = true, .says = "The disk has no room"},
	{"a copy", .state = STATE_ROUTED, .is_copy = true, .says = "mailq-supervise --adopt"},
	{"what is sent does not care for the disk", .state = STATE_SENT, .is_short = true,
	 .is_silent_about = "disk"},
};

static const char *explain(size_t i, struct arena *arena)
{
	struct story story = {
		.request = cases[i].request ? cases[i].request : &plain,
		.created_ms = NOW - 600 * SECOND,
		.updated_ms = NOW - 600 * SECOND,
		.n = cases[i].spent,
		.spent = cases[i].spent,
		.due_ms = cases[i].due_ms,
		.items = cases[i].item,
		.n_items = cases[i].item != NULL,
		.last_error = cases[i].item ? cases[i].item->attempt.error : slice_text(""),
	};
	struct explain_facts facts = {
		.story = &story,
		.state = cases[i].state,
		.settings = &settings,
		.decision = {.to = STATE_ROUTED, .connector = &relay, .reason = "default"},
		.is_connector_there = true,
		.connector = {.id = "relay",
			      .breaker = {.why = cases[i].why,
					  .failures = cases[i].why != BREAKER_GOOD,
					  .until_ms = NOW + cases[i].paused_ms},
			      .since_ms = NOW - 120 * SECOND,
			      .text = "connect: refused"},
		.is_awaited = true,
		.connections = cases[i].taken,
		.connections_most = 2,
		.holder = cases[i].holder,
		.next_turn_ms = cases[i].turn_ms ? NOW + cases[i].turn_ms : 0,
		.is_short = cases[i].is_short,
		.is_copy = cases[i].is_copy,
		.is_purged = cases[i].is_purged,
		.now_ms = NOW,
	};
	struct explanation explanation;
	const char *text = "";

	explain_message(&facts, arena, &explanation);
	ck_assert_uint_gt(explanation.n, 0);
	for (size_t j = 0; j < explanation.n; j++)
		text = arena_format(arena, "%s%s\n", text, explanation.at[j]);
	return text;
}

START_TEST(says_what_is_known_and_no_more)
{
	struct arena arena = {0};
	const char *text = explain((size_t)_i, &arena), *silent = cases[_i].is_silent_about;

	if (cases[_i].says)
		ck_assert_msg(strstr(text, cases[_i].says), "%s: %s", cases[_i].name, text);
	if (silent)
		ck_assert_msg(!strstr(text, silent), "%s: %s", cases[_i].name, text);
	arena_free(&arena);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy/explain");
	TCase *t = tcase_create("explain");

	tcase_add_loop_test(t, says_what_is_known_and_no_more, 0, sizeof cases / sizeof *cases);
	suite_add_tcase(s, t);
	return s;
}
