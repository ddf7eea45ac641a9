#include "queue/look.h"

#include <check.h>

#include "queue_scratch.h"

#define MESSAGE_ENTRY "message Subject: Hi\r\n\r\nHello\r\n"

static const char *const queued[] = {"request " REQUEST, NULL};
static const char *const routed[] = {"request " REQUEST, MESSAGE_ENTRY, "route " ROUTE, NULL};
static const char *const parts[] = {"request " REQUEST, MESSAGE_ENTRY, "parts --x\r\n", NULL};

static void put_known(const char *id, enum state state, const char *kind,
		      const char *const *entries)
{
	put_file(id, state, kind, entries);
	queue_recover_one(queue, "acme", id);
}

/* The index is not told. */
static void move(const char *id, enum state from, const char *kind, enum state to)
{
	struct place place = place_make("acme", from, kind), target = place_make("acme", to, "");
	struct spool_file file;

	ck_assert_msg(spool_take(queue->spool, &place, id, &file, &err), "%s", err.text);
	ck_assert(spool_move(&file, &target, &err));
	spool_release(&file);
}

static void claim_for_sending(void)
{
	struct index_item items[8];
	struct index_claim claim = {.items = items};

	ck_assert(index_claim(queue->index, "send-smtp", 1, 8, &claim, &err));
	ck_assert_uint_eq(claim.count, 1);
}

static struct look_page listed(unsigned statuses)
{
	struct index_query query = {.statuses = statuses, .limit = 100};
	struct look_page page;

	ck_assert_msg(look_list(queue, &query, &arena, &page, &err), "%s", err.text);
	return page;
}

/* "queued routed": status and state of the only message listed. */
static const char *row_of(struct look_page page)
{
	static char text[64];

	if (page.count != 1)
		return page.count ? "several" : "none";
	snprintf(text, sizeof text, "%s %s", status_public_name(page.rows[0].status),
		 state_name(page.rows[0].state));
	return text;
}

START_TEST(a_message_is_sending_from_its_claim_on)
{
	const char *id = nth_id(1);
	struct look look;

	put_known(id, STATE_ROUTED, "smtp", routed);
	ck_assert_str_eq(row_of(listed(0)), "queued routed");
	claim_for_sending();
	ck_assert_str_eq(row_of(listed(0)), "sending routed");
	ck_assert_str_eq(row_of(listed(1u << STATUS_READY)), "none");
	ck_assert(look_open(queue, id, &look, &err));
	ck_assert_int_eq(look.status, STATUS_SENDING);
	ck_assert_int_eq(look.file.place.state, STATE_ROUTED);
	look_close(&look);

	move(id, STATE_ROUTED, "smtp", STATE_SENDING);
	ck_assert_str_eq(row_of(listed(1u << STATUS_SENDING)), "sending sending");
}
END_TEST

START_TEST(the_state_is_where_the_file_stands)
{
	const char *id = nth_id(1);

	put_known(id, STATE_QUEUED, "", queued);
	ck_assert_str_eq(row_of(listed(0)), "queued queued");
	move(id, STATE_QUEUED, "", STATE_RENDERED);
	ck_assert_str_eq(row_of(listed(0)), "queued rendered");
}
END_TEST

START_TEST(what_moved_out_of_what_was_asked_for_is_left_out)
{
	const char *id = nth_id(1);
	struct look_page page;
	struct look look;

	put_known(id, STATE_QUEUED, "", queued);
	page = listed(status_set(slice_text("queued")));
	move(id, STATE_QUEUED, "", STATE_CANCELLED);
	ck_assert_str_eq(row_of(listed(status_set(slice_text("queued")))), "none");
	ck_assert_str_eq(row_of(listed(0)), "cancelled cancelled");

	ck_assert_uint_eq(page.count, 1); /* a row that was read before still leads to it */
	ck_assert(look_open_row(queue, &page.rows[0], &look, &err));
	ck_assert_int_eq(look.status, STATUS_CANCELLED);
	look_close(&look);
}
END_TEST

