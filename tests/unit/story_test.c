#include "message/story.h"

#include <check.h>

#define MOST 10

/* Reads "name body" lines as entries, the first at 1000 ms, each a second later. */
static bool read_lines(const char *const *lines, struct arena *arena, struct story *story,
		       struct err *err)
{
	struct entry entries[MOST];
	size_t n = 0;

	for (; n < MOST && lines[n]; n++) {
		struct slice rest = slice_text(lines[n]);
		ck_assert(slice_next(&rest, ' ', &entries[n].name));
		entries[n].body = rest;
		entries[n].time_ms = (int64_t)(n + 1) * 1000;
	}
	return story_read(entries, n, arena, story, err);
}

/* The facts on one line: what the index keeps. */
static const char *facts(const struct story *story)
{
	static struct buf out;

	buf_clear(&out);
	buf_addf(&out, "n=%u spent=%u to=%s due=%lld created=%lld updated=%lld by=%.*s%s%.*s",
		 story->n, story->spent, state_name(story->to), (long long)story->due_ms,
		 (long long)story->created_ms, (long long)story->updated_ms,
		 SLICE_ARGS(story->connector_id), story->last_error.n ? " error=" : "",
		 SLICE_ARGS(story->last_error));
	if (story->provider_message_id.n)
		buf_addf(&out, " pid=%.*s", SLICE_ARGS(story->provider_message_id));
	for (size_t i = 0; i < story->n_recipients; i++)
		buf_addf(&out, " %.*s:%s", SLICE_ARGS(story->recipients[i].email),
			 story_recipient_status(&story->recipients[i]));
	return out.p;
}

/* clang-format off */

#define REQUEST "request {\"to_emails\":[\"a@b\",\"c@d\"],\"subject\":\"Hi\"}"
#define REPLY(email, verdict) "{\"email\":\"" email "\",\"verdict\":\"" verdict "\",\"reply\":\"" verdict " " email "\"}"
#define ATTEMPT(n, spent, result, to, more, replies) \
	"attempt {\"n\":" n ",\"spent\":" spent ",\"connector_id\":\"c" n "\",\"result\":\"" result "\"," \
	"\"to\":\"" to "\"," more "\"recipients\":[" replies "]}"

