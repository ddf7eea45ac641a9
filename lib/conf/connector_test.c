#include "conf/connector_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "conf/environment.h"
#include "message/name.h"

#define ARGUMENTS_MOST 12

/* A file in memory: a pipe would have to be written while the program reads. */
static int file_of(struct slice text, struct err *err)
{
	int fd = memfd_create("connector", MFD_CLOEXEC);

	if (fd < 0) {
		io_err(err, "memfd_create");
	} else if (!io_write_all(fd, text, "connector", err) || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The reading end never blocks; the writing end does. */
static bool make_pipe(int ends[2], struct err *err)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return io_err(err, "pipe");
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 || io_err(err, "fcntl");
}

static void make_arguments(const struct connector_test_plan *plan, const char *program,
			   const char *argv[ARGUMENTS_MOST])
{
	size_t n = 0;

	argv[n++] = program;
	argv[n++] = "-C";
	argv[n++] = plan->conf->file;
	argv[n++] = "-o";
	argv[n++] = plan->organization->id;
	argv[n++] = plan->to ? "--test" : "--sign-in";
	if (plan->to)
		argv[n++] = plan->to;
	if (plan->to && plan->from) {
		argv[n++] = "--from";
		argv[n++] = plan->from;
	}
	argv[n++] = plan->definition.p ? "-" : plan->connector->id;
	argv[n] = NULL;
}

static bool start(const struct connector_test_plan *plan, const int fds[3],
		  struct connector_test *test, struct err *err)
{
	struct arena arena = {0};
	const char *argv[ARGUMENTS_MOST];
	const char *program = arena_format(&arena, "mailq-send-%s", plan->connector->kind);
	const char *const *file = environment_from_file(plan->conf, &arena, err);
	bool ok = false;

	make_arguments(plan, program, argv);
	if (file) {
		struct child_plan child = {.program = program,
					   .argv = argv,
					   .fds = fds,
					   .n_fds = 3};
		child.env = environment_of_connector(plan->connector, (const char *const *)environ,
						     file, &arena);
		ok = child_start(&child, &test->child, err);
	}
	arena_free(&arena);
	return ok;
}

bool connector_test_start(const struct connector_test_plan *plan, struct connector_test *test,
			  struct err *err)
{
	int ends[2] = {-1, plan->output}, input = -1;
	bool ok = true;

	*test = (struct connector_test){.output = -1};
	if (!name_valid(slice_text(plan->connector->kind)))
		return err_set(err, EX_CONFIG, "'%s' is not the name of a kind",
			       plan->connector->kind);
	if (plan->definition.p)
		ok = (input = file_of(plan->definition, err)) >= 0;
	if (ok && plan->output < 0)
		ok = make_pipe(ends, err);
	const int fds[] = {input, ends[1], plan->output < 0 ? ends[1] : STDERR_FILENO};
	ok = ok && start(plan, fds, test, err);
	if (input >= 0)
		close(input);
	if (plan->output < 0 && ends[1] >= 0)
		close(ends[1]);
	if (ok)
		test->output = ends[0];
	else if (ends[0] >= 0)
		close(ends[0]);
	if (!ok && err->code == EX_NOINPUT)
		err->code = EX_CONFIG; /* there is no program of that kind */
	return ok;
}

bool connector_test_read(struct connector_test *test, struct buf *dialogue)
{
	char piece[4096];
	ssize_t n = 0;

	while (test->output >= 0 && (n = read(test->output, piece, sizeof piece)) > 0) {
		size_t room = CONNECTOR_TEST_BYTES - test->read;
		size_t kept = (size_t)n < room ? (size_t)n : room;
		buf_add(dialogue, piece, kept);
		test->read += kept;
	}
	if (test->output >= 0 && n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (test->output >= 0)
		close(test->output);
	test->output = -1;
	return false;
}

int connector_test_end(struct connector_test *test)
{
	int status = 0;

	if (test->output >= 0) {
		child_signal(&test->child, SIGKILL);
		close(test->output);
		test->output = -1;
	}
	child_wait(&test->child, &status);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return WTERMSIG(status) == SIGKILL ? EX_TEMPFAIL : EX_SOFTWARE;
}

bool connector_test_signs_in(const struct json *description)
{
	const struct json *list = json_get(description, "abilities");
	const struct json *ability = list && list->type == JSON_ARRAY ? list->first : NULL;

	while (ability && !(ability->type == JSON_STRING && slice_is(ability->text, "sign-in")))
		ability = ability->next;
	return ability != NULL;
}
