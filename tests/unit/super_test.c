#include "super/gate.h"
#include "super/local.h"
#include "super/plan.h"
#include "super/process.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/notify.h"

static char dir[] = "/tmp/super_test.XXXXXX";
static int dir_fd;
static struct err err;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dir_fd, 0);
}

static void teardown(void)
{
	char command[64];

	close(dir_fd);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* --- environment, plan --- */

/* Two organizations: acme sends by alpha and beta, globex by beta. */
static const char *const alpha_key[] = {"$ENV:ALPHA_KEY"};
static const char *const listed[] = {"x", "$ENV:LISTED"};
static const char *const note[] = {"no reference: $ENV:NOTE"};
static const char *const beta_key[] = {"$ENV:BETA_KEY"};
static const struct connector_key alpha_keys[] = {
	{.key = "password", .list = {alpha_key, 1}},
	{.key = "words", .list = {listed, 2}},
	{.key = "note", .list = {note, 1}},
};
static const struct connector_key beta_keys[] = {{.key = "key", .list = {beta_key, 1}}};
static const struct connector acme_connectors[] = {
	{.id = "a", .kind = "alpha", .config = alpha_keys, .config_count = 3},
	{.id = "b", .kind = "beta"},
};
static const struct connector globex_connectors[] = {
	{.id = "b", .kind = "beta", .config = beta_keys, .config_count = 1},
};
static const struct organization organizations[] = {
	{.id = "acme", .connectors = acme_connectors, .connector_count = 2},
	{.id = "globex", .connectors = globex_connectors, .connector_count = 1},
};
static const struct workers workers[] = {{"render", 2}, {"beta", 3}, {"gamma", 4}};
static const struct conf conf = {
	.organizations = organizations,
	.organization_count = 2,
	.workers = workers,
	.workers_count = 3,
};

static const char *const own[] = {
	"PATH=/bin", "HOME=/root",   "LANG=C",
	"TZ=UTC",    "MAILQ_CONF=x", "EMAIL_MAX_ATTEMPTS=3",
	"LISTED=l",  "ALPHA_KEY=a",  "ALPHA_KEY2=",
	"SECRET=s",  "NOTE=n",       "NOTIFY_SOCKET=/s",
	NULL,
};
static const char *const none[] = {NULL};

static const char *join(const char *const *env)
{
	static char text[512];

	text[0] = '\0';
	for (; *env; env++)
		strcat(strcat(text, *env), " ");
	return text;
}

static const struct {
	const char *kind, *env;
} environments[] = {
	{NULL, "EMAIL_MAX_ATTEMPTS=3 LANG=C MAILQ_CONF=x PATH=/bin TZ=UTC "},
	{"alpha",
	 "ALPHA_KEY=a EMAIL_MAX_ATTEMPTS=3 LANG=C LISTED=l MAILQ_CONF=x PATH=/bin TZ=UTC "},
	{"beta", "BETA_KEY=b EMAIL_MAX_ATTEMPTS=3 LANG=C MAILQ_CONF=x PATH=/bin TZ=UTC "},
	{"gamma", "EMAIL_MAX_ATTEMPTS=3 LANG=C MAILQ_CONF=x PATH=/bin TZ=UTC "},
};

START_TEST(a_stage_gets_what_its_connectors_name_and_no_other_secret)
{
	static const char *const file[] = {"BETA_KEY=b", "ALPHA_KEY=not this one", "OTHER=o", NULL};
	struct arena arena = {0};

	ck_assert_str_eq(join(environment_of(&conf, environments[_i].kind, own, file, &arena)),
			 environments[_i].env);
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *a[3], *b[3];
	bool equal;
} pairs[] = {
	{{NULL}, {NULL}, true},
	{{"A=1", "B=2"}, {"A=1", "B=2"}, true},
	{{"A=1", "B=2"}, {"A=1", "B=3"}, false},
	{{"A=1", "B=2"}, {"A=1"}, false},
	{{"A=1"}, {"A=1", "B=2"}, false},
};

START_TEST(environments_are_equal_when_all_variables_are)
{
	ck_assert_int_eq(environment_equal(pairs[_i].a, pairs[_i].b), pairs[_i].equal);
}
END_TEST

/* What a file with that text gives; "line N" where it is refused. */
static const char *read_environment(const char *text)
{
	static char found[512];
	char *path = mem_format("%s/env", dir);
	struct conf with_file = {.environment_file = path};
	struct arena arena = {0};

	ck_assert(io_write_file_at(dir_fd, "env", slice_text(text), 0600, &err));
	const char **env = environment_from_file(&with_file, &arena, &err);
	if (env) {
		snprintf(found, sizeof found, "%s", join(env));
	} else {
		ck_assert_int_eq(err.code, EX_CONFIG);
		ck_assert_int_eq(strncmp(err.text, path, strlen(path)), 0);
		snprintf(found, sizeof found, "%s", err.text + strlen(path));
	}
	arena_free(&arena);
	free(path);
	return found;
}

static const struct {
	const char *text, *found;
} files[] = {
	{"", ""},
	{"A=1\nB_2=two words\n", "A=1 B_2=two words "},
	{"# secrets\n\n  A = 1\n", ":3: not NAME=value"},
	{"A=\"quoted\"\nB='so too'\r\nC=\"half", "A=quoted B=so too C=\"half "},
	{"A=\nB==x=\n", "A= B==x= "},
	{"A=1\nexport B=2\n", ":2: not NAME=value"},
	{"2A=1\n", ":1: not NAME=value"},
	{"=1\n", ":1: not NAME=value"},
	{"A\n", ":1: not NAME=value"},
};

START_TEST(an_environment_file_is_lines_of_names_and_values)
{
	ck_assert_str_eq(read_environment(files[_i].text), files[_i].found);
}
END_TEST

START_TEST(an_environment_file_that_is_not_there_is_an_error)
{
	struct conf with_file = {.environment_file = "/nowhere/env"};
	struct plan plan;

	ck_assert(!plan_make(&plan, &with_file, false, none, &err));
	ck_assert_int_eq(err.code, EX_CONFIG);
	ck_assert_str_eq(err.text, "environment_file /nowhere/env: No such file or directory");
}
END_TEST

START_TEST(what_listens_is_run_once_and_only_where_there_is_something_to_listen_on)
{
	static const char *const address[] = {"127.0.0.1:2525"};
	static const struct workers two[] = {{"smtpd", 2}};
	static const struct smtpd listeners[] = {{.listen = {address, 1}},
						 {.listen_tls = {address, 1}},
						 {.socket = "/run/smtp"}};
	struct plan plan;

	for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++) {
		struct conf listening = {.smtpd = listeners[i], .workers = two, .workers_count = 1};
		ck_assert(plan_make(&plan, &listening, false, none, &err));
		ck_assert_uint_eq(plan.count, 3);
		ck_assert_str_eq(plan.stages[2].program, "mailq-smtpd");
		ck_assert_uint_eq(plan.stages[2].workers, 1);
		plan_free(&plan);
	}
}
END_TEST

