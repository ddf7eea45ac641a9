#include "queue/rebuild.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "queue_scratch.h"

#define MESSAGE_ENTRY "message Subject: Hi\r\n\r\n"
#define ATTEMPT(to, rest)                                                             \
	"attempt {\"n\":1,\"spent\":true,\"connector_id\":\"relay\",\"result\":\"" to \
	"\","                                                                         \
	"\"to\":\"" to "\",\"recipients\":[]" rest "}"

static const char *const queued[] = {"request " REQUEST, NULL};
static const char *const routed[] = {"request " REQUEST, MESSAGE_ENTRY, "route " ROUTE, NULL};
static const char *const deferred[] = {"request " REQUEST, MESSAGE_ENTRY, "route " ROUTE,
				       ATTEMPT("deferred", ",\"due\":\"2100-01-01T00:00:00Z\""),
				       NULL};
static const char *const failed[] = {"request " REQUEST, MESSAGE_ENTRY, "route " ROUTE,
				     ATTEMPT("failed", ",\"error\":\"550 no\""), NULL};
static const char *const held[] = {"request " REQUEST,
				   "event {\"name\":\"hold\",\"to\":\"held\",\"by\":\"uid 0\"}",
				   NULL};

static void put_all(void)
{
	put_file(nth_id(1), STATE_QUEUED, "", queued);
	put_file(nth_id(2), STATE_ROUTED, "smtp", routed);
	put_file(nth_id(3), STATE_DEFERRED, "", deferred);
	put_file(nth_id(4), STATE_FAILED, "", failed);
	put_file(nth_id(5), STATE_HELD, "", held);
	put_file(nth_id(6), STATE_DRAFT, "", queued);
	put_file(nth_id(7), STATE_SENT, "", routed);
}

static void rebuild(void)
{
	ck_assert_msg(queue_rebuild(queue, &err), "%s", err.text);
	ck_assert(!index_is_stale(queue->index));
}

START_TEST(tells_everything_that_the_files_say)
{
	struct index_record record;

	put_all();
	rebuild();
	ck_assert_str_eq(status_in_index(nth_id(1)), "ready");
	ck_assert_str_eq(status_in_index(nth_id(2)), "ready");
	ck_assert_str_eq(status_in_index(nth_id(3)), "deferred");
	ck_assert_str_eq(status_in_index(nth_id(4)), "failed");
	ck_assert_str_eq(status_in_index(nth_id(5)), "held");
	ck_assert_str_eq(status_in_index(nth_id(6)), "draft");
	ck_assert_str_eq(status_in_index(nth_id(7)), "sent");
	ck_assert_str_eq(stage_of(nth_id(1)), "render");
	ck_assert_str_eq(stage_of(nth_id(2)), "send-smtp");
	ck_assert_str_eq(stage_of(nth_id(3)), "none"); /* it waits */
	ck_assert_str_eq(stage_of(nth_id(5)), "none");

	ck_assert(index_get(queue->index, nth_id(4), &arena, &record, &err));
	ck_assert_int_eq(record.created_ms, 1000);
	ck_assert_int_eq(record.updated_ms, 4000);
	ck_assert_uint_eq(record.attempts, 1);
	ck_assert(slice_is(record.connector, "relay"));
	ck_assert(slice_is(record.last_error, "550 no"));
	ck_assert(slice_is(record.subject, "Hi"));
	ck_assert_uint_eq(record.recipient_count, 1);
}
END_TEST

