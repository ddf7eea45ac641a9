#include "spool/spool.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "spool/accept.h"
#include "spool/ledger.h"
#include "spool/replay.h"

static const char id[] = "01jddxv7q8zkj3m5n6p7r8s9t0";

static char root[] = "/tmp/mailq-spool-XXXXXX";
static struct spool *spool;
static struct err err;

static void set_up(void)
{
	strcpy(root + sizeof root - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	spool = spool_open(&(struct spool_options){.path = root}, &err);
	ck_assert_msg(spool != NULL, "%s", err.text);
}

static void tear_down(void)
{
	char *command = mem_format("rm -rf %s", root);

	spool_close(spool);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

static void put(const char *name, const struct place *place)
{
	struct accept *accept = accept_open(spool, &err);
	struct buf bytes = {0};

	entry_write_format(&bytes, ENTRY_FORMAT_MESSAGE, name);
	entry_write(&bytes, name, ENTRY_REQUEST, 1000, slice_text("{}"));
	struct slice piece = buf_slice(&bytes);
	struct accept_file *file = accept_file(accept, place, name, &err);
	ck_assert_ptr_nonnull(file);
	ck_assert(accept_write(file, &piece, 1, &err));
	ck_assert(accept_end(file, &err));
	ck_assert_msg(accept_commit(accept, &err), "%s", err.text);
	accept_close(accept);
	buf_free(&bytes);
}

static struct spool_file taken(const char *name, struct place place)
{
	struct spool_file file;

	ck_assert_msg(spool_take(spool, &place, name, &file, &err), "%s", err.text);
	return file;
}

static enum state state_of(const char *name)
{
	struct place place;

	return spool_find(spool, NULL, name, &place) ? place.state : STATE_NONE;
}

static bool count_one(void *context, const struct place *place, const char *name)
{
	(void)place, (void)name;
	++*(int *)context;
	return true;
}

static int files_in(enum state state)
{
	int count = 0;

	spool_each_file(spool, "acme", state, count_one, &count);
	return count;
}

/* --- looking --- */

/* A state directory that cannot be read. */
static void break_rendered(void)
{
	mkdirat(spool_fd(spool), "acme", 0700);
	ck_assert_int_eq(symlinkat("rendered", spool_fd(spool), "acme/rendered"), 0);
}

START_TEST(what_could_not_be_looked_for_is_not_gone)
{
	struct place place;

	ck_assert(!spool_find(spool, NULL, id, &place));
	ck_assert_int_eq(errno, ENOENT);
	break_rendered();
	for (int any = 0; any < 2; any++) {
		ck_assert(!spool_find(spool, any ? NULL : "acme", id, &place));
		ck_assert_int_eq(errno, ELOOP);
	}
	place = place_make("acme", STATE_HELD, "");
	put(id, &place);
	ck_assert_int_eq(state_of(id), STATE_HELD);
}
END_TEST

START_TEST(a_directory_that_cannot_be_read_is_not_empty)
{
	int count = 0;

	ck_assert(spool_each_file(spool, "loop", STATE_RENDERED, count_one, &count));
	ck_assert_int_eq(symlinkat("loop", spool_fd(spool), "loop"), 0);
	ck_assert(!spool_each_file(spool, "loop", STATE_RENDERED, count_one, &count));
	ck_assert_int_eq(errno, ELOOP);
}
END_TEST

/* --- files --- */

START_TEST(a_file_is_taken_by_one_at_a_time)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	struct spool_file first, second;

	put(id, &queued);
	first = taken(id, queued);
	ck_assert(!spool_take(spool, &queued, id, &second, &err));
	ck_assert_int_eq(err.code, EX_TEMPFAIL);
	spool_release(&first);
	second = taken(id, queued);
	spool_release(&second);
}
END_TEST

START_TEST(a_file_moves_with_what_was_appended)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	struct place rendered = place_make("acme", STATE_RENDERED, "");
	struct place routed = place_make("acme", STATE_ROUTED, "smtp");
	struct place sending = place_make("acme", STATE_SENDING, "");
	struct place sent = place_make("acme", STATE_SENT, "");
	struct spool_file file;

	put(id, &queued);
	file = taken(id, queued);
	ck_assert(spool_append(&file, ENTRY_MESSAGE, 2000, slice_text("Subject: x\r\n"), &err));
	ck_assert(spool_move(&file, &rendered, &err));
	ck_assert(spool_move(&file, &routed, &err));
	ck_assert(spool_move(&file, &sending, &err));
	ck_assert(spool_append(&file, ENTRY_ATTEMPT, 3000, slice_text("{\"n\":1}"), &err));
	ck_assert(spool_move(&file, &sent, &err));
	spool_release(&file);

	ck_assert_int_eq(state_of(id), STATE_SENT);
	ck_assert_int_eq(files_in(STATE_QUEUED) + files_in(STATE_ROUTED), 0);
	ck_assert_int_eq(files_in(STATE_SENT), 1);
	file = taken(id, sent);
	ck_assert_uint_eq(file.entries.count, 3);
	spool_release(&file);
}
END_TEST

