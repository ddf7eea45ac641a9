#include "smtp/envelope.h"

#include <inttypes.h>

#include "base/utf8.h"

#define ADDRESS_MAX 320 /* RFC 5321 4.5.3.1: 64 for the local part, the at sign, 255 */

static bool needs_smtputf8(const struct smtp_envelope *envelope)
{
	if (envelope->smtputf8 || !utf8_is_ascii(envelope->sender))
		return true;
	for (unsigned i = 0; i < envelope->count; i++)
		if (!utf8_is_ascii(envelope->recipients[i]))
			return true;
	return false;
}

/* RFC 3461 section 4: every byte but "+" and "=" among the visible ones stands for itself. */
static void add_xtext(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c > 0x20 && c < 0x7f && c != '+' && c != '=')
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "+%02X", c);
	}
}

void smtp_envelope_mail(const struct smtp_envelope *envelope, const struct smtp_features *features,
			struct buf *out)
{
	buf_add_text(out, "MAIL FROM:<");
	buf_add_slice(out, envelope->sender);
	buf_add_char(out, '>');
	if (features->size)
		buf_addf(out, " SIZE=%" PRIu64, envelope->size);
	if (features->eight_bit && envelope->eight_bit)
		buf_add_text(out, " BODY=8BITMIME");
	if (features->smtputf8 && needs_smtputf8(envelope))
		buf_add_text(out, " SMTPUTF8");
	if (features->dsn && envelope->ret != DSN_RET_NONE)
		buf_add_text(out, envelope->ret == DSN_RET_FULL ? " RET=FULL" : " RET=HDRS");
	if (features->dsn && envelope->envid.n) {
		buf_add_text(out, " ENVID=");
		add_xtext(out, slice_first(envelope->envid, DSN_ENVID_MOST));
	}
	buf_add_text(out, "\r\n");
}

static const struct {
	enum dsn_notify bit;
	const char *name;
} notify_words[] = {
	{DSN_NEVER, "NEVER"},
	{DSN_SUCCESS, "SUCCESS"},
	{DSN_FAILURE, "FAILURE"},
	{DSN_DELAY, "DELAY"},
};

static void add_notify(struct buf *out, unsigned notify)
{
	const char *before = " NOTIFY=";

	for (size_t i = 0; i < sizeof notify_words / sizeof *notify_words; i++)
		if (notify & notify_words[i].bit) {
			buf_addf(out, "%s%s", before, notify_words[i].name);
			before = ",";
		}
}

static void add_orcpt(struct buf *out, struct slice orcpt)
{
	size_t type = slice_find(orcpt, ';');

	if (type == orcpt.n)
		return;
	buf_add_text(out, " ORCPT=");
	buf_add_slice(out, slice_first(orcpt, type + 1));
	add_xtext(out, slice_after(orcpt, type + 1));
}

void smtp_envelope_rcpt(const struct smtp_envelope *envelope, const struct smtp_features *features,
			unsigned recipient, struct buf *out)
{
	buf_add_text(out, "RCPT TO:<");
	buf_add_slice(out, envelope->recipients[recipient]);
	buf_add_char(out, '>');
	if (features->dsn && envelope->wishes) {
		add_notify(out, envelope->wishes[recipient].notify);
		add_orcpt(out, envelope->wishes[recipient].orcpt);
	}
	buf_add_text(out, "\r\n");
}

/* The check against injection: whatever an address is, it must not end its command's path. */
static bool breaks_command(struct slice address)
{
	for (size_t i = 0; i < address.n; i++) {
		unsigned char c = (unsigned char)address.p[i];
		if (c <= 0x20 || c == 0x7f || c == '<' || c == '>')
			return true;
	}
	return address.n > ADDRESS_MAX;
}

static bool refuse(struct smtp_reply *why, unsigned short subject, unsigned short detail,
		   const char *text)
{
	*why = (struct smtp_reply){.enhanced = {5, subject, detail}, .text = slice_text(text)};
	return true;
}

bool smtp_envelope_refused(const struct smtp_envelope *envelope,
			   const struct smtp_features *features, struct arena *memory,
			   struct smtp_reply *why)
{
	if (breaks_command(envelope->sender))
		return refuse(why, 1, 7, "the sender's address is not fit for SMTP");
	if (features->size_limit && envelope->size > features->size_limit)
		return refuse(why, 3, 4,
			      arena_format(memory,
					   "the message has %" PRIu64 " bytes, the server takes "
					   "at most %" PRIu64,
					   envelope->size, features->size_limit));
	if (envelope->smtputf8 && !features->smtputf8)
		return refuse(why, 6, 7,
			      "the message's header needs SMTPUTF8, which the server does not "
			      "offer");
	if (!utf8_is_ascii(envelope->sender) && !features->smtputf8)
		return refuse(why, 6, 7,
			      "the sender's address needs SMTPUTF8, which the server does not "
			      "offer");
	/* Last: a header that needs SMTPUTF8 is 8-bit too, and would not be for its own sake. */
	if (envelope->eight_bit && !features->eight_bit)
		return refuse(why, 6, 3, "the message is 8-bit, the server offers no 8BITMIME");
	return false;
}

bool smtp_recipient_refused(struct slice address, const struct smtp_features *features,
			    struct smtp_reply *why)
{
	if (address.n == 0 || breaks_command(address))
		return refuse(why, 1, 3, "the address is not fit for SMTP");
	if (!utf8_is_ascii(address) && !features->smtputf8)
		return refuse(why, 6, 7,
			      "the address needs SMTPUTF8, which the server does not offer");
	return false;
}
