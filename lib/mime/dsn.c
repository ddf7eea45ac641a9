#include "mime/dsn.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "mime/encode.h"
#include "mime/header.h"

#define HEADER_MOST 65536
#define NAMED_MOST 50 /* recipients in the words for people; the report has them all */

static void put_boundary(const struct mime_dsn *dsn, const char *end, struct buf *out)
{
	buf_addf(out, "--=_%.*s_d%s\r\n", SLICE_ARGS(dsn->id), end);
}

static int64_t failed_ms(const struct mime_dsn *dsn)
{
	const struct story *story = dsn->story;

	for (size_t i = story->n_items; i > 0; i--) {
		const struct story_item *item = &story->items[i - 1];
		if ((item->kind == STORY_ATTEMPT && item->attempt.to == STATE_FAILED) ||
		    (item->kind == STORY_EVENT && item->event.to == STATE_FAILED))
			return item->time_ms;
	}
	return story->updated_ms;
}

static void put_header(const struct mime_dsn *dsn, struct buf *out)
{
	struct buf text = {0};
	struct address from = {.name = SLICE("Mail Delivery System")}, to = {.email = dsn->to};

	buf_addf(&text, "mailer-daemon@%.*s", SLICE_ARGS(dsn->domain));
	from.email = buf_slice(&text);
	mime_put_date(out, failed_ms(dsn));
	mime_put_addresses(out, "From", &from, 1);
	mime_put_addresses(out, "To", &to, 1);
	buf_clear(&text);
	buf_addf(&text, "Undelivered: %.*s", SLICE_ARGS(dsn->story->request->subject));
	mime_put_text(out, "Subject", slice_trim(buf_slice(&text)));
	buf_addf(out,
		 "Message-ID: <%.*s.dsn@%.*s>\r\n"
		 "Auto-Submitted: auto-replied\r\n"
		 "MIME-Version: 1.0\r\n"
		 "Content-Type: multipart/report; report-type=delivery-status;\r\n"
		 " boundary=\"=_%.*s_d\"\r\n\r\n",
		 SLICE_ARGS(dsn->id), SLICE_ARGS(dsn->domain), SLICE_ARGS(dsn->id));
	buf_free(&text);
}

/* --- what was said of a recipient --- */

static bool is_served(const struct story_recipient *recipient)
{
	return recipient->verdict == VERDICT_DELIVERED;
}

bool mime_dsn_names(const struct story *story, const struct story_recipient *recipient)
{
	return !is_served(recipient) && dsn_wants_failure(&story->request->dsn, recipient->email);
}

static const struct attempt_reply *last_reply(const struct story *story, struct slice email)
{
	for (size_t i = story->n_items; i > 0; i--) {
		const struct story_item *item = &story->items[i - 1];
		for (size_t j = 0; item->kind == STORY_ATTEMPT && j < item->attempt.n_recipients;
		     j++)
			if (item->attempt.recipients[j].verdict != VERDICT_NONE &&
			    address_equal(item->attempt.recipients[j].email, email))
				return &item->attempt.recipients[j];
	}
	return NULL;
}

static struct slice words_of(const struct mime_dsn *dsn, const struct attempt_reply *reply)
{
	return reply && reply->text.n ? reply->text : dsn->story->last_error;
}

/* --- for people --- */

/* On one line, whatever the remote said: else it could begin a part of its own. */
static void add_line(struct buf *text, const char *indent, struct slice words)
{
	buf_add_text(text, indent);
	for (size_t i = 0; i < words.n; i++)
		buf_add_char(text, (unsigned char)words.p[i] < 0x20 ? ' ' : words.p[i]);
	buf_add_char(text, '\n');
}

static void put_words(const struct mime_dsn *dsn, struct buf *out)
{
	const struct story *story = dsn->story;
	struct slice sender = request_sender(story->request);
	char accepted[CLOCK_TEXT_SIZE];
	struct buf text = {0};
	size_t named = 0, left = 0;

	clock_format(story->created_ms, accepted);
	buf_addf(&text,
		 "This message could not be delivered:\n\n"
		 "  id        %.*s\n  accepted  %s\n  from      %.*s\n  subject   %.*s\n\n"
		 "It did not reach:\n",
		 SLICE_ARGS(dsn->id), accepted, SLICE_ARGS(sender),
		 SLICE_ARGS(story->request->subject));
	for (size_t i = 0; i < story->n_recipients; i++) {
		struct slice email = story->recipients[i].email;
		if (!mime_dsn_names(story, &story->recipients[i]))
			continue;
		if (named++ >= NAMED_MOST) {
			left++;
			continue;
		}
		add_line(&text, "\n  ", email);
		add_line(&text, "    ", words_of(dsn, last_reply(story, email)));
	}
	if (left)
		buf_addf(&text, "\n  and %zu more\n", left);
	buf_addf(
		&text,
		"\nIt is not tried again by itself. Once the cause is mended, it can be sent by\n\n"
		"  mailq-retry %.*s\n",
		SLICE_ARGS(dsn->id));

	enum mime_encoding encoding = mime_encoding_for(buf_slice(&text));
	put_boundary(dsn, "", out);
	buf_addf(out,
		 "Content-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: %s\r\n\r\n",
		 mime_encoding_name(encoding));
	mime_encode(buf_slice(&text), encoding, out);
	buf_free(&text);
}