static const struct {
	const char *lines[MOST];
	const char *facts; /* or "! " and the failure */
} stories[] = {
	{{REQUEST},
	 "n=0 spent=0 to= due=0 created=1000 updated=1000 by= a@b:pending c@d:pending"},
	{{"request {\"to_emails\":\"a@b\",\"connector_id\":\"own\",\"scheduled_at\":\"1970-01-01T00:01:00Z\"}"},
	 "n=0 spent=0 to= due=60000 created=1000 updated=1000 by=own a@b:pending"},
	{{REQUEST, "message x", "unheard of", "route {\"connector_id\":\"r\",\"kind\":\"smtp\"}"},
	 "n=0 spent=0 to= due=0 created=1000 updated=1000 by=r a@b:pending c@d:pending"},
	/* one delivered, one later; then that one too */
	{{REQUEST, ATTEMPT("1", "true", "deferred", "deferred",
			   "\"due\":\"1970-01-01T00:01:00Z\",\"error\":\"450\",",
			   REPLY("c@d", "transient") "," REPLY("a@b", "delivered"))},
	 "n=1 spent=1 to=deferred due=60000 created=1000 updated=2000 by=c1 error=450 "
	 "a@b:delivered c@d:pending"},
	{{REQUEST, ATTEMPT("1", "true", "deferred", "deferred", "\"error\":\"450\",",
			   REPLY("a@b", "delivered") "," REPLY("c@d", "transient")),
	  ATTEMPT("2", "true", "sent", "sent", "\"provider_message_id\":\"p\",", REPLY("c@D", "delivered"))},
	 "n=2 spent=2 to=sent due=0 created=1000 updated=3000 by=c2 error=450 pid=p "
	 "a@b:delivered c@d:delivered"},
	/* throttled: counted in n, not in spent; nobody was asked */
	{{REQUEST, ATTEMPT("1", "false", "untried", "routed", "", REPLY("a@b", "none"))},
	 "n=1 spent=0 to=routed due=0 created=1000 updated=2000 by=c1 a@b:pending c@d:pending"},
	{{REQUEST, ATTEMPT("1", "true", "uncertain", "deferred", "", "")},
	 "n=1 spent=1 to=deferred due=0 created=1000 updated=2000 by=c1 a@b:pending c@d:pending"},
	/* failed; retried by an operator: n goes on, spent begins again, who was refused is asked again */
	{{REQUEST, ATTEMPT("1", "true", "failed", "failed", "", REPLY("a@b", "delivered") "," REPLY("c@d", "permanent"))},
	 "n=1 spent=1 to=failed due=0 created=1000 updated=2000 by=c1 a@b:delivered c@d:failed"},
	{{REQUEST, ATTEMPT("1", "true", "failed", "failed", "", REPLY("a@b", "delivered") "," REPLY("c@d", "permanent")),
	  "event {\"name\":\"retry\",\"to\":\"rendered\",\"restarts\":true}"},
	 "n=1 spent=0 to=rendered due=0 created=1000 updated=3000 by=c1 a@b:delivered c@d:pending"},
	{{REQUEST, "event {\"name\":\"retry\",\"to\":\"rendered\",\"restarts\":true}",
	  ATTEMPT("2", "true", "deferred", "deferred", "", "")},
	 "n=2 spent=1 to=deferred due=0 created=1000 updated=3000 by=c2 a@b:pending c@d:pending"},
	{{REQUEST, "event {\"name\":\"hold\",\"to\":\"held\"}", "event {\"name\":\"opened\"}"},
	 "n=0 spent=0 to=held due=0 created=1000 updated=3000 by= a@b:pending c@d:pending"},
	{{REQUEST, "event {\"name\":\"release\",\"to\":\"queued\",\"due\":\"1970-01-01T00:01:00Z\"}"},
	 "n=0 spent=0 to=queued due=60000 created=1000 updated=2000 by= a@b:pending c@d:pending"},
	{{NULL}, "! no entry request"},
	{{"message x"}, "! no entry request"},
	{{"request {}"}, "! entry request: to_emails: no recipient"},
	{{REQUEST, "attempt {}"}, "! entry attempt: result: missing or unknown"},
	{{REQUEST, "event 7"}, "! entry event: must be an object"},
};

/* clang-format on */

