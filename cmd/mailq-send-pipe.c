/*
 * mailq-send-pipe: hands each message to a command: the plug-board for everything that has no kind
 * of its own.
 *
 * The command gets the message on standard input, the envelope in its environment, and answers with
 * its exit status (sysexits.h). No shell is involved, and it inherits nothing else of ours: not the
 * environment, which may hold secrets, and not the message's file, whose lock would outlive us.
 *
 * Manual: man/mailq-send-pipe.8.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sender/sender.h"

#define CHUNK_BYTES 65536
#define LINE_MOST ATTEMPT_TEXT_MOST
#define RECIPIENTS_MOST 126976 /* bytes: execve(2) takes 128 KiB in one variable */
#define SEARCH_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "command", .type = "command", .required = true,
	 .help = "The program and its arguments; no shell is involved."},
	{0},
};
/* clang-format on */

/* What the command prints on one of its outputs: the first line is kept, the others are read. */
struct output {
	struct loop *loop;
	struct loop_watch watch; /* fd -1: closed */
	char line[LINE_MOST];
	size_t n;
	bool has_ended; /* the line */
};

struct pipe_channel {
	struct sender_channel channel;
	struct child child; /* pid 0: none runs */
	struct loop_watch end;
	struct loop_watch input; /* fd -1: closed */
	struct slice rest[2];    /* of the message */
	struct buf chunk;
	bool is_written; /* whole */
	bool is_late;    /* its time was up */
	struct output out, err;
	struct loop_timer limit;
	unsigned limit_s;
};

static struct loop *loop_of(const struct pipe_channel *pipe)
{
	return sender_loop(pipe->channel.sender);
}

static void close_watch(struct loop *loop, struct loop_watch *watch)
{
	if (watch->fd < 0)
		return;
	loop_unwatch(loop, watch);
	close(watch->fd);
	watch->fd = -1;
}

/* --- its input --- */

/* Up to the next CR, and past it: CR LF becomes the line end of this system, LF. */
static void take_line(struct buf *chunk, struct slice *rest)
{
	size_t n = slice_find(slice_first(*rest, CHUNK_BYTES), '\r');

	buf_add(chunk, rest->p, n);
	*rest = slice_after(*rest, n);
	if (rest->n == 0 || *rest->p != '\r')
		return;
	if (rest->n == 1 || rest->p[1] != '\n')
		buf_add_char(chunk, '\r');
	*rest = slice_after(*rest, 1);
}

/* The next bytes for the command. */
static void fill_chunk(struct pipe_channel *pipe)
{
	for (int i = 0; i < 2; i++)
		while (pipe->rest[i].n && pipe->chunk.n < CHUNK_BYTES)
			take_line(&pipe->chunk, &pipe->rest[i]);
}

/* A command that has read enough may close its input: its exit status tells what it made of it. */
static void on_input(void *context, int events)
{
	struct pipe_channel *pipe = context;
	(void)events;

	for (;;) {
		if (!pipe->chunk.n)
			fill_chunk(pipe);
		if (!pipe->chunk.n) {
			pipe->is_written = true;
			break;
		}
		ssize_t n = write(pipe->input.fd, pipe->chunk.p, pipe->chunk.n);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;
		buf_drop(&pipe->chunk, (size_t)n);
	}
	close_watch(loop_of(pipe), &pipe->input);
}

/* --- its outputs --- */

static void keep_line(struct output *output, struct slice text)
{
	size_t n = slice_find(text, '\n');

	if (output->has_ended)
		return;
	output->has_ended = n < text.n;
	if (n > sizeof output->line - output->n)
		n = sizeof output->line - output->n;
	memcpy(output->line + output->n, text.p, n);
	output->n += n;
}

static void on_output(void *context, int events)
{
	struct output *output = context;
	char bytes[4096];
	ssize_t n;
	(void)events;

	while ((n = read(output->watch.fd, bytes, sizeof bytes)) > 0)
		keep_line(output, slice_make(bytes, (size_t)n));
	if (n == 0 || errno != EAGAIN)
		close_watch(output->loop, &output->watch);
}

