#include "queue/intake.h"

#include <check.h>
#include <fcntl.h>
#include <sys/file.h>

#include "queue_scratch.h"

static struct intake *intake;

static void set_up(void)
{
	queue_enter();
	intake = intake_open(queue, &err);
	ck_assert_msg(intake != NULL, "%s", err.text);
}

static void tear_down(void)
{
	intake_close(intake);
	queue_leave();
}

static struct request *request_of(const char *json)
{
	struct request_limits limits = intake_limits(conf);
	struct request *request = request_parse(slice_text(json), &arena, &limits, &err);

	ck_assert_msg(request != NULL, "%s", err.text);
	return request;
}

static bool add(const char *json, char id[ID_SIZE])
{
	return intake_add(intake, request_of(json), STATE_QUEUED, id, &err);
}

#define TO "\"to_emails\":[\"a@b.example\"],\"subject\":\"Hi\""

START_TEST(what_was_committed_is_on_disk_and_in_the_index)
{
	char id[ID_SIZE];
	struct index_record record;
	struct spool_file file;
	struct place place;

	ck_assert(add("{" TO "}", id));
	ck_assert_str_eq(place_of(id), "nowhere");
	ck_assert(intake_commit(intake, &err));

	ck_assert_str_eq(place_of(id), "queued");
	ck_assert(spool_find(queue->spool, "acme", id, &place));
	ck_assert(spool_take(queue->spool, &place, id, &file, &err)); /* nobody holds it any more */
	ck_assert_uint_eq(file.entries.count, 1);
	ck_assert_int_eq(file.entries.tail, ENTRY_TAIL_WHOLE);
	ck_assert(index_get(queue->index, id, &arena, &record, &err));
	ck_assert_int_eq(record.status, STATUS_READY);
	ck_assert_uint_eq(record.size, file.entries.at[0].body.n);
	ck_assert_int_eq(record.created_ms, file.entries.at[0].time_ms);
	ck_assert_str_eq(stage_of(id), "render");
	spool_release(&file);
}
END_TEST

START_TEST(the_configuration_fills_in_organization_and_sender)
{
	static const struct {
		const char *json, *organization, *from;
	} cases[] = {
		{"{" TO "}", "acme", "noreply@acme.example"},
		{"{" TO ",\"from_email\":\"x@globex.example\"}", "globex", "x@globex.example"},
		{"{" TO ",\"from_email\":\"x@globex.example\",\"organization_id\":\"acme\"}",
		 "acme", "x@globex.example"},
		{"{" TO ",\"from_email\":\"x@elsewhere.example\"}", "acme", "x@elsewhere.example"},
	};
	struct request *request = request_of(cases[_i].json);
	char id[ID_SIZE];

	ck_assert_msg(intake_add(intake, request, STATE_QUEUED, id, &err), "%s", err.text);
	ck_assert(slice_is(request->organization_id, cases[_i].organization));
	ck_assert(slice_is(request->from.email, cases[_i].from));
}
END_TEST

#define LONG \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
#define LONGER LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG

static const struct {
	const char *json, *says;
} refused[] = {
	{"{" TO ",\"organization_id\":\"nobody\"}", "no such organization 'nobody'"},
	{"{" TO ",\"organization_id\":\"globex\"}", "from_email: none given"},
	{"{" TO ",\"connector_id\":\"pigeon\"}", "has no connector pigeon"},
	{"{" TO ",\"connector_id\":\"../relay\"}", ""},
	{"{\"to_emails\":[\"a@b\",\"c@b\",\"d@b\",\"e@b\"],\"subject\":\"Hi\",\"body_text\":\"\"}",
	 "4 recipients; organization acme allows 3"},
	{"{" TO ",\"body_text\":\"" LONGER "\"}", "organization acme allows 1024"},
};

START_TEST(a_refused_message_leaves_nothing_and_stops_no_other)
{
	struct request_limits limits = intake_limits(conf);
	struct request *request =
		request_parse(slice_text(refused[_i].json), &arena, &limits, &err);
	char id[ID_SIZE], good[ID_SIZE];

	ck_assert(!request || !intake_check(intake, request, &err));
	ck_assert(!request || !intake_add(intake, request, STATE_QUEUED, id, &err));
	ck_assert_int_eq(err.code, EX_DATAERR);
	ck_assert_msg(strstr(err.text, refused[_i].says) != NULL, "%s", err.text);
	ck_assert_uint_eq(intake_count(intake), 0);
	ck_assert_int_eq(count_files(), 0);

	ck_assert(add("{" TO "}", good));
	ck_assert(intake_commit(intake, &err));
	ck_assert_int_eq(count_files(), 1);
	ck_assert_str_eq(place_of(good), "queued");
}
END_TEST