START_TEST(so_is_what_serves_http)
{
	static const char *const address[] = {"127.0.0.1:8025"};
	static const struct httpd listeners[] = {{.listen = {address, 1}}, {.socket = "/run/http"}};
	struct plan plan;

	for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++) {
		struct conf listening = {.httpd = listeners[i]};
		ck_assert(plan_make(&plan, &listening, false, none, &err));
		ck_assert_uint_eq(plan.count, 3);
		ck_assert_str_eq(plan.stages[2].program, "mailq-httpd");
		plan_free(&plan);
	}
}
END_TEST

START_TEST(a_kind_that_a_connector_uses_is_run_once_with_its_workers)
{
	static const char *const wanted[] = {"render mailq-render 2", "route mailq-route 1",
					     "pickup mailq-pickup 1", "alpha mailq-send-alpha 1",
					     "beta mailq-send-beta 3"};
	struct plan plan;

	ck_assert(plan_make(&plan, &conf, true, none, &err));
	ck_assert_uint_eq(plan.count, 5);
	for (size_t i = 0; i < plan.count; i++) {
		const struct plan_stage *stage = &plan.stages[i];
		char *text = mem_format("%s %s %u", stage->stage, stage->program, stage->workers);
		ck_assert_str_eq(text, wanted[i]);
		free(text);
	}
	plan_free(&plan);
}
END_TEST

