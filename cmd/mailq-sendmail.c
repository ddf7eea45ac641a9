/*
 * mailq-sendmail: takes one message as sendmail(8) does, so that whatever mails through a program
 * mails through mailq.
 *
 * Manual: man/mailq-sendmail.1.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/spill.h"
#include "index/work.h"
#include "mime/lone_dot.h"
#include "queue/act.h"
#include "queue/listing.h"
#include "queue/smtpd_talk.h"
#include "queue/verdict.h"
#include "smtp/envelope.h"

#define WAIT_MS 60000 /* -odi: for a verdict */
#define CHUNK_BYTES 65536

enum mode {
	MODE_DELIVER,
	MODE_VERIFY,
	MODE_LIST,
	MODE_SMTP,
	MODE_RUN,
	MODE_NOTHING, /* newaliases: there are none */
};

struct sendmail {
	enum mode mode;
	const char *conf_path; /* -C */
	const char *run_id;    /* -qI */
	const char *full_name;
	bool dot_is_text; /* -i */
	bool waits;       /* -odi */
	bool verbose;
	uid_t uid; /* the caller's, who may be root: we do not stay it */
	struct submission_facts facts;
	struct slice *recipients;

	struct submit submit;
	struct arena arena;
	struct spill message;
};

static void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void warn(const char *fmt, ...)
{
	va_list ap;

	fputs("mailq-sendmail: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* --- flags: those of all sendmails, one table --- */

typedef void take_flag(struct sendmail *sendmail, const char *value);

static void ignore(struct sendmail *sendmail, const char *value)
{
	(void)sendmail, (void)value;
}

static void refuse(struct sendmail *sendmail, const char *value)
{
	(void)sendmail, (void)value;
	options_misuse("-D and -S are not for callers to say");
}

static void take_mode(struct sendmail *sendmail, const char *value)
{
	static const struct {
		char value;
		enum mode mode;
	} known[] = {
		{'m', MODE_DELIVER},
                {'a', MODE_DELIVER},
                {'v',  MODE_VERIFY},
                {'t',  MODE_VERIFY},
		{'p',    MODE_LIST},
                {'s',    MODE_SMTP},
                {'i', MODE_NOTHING},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (value[0] == known[i].value && !value[1]) {
			sendmail->mode = known[i].mode;
			return;
		}
	options_misuse("-b%s is not done here", value);
}

static void take_config(struct sendmail *sendmail, const char *value)
{
	sendmail->conf_path = value;
}

static void take_sender(struct sendmail *sendmail, const char *value)
{
	sendmail->facts.sender = slice_text(value);
}

static void take_name(struct sendmail *sendmail, const char *value)
{
	sendmail->full_name = value;
}

static void take_newaliases(struct sendmail *sendmail, const char *value)
{
	(void)value;
	sendmail->mode = MODE_NOTHING;
}

static void take_notify(struct sendmail *sendmail, const char *value)
{
	struct slice rest = slice_text(value), word;
	unsigned set = 0;

	while (slice_next(&rest, ',', &word)) {
		unsigned bit = smtp_notify_named(word);
		if (!bit)
			options_misuse("-N %s: never, or of success, failure, delay", value);
		set |= bit;
	}
	if (set & SMTP_NOTIFY_NEVER && set != SMTP_NOTIFY_NEVER)
		options_misuse("-N %s: never stands alone", value);
	sendmail->facts.notify = slice_text(value);
}

static void take_return(struct sendmail *sendmail, const char *value)
{
	if (strcasecmp(value, "full") != 0 && strcasecmp(value, "hdrs") != 0)
		options_misuse("-R %s: full or hdrs", value);
	sendmail->facts.ret = slice_text(value);
}

static void take_envid(struct sendmail *sendmail, const char *value)
{
	if (strlen(value) > SMTP_ENVID_MAX)
		options_misuse("-V: more than %d bytes", SMTP_ENVID_MAX);
	sendmail->facts.envid = slice_text(value);
}

static void take_ignore_dots(struct sendmail *sendmail, const char *value)
{
	(void)value;
	sendmail->dot_is_text = true;
}

/* Of the -o options only the two that change what we do. */
static void take_option(struct sendmail *sendmail, const char *value)
{
	if (strcmp(value, "i") == 0)
		sendmail->dot_is_text = true;
	else if (value[0] == 'd')
		sendmail->waits = value[1] == 'i';
}

static void take_headers(struct sendmail *sendmail, const char *value)
{
	(void)value;
	sendmail->facts.read_headers = true;
}

static void take_verbose(struct sendmail *sendmail, const char *value)
{
	(void)value;
	sendmail->verbose = true;
}

/* -q15m is a daemon's and does nothing here; -qR and -qS run all instead of some. */
static void take_run(struct sendmail *sendmail, const char *value)
{
	if (isdigit((unsigned char)*value))
		return;
	sendmail->mode = MODE_RUN;
	if (*value == 'I')
		sendmail->run_id = value + 1;
}

enum wants {
	ALONE,
	VALUE,  /* behind it, or the next word */
	SUFFIX, /* behind it, or none */
};

/* clang-format off */
static const struct flag {
	char letter;
	enum wants wants;
	take_flag *take;
} flags[] = {
	{'A', VALUE, ignore},
	{'B', VALUE, ignore},
	{'C', VALUE, take_config},
	{'D', VALUE, refuse},
	{'E', SUFFIX, ignore},
	{'F', VALUE, take_name},
	{'G', ALONE, ignore},
	{'I', ALONE, take_newaliases},
	{'J', SUFFIX, ignore},
	{'L', VALUE, ignore},
	{'N', VALUE, take_notify},
	{'O', VALUE, ignore},
	{'R', VALUE, take_return},
	{'S', VALUE, refuse},
	{'U', ALONE, ignore},
	{'V', VALUE, take_envid},
	{'X', VALUE, ignore},
	{'b', VALUE, take_mode},
	{'c', ALONE, ignore},
	{'d', SUFFIX, ignore},
	{'e', VALUE, ignore},
	{'f', VALUE, take_sender},
	{'h', VALUE, ignore},
	{'i', ALONE, take_ignore_dots},
	{'m', ALONE, ignore},
	{'n', ALONE, ignore},
	{'o', VALUE, take_option},
	{'p', VALUE, ignore},
	{'q', SUFFIX, take_run},
	{'r', VALUE, take_sender},
	{'t', ALONE, take_headers},
	{'v', ALONE, take_verbose},
	{'x', ALONE, ignore},
};
/* clang-format on */

static const struct flag *flag_named(char letter)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].letter == letter)
			return &flags[i];
	return NULL;
}

