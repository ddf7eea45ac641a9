#include "smtp/server.h"

#include <check.h>
#include <stdlib.h>

/*
 * A session: what the client sends, what it is told, and what was asked of the caller. The caller
 * of this test takes mail from and for all but nobody@, and knows one user, u with the password p.
 *
 * In the text, a newline is CR LF, ~ a bare LF, ^ a bare CR, @@ a NUL; at a bar the client waits
 * for its replies. Each session is played all at once and byte by byte; "whole" ones only at once,
 * because it is their fault that bytes came too early.
 */
struct session {
	const char *name;
	const char *flags;
	const char *client, *replies, *requests;
};

#define HELLO "EHLO me\n|"
#define OFFERS                                                               \
	"250-SIZE 40\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250-DSN\n" \
	"250-ENHANCEDSTATUSCODES\n250 CHUNKING\n"
#define GREETING "220 mq ESMTP mailq\n"
#define HELLO_BACK GREETING "250-mq\n" OFFERS
#define ENVELOPE "MAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\n"
#define ENVELOPE_OK "250 mail\n250 rcpt\n"
#define ENVELOPE_ASKED "mail a@x.example; rcpt b@x.example; "

/* clang-format off */
static const struct session sessions[] = {
	{"takes a message", "",
	 HELLO ENVELOPE "DATA\n|Hi\n..dot\n\n.\nQUIT\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n250 end\n221 2.0.0 Bye\n",
	 ENVELOPE_ASKED "begin; 'Hi\n.dot\n\n'; end; "},

	{"takes one after the other", "",
	 HELLO ENVELOPE "DATA\n|1\n.\n" ENVELOPE "DATA\n|2\n.\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n250 end\n" ENVELOPE_OK "354 go\n250 end\n",
	 ENVELOPE_ASKED "begin; '1\n'; end; " ENVELOPE_ASKED "begin; '2\n'; end; "},

	{"takes an empty one", "",
	 HELLO ENVELOPE "DATA\n|.\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n250 end\n",
	 ENVELOPE_ASKED "begin; ''; end; "},

	{"takes the null sender", "",
	 HELLO "MAIL FROM:<>\n",
	 HELLO_BACK "250 mail\n",
	 "mail ; "},

	{"speaks to those who say HELO", "",
	 "HELO me\nmail from:<a@x.example>\nrcpt to: <b@x.example>\ndata\n|1\n.\n",
	 GREETING "250 mq\n" ENVELOPE_OK "354 go\n250 end\n",
	 ENVELOPE_ASKED "begin; '1\n'; end; "},

	{"wants a greeting first", "",
	 "MAIL FROM:<a@x.example>\nEHLO\nHELO \nNOOP\n",
	 GREETING "503 5.5.1 say EHLO first\n501 5.5.4 a greeting has your name behind it\n"
	 "501 5.5.4 a greeting has your name behind it\n250 2.0.0 Ok\n", ""},

	{"wants commands in their order", "",
	 HELLO "RCPT TO:<b@x.example>\nDATA\n|MAIL FROM:<a@x.example>\nDATA\n|MAIL FROM:<b@x.example>\n"
	 "RCPT TO:<nobody@x.example>\nDATA\n|RSET\nRCPT TO:<b@x.example>\n",
	 HELLO_BACK "503 5.5.1 MAIL comes first\n503 5.5.1 MAIL comes first\n250 mail\n"
	 "554 5.5.1 no valid recipients\n503 5.5.1 there is a sender already\n550 5.1.1 nobody\n"
	 "554 5.5.1 no valid recipients\n250 2.0.0 Ok\n503 5.5.1 MAIL comes first\n",
	 "mail a@x.example; rcpt nobody@x.example; "},

	{"has no sender when its caller refuses him", "",
	 HELLO "MAIL FROM:<nobody@x.example>\nRCPT TO:<b@x.example>\nMAIL FROM:<a@x.example>\n",
	 HELLO_BACK "550 5.7.1 nobody\n503 5.5.1 MAIL comes first\n250 mail\n",
	 "mail nobody@x.example; mail a@x.example; "},

	{"does not know every command", "",
	 "\nEXPN all\nVRFY me\nDATAS\nEHLOS me\n",
	 GREETING "500 5.5.2 not a command of this server\n500 5.5.2 not a command of this server\n"
	 "252 2.1.5 send some mail, it will be tried\n500 5.5.2 not a command of this server\n"
	 "500 5.5.2 not a command of this server\n", ""},

	{"hangs up on a browser", "",
	 "POST / HTTP/1.1\nHost: localhost\n\nMAIL FROM:<a@x.example>\n",
	 GREETING "554 5.5.1 this is SMTP\n", ""},

	{"keeps to the parameters of MAIL and RCPT", "",
	 HELLO "MAIL FROM:<j\303\274@x.example> SIZE=30 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+3Db AUTH=<>\n"
	 "RCPT TO:<j\303\274@x.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+40x.example\n",
	 HELLO_BACK ENVELOPE_OK,
	 "mail j\303\274@x.example size=30 8bit utf8 ret=2 envid=a=b; "
	 "rcpt j\303\274@x.example notify=10 orcpt=rfc822;b@x.example; "},

	{"refuses addresses that are none", "",
	 HELLO "MAIL FROM:a@x.example\nMAIL FROM:<a@x.example\nMAIL FROM:<a@x.example>x\n"
	 "MAIL FROM:<a b@x.example>\nMAIL FROM:<j\303\274@x.example>\nMAIL FROM:<a@x.example>\n"
	 "RCPT TO:<>\nRCPT TO:<b@x.example>,<c@x.example>\n",
	 HELLO_BACK "501 5.5.4 it is MAIL FROM:<address>\n501 5.5.4 it is MAIL FROM:<address>\n"
	 "501 5.5.4 it is MAIL FROM:<address>\n553 5.1.7 *\n"
	 "553 5.6.7 an address outside ASCII needs SMTPUTF8\n250 mail\n"
	 "553 5.1.3 *\n501 5.5.4 it is RCPT TO:<address>\n",
	 "mail a@x.example; "},

	{"refuses parameters that are none", "",
	 HELLO "MAIL FROM:<a@x.example> SIZE\nMAIL FROM:<a@x.example> SIZE=-1\n"
	 "MAIL FROM:<a@x.example> BODY=BINARYMIME\nMAIL FROM:<a@x.example> ENVID=a+0Ab\n"
	 "MAIL FROM:<a@x.example> RET=SOME\nMAIL FROM:<a@x.example> X=1\n"
	 "MAIL FROM:<a@x.example> NOTIFY=NEVER\n",
	 HELLO_BACK "501 5.5.4 a *\n501 5.5.4 a *\n501 5.5.4 a *\n501 5.5.4 a *\n501 5.5.4 a *\n"
	 "555 5.5.4 a *\n555 5.5.4 a *\n", ""},

	{"refuses parameters of a recipient that are none", "",
	 HELLO ENVELOPE "RCPT TO:<c@x.example> NOTIFY=NEVER,DELAY\nRCPT TO:<c@x.example> NOTIFY=\n"
	 "RCPT TO:<c@x.example> NOTIFY=OFTEN\nRCPT TO:<c@x.example> ORCPT=c@x.example\n"
	 "RCPT TO:<c@x.example> ORCPT=rfc822;+0D+0A\nRCPT TO:<c@x.example> SIZE=1\n"
	 "RCPT TO:<c@x.example> NOTIFY=NEVER\n",
	 HELLO_BACK ENVELOPE_OK "501 5.5.4 a *\n501 5.5.4 a *\n501 5.5.4 a *\n501 5.5.4 a *\n"
	 "501 5.5.4 a *\n555 5.5.4 a *\n250 rcpt\n",
	 ENVELOPE_ASKED "rcpt c@x.example notify=1; "},

	{"refuses what is too large before it comes", "",
	 HELLO "MAIL FROM:<a@x.example> SIZE=41\nMAIL FROM:<a@x.example> SIZE=40\n",
	 HELLO_BACK "552 5.3.4 that is larger than this server takes\n250 mail\n",
	 "mail a@x.example size=40; "},

	{"refuses what is too large when it came", "",
	 HELLO ENVELOPE "DATA\n|0123456789012345678901234567890123456789\n.\nRSET\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n552 5.3.4 that is larger than this server takes\n250 2.0.0 Ok\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"takes only so many recipients", "",
	 HELLO ENVELOPE "RCPT TO:<c@x.example>\nRCPT TO:<d@x.example>\nDATA\n|1\n.\n",
	 HELLO_BACK ENVELOPE_OK "250 rcpt\n452 4.5.3 too many recipients\n354 go\n250 end\n",
	 ENVELOPE_ASKED "rcpt c@x.example; begin; '1\n'; end; "},

	{"takes only so many errors", "",
	 "A\nB\nC\nD\nE\nF\nG\nH\nI\nJ\nK\nNOOP\n",
	 GREETING "500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n"
	 "500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n421 4.7.0 too many errors\n", ""},

	{"refuses a command with another line end", "",
	 "NOOP~NOOP^\nNO\tOP\nNO@@OP\nNOOP\n",
	 GREETING "500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n500 5.5.2 *\n250 2.0.0 Ok\n", ""},

	{"refuses a message with a bare LF", "",
	 HELLO ENVELOPE "DATA\n|one~.\nMAIL FROM:<evil@x.example>\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n521 5.5.2 the message has a CR or LF without the other\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"refuses a message with a bare CR", "",
	 HELLO ENVELOPE "DATA\n|one^two\n.\nNOOP\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n521 5.5.2 the message has a CR or LF without the other\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"refuses a message that ends with LF, dot, LF", "",
	 HELLO ENVELOPE "DATA\n|one\n.~NOOP\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n521 5.5.2 the message has a CR or LF without the other\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"refuses a message that ends with CR, dot, CR", "",
	 HELLO ENVELOPE "DATA\n|one\n.^NOOP\n",
	 HELLO_BACK ENVELOPE_OK "354 go\n521 5.5.2 the message has a CR or LF without the other\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"hangs up when something was sent behind DATA", "whole",
	 HELLO ENVELOPE "DATA\nHi\n.\nMAIL FROM:<evil@x.example>\n",
	 HELLO_BACK ENVELOPE_OK "554 5.5.0 nothing may follow DATA before its answer\n",
	 ENVELOPE_ASKED},

	{"tells what its caller says of a message", "",
	 HELLO ENVELOPE "DATA\n|fail\n.\n" ENVELOPE,
	 HELLO_BACK ENVELOPE_OK "354 go\n451 4.3.0 disk\n" ENVELOPE_OK,
	 ENVELOPE_ASKED "begin; 'fail\n'; end; " ENVELOPE_ASKED},

	{"goes on when a message may not begin", "full",
	 HELLO ENVELOPE "DATA\n|RSET\n" ENVELOPE "BDAT 3\n1\nBDAT 3 LAST\n2\nNOOP\n",
	 HELLO_BACK ENVELOPE_OK "452 4.3.1 full\n250 2.0.0 Ok\n" ENVELOPE_OK
	 "452 4.3.1 full\n503 5.5.1 the message was refused\n250 2.0.0 Ok\n",
	 ENVELOPE_ASKED "begin; " ENVELOPE_ASKED "begin; "},

	{"takes a message in chunks", "",
	 HELLO ENVELOPE "BDAT 4\nHi\nBDAT 6 LAST\n.\nx\n" ENVELOPE "BDAT 1 LAST\n.QUIT\n",
	 HELLO_BACK ENVELOPE_OK "250 2.0.0 Ok\n250 end\n" ENVELOPE_OK "250 end\n221 2.0.0 Bye\n",
	 ENVELOPE_ASKED "begin; 'Hi\n.\nx\n'; end; " ENVELOPE_ASKED "begin; '.'; end; "},

	{"takes a last chunk of nothing", "",
	 HELLO ENVELOPE "BDAT 4\nHi\nBDAT 0 LAST\nNOOP\n",
	 HELLO_BACK ENVELOPE_OK "250 2.0.0 Ok\n250 end\n250 2.0.0 Ok\n",
	 ENVELOPE_ASKED "begin; 'Hi\n'; end; "},

	{"takes and drops a chunk that is refused", "",
	 HELLO "BDAT 10 LAST\nNOOP\nNO\nNOOP\n" ENVELOPE "BDAT 41\n"
	 "01234567890123456789012345678901234567890BDAT 2 LAST\n01RSET\n" ENVELOPE,
	 HELLO_BACK "503 5.5.1 MAIL comes first\n250 2.0.0 Ok\n" ENVELOPE_OK
	 "552 5.3.4 that is larger than this server takes\n503 5.5.1 the message was refused\n"
	 "250 2.0.0 Ok\n" ENVELOPE_OK,
	 ENVELOPE_ASKED ENVELOPE_ASKED},

	{"forgets a message whose later chunk is too large", "",
	 HELLO ENVELOPE "BDAT 4\nHi\nBDAT 37 LAST\n0123456789012345678901234567890123456NOOP\n",
	 HELLO_BACK ENVELOPE_OK "250 2.0.0 Ok\n552 5.3.4 that is larger than this server takes\n250 2.0.0 Ok\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"forgets a message that is reset between chunks", "",
	 HELLO ENVELOPE "BDAT 4\nHi\nRCPT TO:<c@x.example>\nDATA\n|RSET\n",
	 HELLO_BACK ENVELOPE_OK "250 2.0.0 Ok\n503 5.5.1 the message has begun already\n"
	 "503 5.5.1 the message has begun already\n250 2.0.0 Ok\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"refuses a bare LF in a chunk", "",
	 HELLO ENVELOPE "BDAT 7 LAST\n.x\n2~\n",
	 HELLO_BACK ENVELOPE_OK "521 5.5.2 the message has a CR or LF without the other\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"refuses a bare CR at the end of chunks", "",
	 HELLO ENVELOPE "BDAT 4 LAST\none^NOOP\n",
	 HELLO_BACK ENVELOPE_OK "521 5.5.2 the message has a CR or LF without the other\n",
	 ENVELOPE_ASKED "begin; abort; "},

	{"hangs up when it cannot tell where a chunk ends", "",
	 HELLO ENVELOPE "BDAT -1\nNOOP\n",
	 HELLO_BACK ENVELOPE_OK "501 5.5.4 it is BDAT and a length\n",
	 ENVELOPE_ASKED},

	{"lets users in", "auth",
	 HELLO "AUTH PLAIN AHUAcA==\nAUTH PLAIN AHUAcA==\n",
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS "235 2.7.0 hello\n503 5.5.1 not now\n",
	 "auth u:p; "},

	{"lets users in who wait to be asked", "auth",
	 HELLO "auth plain\n|AHUAcA==\n",
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS "334 \n235 2.7.0 hello\n",
	 "auth u:p; "},

	{"lets users in who log in", "auth",
	 HELLO "AUTH LOGIN\n|dQ==\n|cA==\n",
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS
	 "334 VXNlcm5hbWU6\n334 UGFzc3dvcmQ6\n235 2.7.0 hello\n",
	 "auth u:p; "},

	{"lets users in who log in at once", "auth",
	 HELLO "AUTH LOGIN dQ==\n|cQ==\nAUTH LOGIN dQ==\n|cA==\n",
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS
	 "334 UGFzc3dvcmQ6\n535 5.7.8 no\n334 UGFzc3dvcmQ6\n235 2.7.0 hello\n",
	 "auth u:q; auth u:p; "},

	{"lets nobody in who does not know how", "auth",
	 HELLO "AUTH\nAUTH CRAM-MD5\nAUTH PLAIN x\nAUTH PLAIN =\nAUTH PLAIN\n|*\n"
	 "AUTH PLAIN eAB1AHA=\nAUTH PLAIN AHUA\n",
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS
	 "504 5.5.4 *\n504 5.5.4 *\n501 5.5.2 that is no base64\n535 5.7.8 *\n334 \n"
	 "501 5.7.0 given up, as you asked\n535 5.7.8 *\n535 5.7.8 *\n",
	 ""},

	{"ends a log-in with a line that is none", "auth",
	 HELLO "AUTH LOGIN\n|dQ==~NOOP\n",
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS "334 VXNlcm5hbWU6\n500 5.5.2 *\n250 2.0.0 Ok\n",
	 ""},

	{"wants users to log in where that is required", "auth required",
	 HELLO ENVELOPE "AUTH PLAIN AHUAcA==\n" ENVELOPE,
	 GREETING "250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS
	 "530 5.7.0 log in first\n503 5.5.1 MAIL comes first\n235 2.7.0 hello\n" ENVELOPE_OK,
	 "auth u:p; " ENVELOPE_ASKED},

	{"hears no password in the clear", "tls secret",
	 HELLO "AUTH PLAIN AHUAcA==\n",
	 GREETING "250-mq\n250-STARTTLS\n" OFFERS "538 5.7.11 only behind TLS\n", ""},

	{"begins anew behind TLS", "tls secret",
	 HELLO ENVELOPE "STARTTLS\n|MAIL FROM:<c@x.example>\nEHLO me\nAUTH PLAIN AHUAcA==\nSTARTTLS\n",
	 GREETING "250-mq\n250-STARTTLS\n" OFFERS ENVELOPE_OK "220 2.0.0 go ahead\n"
	 "503 5.5.1 say EHLO first\n250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS "235 2.7.0 hello\n"
	 "503 5.5.1 no TLS to start here\n",
	 ENVELOPE_ASKED "tls; auth u:p; "},

	{"forgets behind TLS who logged in before it", "tls auth required",
	 HELLO "AUTH PLAIN AHUAcA==\nSTARTTLS\n|" HELLO ENVELOPE,
	 GREETING "250-mq\n250-STARTTLS\n250-AUTH PLAIN LOGIN\n" OFFERS "235 2.7.0 hello\n"
	 "220 2.0.0 go ahead\n250-mq\n250-AUTH PLAIN LOGIN\n" OFFERS "530 5.7.0 log in first\n"
	 "503 5.5.1 MAIL comes first\n",
	 "auth u:p; tls; "},

	{"does not hear behind TLS what came before it", "tls whole",
	 HELLO "STARTTLS\nEHLO evil\nMAIL FROM:<evil@x.example>\n|NOOP\n",
	 GREETING "250-mq\n250-STARTTLS\n" OFFERS "220 2.0.0 go ahead\n250 2.0.0 Ok\n", "tls; "},
};
/* clang-format on */