START_TEST(a_torn_tail_is_cut_by_the_next_writer)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	char *path = mem_format("%s/acme/queued/%s", root, id);
	struct spool_file file;

	put(id, &queued);
	int fd = open(path, O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(fd, "%message 100 1234", 17), 17);
	close(fd);
	file = taken(id, queued);
	ck_assert_int_eq(file.entries.tail, ENTRY_TAIL_TORN);
	ck_assert(spool_append(&file, ENTRY_EVENT, 2000, slice_text("{}"), &err));
	ck_assert(spool_reread(&file, &err));
	ck_assert_int_eq(file.entries.tail, ENTRY_TAIL_WHOLE);
	ck_assert_uint_eq(file.entries.count, 2);
	spool_release(&file);
	free(path);
}
END_TEST

/* Tears a tail onto the file and cuts it off, until it is killed. */
static pid_t start_cutter(const struct place *place, int fd)
{
	static const char tail[300000] = "%message 9999999 1234";
	pid_t pid = fork();

	while (pid == 0) {
		struct spool_file file;

		if (write(fd, tail, sizeof tail) != sizeof tail ||
		    !spool_take(spool, place, id, &file, &err) || !spool_cut(&file, &err))
			_exit(1);
		spool_release(&file);
	}
	return pid;
}

START_TEST(who_peeks_outlives_that_a_tail_is_cut_off)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	char *path = mem_format("%s/acme/queued/%s", root, id);
	unsigned torn = 0;
	int status;

	put(id, &queued);
	pid_t pid = start_cutter(&queued, open(path, O_WRONLY | O_APPEND));
	while (torn < 500) {
		struct spool_file file;

		ck_assert_msg(spool_peek(spool, &queued, id, &file, &err), "%s", err.text);
		ck_assert_uint_eq(file.entries.count, 1);
		torn += file.entries.tail == ENTRY_TAIL_TORN;
		spool_release(&file);
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	free(path);
}
END_TEST

START_TEST(nothing_is_moved_over_another_file)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	struct place held = place_make("acme", STATE_HELD, "");
	struct spool_file file;

	put(id, &queued);
	put(id, &held);
	file = taken(id, queued);
	ck_assert(!spool_move(&file, &held, &err));
	spool_release(&file);
	ck_assert_int_eq(files_in(STATE_QUEUED), 1);
	ck_assert_int_eq(files_in(STATE_HELD), 1);
}
END_TEST

START_TEST(links_are_not_followed)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	char *command = mem_format(
		"mkdir -p %s/acme/queued; echo x > %s/x; ln -s ../../x "
		"%s/acme/queued/%s; mkfifo %s/acme/queued/01jddxv7q8zkj3m5n6p7r8s9t1",
		root, root, root, id, root);
	struct spool_file file;

	ck_assert_int_eq(system(command), 0);
	ck_assert(!spool_take(spool, &queued, id, &file, &err));
	ck_assert(!spool_take(spool, &queued, "01jddxv7q8zkj3m5n6p7r8s9t1", &file, &err));
	free(command);
}
END_TEST

/* --- accepting --- */

START_TEST(a_batch_that_cannot_be_placed_is_taken_back_whole)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	const char *others[] = {"01jddxv7q8zkj3m5n6p7r8s9t1", "01jddxv7q8zkj3m5n6p7r8s9t2", id};
	struct accept *accept;

	put(id, &queued);
	accept = accept_open(spool, &err);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(accept_file(accept, &queued, others[i], &err));
	ck_assert(!accept_commit(accept, &err));
	accept_close(accept);
	ck_assert_int_eq(files_in(STATE_QUEUED), 1);
}
END_TEST

START_TEST(sweeping_spares_what_a_living_writer_holds)
{
	struct place queued = place_make("acme", STATE_QUEUED, "");
	struct accept *accept = accept_open(spool, &err);
	char *path = mem_format("%s/.tmp/left", root);

	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_ptr_nonnull(accept_file(accept, &queued, id, &err));
	accept_sweep(spool);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert(accept_commit(accept, &err));
	accept_close(accept);
	free(path);
}
END_TEST

