#include "smtp/ehlo.h"

#include <stddef.h>

/* A keyword without arguments, and the flag it raises. */
/* clang-format off */
static const struct {
	const char *name;
	size_t flag;
} flags[] = {
	{"PIPELINING",          offsetof(struct smtp_features, pipelining)},
	{"SIZE",                offsetof(struct smtp_features, size)},
	{"8BITMIME",            offsetof(struct smtp_features, eight_bit)},
	{"SMTPUTF8",            offsetof(struct smtp_features, smtputf8)},
	{"DSN",                 offsetof(struct smtp_features, dsn)},
	{"CHUNKING",            offsetof(struct smtp_features, chunking)},
	{"STARTTLS",            offsetof(struct smtp_features, starttls)},
	{"ENHANCEDSTATUSCODES", offsetof(struct smtp_features, enhanced_codes)},
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *name;
	enum smtp_auth bit;
} mechanisms[] = {
	{"PLAIN",       SMTP_AUTH_PLAIN},
	{"LOGIN",       SMTP_AUTH_LOGIN},
	{"XOAUTH2",     SMTP_AUTH_XOAUTH2},
	{"OAUTHBEARER", SMTP_AUTH_OAUTHBEARER},
	{"CRAM-MD5",    SMTP_AUTH_CRAM_MD5},
};
/* clang-format on */

static void take_mechanisms(struct smtp_features *features, struct slice list)
{
	struct slice word;

	while (slice_next(&list, ' ', &word))
		for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
			if (slice_is_nocase(word, mechanisms[i].name))
				features->auth |= mechanisms[i].bit;
}

static void take_keyword(struct smtp_features *features, struct slice text)
{
	struct slice rest = text, name;

	if (!slice_next(&rest, ' ', &name))
		return;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (slice_is_nocase(name, flags[i].name))
			*(bool *)((char *)features + flags[i].flag) = true;
	if (slice_is_nocase(name, "SIZE"))
		slice_number(slice_trim(rest), UINT64_MAX, &features->size_limit);
	if (slice_is_nocase(name, "AUTH"))
		take_mechanisms(features, rest);
	/* Old servers say "AUTH=PLAIN LOGIN", beside the right form or instead of it. */
	if (slice_is_nocase(slice_first(name, 5), "AUTH="))
		take_mechanisms(features, slice_after(text, 5));
}

static void keep_reply(struct smtp_ehlo *ehlo, struct slice line)
{
	static const struct slice end = SLICE("\r\n");
	struct slice parts[] = {line, end};
	struct smtp_reply reply;

	for (size_t i = 0; i < 2; i++)
		if (smtp_reply_read(&ehlo->reader, &parts[i], &reply) != SMTP_READ_MORE)
			ehlo->last = reply;
}

void smtp_ehlo_line(struct smtp_ehlo *ehlo, struct slice line)
{
	line = slice_trim(line);
	keep_reply(ehlo, line);
	if (!slice_starts(line, "250")) {
		ehlo->inside = false;
		if (slice_starts(line, "220"))
			ehlo->features = (struct smtp_features){0};
		return;
	}

	/* The first line holds the server's name, which may well read like a keyword. */
	if (ehlo->inside)
		take_keyword(&ehlo->features, slice_after(line, 4));
	else
		ehlo->features = (struct smtp_features){0};
	ehlo->inside = line.n > 3 && line.p[3] == '-';
}