struct play {
	struct smtp_server server;
	bool full; /* no message may begin */
	struct buf replies, requests, message;
};

static void note_mail(const struct smtp_mail *mail, struct buf *out)
{
	buf_addf(out, "mail %.*s", SLICE_ARGS(mail->sender));
	if (mail->size)
		buf_addf(out, " size=%d", (int)mail->size);
	buf_addf(out, "%s%s", mail->eight_bit ? " 8bit" : "", mail->smtputf8 ? " utf8" : "");
	if (mail->ret)
		buf_addf(out, " ret=%d", mail->ret);
	if (mail->envid.n)
		buf_addf(out, " envid=%.*s", SLICE_ARGS(mail->envid));
	buf_add_text(out, "; ");
}

static void note_rcpt(const struct smtp_rcpt *rcpt, struct buf *out)
{
	buf_addf(out, "rcpt %.*s", SLICE_ARGS(rcpt->recipient));
	if (rcpt->notify)
		buf_addf(out, " notify=%u", rcpt->notify);
	if (rcpt->orcpt.n)
		buf_addf(out, " orcpt=%.*s", SLICE_ARGS(rcpt->orcpt));
	buf_add_text(out, "; ");
}

static void on_auth(struct play *play, const struct smtp_request *request)
{
	bool right = slice_is(request->user, "u") && slice_is(request->secret, "p");

	buf_addf(&play->requests, "auth %.*s:%.*s; ", SLICE_ARGS(request->user),
		 SLICE_ARGS(request->secret));
	smtp_server_answer(&play->server, right ? "235 2.7.0 hello" : "535 5.7.8 no");
}