/* What it had printed when it ended; a program that it left behind may hold the pipe open. */
static void end_output(struct output *output)
{
	if (output->watch.fd >= 0)
		on_output(output, LOOP_READ);
	close_watch(output->loop, &output->watch);
}

static struct slice line_of(const struct output *output)
{
	return slice_trim(slice_make(output->line, output->n));
}

/* --- its end --- */

/* What a status says that is not told by words on standard error. A status that is not here says
 * nothing of the message: the command itself has failed, and is tried again. */
static const struct meaning {
	int status;
	enum verdict verdict;
	const char *enhanced, *words;
} meanings[] = {
	{0, VERDICT_DELIVERED, "2.0.0", "delivered"},
	{EX_USAGE, VERDICT_PERMANENT, "5.3.0", "command line usage error"},
	{EX_DATAERR, VERDICT_PERMANENT, "5.6.0", "data format error"},
	{EX_NOINPUT, VERDICT_PERMANENT, "5.3.0", "cannot open input"},
	{EX_NOUSER, VERDICT_PERMANENT, "5.1.1", "no such recipient"},
	{EX_NOHOST, VERDICT_PERMANENT, "5.1.2", "no such host"},
	{EX_UNAVAILABLE, VERDICT_TRANSIENT, "4.3.0", "service unavailable"},
	{EX_SOFTWARE, VERDICT_PERMANENT, "5.3.0", "internal software error"},
	{EX_OSERR, VERDICT_TRANSIENT, "4.3.0", "system error"},
	{EX_OSFILE, VERDICT_PERMANENT, "5.3.0", "critical system file missing"},
	{EX_CANTCREAT, VERDICT_TRANSIENT, "4.2.0", "cannot create output"},
	{EX_IOERR, VERDICT_TRANSIENT, "4.3.0", "input/output error"},
	{EX_TEMPFAIL, VERDICT_TRANSIENT, "4.3.0", "temporary failure"},
	{EX_PROTOCOL, VERDICT_PERMANENT, "5.5.0", "remote protocol error"},
	{EX_NOPERM, VERDICT_PERMANENT, "5.7.0", "permission denied"},
	{EX_CONFIG, VERDICT_PERMANENT, "5.3.5", "configuration error"},
};

static struct meaning meaning_of(int status)
{
	int code = WEXITSTATUS(status);

	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].status == code)
			return meanings[i];
	return (struct meaning){code, VERDICT_TRANSIENT, "4.3.0", "a status of no known meaning"};
}

/* Killed, it cannot tell what it did; before it had the whole message it had nothing to deliver. */
static void reply_killed(const struct pipe_channel *pipe, struct sender_mail *mail, int signo)
{
	enum verdict verdict = pipe->is_written ? VERDICT_UNCERTAIN : VERDICT_TRANSIENT;
	const char *text = arena_format(mail->arena, "killed by signal %d", signo);

	if (pipe->is_late)
		text = arena_format(mail->arena, "not done after %u seconds: killed",
				    pipe->limit_s);
	sender_reply_all(mail, verdict, 0, slice_text(text));
}

static void reply_exited(const struct pipe_channel *pipe, struct sender_mail *mail, int status)
{
	struct meaning meaning = meaning_of(status);
	struct slice text = line_of(&pipe->err);

	if (meaning.verdict == VERDICT_DELIVERED)
		text = slice_text(meaning.words);
	else if (!text.n)
		text = slice_text(arena_format(mail->arena, "exit status %d: %s", meaning.status,
					       meaning.words));
	sender_reply_all(mail, meaning.verdict, 0, text);
	for (size_t i = 0; i < mail->n_replies; i++)
		mail->replies[i].enhanced = slice_text(meaning.enhanced);
}

/* Nothing of the command is left with us. */
static void clean_up(struct pipe_channel *pipe)
{
	close_watch(loop_of(pipe), &pipe->input);
	close_watch(loop_of(pipe), &pipe->out.watch);
	close_watch(loop_of(pipe), &pipe->err.watch);
	loop_stop_timer(loop_of(pipe), &pipe->limit);
	pipe->child = (struct child){0};
}