START_TEST(gives_the_same_again)
{
	put_all();
	rebuild();
	char *first = dumped();
	rebuild();
	char *second = dumped();
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(is_equal_to_what_was_kept_along_the_way)
{
	put_all();
	for (unsigned i = 1; i <= 7; i++)
		queue_recover_one(queue, "acme", nth_id(i));
	char *kept = dumped();
	rebuild();
	char *anew = dumped();
	ck_assert_str_eq(kept, anew);
	free(kept);
	free(anew);
}
END_TEST

START_TEST(forgets_what_has_no_file)
{
	put_all();
	rebuild();
	ck_assert_int_eq(system("rm spool/acme/held/* spool/acme/sent/*/*"), 0);
	rebuild();
	ck_assert_str_eq(status_in_index(nth_id(5)), "unknown");
	ck_assert_str_eq(status_in_index(nth_id(7)), "unknown");
}
END_TEST

START_TEST(comes_by_itself_after_the_index_was_deleted)
{
	put_all();
	queue_close(queue);
	ck_assert_int_eq(system("rm -rf spool/.index"), 0);
	open_queue(QUEUE_WORK);
	ck_assert_str_eq(status_in_index(nth_id(5)), "held");
}
END_TEST

START_TEST(does_not_keep_an_acceptor_waiting)
{
	put_all();
	queue_close(queue);
	ck_assert_int_eq(system("rm -rf spool/.index"), 0);
	open_queue(QUEUE_ACCEPT);
	ck_assert(index_is_stale(queue->index));
	ck_assert_str_eq(status_in_index(nth_id(5)), "unknown");
}
END_TEST

START_TEST(is_not_needed_where_no_message_came_to_yet)
{
	queue_close(queue);
	ck_assert_int_eq(system("rm -rf spool/.index spool/acme spool/globex"), 0);
	open_queue(QUEUE_ACCEPT);
	ck_assert(!index_is_stale(queue->index));
}
END_TEST

/* Holds a message until the rebuild has begun. */
static pid_t hold_for_a_while(const char *id)
{
	int ready[2];
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct place place = place_make("acme", STATE_QUEUED, "");
		struct spool_file file;
		bool ok = spool_take(queue->spool, &place, id, &file, &err);
		while (ok && write(ready[1], "!", 1) == 1 && access("spool/.run/rebuild", F_OK) < 0)
			poll(NULL, 0, 1);
		_exit(!ok); /* the kernel drops the lock */
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

START_TEST(comes_back_to_a_message_in_other_hands)
{
	int status;

	put_all();
	pid_t pid = hold_for_a_while(nth_id(1));
	rebuild();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_str_eq(status_in_index(nth_id(1)), "ready");
	ck_assert_str_eq(stage_of(nth_id(1)), "render");
}
END_TEST

START_TEST(leaves_it_to_another_process_that_has_begun)
{
	int fd = open("spool/.run/rebuild", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	put_all();
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert(queue_rebuild(queue, &err));
	ck_assert_str_eq(status_in_index(nth_id(1)), "unknown");
	close(fd);
}
END_TEST

START_TEST(files_damage_away_and_goes_on)
{
	static const char *const none[] = {"request 7", NULL};

	put_all();
	put_file(nth_id(0), STATE_QUEUED, "", none);
	rebuild();
	ck_assert_str_eq(place_of(nth_id(0)), "nowhere");
	ck_assert_str_eq(status_in_index(nth_id(0)), "unknown");
	ck_assert_str_eq(status_in_index(nth_id(1)), "ready");
	ck_assert_int_eq(count_files(), 8);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("queue/rebuild");
	TCase *t = tcase_create("rebuild");

	tcase_add_checked_fixture(t, queue_enter, queue_leave);
	tcase_add_test(t, tells_everything_that_the_files_say);
	tcase_add_test(t, gives_the_same_again);
	tcase_add_test(t, is_equal_to_what_was_kept_along_the_way);
	tcase_add_test(t, forgets_what_has_no_file);
	tcase_add_test(t, comes_by_itself_after_the_index_was_deleted);
	tcase_add_test(t, does_not_keep_an_acceptor_waiting);
	tcase_add_test(t, is_not_needed_where_no_message_came_to_yet);
	tcase_add_test(t, comes_back_to_a_message_in_other_hands);
	tcase_add_test(t, leaves_it_to_another_process_that_has_begun);
	tcase_add_test(t, files_damage_away_and_goes_on);
	suite_add_tcase(s, t);
	return s;
}