static void on_end(struct play *play)
{
	bool fail = slice_starts(buf_slice(&play->message), "fail");

	buf_addf(&play->requests, "'%.*s'; end; ", SLICE_ARGS(buf_slice(&play->message)));
	buf_clear(&play->message);
	smtp_server_answer(&play->server, fail ? "451 4.3.0 disk" : "250 end");
}

static void deal_with(struct play *play, const struct smtp_request *request)
{
	switch (request->type) {
	case SMTP_ASK_AUTH:
		on_auth(play, request);
		break;
	case SMTP_ASK_MAIL:
		note_mail(&request->mail, &play->requests);
		smtp_server_answer(&play->server, slice_starts(request->mail.sender, "nobody")
							  ? "550 5.7.1 nobody"
							  : "250 mail");
		break;
	case SMTP_ASK_RCPT:
		note_rcpt(&request->rcpt, &play->requests);
		smtp_server_answer(&play->server, slice_starts(request->rcpt.recipient, "nobody")
							  ? "550 5.1.1 nobody"
							  : "250 rcpt");
		break;
	case SMTP_ASK_BEGIN:
		buf_add_text(&play->requests, "begin; ");
		smtp_server_answer(&play->server, play->full ? "452 4.3.1 full" : "354 go");
		break;
	case SMTP_CHUNK:
		ck_assert_uint_gt(request->bytes.n, 0);
		buf_add_slice(&play->message, request->bytes);
		break;
	case SMTP_ASK_END:
		on_end(play);
		break;
	case SMTP_ABORT:
		buf_clear(&play->message);
		buf_add_text(&play->requests, "abort; ");
		break;
	case SMTP_TLS:
		buf_add_text(&play->requests, "tls; ");
		break;
	case SMTP_NO_REQUEST:
		ck_abort_msg("no request");
	}
}