static void on_end(void *context, int events)
{
	struct pipe_channel *pipe = context;
	struct sender_mail *mail = pipe->channel.mail;
	struct sender_answer answer = {.reusable = true};
	int status;
	(void)events;

	loop_unwatch(loop_of(pipe), &pipe->end);
	child_wait(&pipe->child, &status); /* its pidfd says that it has ended */
	end_output(&pipe->out);
	end_output(&pipe->err);
	if (WIFSIGNALED(status))
		reply_killed(pipe, mail, WTERMSIG(status));
	else
		reply_exited(pipe, mail, status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		answer.provider_message_id = arena_slice(mail->arena, line_of(&pipe->out));
	clean_up(pipe);
	sender_done(&pipe->channel, &answer); /* which may begin the next message */
}

static void on_limit(void *context)
{
	struct pipe_channel *pipe = context;

	pipe->is_late = true;
	child_signal(&pipe->child, SIGKILL);
}

/* --- its start --- */

/* Newline-separated: no address that was accepted holds one. */
static char *recipients_text(const struct sender_mail *mail)
{
	struct buf text = {0};

	buf_add_text(&text, "MAILQ_RECIPIENTS=");
	for (size_t i = 0; i < mail->n_replies; i++)
		buf_addf(&text, "%s%.*s", i ? "\n" : "", SLICE_ARGS(mail->replies[i].email));
	return buf_take(&text);
}

static bool start_with(struct pipe_channel *pipe, const struct sender_mail *mail, char *recipients,
		       const int fds[3], struct err *err)
{
	struct text_list command = connector_list(pipe->channel.connector, "command");
	const char **argv = mem_array(command.count + 1, sizeof *argv);
	struct slice organization = mail->story->request->organization_id;
	const char *env[] = {
		SEARCH_PATH,
		recipients,
		arena_format(mail->arena, "MAILQ_ID=%s", mail->id),
		arena_format(mail->arena, "MAILQ_SENDER=%.*s", SLICE_ARGS(mail->sender)),
		arena_format(mail->arena, "MAILQ_ORGANIZATION=%.*s", SLICE_ARGS(organization)),
		arena_format(mail->arena, "MAILQ_CONNECTOR=%s", pipe->channel.connector->id),
		arena_format(mail->arena, "MAILQ_ATTEMPT=%u", mail->story->n + 1),
		NULL,
	};
	struct child_plan plan = {.argv = argv, .env = env, .fds = fds, .n_fds = 3};

	memcpy(argv, command.text, command.count * sizeof *argv);
	plan.program = argv[0];
	bool ok = child_start(&plan, &pipe->child, err);
	free(argv);
	return ok;
}

/* A pipe whose end `ours` is watched and whose other end, for the command, is returned; or -1. */
static int watch_pipe(struct pipe_channel *pipe, struct loop_watch *watch, int ours, int events,
		      struct err *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0) {
		err_sys(err, EX_TEMPFAIL, "pipe");
		return -1;
	}
	watch->fd = fds[ours];
	if (fcntl(fds[ours], F_SETFL, O_NONBLOCK) == 0 &&
	    loop_watch(loop_of(pipe), watch, events, err))
		return fds[!ours];
	watch->fd = -1;
	close(fds[0]);
	close(fds[1]);
	return -1;
}

static void begin(struct pipe_channel *pipe, const struct sender_mail *mail)
{
	pipe->rest[0] = mail->wire[0];
	pipe->rest[1] = mail->n_wire > 1 ? mail->wire[1] : slice_make(NULL, 0);
	buf_clear(&pipe->chunk);
	pipe->is_written = pipe->is_late = false;
	pipe->out.n = pipe->err.n = 0;
	pipe->out.has_ended = pipe->err.has_ended = false;
}

static bool start(struct pipe_channel *pipe, const struct sender_mail *mail, char *recipients,
		  struct err *err)
{
	int fds[3] = {-1, -1, -1};

