#include "smtp/client.h"

#include <check.h>
#include <stdlib.h>

#define RECIPIENTS_MAX 8

/*
 * A dialogue is a script: "> " lines are what the client must have said by then, "< " lines what
 * the server says, "! lost" and "! silence" what befalls the connection. The message is "Hi" and a
 * line with a dot. "= " lines are what became of the transaction; "+ RECIPIENTS" begins another
 * one.
 *
 * Each is played twice: everything in as few pieces as possible, and byte by byte.
 */
struct dialogue {
	const char *name;
	const char *ehlo;
	const char *script;
};

/* clang-format off */
static const struct dialogue dialogues[] = {
	{"sends the envelope and DATA in one write when the server offers PIPELINING", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "> RCPT TO:<a@x>\n"
	 "> RCPT TO:<b@x>\n"
	 "> DATA\n"
	 "< 250 2.1.0 Ok\n"
	 "< 250 2.1.5 Ok\n"
	 "< 250 2.1.5 Ok\n"
	 "< 354 Go ahead\n"
	 "> Hi\n"
	 "> ..\n"
	 "> .\n"
	 "< 250 2.0.0 Ok: queued as Q1\n"
	 "= delivered at end of data: 250 2.0.0 Ok: queued as Q1\n"
	 "= delivered at end of data: 250 2.0.0 Ok: queued as Q1\n"
	 "= committed reusable id=Q1\n"},

	{"sends command by command when it does not", "",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 250 ok\n"
	 "> RCPT TO:<a@x>\n"
	 "< 250 ok\n"
	 "> RCPT TO:<b@x>\n"
	 "< 251 elsewhere\n"
	 "> DATA\n"
	 "< 354 go\n"
	 "> Hi\n"
	 "> ..\n"
	 "> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed reusable\n"},

	{"sends one message after the other", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed reusable\n"
	 "+ b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 554 5.6.0 no\n"
	 "= permanent at end of data: 554 5.6.0 no\n"
	 "= committed reusable\n"
	 "+ c@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<c@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 450 4.3.0 later\n"
	 "= transient at end of data: 450 4.3.0 later\n"
	 "= committed reusable\n"},

	{"gives each recipient a verdict of its own", "PIPELINING",
	 "+ a@x b@x c@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> RCPT TO:<c@x>\n> DATA\n"
	 "< 250 ok\n"
	 "< 550 5.1.1 unknown\n"
	 "< 451 4.3.0 later\n"
	 "< 250 ok\n"
	 "< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 OK id=1x-2y\n"
	 "= permanent at RCPT: 550 5.1.1 unknown\n"
	 "= transient at RCPT: 451 4.3.0 later\n"
	 "= delivered at end of data: 250 OK id=1x-2y\n"
	 "= committed reusable id=1x-2y\n"},

	{"ends DATA with a lone dot when nobody is left to send to", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n"
	 "< 550 5.1.1 unknown\n"
	 "< 550 5.1.1 unknown too\n"
	 "< 354 go\n"
	 "> .\n"
	 "< 250 Ok: queued as NOTHING\n"
	 "= permanent at RCPT: 550 5.1.1 unknown\n"
	 "= permanent at RCPT: 550 5.1.1 unknown too\n"
	 "= reusable\n"
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"},

	{"clears away with RSET what DATA did not end", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 550 5.1.1 unknown\n< 554 5.5.1 no valid recipients\n"
	 "= permanent at RCPT: 550 5.1.1 unknown\n"
	 "= reusable\n"
	 "+ b@x\n"
	 "> RSET\n> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed reusable\n"
	 "+ c@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<c@x>\n> DATA\n"},

	{"asks for no DATA when nobody is left and commands go one by one", "",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 250 ok\n"
	 "> RCPT TO:<a@x>\n"
	 "< 550 5.1.1 unknown\n"
	 "> RCPT TO:<b@x>\n"
	 "< 450 4.2.0 greylisted\n"
	 "= permanent at RCPT: 550 5.1.1 unknown\n"
	 "= transient at RCPT: 450 4.2.0 greylisted\n"
	 "= reusable\n"
	 "+ c@x\n"
	 "> RSET\n"
	 "< 250 ok\n"
	 "> MAIL FROM:<s@y>\n"},

	{"takes a refusal of MAIL for all recipients", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 550 5.7.1 sender refused\n"
	 "< 503 5.5.1 need MAIL\n"
	 "< 503 5.5.1 need MAIL\n"
	 "< 503 5.5.1 need RCPT\n"
	 "= permanent at MAIL: 550 5.7.1 sender refused\n"
	 "= permanent at MAIL: 550 5.7.1 sender refused\n"
	 "= reusable\n"
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"},

	{"takes a refusal of MAIL for all recipients, command by command", "",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 451 4.3.0 not now\n"
	 "= transient at MAIL: 451 4.3.0 not now\n"
	 "= transient at MAIL: 451 4.3.0 not now\n"
	 "= reusable\n"},

	{"sends no empty message where MAIL was refused and RCPT was not", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 550 5.7.1 no\n< 250 ok\n< 354 go\n"
	 "= permanent at MAIL: 550 5.7.1 no\n"
	 "=\n"},

	{"takes a refusal of DATA for the recipients accepted", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 550 5.1.1 unknown\n< 451 4.3.0 disk\n"
	 "= transient at DATA: 451 4.3.0 disk\n"
	 "= permanent at RCPT: 550 5.1.1 unknown\n"
	 "= reusable\n"},

	{"marks recipients that were too many for one transaction", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 452 4.5.3 too many\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= transient at RCPT: 452 4.5.3 too many\n"
	 "= committed too-many reusable\n"},

	{"has more to wait for when others were put off for another reason", "PIPELINING",
	 "+ a@x b@x c@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> RCPT TO:<c@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 450 4.2.0 greylisted\n< 452 4.5.3 too many\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= transient at RCPT: 450 4.2.0 greylisted\n"
	 "= transient at RCPT: 452 4.5.3 too many\n"
	 "= committed reusable\n"},

	{"has not too many recipients when it has none", "",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 250 ok\n"
	 "> RCPT TO:<a@x>\n"
	 "< 452 4.5.3 too many\n"
	 "= transient at RCPT: 452 4.5.3 too many\n"
	 "= reusable\n"},

	{"tells a throttle from a refusal", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 450 4.7.1 too fast\n< 503 no\n< 503 no\n"
	 "= transient at MAIL: 450 4.7.1 too fast\n"
	 "= untried throttled reusable\n"},

	{"is not throttled when something was delivered", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 450 4.7.1 greylisted\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= transient at RCPT: 450 4.7.1 greylisted\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed reusable\n"},

	{"tells when the server does not accept who we are", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 530 5.7.0 log in\n< 503 no\n< 503 no\n"
	 "= transient at MAIL: 530 5.7.0 log in\n"
	 "= untried credentials reusable\n"},

	{"ends with 421, whenever it comes", "PIPELINING",
	 "+ a@x b@x c@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> RCPT TO:<c@x>\n> DATA\n"
	 "< 250 ok\n< 550 no\n< 421 4.3.2 going down\n"
	 "= permanent at RCPT: 550 no\n"
	 "= transient at RCPT: 421 4.3.2 going down\n"
	 "= transient at RCPT: 421 4.3.2 going down\n"
	 "= throttled\n"},

	{"knows that 421 after the dot took nothing", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 421 4.3.0 crashed\n"
	 "= transient at end of data: 421 4.3.0 crashed\n"
	 "= untried committed throttled\n"},

	{"takes 421 on a kept connection for its end only", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed reusable\n"
	 "+ b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 421 4.4.2 idle for too long\n"
	 "= transient at MAIL: 421 4.4.2 idle for too long\n"
	 "= untried\n"},

	{"takes 421 with a policy's code on a kept connection for a throttle", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 550 no\n< 554 no\n"
	 "= permanent at RCPT: 550 no\n"
	 "= reusable\n"
	 "+ b@x\n"
	 "> RSET\n> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 421 4.7.28 too much mail\n"
	 "= transient at RSET: 421 4.7.28 too much mail\n"
	 "= untried throttled\n"},

	{"tried nothing when a kept connection ends without an answer", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed reusable\n"
	 "+ b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "! lost\n"
	 "= transient at MAIL: 4.4.2 connection reset\n"
	 "= untried\n"},

	{"finds a new connection that ends without an answer unreachable", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "! lost\n"
	 "= transient at MAIL: 4.4.2 connection reset\n"
	 "= untried unreachable\n"},

	{"is transient when the connection ends before the message left", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 550 no\n< 250 ok\n"
	 "! lost\n"
	 "= permanent at RCPT: 550 no\n"
	 "= transient at DATA: 4.4.2 connection reset\n"
	 "=\n"},

	{"is uncertain when the connection ends between the dot and its reply", "PIPELINING",
	 "+ a@x b@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n< 550 no\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "! lost\n"
	 "= permanent at RCPT: 550 no\n"
	 "= uncertain at end of data: 4.4.2 connection reset\n"
	 "= committed\n"},

	{"is uncertain when the dot is never answered", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "! silence\n"
	 "= uncertain at end of data: 4.4.2 no answer in time\n"
	 "= committed\n"},

	{"is uncertain when the answer to the dot is none", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< OK!\n"
	 "= uncertain at end of data: 4.4.2 not an SMTP reply: OK!\n"
	 "= committed\n"},

	{"loses nothing when the lone dot is not answered", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 550 no\n< 354 go\n"
	 "> .\n"
	 "! lost\n"
	 "= permanent at RCPT: 550 no\n"
	 "=\n"},

	{"does not believe 250 in the place of 354", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 250 ok\n"
	 "= transient at DATA: 4.4.2 DATA was answered with 250\n"
	 "=\n"},

	{"does not believe 354 in the place of 250", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 354 go\n"
	 "= transient at MAIL: 4.4.2 MAIL was answered with 354\n"
	 "=\n"},

	{"gives up a server that answers what was not asked", "",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 250 ok\n< 250 ok\n"
	 "= transient at RCPT: 4.4.2 the server spoke out of turn\n"
	 "=\n"},

	{"does not use a connection again that said more than was asked", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n< 250 of the next message, in advance\n"
	 "= delivered at end of data: 250 ok\n"
	 "= committed\n"},

	{"does not use a connection again that does not take RSET", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 450 no\n< 554 no\n"
	 "= transient at RCPT: 450 no\n"
	 "= reusable\n"
	 "+ b@x\n"
	 "> RSET\n> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 502 what?\n"
	 "= transient at RSET: 4.4.2 RSET was answered with 502\n"
	 "= untried\n"},

	{"tried nothing when only RSET was answered", "PIPELINING",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 450 no\n< 554 no\n"
	 "= transient at RCPT: 450 no\n"
	 "= reusable\n"
	 "+ b@x\n"
	 "> RSET\n> MAIL FROM:<s@y>\n> RCPT TO:<b@x>\n> DATA\n"
	 "< 250 ok\n"
	 "! lost\n"
	 "= transient at MAIL: 4.4.2 connection reset\n"
	 "= untried\n"},

	{"says what it needs and the server offers", "PIPELINING SIZE 8BITMIME SMTPUTF8 DSN",
	 "* eight_bit full\n"
	 "+ a@x j\303\274@x\n"
	 "> MAIL FROM:<s@y> SIZE=7 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=e+3Did\n"
	 "> RCPT TO:<a@x> NOTIFY=SUCCESS,FAILURE\n"
	 "> RCPT TO:<j\303\274@x> NOTIFY=NEVER ORCPT=rfc822;b+2Bc+3Dd@x\n"
	 "> DATA\n"},

	{"says nothing that the server does not offer", "",
	 "* full\n"
	 "+ a@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 250 ok\n"
	 "> RCPT TO:<a@x>\n"},

	{"refuses by itself a message over the server's size", "PIPELINING SIZE=6",
	 "+ a@x b@x\n"
	 "= permanent at idle: 5.3.4 the message has 7 bytes, the server takes at most 6\n"
	 "= permanent at idle: 5.3.4 the message has 7 bytes, the server takes at most 6\n"
	 "= reusable\n"},

	{"sends a message of just the server's size", "PIPELINING SIZE=7",
	 "+ a@x\n"
	 "> MAIL FROM:<s@y> SIZE=7\n> RCPT TO:<a@x>\n> DATA\n"},

	{"refuses by itself what needs 8BITMIME where there is none", "PIPELINING",
	 "* eight_bit\n"
	 "+ a@x\n"
	 "= permanent at idle: 5.6.3 the message is 8-bit, the server offers no 8BITMIME\n"
	 "= reusable\n"},

	/* which makes it 8-bit as well, but that is not what is said */
	{"refuses by itself what needs SMTPUTF8 where there is none", "PIPELINING",
	 "* smtputf8 eight_bit\n"
	 "+ a@x\n"
	 "= permanent at idle: 5.6.7 the message's header needs SMTPUTF8, which the server does "
	 "not offer\n"
	 "= reusable\n"},

	{"sends to the others when one address needs SMTPUTF8", "PIPELINING",
	 "+ j\303\274@x a@x j\303\274@y\n"
	 "> MAIL FROM:<s@y>\n> RCPT TO:<a@x>\n> DATA\n"
	 "< 250 ok\n< 250 ok\n< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= permanent at idle: 5.6.7 the address needs SMTPUTF8, which the server does not offer\n"
	 "= delivered at end of data: 250 ok\n"
	 "= permanent at idle: 5.6.7 the address needs SMTPUTF8, which the server does not offer\n"
	 "= committed reusable\n"},

	{"sends no address that would break its command", "",
	 "+ a>\r@x b@x <c@x\n"
	 "> MAIL FROM:<s@y>\n"
	 "< 250 ok\n"
	 "> RCPT TO:<b@x>\n"
	 "< 250 ok\n"
	 "> DATA\n"
	 "< 354 go\n"
	 "> Hi\n> ..\n> .\n"
	 "< 250 ok\n"
	 "= permanent at idle: 5.1.3 the address is not fit for SMTP\n"
	 "= delivered at end of data: 250 ok\n"
	 "= permanent at idle: 5.1.3 the address is not fit for SMTP\n"
	 "= committed reusable\n"},

	{"says goodbye", "PIPELINING",
	 "! quit\n"
	 "> QUIT\n"
	 "< 221 bye\n"},
};/* clang-format on */

struct play {
	struct smtp_client client;
	struct smtp_envelope envelope;
	struct slice recipients[RECIPIENTS_MAX];
	size_t most; /* bytes at a time, both ways */
	struct buf said, expected, told;
};

static const struct slice message = SLICE("Hi\r\n.\r\n");

static void listen(struct play *play)
{
	struct slice out;

	while (smtp_client_output(&play->client, &out)) {
		out = slice_first(out, play->most);
		buf_add_slice(&play->said, out);
		smtp_client_sent(&play->client, out.n);
	}
}

/* What the client said since the last time is what the script has it say. */
static void check_said(struct play *play, const char *name)
{
	buf_add_text(&play->said, "");
	buf_add_text(&play->expected, "");
	ck_assert_msg(slice_equal(buf_slice(&play->said), buf_slice(&play->expected)),
		      "%s: said\n%s\nnot\n%s", name, play->said.p, play->expected.p);
	buf_clear(&play->said);
	buf_clear(&play->expected);
}

static void tell(struct play *play)
{
	struct slice told = buf_slice(&play->told);

	while (told.n) {
		smtp_client_input(&play->client, slice_first(told, play->most));
		told = slice_after(told, play->most);
	}
	buf_clear(&play->told);
	listen(play);
}

static void begin(struct play *play, struct slice addresses)
{
	play->envelope.sender = slice_text("s@y");
	play->envelope.recipients = play->recipients;
	play->envelope.size = message.n;
	play->envelope.count = 0;
	while (slice_next(&addresses, ' ', &play->recipients[play->envelope.count]))
		play->envelope.count++;
	smtp_client_begin(&play->client, &play->envelope, &message, 1);
}

static bool has(struct slice words, const char *word)
{
	return words.n && memmem(words.p, words.n, word, strlen(word)) != NULL;
}

static void set_options(struct play *play, struct slice words)
{
	static const struct smtp_wish wishes[] = {
		{.notify = DSN_SUCCESS | DSN_FAILURE},
		{.notify = DSN_NEVER, .orcpt = SLICE("rfc822;b+c=d@x")},
	};

	play->envelope.eight_bit = has(words, "eight_bit");
	play->envelope.smtputf8 = has(words, "smtputf8");
	if (!has(words, "full"))
		return;
	play->envelope.ret = DSN_RET_FULL;
	play->envelope.envid = slice_text("e=id");
	play->envelope.wishes = wishes;
}

static void set_features(struct smtp_features *features, struct slice words)
{
	features->pipelining = has(words, "PIPELINING");
	features->size = has(words, "SIZE");
	features->eight_bit = has(words, "8BITMIME");
	features->smtputf8 = has(words, "SMTPUTF8");
	features->dsn = has(words, "DSN");
	if (has(words, "SIZE="))
		features->size_limit = has(words, "SIZE=6") ? 6 : 7;
}

static void befall(struct play *play, struct slice what)
{
	if (slice_is(what, "lost"))
		smtp_client_lost(&play->client, "connection reset");
	else if (slice_is(what, "silence"))
		smtp_client_timeout(&play->client);
	else
		smtp_client_quit(&play->client);
}

static void print_flags(const struct smtp_result *result, struct buf *out)
{
	const struct {
		bool raised;
		const char *name;
	} flags[] = {
		{result->untried, "untried"},         {result->unreachable, "unreachable"},
		{result->committed, "committed"},     {result->throttled, "throttled"},
		{result->credentials, "credentials"}, {result->too_many, "too-many"},
		{result->reusable, "reusable"},
	};

	buf_add_char(out, '=');
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].raised)
			buf_addf(out, " %s", flags[i].name);
	if (result->queue_id.n)
		buf_addf(out, " id=%.*s", SLICE_ARGS(result->queue_id));
	buf_add_char(out, '\n');
}

static const char *const verdict_names[] = {"pending", "delivered", "transient", "permanent",
					    "uncertain"}; /* as enum smtp_verdict */

static void print_result(const struct smtp_client *client, struct buf *out)
{
	const struct smtp_result *result = smtp_client_result(client);

	for (unsigned i = 0; i < result->count; i++) {
		const struct smtp_outcome *outcome = &result->recipients[i];
		buf_addf(out, "= %s at %s: ", verdict_names[outcome->verdict],
			 smtp_phase_name(outcome->phase));
		smtp_reply_print(&outcome->reply, out);
		buf_add_char(out, '\n');
	}
	print_flags(result, out);
}

/* One line of the script. "= " lines are gathered and compared at their end. */
static void step(struct play *play, char kind, struct slice text, struct buf *results)
{
	if (kind != '<')
		tell(play);
	switch (kind) {
	case '*':
		set_options(play, text);
		break;
	case '+':
		begin(play, text);
		break;
	case '>':
		buf_addf(&play->expected, "%.*s\r\n", SLICE_ARGS(text));
		break;
	case '<':
		buf_addf(&play->told, "%.*s\r\n", SLICE_ARGS(text));
		break;
	case '!':
		befall(play, text);
		break;
	case '=':
		buf_addf(results, "=%s%.*s\n", text.n ? " " : "", SLICE_ARGS(text));
		break;
	}
	if (kind != '<')
		listen(play);
}

static void check_results(struct play *play, const char *name, struct buf *results)
{
	struct buf got = {0};

	if (results->n == 0)
		return;
	ck_assert_msg(smtp_client_is_done(&play->client), "%s: not done", name);
	print_result(&play->client, &got);
	ck_assert_msg(slice_equal(buf_slice(&got), buf_slice(results)), "%s: got\n%s\nnot\n%s",
		      name, got.p, results->p);
	buf_clear(results);
	buf_free(&got);
}

static void play_dialogue(const struct dialogue *dialogue, size_t most)
{
	struct play play = {.most = most};
	struct smtp_features features = {0};
	struct slice rest = slice_text(dialogue->script), line;
	struct buf results = {0};

	set_features(&features, slice_text(dialogue->ehlo));
	smtp_client_init(&play.client, &features);
	while (slice_next(&rest, '\n', &line)) {
		if (*line.p != '=')
			check_results(&play, dialogue->name, &results);
		step(&play, *line.p, slice_after(line, 2), &results);
		if (*line.p == '<' && play.said.n + play.expected.n)
			check_said(&play, dialogue->name);
	}
	tell(&play);
	check_said(&play, dialogue->name);
	check_results(&play, dialogue->name, &results);
	smtp_client_free(&play.client);
	buf_free(&play.said);
	buf_free(&play.expected);
	buf_free(&play.told);
	buf_free(&results);
}

START_TEST(holds_its_dialogues_all_at_once)
{
	play_dialogue(&dialogues[_i], 100000);
}
END_TEST

START_TEST(holds_its_dialogues_byte_by_byte)
{
	play_dialogue(&dialogues[_i], 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("smtp/client");
	TCase *t = tcase_create("dialogues");
	int count = sizeof dialogues / sizeof *dialogues;

	tcase_add_loop_test(t, holds_its_dialogues_all_at_once, 0, count);
	tcase_add_loop_test(t, holds_its_dialogues_byte_by_byte, 0, count);
	suite_add_tcase(s, t);
	return s;
}