START_TEST(what_was_not_committed_is_given_up)
{
	char id[ID_SIZE];

	ck_assert(add("{" TO "}", id));
	ck_assert_int_eq(count_files(), 1); /* in .tmp/ */
	intake_close(intake);
	intake = NULL;
	ck_assert_int_eq(count_files(), 0);
	ck_assert_str_eq(status_in_index(id), "unknown");
}
END_TEST

START_TEST(a_batch_that_cannot_be_placed_is_refused_whole)
{
	char id[ID_SIZE];

	files_put("spool/acme", "in the way");
	for (int i = 0; i < 3; i++)
		ck_assert(add("{" TO "}", id));
	ck_assert(!intake_commit(intake, &err));
	ck_assert_int_eq(count_files(), 1); /* the one in the way */
	ck_assert_str_eq(status_in_index(id), "unknown");
	ck_assert_uint_eq(intake_count(intake), 0);

	ck_assert_int_eq(remove("spool/acme"), 0);
	ck_assert(add("{" TO "}", id));
	ck_assert_msg(intake_commit(intake, &err), "%s", err.text);
}
END_TEST

START_TEST(ids_are_in_the_order_of_the_messages)
{
	char before[ID_SIZE], id[ID_SIZE];

	ck_assert(add("{" TO "}", before));
	for (int i = 1; i < INTAKE_MOST; i++) {
		ck_assert(add("{" TO "}", id));
		ck_assert_str_lt(before, id);
		memcpy(before, id, ID_SIZE);
	}
	ck_assert(intake_commit(intake, &err));
	ck_assert_int_eq(count_files(), INTAKE_MOST);
}
END_TEST

START_TEST(a_draft_is_kept_and_worked_on_by_nobody)
{
	char id[ID_SIZE];

	ck_assert(intake_add(intake, request_of("{" TO "}"), STATE_DRAFT, id, &err));
	ck_assert(intake_commit(intake, &err));
	ck_assert_str_eq(place_of(id), "draft");
	ck_assert_str_eq(status_in_index(id), "draft");
	ck_assert_str_eq(stage_of(id), "none");
}
END_TEST

START_TEST(a_scheduled_message_waits_for_its_time)
{
	struct index_waits *waits;
	char id[ID_SIZE];
	size_t n;

	ck_assert(add("{" TO ",\"scheduled_at\":\"2100-01-01T00:00:00Z\"}", id));
	ck_assert(intake_commit(intake, &err));
	ck_assert_str_eq(place_of(id), "queued");
	ck_assert_str_eq(stage_of(id), "none");
	ck_assert(index_waits(queue->index, slice_text("acme"), &arena, &waits, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(waits[0].oldest_due_ms, 4102444800000);
	ck_assert_int_eq(waits[0].oldest_ready_ms, 0);
}
END_TEST

/* Somebody keeps the index's gate shut. */
START_TEST(accepts_without_the_index_and_a_check_enters_what_it_missed)
{
	int gate = open("spool/.index/gate", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char queued[ID_SIZE], draft[ID_SIZE];
	uint64_t found;

	ck_assert_int_eq(flock(gate, LOCK_EX), 0);
	ck_assert(add("{" TO "}", queued));
	ck_assert(intake_add(intake, request_of("{" TO "}"), STATE_DRAFT, draft, &err));
	ck_assert_msg(intake_commit(intake, &err), "%s", err.text);
	close(gate);

	ck_assert_str_eq(place_of(queued), "queued");
	ck_assert_str_eq(status_in_index(queued), "unknown");
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_uint_eq(found, 2);
	ck_assert_str_eq(stage_of(queued), "render");
	ck_assert_str_eq(status_in_index(draft), "draft");
	ck_assert(queue_check(queue, &found, &err));
	ck_assert_uint_eq(found, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("queue/intake");
	TCase *t = tcase_create("intake");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_was_committed_is_on_disk_and_in_the_index);
	tcase_add_loop_test(t, the_configuration_fills_in_organization_and_sender, 0, 4);
	tcase_add_loop_test(t, a_refused_message_leaves_nothing_and_stops_no_other, 0,
			    sizeof refused / sizeof *refused);
	tcase_add_test(t, what_was_not_committed_is_given_up);
	tcase_add_test(t, a_batch_that_cannot_be_placed_is_refused_whole);
	tcase_add_test(t, ids_are_in_the_order_of_the_messages);
	tcase_add_test(t, a_draft_is_kept_and_worked_on_by_nobody);
	tcase_add_test(t, a_scheduled_message_waits_for_its_time);
	tcase_add_test(t, accepts_without_the_index_and_a_check_enters_what_it_missed);
	suite_add_tcase(s, t);
	return s;
}