/* One word of flags, "-ti" or "-fa@b". Returns how many words of argv it took. */
static int take_word(struct sendmail *sendmail, char **argv)
{
	for (const char *at = *argv + 1; *at; at++) {
		const struct flag *flag = flag_named(*at);
		if (!flag) {
			warn("-%c: unknown, ignored", *at);
			return 1; /* what follows may be its value */
		}
		if (flag->wants == ALONE) {
			flag->take(sendmail, "");
			continue;
		}
		bool behind = at[1] || flag->wants == SUFFIX;
		const char *value = behind ? at + 1 : argv[1];
		if (!value)
			options_misuse("-%c needs a value", *at);
		flag->take(sendmail, value);
		return behind ? 1 : 2;
	}
	return 1;
}

static void take_long(const char *word)
{
	static const struct usage usage = {
		.synopsis = "mailq-sendmail [flags of sendmail(8)] [recipient ...]",
		.about = "Reads a message from standard input and queues it.",
	};
	char *argv[] = {program_invocation_name, (char *)(uintptr_t)word, NULL};

	if (strcmp(word, "--help") != 0 && strcmp(word, "--version") != 0) {
		warn("%s: unknown, ignored", word);
		return;
	}
	struct options options = options_init(2, argv, &usage);
	options_next(&options);
}

static void read_flags(struct sendmail *sendmail, int argc, char **argv)
{
	char **end = argv + argc, **word = argv + 1;

	if (strcmp(program_invocation_short_name, "mailq") == 0)
		sendmail->mode = MODE_LIST;
	if (strcmp(program_invocation_short_name, "newaliases") == 0)
		sendmail->mode = MODE_NOTHING;
	sendmail->recipients = mem_array((size_t)argc + 1, sizeof *sendmail->recipients);
	sendmail->facts.recipients = sendmail->recipients;
	while (word < end) {
		if (strcmp(*word, "--") == 0) {
			word++;
			break;
		}
		if (strncmp(*word, "--", 2) == 0)
			take_long(*word++);
		else if (**word == '-' && (*word)[1])
			word += take_word(sendmail, word);
		else
			sendmail->recipients[sendmail->facts.n_recipients++] = slice_text(*word++);
	}
	while (word < end)
		sendmail->recipients[sendmail->facts.n_recipients++] = slice_text(*word++);
}