START_TEST(no_room_is_told_before_anything_is_written)
{
	spool_close(spool);
	spool = spool_open(&(struct spool_options){.path = root, .min_free_bytes = UINT64_MAX},
			   &err);
	ck_assert_ptr_nonnull(spool);
	ck_assert_ptr_null(accept_open(spool, &err));
	ck_assert_int_eq(err.code, EX_TEMPFAIL);
	ck_assert(!spool_can_record(spool));
}
END_TEST

/* --- the ledger --- */

static struct ledger_line line(unsigned n, const char *attempt)
{
	return (struct ledger_line){
		.org = "acme", .id = id, .n = n, .time_ms = 5000, .attempt = slice_text(attempt)};
}

/* What a sender that dies leaves behind: its lines durable, its message where it was. */
static void die_after(void (*turn)(struct ledger *))
{
	pid_t child = fork();

	if (child == 0) {
		struct ledger *ledger = ledger_open(spool, "smtp", &err);
		turn(ledger);
		_exit(ledger_flush(ledger, &err) ? 0 : 1);
	}
	int status;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static void only_tried(struct ledger *ledger)
{
	struct ledger_line try = line(1, "{\"n\":1,\"result\":\"uncertain\",\"to\":\"deferred\"}");

	ledger_try(ledger, &try);
}

static void tried_and_answered(struct ledger *ledger)
{
	struct ledger_line verdict = line(1, "{\"n\":1,\"result\":\"sent\",\"to\":\"sent\"}");

	only_tried(ledger);
	ledger_attempt(ledger, &verdict);
}

static struct replay replayed(void)
{
	struct replay replay = {0};

	ck_assert_msg(spool_replay(spool, &replay, &err), "%s", err.text);
	return replay;
}

START_TEST(a_try_without_a_verdict_becomes_uncertain)
{
	struct place sending = place_make("acme", STATE_SENDING, "");

	put(id, &sending);
	die_after(only_tried);
	struct replay first = replayed(), second = replayed();
	ck_assert_uint_eq(first.uncertain, 1);
	ck_assert_uint_eq(second.ledgers, 0);

	struct spool_file file = taken(id, place_make("acme", STATE_DEFERRED, ""));
	ck_assert_uint_eq(file.entries.count, 2);
	ck_assert_int_eq(file.entries.at[1].time_ms, 5000);
	spool_release(&file);
}
END_TEST

START_TEST(a_verdict_that_the_message_lacks_is_appended_once)
{
	struct place sending = place_make("acme", STATE_SENDING, "");

	put(id, &sending);
	die_after(tried_and_answered);
	die_after(tried_and_answered);
	ck_assert_uint_eq(replayed().uncertain, 0);

	struct spool_file file = taken(id, place_make("acme", STATE_SENT, ""));
	ck_assert_uint_eq(file.entries.count, 2);
	spool_release(&file);
}
END_TEST

START_TEST(what_a_ledger_names_and_the_spool_has_not_is_dropped)
{
	die_after(only_tried);
	ck_assert_uint_eq(replayed().missing, 1);
}
END_TEST

/* As a power cut can leave it where an acceptance was not flushed. */
START_TEST(no_verdict_is_appended_to_zeros)
{
	struct place sending = place_make("acme", STATE_SENDING, "");
	char path[PLACE_PATH_SIZE];

	put(id, &sending);
	place_path(&sending, id, path);
	int fd = openat(spool_fd(spool), path, O_WRONLY | O_TRUNC);
	ck_assert(fd >= 0 && ftruncate(fd, 300) == 0);
	close(fd);
	die_after(tried_and_answered);
	ck_assert_uint_eq(replayed().missing, 1);

	struct spool_file file = taken(id, sending);
	ck_assert_uint_eq(file.entries.count, 0);
	ck_assert_uint_eq(file.map.bytes.n, 300);
	spool_release(&file);
}
END_TEST

START_TEST(the_ledgers_tell_who_has_a_message)
{
	struct ledger_walk walk;
	struct ledger *ledger = ledger_open(spool, "smtp", &err);

	ck_assert(ledger_walk_begin(spool, &walk, &err));
	ck_assert_int_eq(ledger_walk_names(&walk, id), LEDGER_SILENT);
	ledger_walk_end(&walk, false);

	only_tried(ledger);
	ck_assert(ledger_flush(ledger, &err));
	ck_assert(ledger_walk_begin(spool, &walk, &err));
	ck_assert_int_eq(ledger_walk_names(&walk, id), LEDGER_OWNED);
	ledger_walk_end(&walk, false);

	ledger_close(ledger); /* with a try open: it stays */
	ck_assert(ledger_walk_begin(spool, &walk, &err));
	ck_assert_int_eq(ledger_walk_names(&walk, id), LEDGER_OWNERLESS);
	ledger_walk_end(&walk, false);
}
END_TEST

START_TEST(a_checkpoint_is_due_some_time_after_the_first_line)
{
	struct ledger *ledger = ledger_open(spool, "smtp", &err);
	int64_t opened = clock_boot_ms();

	ck_assert_int_eq(ledger_checkpoint_at(ledger), INT64_MAX);
	ck_assert(!ledger_wants_checkpoint(ledger, INT64_MAX - 1));

	while (clock_boot_ms() < opened + 5) /* a lull that would show */
		;
	int64_t before = clock_boot_ms();
	tried_and_answered(ledger);
	ck_assert(ledger_flush(ledger, &err));
	int64_t due = ledger_checkpoint_at(ledger);
	ck_assert_int_ge(due, before + 10000);
	ck_assert_int_le(due, clock_boot_ms() + 10000);
	ck_assert(!ledger_wants_checkpoint(ledger, due - 1));
	ck_assert(ledger_wants_checkpoint(ledger, due));

	ck_assert(ledger_checkpoint(ledger, &err));
	ck_assert_int_eq(ledger_checkpoint_at(ledger), INT64_MAX);
	ledger_close(ledger);
}
END_TEST

START_TEST(a_checkpoint_keeps_open_tries_and_drops_the_rest)
{
	struct ledger *ledger = ledger_open(spool, "smtp", &err);
	struct ledger_line other = line(1, "{\"n\":1,\"to\":\"sent\"}");
	struct ledger_walk walk;

	other.id = "01jddxv7q8zkj3m5n6p7r8s9t1";
	ledger_try(ledger, &other);
	ledger_attempt(ledger, &other);
	only_tried(ledger);
	ck_assert(ledger_flush(ledger, &err));
	ck_assert(ledger_checkpoint(ledger, &err));
	ck_assert(ledger_checkpoint(ledger, &err)); /* waits for the first one's thread */
	ledger_close(ledger);

	ck_assert(ledger_walk_begin(spool, &walk, &err));
	ck_assert_uint_eq(walk.n_files, 1);
	ck_assert_uint_eq(walk.count, 1);
	ledger_walk_end(&walk, false);
}
END_TEST

START_TEST(a_ledger_grows_beyond_its_first_space)
{
	struct ledger *ledger = ledger_open(spool, "smtp", &err);
	struct ledger_walk walk;

	for (unsigned n = 1; n <= 9000; n++) {
		struct ledger_line try = line(n, "{\"n\":1,\"to\":\"sent\"}");
		ledger_try(ledger, &try);
		ledger_attempt(ledger, &try);
		if (n % 500 == 0)
			ck_assert(ledger_flush(ledger, &err));
	}
	ck_assert(ledger_walk_begin(spool, &walk, &err));
	ck_assert_uint_eq(walk.count, 18000);
	ledger_walk_end(&walk, false);
	ledger_close(ledger);
	ck_assert(ledger_walk_begin(spool, &walk, &err));
	ck_assert_uint_eq(walk.n_files, 0);
	ledger_walk_end(&walk, false);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("spool");
	TCase *t = tcase_create("spool");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_could_not_be_looked_for_is_not_gone);
	tcase_add_test(t, a_directory_that_cannot_be_read_is_not_empty);
	tcase_add_test(t, a_file_is_taken_by_one_at_a_time);
	tcase_add_test(t, a_file_moves_with_what_was_appended);
	tcase_add_test(t, a_torn_tail_is_cut_by_the_next_writer);
	tcase_add_test(t, who_peeks_outlives_that_a_tail_is_cut_off);
	tcase_add_test(t, nothing_is_moved_over_another_file);
	tcase_add_test(t, links_are_not_followed);
	tcase_add_test(t, a_batch_that_cannot_be_placed_is_taken_back_whole);
	tcase_add_test(t, sweeping_spares_what_a_living_writer_holds);
	tcase_add_test(t, no_room_is_told_before_anything_is_written);
	tcase_add_test(t, a_try_without_a_verdict_becomes_uncertain);
	tcase_add_test(t, a_verdict_that_the_message_lacks_is_appended_once);
	tcase_add_test(t, what_a_ledger_names_and_the_spool_has_not_is_dropped);
	tcase_add_test(t, no_verdict_is_appended_to_zeros);
	tcase_add_test(t, the_ledgers_tell_who_has_a_message);
	tcase_add_test(t, a_checkpoint_is_due_some_time_after_the_first_line);
	tcase_add_test(t, a_checkpoint_keeps_open_tries_and_drops_the_rest);
	tcase_add_test(t, a_ledger_grows_beyond_its_first_space);
	suite_add_tcase(s, t);
	return s;
}
