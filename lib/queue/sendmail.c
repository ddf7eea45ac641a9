#include "queue/sendmail.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/options.h"

void sendmail_warn(const char *fmt, ...)
{
	char text[sizeof(struct err)];
	struct err said; /* without control characters */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(&said, 0, "%s", text);
	fprintf(stderr, "mailq-sendmail: %s\n", said.text);
}

/* --- flags: those of all sendmails, one table --- */

typedef void take_flag(struct sendmail *call, const char *value);

static void ignore(struct sendmail *call, const char *value)
{
	(void)call, (void)value;
}

static void refuse(struct sendmail *call, const char *value)
{
	(void)call, (void)value;
	options_misuse("-D and -S are not for callers to say");
}

static void take_mode(struct sendmail *call, const char *value)
{
	/* clang-format off */
	static const struct {
		char value;
		enum sendmail_mode mode;
	} known[] = {
		{'m', SENDMAIL_DELIVER},
		{'a', SENDMAIL_DELIVER},
		{'v', SENDMAIL_VERIFY},
		{'t', SENDMAIL_EXPLAIN},
		{'p', SENDMAIL_LIST},
		{'s', SENDMAIL_SMTP},
		{'i', SENDMAIL_NOTHING},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (value[0] == known[i].value && !value[1]) {
			call->mode = known[i].mode;
			return;
		}
	options_misuse("-b%s is not done here", value);
}

static void take_config(struct sendmail *call, const char *value)
{
	call->conf_path = value;
}

static void take_sender(struct sendmail *call, const char *value)
{
	call->facts.sender = slice_text(value);
}

static void take_name(struct sendmail *call, const char *value)
{
	call->full_name = value;
}

static void take_newaliases(struct sendmail *call, const char *value)
{
	(void)value;
	call->mode = SENDMAIL_NOTHING;
}

static void take_notify(struct sendmail *call, const char *value)
{
	struct slice rest = slice_text(value), word;
	unsigned *notify = &call->facts.dsn.notify;

	*notify = 0;
	while (slice_next(&rest, ',', &word)) {
		unsigned bit = dsn_notify_named(word);
		if (!bit)
			options_misuse("-N %s: never, or of success, failure, delay", value);
		*notify |= bit;
	}
	if (!dsn_notify_valid(*notify))
		options_misuse("-N %s: never stands alone", value);
}

static void take_return(struct sendmail *call, const char *value)
{
	if (strcasecmp(value, "full") == 0)
		call->facts.dsn.ret = DSN_RET_FULL;
	else if (strcasecmp(value, "hdrs") == 0)
		call->facts.dsn.ret = DSN_RET_HDRS;
	else
		options_misuse("-R %s: full or hdrs", value);
}

static void take_envid(struct sendmail *call, const char *value)
{
	call->facts.dsn.envid = slice_text(value);
	if (!dsn_envid_valid(call->facts.dsn.envid))
		options_misuse("-V: 1 to %d characters of ASCII", DSN_ENVID_MOST);
}

static void take_ignore_dots(struct sendmail *call, const char *value)
{
	(void)value;
	call->dot_is_text = true;
}

/* Of the -o options only the two that change what we do. */
static void take_option(struct sendmail *call, const char *value)
{
	if (strcmp(value, "i") == 0)
		call->dot_is_text = true;
	else if (value[0] == 'd')
		call->waits = value[1] == 'i';
}

static void take_headers(struct sendmail *call, const char *value)
{
	(void)value;
	call->facts.read_headers = true;
}

static void take_verbose(struct sendmail *call, const char *value)
{
	(void)value;
	call->verbose = true;
}

/* -q15m is a daemon's and does nothing here, unless there is mail to take; -qR and -qS run all
 * instead of some. */
static void take_run(struct sendmail *call, const char *value)
{
	if (isdigit((unsigned char)*value)) {
		call->periodic = true;
		return;
	}
	call->mode = SENDMAIL_RUN;
	if (*value == 'I')
		call->run_id = value + 1;
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
static int take_word(struct sendmail *call, char **argv)
{
	for (const char *at = *argv + 1; *at; at++) {
		const struct flag *flag = flag_named(*at);
		if (!flag) {
			sendmail_warn("-%c: unknown, ignored", *at);
			return 1; /* what follows may be its value */
		}
		if (flag->wants == ALONE) {
			flag->take(call, "");
			continue;
		}
		bool behind = at[1] || flag->wants == SUFFIX;
		const char *value = behind ? at + 1 : argv[1];
		if (!value)
			options_misuse("-%c needs a value", *at);
		flag->take(call, value);
		return behind ? 1 : 2;
	}
	return 1;
}

static void take_long(const char *word)
{
	static const struct usage usage = {
		.synopsis = "mailq-sendmail [flags of sendmail(8)] [recipient ...]",
		.about = "Reads a message from standard input and queues it.\n"
			 "  -t        also to whom its header names\n"
			 "  -i        a line with only a dot does not end it\n"
			 "  -f sender, -F name\n"
			 "  -odi      wait for the verdict\n"
			 "  -v        print the id\n"
			 "  -bt, -bv  explain or check the recipients, deliver nothing\n"
			 "  -bp, -q   list the queue, run it\n"
			 "  -bs       speak SMTP on standard input and output",
	};
	char *argv[] = {program_invocation_name, (char *)(uintptr_t)word, NULL};

	if (strcmp(word, "--help") != 0 && strcmp(word, "--version") != 0) {
		sendmail_warn("%s: unknown, ignored", word);
		return;
	}
	struct options options = options_init(2, argv, &usage);
	options_next(&options);
}

void sendmail_read(struct sendmail *call, int argc, char **argv)
{
	char **end = argv + argc, **word = argv + 1;

	*call = (struct sendmail){.mode = SENDMAIL_DELIVER};
	if (strcmp(program_invocation_short_name, "mailq") == 0)
		call->mode = SENDMAIL_LIST;
	if (strcmp(program_invocation_short_name, "newaliases") == 0)
		call->mode = SENDMAIL_NOTHING;
	call->recipients = mem_array((size_t)argc + 1, sizeof *call->recipients);
	call->facts.recipients = call->recipients;
	while (word < end) {
		if (strcmp(*word, "--") == 0) {
			word++;
			break;
		}
		if (strncmp(*word, "--", 2) == 0)
			take_long(*word++);
		else if (**word == '-' && (*word)[1])
			word += take_word(call, word);
		else
			call->recipients[call->facts.n_recipients++] = slice_text(*word++);
	}
	while (word < end)
		call->recipients[call->facts.n_recipients++] = slice_text(*word++);
	if (call->periodic && call->mode == SENDMAIL_DELIVER && !call->facts.read_headers &&
	    call->facts.n_recipients == 0)
		call->mode = SENDMAIL_NOTHING;
}

void sendmail_free(struct sendmail *call)
{
	free(call->recipients);
}