static void hear(struct play *play, struct slice *input)
{
	struct smtp_request request;
	struct slice out;

	while (smtp_server_next(&play->server, input, &request))
		deal_with(play, &request);
	while (smtp_server_output(&play->server, &out)) {
		buf_add_slice(&play->replies, slice_first(out, 7));
		smtp_server_sent(&play->server, slice_first(out, 7).n);
	}
	if (play->server.state == SMTP_STATE_TLS)
		smtp_server_secured(&play->server);
}

/* The text of a session as bytes. */
static void spell(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_add_text(out, "\r\n");
		else if (text.p[i] == '~')
			buf_add_char(out, '\n');
		else if (text.p[i] == '^')
			buf_add_char(out, '\r');
		else if (text.p[i] == '@' && i + 1 < text.n && text.p[i + 1] == '@')
			buf_add_char(out, '\0'), i++;
		else
			buf_add_char(out, text.p[i]);
	}
}

static void say(struct play *play, struct slice text, size_t most)
{
	struct buf bytes = {0};

	spell(text, &bytes);
	for (size_t at = 0; at < bytes.n;) {
		struct slice some = slice_first(slice_after(buf_slice(&bytes), at), most);
		at += some.n;
		hear(play, &some);
		ck_assert_uint_eq(some.n, 0);
	}
	buf_free(&bytes);
}