/* --- the gate --- */

/* A process that holds the gate, and idles or works; killed with us. */
static pid_t start_holder(bool works)
{
	char *path = mem_format("%s/.index/gate", dir);
	int ready[2];
	char byte;

	ck_assert(io_mkdir_at(dir_fd, ".index", 0700, &err));
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(path, O_RDWR | O_CREAT, 0600);
		if (flock(fd, LOCK_EX) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			if (works)
				clock();
			else
				pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	free(path);
	return pid;
}

static pid_t look(struct gate_watch *watch, int times)
{
	pid_t found = 0;

	while (times--)
		found = gate_look(watch, dir_fd, 3);
	return found;
}

/* A busy machine may take a while to let it. */
static void wait_until_it_works(pid_t pid)
{
	uint64_t used = process_time_used(pid);

	while (process_time_used(pid) == used)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

START_TEST(a_process_that_stands_in_the_gate_is_named_after_some_looks)
{
	struct gate_watch watch = {0};
	pid_t holder = start_holder(false);

	ck_assert_int_eq(look(&watch, 3), 0);
	ck_assert_int_eq(look(&watch, 1), holder);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	ck_assert_int_eq(look(&watch, 5), 0);
}
END_TEST

START_TEST(a_process_that_works_in_the_gate_is_let_be)
{
	struct gate_watch watch = {0};
	pid_t holder = start_holder(true);

	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(look(&watch, 1), 0);
		wait_until_it_works(holder);
	}
	kill(holder, SIGSTOP);
	waitpid(holder, NULL, WUNTRACED);
	ck_assert_int_eq(look(&watch, 8), holder);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}
END_TEST

START_TEST(where_there_is_no_index_there_is_no_gate)
{
	struct gate_watch watch = {0};

	ck_assert_int_eq(gate_look(&watch, dir_fd, 0), 0);
}
END_TEST

/* --- the sockets --- */

static struct loop *loop;
static struct local *local;
static pid_t heard;

static void on_asked(void *context, struct slice word, struct buf *answer)
{
	(void)context;
	if (slice_is(word, "stop"))
		buf_add_text(answer, "{\"ok\":true}");
	else
		buf_addf(answer, "{\"ok\":false,\"error\":\"what is %.*s?\"}", SLICE_ARGS(word));
}

static void on_alive(void *context, pid_t pid)
{
	(void)context;
	heard = pid;
}

static void listen_in_dir(void)
{
	struct local_ears ears = {.asked = on_asked, .alive = on_alive};

	ck_assert(io_mkdir_at(dir_fd, ".run", 0700, &err));
	ck_assert_ptr_nonnull(loop = loop_open(&err));
	local = local_open(loop, dir, ears, &err);
	ck_assert_msg(local != NULL, "%s", err.text);
}

static void stop_listening(void)
{
	local_close(local);
	loop_close(loop);
}

/* Turns the loop until the process has ended, and returns its exit status. */
static int serve(pid_t client)
{
	int status;

	while (waitpid(client, &status, WNOHANG) == 0)
		ck_assert(loop_step(loop, 10, &err));
	return status;
}

/* In a process of its own: tells the word; exit 0 when the answer is as wanted. */
static pid_t tell(const char *word, bool ok, const char *text)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct err mine = {0};
		bool told = local_tell(dir, word, &mine);
		_exit(!(told == ok && strcmp(mine.text, text) == 0));
	}
	return pid;
}