START_TEST(a_deleted_message_is_left_out)
{
	struct look_page page;
	struct look look;

	put_known(nth_id(1), STATE_QUEUED, "", queued);
	page = listed(0);
	ck_assert_int_eq(system("rm spool/acme/queued/*"), 0);
	ck_assert_str_eq(row_of(listed(0)), "none");
	ck_assert(!look_open_row(queue, &page.rows[0], &look, &err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
	look_close(&look);
}
END_TEST

START_TEST(pages_follow_one_another)
{
	struct index_query query = {.limit = 2};
	struct look_page page = {.more = true};
	unsigned seen = 0;

	for (unsigned i = 1; i <= 5; i++)
		put_known(nth_id(i), STATE_QUEUED, "", queued);
	for (query.after = NULL; page.more; query.after = &page.last) {
		ck_assert(look_list(queue, &query, &arena, &page, &err));
		for (size_t i = 0; i < page.count; i++)
			ck_assert_str_eq(page.rows[i].record->id, nth_id(5 - seen++));
	}
	ck_assert_uint_eq(seen, 5);
}
END_TEST

START_TEST(one_message_is_found_without_the_index)
{
	const char *id = nth_id(1);
	struct look look;

	put_file(id, STATE_HELD, "", queued);
	ck_assert_msg(look_open(queue, id, &look, &err), "%s", err.text);
	ck_assert_int_eq(look.status, STATUS_HELD);
	ck_assert(slice_is(look.story.request->subject, "Hi"));
	look_close(&look);

	ck_assert(!look_open(queue, nth_id(2), &look, &err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
	look_close(&look);
	ck_assert(!look_open(queue, "../../etc/passwd", &look, &err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
	look_close(&look);
}
END_TEST

START_TEST(the_message_is_its_bytes_and_its_parts)
{
	static const struct {
		const char *const *entries;
		unsigned pieces;
	} cases[] = {{queued, 0}, {routed, 1}, {parts, 2}};
	struct slice pieces[LOOK_PIECES];
	struct look look;

	put_file(nth_id(1), STATE_HELD, "", cases[_i].entries);
	ck_assert(look_open(queue, nth_id(1), &look, &err));
	ck_assert_uint_eq(look_message(&look, pieces), cases[_i].pieces);
	if (cases[_i].pieces > 0)
		ck_assert(slice_is(pieces[0], "Subject: Hi\r\n\r\nHello\r\n"));
	if (cases[_i].pieces > 1)
		ck_assert(slice_is(pieces[1], "--x\r\n"));
	look_close(&look);
}
END_TEST

START_TEST(counts_are_by_organization_and_status)
{
	struct look_counts *counts;
	size_t n;

	ck_assert(look_counts(queue, slice_text(""), &arena, &counts, &n, &err));
	ck_assert_uint_eq(n, 0);

	put_known(nth_id(1), STATE_QUEUED, "", queued);
	put_known(nth_id(2), STATE_ROUTED, "smtp", routed);
	put_known(nth_id(3), STATE_HELD, "", queued);
	put_known(nth_id(4), STATE_SENT, "", routed);
	claim_for_sending();
	ck_assert(look_counts(queue, slice_text("acme"), &arena, &counts, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(look_count(counts, status_set(slice_text("queued"))), 2);
	ck_assert_uint_eq(look_count(counts, status_set(slice_text("ready"))), 1);
	ck_assert_uint_eq(look_count(counts, status_set(slice_text("sending"))), 1);
	ck_assert_uint_eq(look_count(counts, status_set(slice_text("sent"))), 1);
	ck_assert_int_eq(counts->oldest_ready_ms, 1000);
	ck_assert_int_eq(counts->oldest_due_ms, 0);
	ck_assert(look_counts(queue, slice_text("globex"), &arena, &counts, &n, &err));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_organization_is_configured_or_has_messages)
{
	put_known(nth_id(1), STATE_QUEUED, "", queued);
	ck_assert(look_organization(queue, slice_text("globex"), &err));
	ck_assert(!look_organization(queue, slice_text("initech"), &err));
	ck_assert_int_eq(err.code, EX_DATAERR);

	ck_assert_int_eq(system("rm -r organizations/acme &&"
				" sed -i s/acme/globex/ mailq.yaml"),
			 0);
	queue_close(queue);
	conf_free(conf);
	conf = conf_load("mailq.yaml", &err);
	open_queue(QUEUE_WORK);
	ck_assert(look_organization(queue, slice_text("acme"), &err));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("queue/look");
	TCase *t = tcase_create("look");

	tcase_add_checked_fixture(t, queue_enter, queue_leave);
	tcase_add_test(t, a_message_is_sending_from_its_claim_on);
	tcase_add_test(t, the_state_is_where_the_file_stands);
	tcase_add_test(t, what_moved_out_of_what_was_asked_for_is_left_out);
	tcase_add_test(t, a_deleted_message_is_left_out);
	tcase_add_test(t, pages_follow_one_another);
	tcase_add_test(t, one_message_is_found_without_the_index);
	tcase_add_loop_test(t, the_message_is_its_bytes_and_its_parts, 0, 3);
	tcase_add_test(t, counts_are_by_organization_and_status);
	tcase_add_test(t, an_organization_is_configured_or_has_messages);
	suite_add_tcase(s, t);
	return s;
}