/* In what is expected, "*" stands for the rest of a line. */
static bool alike(struct slice got, struct slice wanted)
{
	while (wanted.n) {
		if (*wanted.p == '*') {
			wanted = slice_after(wanted, 1);
			while (got.n && *got.p != '\r')
				got = slice_after(got, 1);
			continue;
		}
		if (got.n == 0 || *got.p != *wanted.p)
			return false;
		got = slice_after(got, 1);
		wanted = slice_after(wanted, 1);
	}
	return got.n == 0;
}

static void play_session(const struct session *session, size_t most)
{
	struct smtp_server_config config = {
		.hostname = "mq",
		.size_limit = 40,
		.recipients_max = 2,
		.errors_max = 10,
		.starttls = strstr(session->flags, "tls"),
		.auth = strstr(session->flags, "auth") || strstr(session->flags, "secret"),
		.auth_in_clear = strstr(session->flags, "auth"),
		.auth_required = strstr(session->flags, "required"),
	};
	struct play play = {.full = strstr(session->flags, "full")};
	struct slice rest = slice_text(session->client), part;
	struct buf replies = {0}, requests = {0};

	smtp_server_init(&play.server, &config);
	while (slice_next(&rest, '|', &part))
		say(&play, part, most);
	spell(slice_text(session->replies), &replies);
	spell(slice_text(session->requests), &requests);
	buf_add_text(&play.replies, "");
	buf_add_text(&play.requests, "");
	ck_assert_msg(alike(buf_slice(&play.replies), buf_slice(&replies)), "%s:\n%s\nnot\n%s",
		      session->name, play.replies.p, replies.p);
	ck_assert_msg(alike(buf_slice(&play.requests), buf_slice(&requests)), "%s:\n%s\nnot\n%s",
		      session->name, play.requests.p, requests.p);
	smtp_server_free(&play.server);
	buf_free(&play.replies);
	buf_free(&play.requests);
	buf_free(&play.message);
	buf_free(&replies);
	buf_free(&requests);
}

