/*
 * mailq-send-maildir: delivers into a local Maildir: the embedded transport that needs no server.
 *
 * Follows maildir(5): written under tmp/, flushed, renamed to new/, the directory flushed. The
 * name begins with the message's id, so that a try made twice after a crash is found by eye and by
 * tools.
 *
 * Manual: man/mailq-send-maildir.8.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "message/id.h"
#include "sender/sender.h"

/* clang-format off */
static const struct sender_key keys[] = {
	{.name = "path", .type = "path", .required = true,
	 .help = "The Maildir; made when it is missing, its parent is not."},
	{0},
};
/* clang-format on */

#define PIECE_BYTES 65536 /* of a message, written at a time */

struct maildir {
	struct sender_channel channel;
	int fd; /* the Maildir's directory */
};

static bool open_maildir(struct maildir *maildir, struct err *err)
{
	static const char *const below[] = {"tmp", "new", "cur"};
	const char *path = connector_value(maildir->channel.connector, "path");

	if (!path)
		return err_set(err, EX_CONFIG, "%s: config.path is missing",
			       maildir->channel.connector->file);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return io_err(err, "mkdir %s", path);
	maildir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (maildir->fd < 0)
		return io_err(err, "open %s", path);
	for (size_t i = 0; i < sizeof below / sizeof *below; i++)
		if (!io_mkdir_at(maildir->fd, below[i], 0700, err))
			return err_at(err, "%s", path);
	return true;
}

static void maildir_open(struct sender_channel *channel)
{
	struct maildir *maildir = (struct maildir *)channel;
	struct err err = {0};

	maildir->fd = -1;
	if (open_maildir(maildir, &err))
		sender_up(channel);
	else
		sender_down(channel,
			    err.code == EX_CONFIG ? SENDER_MISCONFIGURED : SENDER_UNREACHABLE,
			    err.text);
}

static bool write_text(int fd, struct buf *text, const struct sender_mail *mail, struct err *err)
{
	bool ok = io_write_all(fd, buf_slice(text), mail->id, err);

	buf_clear(text);
	return ok;
}

/* Local lines end in LF. CR LF never straddles the message and its parts. */
static bool write_lines(int fd, struct buf *text, const struct sender_mail *mail, struct err *err)
{
	buf_addf(text, "Return-Path: <%.*s>\n", SLICE_ARGS(mail->sender));
	for (unsigned i = 0; i < mail->n_wire; i++) {
		struct slice rest = mail->wire[i], line;
		while (slice_next(&rest, '\n', &line)) {
			if (slice_ends(line, "\r"))
				line.n--;
			buf_add_slice(text, line);
			buf_add_char(text, '\n');
			if (text->n >= PIECE_BYTES && !write_text(fd, text, mail, err))
				return false;
		}
	}
	return write_text(fd, text, mail, err);
}

static bool write_message(int fd, const struct sender_mail *mail, struct err *err)
{
	struct buf text = {0};
	bool ok = write_lines(fd, &text, mail, err);

	buf_free(&text);
	return ok && (fsync(fd) == 0 || io_err(err, "fsync %s", mail->id));
}

static bool place_message(int maildir, const char *tmp, const char *name, struct err *err)
{
	int dir;

	if (renameat(maildir, tmp, maildir, name) < 0)
		return io_err(err, "rename %s", name);
	if ((dir = io_open_dir(maildir, "new", err)) < 0)
		return false;
	bool ok = fsync(dir) == 0 || io_err(err, "fsync new");
	close(dir);
	return ok;
}

static bool deliver(struct maildir *maildir, const struct sender_mail *mail, struct err *err)
{
	char tmp[ID_SIZE + 32], name[ID_SIZE + 32];

	snprintf(tmp, sizeof tmp, "tmp/%s.%d", mail->id, (int)getpid());
	snprintf(name, sizeof name, "new/%s.mailq", mail->id);
	int fd = openat(maildir->fd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_err(err, "create %s", tmp);
	bool ok = write_message(fd, mail, err) && place_message(maildir->fd, tmp, name, err);
	if (!ok)
		unlinkat(maildir->fd, tmp, 0);
	close(fd);
	return ok;
}

static void maildir_send(struct sender_channel *channel, struct sender_mail *mail)
{
	struct maildir *maildir = (struct maildir *)channel;
	struct sender_answer answer = {.reusable = true};
	struct err err = {0};

	if (deliver(maildir, mail, &err)) {
		answer.provider_message_id = slice_text(mail->id);
		sender_reply_all(mail, VERDICT_DELIVERED, 0, slice_text("delivered"));
	} else {
		answer.reusable = false;
		sender_reply_all(mail, VERDICT_TRANSIENT, 0, slice_text(err.text));
	}
	sender_done(channel, &answer);
}

static void maildir_close(struct sender_channel *channel)
{
	struct maildir *maildir = (struct maildir *)channel;

	if (maildir->fd >= 0)
		close(maildir->fd);
}

static const struct sender_kind kind = {
	.name = "maildir",
	.title = "Local Maildir",
	.keys = keys,
	.channel_size = sizeof(struct maildir),
	.open = maildir_open,
	.send = maildir_send,
	.close = maildir_close,
};

int main(int argc, char **argv)
{
	return sender_main(argc, argv, &kind);
}