START_TEST(a_word_is_answered)
{
	listen_in_dir();
	ck_assert_int_eq(serve(tell("stop", true, "")), 0);
	ck_assert_int_eq(serve(tell("love", false, "what is love?")), 0);
	stop_listening();
}
END_TEST

START_TEST(whoever_asks_and_then_says_nothing_holds_nobody_up)
{
	char *path = mem_format("%s/%s", dir, LOCAL_CONTROL);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	static char flood[100000];

	listen_in_dir();
	strcpy(at.sun_path, path);
	for (int i = 0; i < 40; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0 && i % 2)
			send(fd, flood, sizeof flood, MSG_NOSIGNAL);
		ck_assert(loop_step(loop, 0, &err));
		ck_assert(loop_step(loop, 0, &err));
		if (i % 2)
			close(fd);
	}
	ck_assert_int_eq(serve(tell("stop", true, "")), 0);
	stop_listening();
	free(path);
}
END_TEST

START_TEST(without_a_supervisor_there_is_no_answer)
{
	ck_assert(io_mkdir_at(dir_fd, ".run", 0700, &err));
	ck_assert(!local_tell(dir, "stop", &err));
	ck_assert_int_eq(err.code, EX_UNAVAILABLE);
}
END_TEST

START_TEST(the_word_of_a_stage_names_its_process)
{
	char *path = mem_format("%s/%s", dir, LOCAL_NOTIFY);

	listen_in_dir();
	setenv("NOTIFY_SOCKET", path, 1);
	pid_t stage = fork();
	if (stage == 0) {
		struct notify notify = notify_open();
		notify_tell(&notify, "READY=1");
		_exit(0);
	}
	ck_assert_int_eq(serve(stage), 0);
	ck_assert(loop_step(loop, 0, &err));
	ck_assert_int_eq(heard, stage);
	stop_listening();
	free(path);
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_told)
{
	char *path = mem_format("/%0200d", 0);

	ck_assert(!local_tell(path, "stop", &err));
	ck_assert_int_eq(err.code, EX_CONFIG);
	free(path);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("super");
	TCase *t = tcase_create("plan");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_stage_gets_what_its_connectors_name_and_no_other_secret, 0,
			    sizeof environments / sizeof *environments);
	tcase_add_loop_test(t, environments_are_equal_when_all_variables_are, 0,
			    sizeof pairs / sizeof *pairs);
	tcase_add_loop_test(t, an_environment_file_is_lines_of_names_and_values, 0,
			    sizeof files / sizeof *files);
	tcase_add_test(t, an_environment_file_that_is_not_there_is_an_error);
	tcase_add_test(t, what_listens_is_run_once_and_only_where_there_is_something_to_listen_on);
	tcase_add_test(t, so_is_what_serves_http);
	tcase_add_test(t, a_kind_that_a_connector_uses_is_run_once_with_its_workers);
	suite_add_tcase(s, t);

	t = tcase_create("gate");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_process_that_stands_in_the_gate_is_named_after_some_looks);
	tcase_add_test(t, a_process_that_works_in_the_gate_is_let_be);
	tcase_add_test(t, where_there_is_no_index_there_is_no_gate);
	suite_add_tcase(s, t);

	t = tcase_create("local");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_word_is_answered);
	tcase_add_test(t, whoever_asks_and_then_says_nothing_holds_nobody_up);
	tcase_add_test(t, without_a_supervisor_there_is_no_answer);
	tcase_add_test(t, the_word_of_a_stage_names_its_process);
	tcase_add_test(t, a_path_too_long_for_a_socket_is_told);
	suite_add_tcase(s, t);
	return s;
}