START_TEST(holds_its_sessions_all_at_once)
{
	play_session(&sessions[_i], 100000);
}
END_TEST

START_TEST(holds_its_sessions_byte_by_byte)
{
	if (!strstr(sessions[_i].flags, "whole"))
		play_session(&sessions[_i], 1);
}
END_TEST

/* --- what no session above can show --- */

static const struct smtp_server_config plain = {.hostname = "mq",
						.size_limit = 1000000,
						.recipients_max = 2,
						.errors_max = 10};

static bool next(struct smtp_server *server, const char *text, struct smtp_request *request)
{
	struct slice input = slice_text(text);

	return smtp_server_next(server, &input, request);
}

START_TEST(takes_nothing_while_an_answer_is_awaited)
{
	struct smtp_server server;
	struct smtp_request request;
	struct slice input = SLICE("EHLO me\r\nMAIL FROM:<a@x.example>\r\nNOOP\r\n"), rest;

	smtp_server_init(&server, &plain);
	ck_assert(smtp_server_next(&server, &input, &request));
	ck_assert_int_eq(request.type, SMTP_ASK_MAIL);
	rest = input;
	ck_assert(!smtp_server_next(&server, &input, &request));
	ck_assert(slice_equal(rest, input));
	ck_assert(slice_is(input, "NOOP\r\n"));
	smtp_server_answer(&server, "250 yes");
	ck_assert(!smtp_server_next(&server, &input, &request));
	ck_assert_uint_eq(input.n, 0);
	smtp_server_free(&server);
}
END_TEST