	begin(pipe, mail);
	pipe->limit_s = pipe->channel.connector->timeout_seconds;
	bool ok = (fds[0] = watch_pipe(pipe, &pipe->input, 1, LOOP_WRITE, err)) >= 0 &&
		  (fds[1] = watch_pipe(pipe, &pipe->out.watch, 0, LOOP_READ, err)) >= 0 &&
		  (fds[2] = watch_pipe(pipe, &pipe->err.watch, 0, LOOP_READ, err)) >= 0 &&
		  start_with(pipe, mail, recipients, fds, err);
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (!ok)
		return false;
	pipe->end.fd = pipe->child.fd;
	loop_start_timer(loop_of(pipe), &pipe->limit,
			 clock_boot_ms() + pipe->limit_s * INT64_C(1000));
	return loop_watch(loop_of(pipe), &pipe->end, LOOP_READ, err);
}

/* --- the kind --- */

/* Asked before each message: the configuration may have changed since the last. */
static bool has_command(const struct sender_channel *channel, struct err *err)
{
	if (!channel->connector)
		return err_set(err, EX_CONFIG, "the connector is gone from the configuration");
	if (!connector_list(channel->connector, "command").count)
		return err_set(err, EX_CONFIG, "%s: config.command is missing",
			       channel->connector->file);
	return true;
}

static void pipe_open(struct sender_channel *channel)
{
	struct pipe_channel *pipe = (struct pipe_channel *)channel;
	struct err err = {0};

	pipe->input = (struct loop_watch){.fd = -1, .fn = on_input, .context = pipe};
	pipe->end = (struct loop_watch){.fd = -1, .fn = on_end, .context = pipe};
	pipe->limit = (struct loop_timer){.fn = on_limit, .context = pipe};
	pipe->out.loop = pipe->err.loop = loop_of(pipe);
	pipe->out.watch = (struct loop_watch){.fd = -1, .fn = on_output, .context = &pipe->out};
	pipe->err.watch = (struct loop_watch){.fd = -1, .fn = on_output, .context = &pipe->err};
	if (has_command(channel, &err))
		sender_up(channel);
	else
		sender_down(channel, SENDER_MISCONFIGURED, err.text);
}

static void end_child(struct pipe_channel *pipe)
{
	int status;

	if (pipe->child.pid) {
		loop_unwatch(loop_of(pipe), &pipe->end);
		child_signal(&pipe->child, SIGKILL);
		child_wait(&pipe->child, &status);
	}
	clean_up(pipe);
}

/* No message was given to anybody, and the next one would fare no better. */
static void give_up(struct pipe_channel *pipe, const struct err *err)
{
	struct sender_answer answer = {.untried = true, .error = slice_text(err->text)};

	end_child(pipe);
	sender_done(&pipe->channel, &answer);
	bool is_ours = err->code == EX_NOINPUT || err->code == EX_CONFIG;
	sender_down(&pipe->channel, is_ours ? SENDER_MISCONFIGURED : SENDER_UNREACHABLE, err->text);
}

static void pipe_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct pipe_channel *pipe = (struct pipe_channel *)channel;
	char *recipients = recipients_text(mail);
	bool fits = strlen(recipients) <= RECIPIENTS_MOST;
	struct err err = {0};

	if (!has_command(channel, &err) || (fits && !start(pipe, mail, recipients, &err))) {
		give_up(pipe, &err);
	} else if (!fits) {
		sender_reply_all(mail, VERDICT_PERMANENT, 0,
				 slice_text("too many recipients for a command's environment"));
		sender_done(channel, &(struct sender_answer){.reusable = true});
	}
	free(recipients);
}

static void pipe_close(struct sender_channel *channel)
{
	struct pipe_channel *pipe = (struct pipe_channel *)channel;

	end_child(pipe);
	buf_free(&pipe->chunk);
}

static const struct sender_kind kind = {
	.name = "pipe",
	.title = "Command",
	.keys = keys,
	.channel_size = sizeof(struct pipe_channel),
	.open = pipe_open,
	.send = pipe_send,
	.close = pipe_close,
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN); /* a command may leave its input unread */
	return sender_main(argc, argv, &kind);
}