/* --- for machines --- */

/* RFC 6533, 3: printable ASCII as it is, all else as \x{...}. */
static void put_address(struct slice email, struct buf *out)
{
	struct buf text = {0};
	bool is_ascii = true;
	size_t n;

	for (; email.n; email = slice_after(email, n)) {
		uint32_t point = utf8_decode(email, &n);
		if (point > 0x20 && point < 0x7f && point != '\\') {
			buf_add_char(&text, (char)point);
		} else {
			is_ascii = false;
			buf_addf(&text, "\\x{%X}", (unsigned)point);
		}
	}
	buf_addf(out, "Final-Recipient: %s; %.*s\r\n", is_ascii ? "rfc822" : "utf-8", (int)text.n,
		 text.p ? text.p : "");
	buf_free(&text);
}

/* One line of printable ASCII, whatever the remote said. */
static void put_diagnostic(const char *type, struct slice words, struct buf *out)
{
	buf_addf(out, "Diagnostic-Code: %s; ", type);
	for (size_t i = 0; i < words.n; i++)
		buf_add_char(out, words.p[i] >= 0x20 && words.p[i] < 0x7f ? words.p[i] : '?');
	buf_add_text(out, "\r\n");
}

/* RFC 3463. What no remote refused for good has run out of time or attempts. */
static struct slice status_of(const struct mime_dsn *dsn, const struct story_recipient *recipient,
			      const struct attempt_reply *reply)
{
	int64_t expires_ms = dsn->story->request->expires_ms;
	bool has_expired = expires_ms && expires_ms <= failed_ms(dsn);

	if (reply && reply->enhanced.n)
		return reply->enhanced;
	if (recipient->verdict == VERDICT_PERMANENT)
		return slice_text("5.0.0");
	return slice_text(reply || has_expired ? "4.4.7" : "5.3.0");
}

static void put_recipient(const struct mime_dsn *dsn, const struct story_recipient *recipient,
			  struct buf *out)
{
	const struct attempt_reply *reply = last_reply(dsn->story, recipient->email);
	bool is_smtp = reply && reply->code >= 200 && reply->code < 600;
	struct slice status = status_of(dsn, recipient, reply), words = words_of(dsn, reply);

	struct slice original = dsn_for(&dsn->story->request->dsn, recipient->email).orcpt;

	buf_add_text(out, "\r\n");
	if (original.n)
		buf_addf(out, "Original-Recipient: %.*s\r\n", SLICE_ARGS(original));
	put_address(recipient->email, out);
	buf_addf(out, "Action: failed\r\nStatus: %.*s\r\n", SLICE_ARGS(status));
	if (words.n)
		put_diagnostic(is_smtp ? "smtp" : "x-mailq", words, out);
}

static void put_report(const struct mime_dsn *dsn, struct buf *out)
{
	struct slice envid = dsn->story->request->dsn.envid;
	struct buf date = {0};

	mime_put_date(&date, dsn->story->created_ms);
	put_boundary(dsn, "", out);
	buf_addf(out, "Content-Type: message/delivery-status\r\n\r\n");
	if (envid.n)
		buf_addf(out, "Original-Envelope-Id: %.*s\r\n", SLICE_ARGS(envid));
	buf_addf(out, "Reporting-MTA: dns; %.*s\r\nX-Mailq-Id: %.*s\r\nArrival-%s",
		 SLICE_ARGS(dsn->domain), SLICE_ARGS(dsn->id), date.p);
	for (size_t i = 0; i < dsn->story->n_recipients; i++)
		if (mime_dsn_names(dsn->story, &dsn->story->recipients[i]))
			put_recipient(dsn, &dsn->story->recipients[i], out);
	buf_free(&date);
}

/* A long header is cut between two lines. One outside ASCII has a type of its own (RFC 6533, 6),
 * and is encoded, so that the report needs no server that takes 8 bits. */
static void put_returned(const struct mime_dsn *dsn, struct buf *out)
{
	struct slice header = slice_first(dsn->header, HEADER_MOST);

	if (header.n == 0)
		return;
	while (header.n && header.p[header.n - 1] != '\n')
		header.n--;
	buf_add_text(out, "\r\n");
	put_boundary(dsn, "", out);
	if (utf8_is_ascii(header)) {
		buf_add_text(out, "Content-Type: text/rfc822-headers\r\n\r\n");
		buf_add_slice(out, header);
		return;
	}
	enum mime_encoding encoding = mime_encoding_for(header);
	buf_addf(out,
		 "Content-Type: message/global-headers\r\n"
		 "Content-Transfer-Encoding: %s\r\n\r\n",
		 mime_encoding_name(encoding));
	mime_encode(header, encoding, out);
}

void mime_dsn_compose(const struct mime_dsn *dsn, struct buf *out)
{
	put_header(dsn, out);
	put_words(dsn, out);
	put_report(dsn, out);
	put_returned(dsn, out);
	buf_add_text(out, "\r\n");
	put_boundary(dsn, "--", out);
}
