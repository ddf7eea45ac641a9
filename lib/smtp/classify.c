#include "smtp/classify.h"

#define ANY 0xffff
#define ANYWHERE SMTP_CLOSED /* stands for every phase: there, no reply comes */
#define IN_MAIL SMTP_IDLE    /* for MAIL and all that follows it: neither does one there */

enum effect {
	NO_EFFECT,
	THROTTLE,
	CREDENTIALS,
	TOO_MANY,
};

/* The first rule that fits decides. A code of one digit means all that start with it; subject and
 * detail are of the enhanced code (RFC 3463), 0 and 0 of a reply without one. */
/* clang-format off */
static const struct {
	int code;
	unsigned subject, detail;
	enum smtp_phase phase;
	enum smtp_verdict verdict;
	enum effect effect;
} rules[] = {
	{421, ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, THROTTLE},    /* RFC 5321 3.8: closing down */
	{450, 7,   ANY, ANYWHERE,  SMTP_TRANSIENT, THROTTLE},    /* RFC 3463 3.8: a policy: rate, */
	{451, 7,   ANY, ANYWHERE,  SMTP_TRANSIENT, THROTTLE},    /* reputation, greylisting */
	{452, 7,   ANY, ANYWHERE,  SMTP_TRANSIENT, THROTTLE},
	{454, 7,   ANY, ANYWHERE,  SMTP_TRANSIENT, THROTTLE},
	{454, 0,   0,   IN_MAIL,   SMTP_TRANSIENT, THROTTLE},    /* no RFC's: a sending rate */
	{550, 4,   5,   ANYWHERE,  SMTP_TRANSIENT, THROTTLE},    /* an account's daily quota */
	{452, 5,   3,   SMTP_RCPT, SMTP_TRANSIENT, TOO_MANY},    /* RFC 5321 4.5.3.1.10: recipients; */
	{452, 0,   0,   SMTP_RCPT, SMTP_TRANSIENT, TOO_MANY},    /* some servers say it with 552 */
	{552, 5,   3,   SMTP_RCPT, SMTP_TRANSIENT, TOO_MANY},
	{552, 0,   0,   SMTP_RCPT, SMTP_TRANSIENT, TOO_MANY},
	{530, ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, CREDENTIALS}, /* RFC 4954 6: required */
	{534, ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, CREDENTIALS}, /* the mechanism is too weak */
	{535, ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, CREDENTIALS}, /* invalid */
	{538, ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, CREDENTIALS}, /* only with TLS */
	{5,   ANY, ANY, SMTP_AUTH, SMTP_TRANSIENT, CREDENTIALS}, /* in whatever words */
	{4,   ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, NO_EFFECT},   /* RFC 5321 4.2.1 */
	{5,   ANY, ANY, ANYWHERE,  SMTP_PERMANENT, NO_EFFECT},
	{2,   ANY, ANY, ANYWHERE,  SMTP_DELIVERED, NO_EFFECT},
	{3,   ANY, ANY, ANYWHERE,  SMTP_TRANSIENT, NO_EFFECT},   /* where no 3xx belongs */
};
/* clang-format on */

static bool fits(size_t i, enum smtp_phase phase, const struct smtp_reply *reply)
{
	if (rules[i].code != reply->code && rules[i].code != reply->code / 100)
		return false;
	if (rules[i].subject != ANY && rules[i].subject != reply->enhanced.subject)
		return false;
	if (rules[i].detail != ANY && rules[i].detail != reply->enhanced.detail)
		return false;
	if (rules[i].phase == IN_MAIL)
		return phase >= SMTP_MAIL;
	return rules[i].phase == ANYWHERE || rules[i].phase == phase;
}

struct smtp_class smtp_classify(enum smtp_phase phase, const struct smtp_reply *reply)
{
	size_t i = 0;

	while (i + 1 < sizeof rules / sizeof *rules && !fits(i, phase, reply))
		i++;

	struct smtp_class class = {
		.verdict = rules[i].verdict,
		.throttle = rules[i].effect == THROTTLE,
		.credentials = rules[i].effect == CREDENTIALS,
		.too_many = rules[i].effect == TOO_MANY,
	};
	if (class.verdict == SMTP_PERMANENT && phase < SMTP_MAIL)
		class.verdict = SMTP_TRANSIENT;
	return class;
}