START_TEST(does_not_listen_to_who_does_not_read)
{
	struct smtp_server server;
	struct smtp_request request;
	struct slice out;

	smtp_server_init(&server, &plain);
	for (int i = 0; i < 100000; i++)
		next(&server, "NOOP\r\n", &request);
	ck_assert(smtp_server_output(&server, &out));
	ck_assert_uint_lt(out.n, 70000);
	smtp_server_sent(&server, out.n);
	next(&server, "NOOP\r\n", &request);
	ck_assert(smtp_server_output(&server, &out));
	ck_assert(slice_is(out, "250 2.0.0 Ok\r\n"));
	smtp_server_free(&server);
}
END_TEST

START_TEST(ends_a_session_with_an_endless_line)
{
	struct smtp_server server;
	struct smtp_request request;

	smtp_server_init(&server, &plain);
	for (int i = 0; i < 10000; i++)
		next(&server, "MAIL FROM:<a", &request);
	ck_assert(smtp_server_is_over(&server));
	ck_assert_uint_lt(server.line.room, 10000);
	smtp_server_free(&server);
}
END_TEST

START_TEST(lets_no_answer_forge_another)
{
	struct smtp_server server;
	struct smtp_request request;
	struct slice out;

	smtp_server_init(&server, &plain);
	next(&server, "EHLO me\r\nMAIL FROM:<a@x.example>\r\n", &request);
	smtp_server_output(&server, &out);
	smtp_server_sent(&server, out.n);
	smtp_server_answer(&server, "250 %s", "yes\r\n250 and more\033");
	smtp_server_output(&server, &out);
	ck_assert(slice_is(out, "250 yes??250 and more?\r\n"));
	smtp_server_free(&server);
}
END_TEST

