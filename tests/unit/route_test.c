#include "policy/route.h"

#include <check.h>
#include <string.h>

/* relay is the default and falls back to spare; bulk takes what has the tag "bulk". */
static const struct connector connectors[] = {
	{.id = "bulk", .kind = "smtp"},
	{.id = "relay", .kind = "smtp", .is_default = true, .fallback = "spare"},
	{.id = "spare", .kind = "maildir"},
};
#define PAUSED_BULK 1u
#define PAUSED_RELAY 2u
#define PAUSED_SPARE 4u

static const char *const bulk_tags[] = {"bulk"};
static const char *const home[] = {"*@acme.example"};
static const struct rule rules[] = {{
	.name = "newsletters",
	.tags = {bulk_tags, 1},
	.min_priority = -10,
	.max_priority = 10,
	.max_bytes = INT64_MAX,
	.connector = "bulk",
}};

#define NOW 1000000

static const struct {
	const char *tag, *own, *recipient; /* NULL: none; alice@acme.example */
	bool is_guarded;
	int64_t expires_ms;
	unsigned paused, refusals; /* by relay */
	bool in_doubt;             /* the last try's answer was lost */
	enum state to;
	const char *connector, *reason;
} cases[] = {
	{.to = STATE_ROUTED, .connector = "relay", .reason = "default"},
	{.tag = "bulk", .to = STATE_ROUTED, .connector = "bulk", .reason = "rule 1: newsletters"},
	{.tag = "other", .to = STATE_ROUTED, .connector = "relay", .reason = "default"},
	{.tag = "bulk",
	 .own = "spare",
	 .to = STATE_ROUTED,
	 .connector = "spare",
	 .reason = "connector_id"},
	{.own = "gone",
	 .to = STATE_HELD,
	 .reason = "connector_id: organization acme has no connector gone"},
	{.paused = PAUSED_RELAY,
	 .to = STATE_ROUTED,
	 .connector = "spare",
	 .reason = "fallback: relay is paused"},
	{.paused = PAUSED_RELAY | PAUSED_SPARE,
	 .to = STATE_ROUTED,
	 .connector = "relay",
	 .reason = "default"},
	{.refusals = 1, .to = STATE_ROUTED, .connector = "relay", .reason = "default"},
	{.refusals = 2,
	 .to = STATE_ROUTED,
	 .connector = "spare",
	 .reason = "fallback: relay has refused this message"},
	{.paused = PAUSED_RELAY,
	 .in_doubt = true,
	 .to = STATE_ROUTED,
	 .connector = "relay",
	 .reason = "default"},
	{.tag = "bulk",
	 .paused = PAUSED_BULK,
	 .to = STATE_ROUTED,
	 .connector = "bulk",
	 .reason = "rule 1: newsletters"},
	{.is_guarded = true, .to = STATE_ROUTED, .connector = "relay", .reason = "default"},
	{.is_guarded = true,
	 .recipient = "bob@example.net",
	 .to = STATE_HELD,
	 .reason = "deliver_only_to does not allow bob@example.net"},
	{.expires_ms = NOW + 1, .to = STATE_ROUTED, .connector = "relay", .reason = "default"},
	{.expires_ms = NOW, .to = STATE_FAILED, .reason = "expired"},
};

START_TEST(decides_where_a_message_goes_and_why)
{
	struct slice tag = slice_text(cases[_i].tag);
	struct request request = {
		.tags = &tag,
		.n_tags = cases[_i].tag != NULL,
		.connector_id = slice_text(cases[_i].own),
		.expires_ms = cases[_i].expires_ms,
	};
	struct story_recipient recipients[] = {
		{.email = SLICE("alice@acme.example")},
		{.email = slice_text(cases[_i].recipient)},
	};
	struct story_item items[3] = {0};
	struct story story = {
		.request = &request,
		.recipients = recipients,
		.n_recipients = cases[_i].recipient ? 2 : 1,
		.items = items,
		.n_items = cases[_i].refusals + cases[_i].in_doubt,
	};
	for (size_t i = 0; i < story.n_items; i++) {
		items[i].kind = STORY_ATTEMPT;
		items[i].attempt.connector_id = slice_text("relay");
		items[i].attempt.spent = true;
		items[i].attempt.result = cases[_i].in_doubt ? ATTEMPT_UNCERTAIN : ATTEMPT_DEFERRED;
	}
	struct organization org = {
		.id = "acme",
		.connectors = connectors,
		.connector_count = 3,
		.rules = rules,
		.rule_count = 1,
		.settings = {.fallback_after = 2},
		.guard = {.deliver_only_to = {home, cases[_i].is_guarded}},
	};
	bool paused[3];
	for (unsigned i = 0; i < 3; i++)
		paused[i] = cases[_i].paused & 1u << i;
	struct route_facts facts = {.story = &story, .paused = paused};

	struct route_decision decision = route_decide(&org, &facts, NOW);
	ck_assert_int_eq(decision.to, cases[_i].to);
	ck_assert_str_eq(decision.reason, cases[_i].reason);
	if (cases[_i].connector)
		ck_assert_str_eq(decision.connector->id, cases[_i].connector);
	else
		ck_assert_ptr_null(decision.connector);
}
END_TEST

START_TEST(holds_what_belongs_to_nobody)
{
	struct request request = {0};
	struct story story = {.request = &request};
	struct route_facts facts = {.story = &story};

	struct route_decision decision = route_decide(NULL, &facts, NOW);
	ck_assert_int_eq(decision.to, STATE_HELD);
	ck_assert_str_eq(decision.reason, "the organization is gone from the configuration");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy/route");
	TCase *t = tcase_create("route");

	tcase_add_loop_test(t, decides_where_a_message_goes_and_why, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_test(t, holds_what_belongs_to_nobody);
	suite_add_tcase(s, t);
	return s;
}