/* --- who calls --- */

/* The name in /etc/mailname, where Debian keeps it, else the kernel's. */
static const char *host_name(struct arena *arena)
{
	struct buf name = {0};
	struct err err = {0};
	char host[256];
	int fd = open("/etc/mailname", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		io_read_all(fd, &name, 255, "/etc/mailname", &err);
		close(fd);
	}
	struct slice first =
		slice_trim(slice_first(buf_slice(&name), slice_find(buf_slice(&name), '\n')));
	if (first.n == 0 && gethostname(host, sizeof host) == 0) {
		host[sizeof host - 1] = '\0';
		first = slice_text(host);
	}
	const char *result = arena_slice(arena, first.n ? first : slice_text("localhost")).p;
	buf_free(&name);
	return result;
}

static void find_user(void *self, struct slice *name, struct slice *full_name)
{
	struct sendmail *sendmail = self;
	struct arena *arena = &sendmail->arena;
	const struct passwd *user = getpwuid(sendmail->uid);
	const char *full = sendmail->full_name ? sendmail->full_name : getenv("NAME");

	if (user && (!full || !*full))
		full = user->pw_gecos;
	*full_name = slice_text(full);
	if (!sendmail->full_name) /* only the name, of all that may stand in passwd(5) */
		*full_name = slice_first(*full_name, slice_find(*full_name, ','));
	*full_name = arena_slice(arena, *full_name);
	*name = slice_text(user ? arena_text(arena, user->pw_name)
				: arena_format(arena, "uid%u", sendmail->uid));
}

/* --- the message --- */

static bool add_chunk(struct sendmail *sendmail, struct slice chunk, struct err *err)
{
	if (sendmail->message.n + chunk.n > sendmail->submit.most)
		return err_set(err, EX_DATAERR, "the message has more than %llu bytes",
			       (unsigned long long)sendmail->submit.most);
	return spill_add(&sendmail->message, chunk, err);
}

static bool read_message(struct sendmail *sendmail, struct slice *message, struct err *err)
{
	struct lone_dot dot = {0};
	char *chunk = mem_resize(NULL, 1, CHUNK_BYTES);
	bool ok = true;
	ssize_t n = 1;

	while (ok && n && !dot.found) {
		n = read(STDIN_FILENO, chunk, CHUNK_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ok = io_err(err, "read standard input");
			break;
		}
		struct slice piece = slice_make(chunk, (size_t)n);
		if (!sendmail->dot_is_text)
			piece = lone_dot_read(&dot, piece);
		ok = add_chunk(sendmail, piece, err);
	}
	free(chunk);
	if (!ok || !spill_bytes(&sendmail->message, message, err))
		return false;
	*message = lone_dot_without(&dot, *message);
	return true;
}

/* --- what is done --- */

static int fail(const struct err *err)
{
	warn("%s", err->text);
	return err->code;
}