START_TEST(folds_entries_into_facts)
{
	struct arena arena = {0};
	struct story story;
	struct err err = {0};

	if (read_lines(stories[_i].lines, &arena, &story, &err)) {
		ck_assert_str_eq(facts(&story), stories[_i].facts);
	} else {
		ck_assert_int_eq(stories[_i].facts[0], '!');
		ck_assert_str_eq(err.text, stories[_i].facts + 2);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(counts_what_was_accepted_not_what_was_made_of_it)
{
	static const char *const lines[] = {"request {\"to_emails\":\"a@b\"}", "parts 12345",
					    "message 1234567890", NULL};
	struct arena arena = {0};
	struct story story;
	struct err err = {0};

	ck_assert(read_lines(lines, &arena, &story, &err));
	ck_assert_uint_eq(story.size, strlen("{\"to_emails\":\"a@b\"}") + 5);
	ck_assert(story.has_message);
	ck_assert_uint_eq(story.n_pending, 1);
	arena_free(&arena);
}
END_TEST

START_TEST(what_came_whole_needs_no_rendering)
{
	static const char *const lines[] = {"request {\"to_emails\":\"a@b\"}", "raw 12345", NULL};
	struct arena arena = {0};
	struct story story;
	struct err err = {0};

	ck_assert(read_lines(lines, &arena, &story, &err));
	ck_assert(story.has_message);
	ck_assert_uint_eq(story.size, strlen("{\"to_emails\":\"a@b\"}") + 5);
	arena_free(&arena);
}
END_TEST

START_TEST(settles_a_thousand_recipients)
{
	struct buf request = {0}, attempt = {0};
	struct arena arena = {0};
	struct story story;
	struct err err = {0};

	buf_add_text(&request, "request {\"to_emails\":[");
	buf_add_text(&attempt,
		     "attempt {\"n\":1,\"result\":\"deferred\",\"to\":\"deferred\","
		     "\"recipients\":[");
	for (int i = 0; i < 1000; i++) {
		buf_addf(&request, "%s\"r%d@x.y\"", i ? "," : "", i);
		buf_addf(&attempt, "%s{\"email\":\"r%d@x.y\",\"verdict\":\"%s\"}", i ? "," : "", i,
			 i % 2 ? "delivered" : "transient");
	}
	buf_add_text(&request, "]}");
	buf_add_text(&attempt, "]}");

	const char *const lines[] = {request.p, attempt.p, NULL};
	ck_assert(read_lines(lines, &arena, &story, &err));
	ck_assert_uint_eq(story.n_recipients, 1000);
	ck_assert_uint_eq(story.n_pending, 500);
	buf_free(&request);
	buf_free(&attempt);
	arena_free(&arena);
}
END_TEST

START_TEST(tells_the_whole_story)
{
	static const char *const lines[] = {
		REQUEST, "route {\"connector_id\":\"c1\",\"kind\":\"smtp\",\"reason\":\"default\"}",
		ATTEMPT("1", "true", "deferred", "deferred",
			"\"due\":\"1970-01-01T00:01:00Z\",\"error\":\"450\",",
			REPLY("a@b", "transient")),
		"event {\"name\":\"note\",\"by\":\"uid 0\"}", NULL};
	static const char told[] =
		"{\"id\":\"ID\",\"status\":\"queued\",\"state\":\"deferred\","
		"\"organization_id\":\"acme\",\"to_emails\":[\"a@b\",\"c@d\"],\"subject\":\"Hi\","
		"\"attempts\":1,\"last_error\":\"450\",\"provider_message_id\":null,"
		"\"created_at\":\"1970-01-01T00:00:01.000Z\","
		"\"updated_at\":\"1970-01-01T00:00:04.000Z\","
		"\"next_attempt_at\":\"1970-01-01T00:01:00.000Z\",\"recipients\":["
		"{\"email\":\"a@b\",\"status\":\"pending\",\"reply\":\"transient a@b\"},"
		"{\"email\":\"c@d\",\"status\":\"pending\",\"reply\":null}],\"history\":["
		"{\"at\":\"1970-01-01T00:00:02.000Z\",\"what\":\"route\",\"connector_id\":\"c1\","
		"\"kind\":\"smtp\",\"reason\":\"default\"},"
		"{\"at\":\"1970-01-01T00:00:03.000Z\",\"what\":\"attempt\",\"n\":1,\"spent\":true,"
		"\"connector_id\":\"c1\",\"result\":\"deferred\",\"to\":\"deferred\","
		"\"due\":\"1970-01-01T00:01:00.000Z\",\"error\":\"450\",\"ms\":0,\"recipients\":["
		"{\"email\":\"a@b\",\"verdict\":\"transient\",\"reply\":\"transient a@b\"}]},"
		"{\"at\":\"1970-01-01T00:00:04.000Z\",\"what\":\"event\",\"name\":\"note\","
		"\"by\":\"uid 0\"}]}";
	struct arena arena = {0};
	struct story story;
	struct err err = {0};
	struct buf out = {0};

	ck_assert(read_lines(lines, &arena, &story, &err));
	story_write_json(&(struct json_out){.buf = &out}, &story, slice_text("ID"),
			 slice_text("acme"), STATUS_DEFERRED, STATE_DEFERRED);
	ck_assert_str_eq(out.p, told);
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("message/story");
	TCase *t = tcase_create("story");

	tcase_add_loop_test(t, folds_entries_into_facts, 0, sizeof stories / sizeof *stories);
	tcase_add_test(t, counts_what_was_accepted_not_what_was_made_of_it);
	tcase_add_test(t, what_came_whole_needs_no_rendering);
	tcase_add_test(t, settles_a_thousand_recipients);
	tcase_add_test(t, tells_the_whole_story);
	suite_add_tcase(s, t);
	return s;
}