START_TEST(leaves_no_password_behind)
{
	struct smtp_server_config config = plain;
	struct smtp_server server;
	struct smtp_request request;

	config.auth = config.auth_in_clear = true;
	smtp_server_init(&server, &config);
	next(&server, "EHLO me\r\n", &request);
	ck_assert(next(&server, "AUTH PLAIN AHUAc2VjcmV0\r\n", &request));
	ck_assert(slice_is(request.secret, "secret"));
	ck_assert_ptr_null(memmem(server.line.p, server.line.room, "AHUAc2Vj", 8));
	smtp_server_answer(&server, "235 2.7.0 yes");
	ck_assert_uint_eq(server.sasl.secret.n, 0);
	ck_assert_ptr_null(server.sasl.secret.p);
	smtp_server_free(&server);
}
END_TEST

START_TEST(forgets_a_message_when_its_caller_ends_the_session)
{
	struct smtp_server server;
	struct smtp_request request;

	smtp_server_init(&server, &plain);
	next(&server, "EHLO me\r\nMAIL FROM:<a@x.example>\r\n", &request);
	smtp_server_answer(&server, "250 yes");
	next(&server, "RCPT TO:<a@x.example>\r\n", &request);
	smtp_server_answer(&server, "250 yes");
	next(&server, "DATA\r\n", &request);
	smtp_server_answer(&server, "354 go");
	ck_assert(next(&server, "some", &request));
	smtp_server_end(&server, "421 4.4.2 idle for too long");
	ck_assert(next(&server, "", &request));
	ck_assert_int_eq(request.type, SMTP_ABORT);
	ck_assert(!next(&server, "NOOP\r\n", &request));
	ck_assert(smtp_server_is_over(&server));
	smtp_server_free(&server);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/server");
	TCase *t = tcase_create("sessions");
	int count = sizeof sessions / sizeof *sessions;

	tcase_add_loop_test(t, holds_its_sessions_all_at_once, 0, count);
	tcase_add_loop_test(t, holds_its_sessions_byte_by_byte, 0, count);
	suite_add_tcase(s, t);

	t = tcase_create("moments");
	tcase_add_test(t, takes_nothing_while_an_answer_is_awaited);
	tcase_add_test(t, does_not_listen_to_who_does_not_read);
	tcase_add_test(t, ends_a_session_with_an_endless_line);
	tcase_add_test(t, lets_no_answer_forge_another);
	tcase_add_test(t, leaves_no_password_behind);
	tcase_add_test(t, forgets_a_message_when_its_caller_ends_the_session);
	suite_add_tcase(s, t);
	return s;
}