static int wait_for_verdict(struct sendmail *sendmail, const char *id)
{
	enum verdict_told told;
	struct err why, err = {0};

	if (!sendmail->submit.queue) {
		warn("%s: queued; not allowed to wait for its verdict", id);
		return 0;
	}
	if (!verdict_wait(sendmail->submit.queue, id, WAIT_MS, &told, &why, &err))
		return fail(&err);
	if (told == VERDICT_SENT)
		return 0;
	warn("%s: %s%s%s", id, told == VERDICT_REFUSED ? "failed" : "queued, not sent yet",
	     *why.text ? ": " : "", why.text);
	return told == VERDICT_REFUSED ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

static int deliver(struct sendmail *sendmail)
{
	struct submission submission;
	struct slice message;
	struct err err = {0};
	char id[ID_SIZE];

	if (!sendmail->facts.read_headers && sendmail->facts.n_recipients == 0)
		options_misuse("no recipient on the command line, and no -t");
	if (!read_message(sendmail, &message, &err) ||
	    !submission_read(message, &sendmail->facts, &sendmail->arena, &submission, &err) ||
	    !submit_message(&sendmail->submit, &submission, message, id, &err))
		return fail(&err);
	if (sendmail->verbose)
		fprintf(stderr, "%s\n", id);
	return sendmail->waits ? wait_for_verdict(sendmail, id) : 0;
}

static int verify(struct sendmail *sendmail)
{
	struct slice message = slice_make("", 0);
	struct submission submission;
	struct err err = {0};

	if (sendmail->facts.read_headers && !read_message(sendmail, &message, &err))
		return fail(&err);
	if (!submission_read(message, &sendmail->facts, &sendmail->arena, &submission, &err) ||
	    !submit_check(&sendmail->submit, &submission, &err))
		return fail(&err);

	const struct request *request = submission.request;
	struct address_list all = request_recipients(request, &sendmail->arena);
	for (size_t i = 0; i < all.n; i++)
		printf("%.*s... deliverable%s%.*s\n", SLICE_ARGS(all.at[i].email),
		       request->organization_id.n ? " by " : "",
		       SLICE_ARGS(request->organization_id));
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

static int talk_smtp(struct sendmail *sendmail)
{
	struct err err = {0};
	bool ok =
		smtpd_talk(&sendmail->submit, &sendmail->facts, STDIN_FILENO, STDOUT_FILENO, &err);

	return ok ? 0 : fail(&err);
}

/* Everything that waits is looked at now; of one id, the time it waits for is passed over. */
static int run_queue(struct sendmail *sendmail)
{
	struct queue *queue = sendmail->submit.queue;
	struct act act = {.verb = VERB_SEND_NOW, .by = "mailq-sendmail -qI"};
	struct err err = {0};

	if (sendmail->run_id)
		return queue_act(queue, sendmail->run_id, &act, &err) ? 0 : fail(&err);
	queue_ring_all(queue);
	return 0;
}

static int list_queue(struct sendmail *sendmail)
{
	struct err err = {0};

	return listing_print(sendmail->submit.queue, stdout, &err) ? 0 : fail(&err);
}

/* --- main --- */

static const struct {
	int (*run)(struct sendmail *sendmail);
	enum queue_use use;
	bool trusted; /* only for root and the spool's owner */
} modes[] = {
	[MODE_DELIVER] = {   deliver, QUEUE_ACCEPT, false},
	[MODE_VERIFY] = {    verify, QUEUE_ACCEPT, false},
	[MODE_SMTP] = { talk_smtp, QUEUE_ACCEPT, false},
	[MODE_LIST] = {list_queue,   QUEUE_WORK,  true},
	[MODE_RUN] = { run_queue,   QUEUE_WORK,  true},
};

/* We may be set-gid, and whoever calls chose all of this: closed descriptors that a spool file
 * would get, the mode of what we make, signals that end us in the middle of it. */
static void settle_process(void)
{
	while (true) {
		int fd = open("/dev/null", O_RDWR);
		if (fd > STDERR_FILENO) {
			close(fd);
			break;
		}
		if (fd < 0)
			exit(EX_OSERR);
	}
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write over the limit fails, and leaves nothing */
}

static int run(struct sendmail *sendmail)
{
	struct err err = {0};

	sendmail->facts.domain = slice_text(host_name(&sendmail->arena));
	sendmail->facts.find_user = find_user;
	sendmail->facts.self = sendmail;
	if (!submit_open(&sendmail->submit, sendmail->conf_path, modes[sendmail->mode].use, &err)) {
		if (sendmail->mode ==
		    MODE_SMTP) /* the client hears it too, in place of a greeting */
			printf("421 4.3.0 %s\r\n", err.text);
		return fail(&err);
	}
	if (modes[sendmail->mode].trusted && !sendmail->submit.queue) {
		warn("the queue is for root and its owner; see mailq-list(1)");
		return EX_NOPERM;
	}
	return modes[sendmail->mode].run(sendmail);
}

int main(int argc, char **argv)
{
	struct sendmail sendmail = {.mode = MODE_DELIVER, .uid = getuid()};

	settle_process();
	read_flags(&sendmail, argc, argv);
	int code = sendmail.mode == MODE_NOTHING ? 0 : run(&sendmail);
	spill_clear(&sendmail.message);
	submit_close(&sendmail.submit);
	arena_free(&sendmail.arena);
	free(sendmail.recipients);
	return code;
}
