#include "smtp/phase.h"

/* The RFC names the waits for the greeting, MAIL, RCPT, DATA, each block and the dot. EHLO,
 * STARTTLS and AUTH are given what their neighbours have; after RSET and QUIT no mail waits. */
/* clang-format off */
static const struct {
	const char *name;
	unsigned timeout_s;
} phases[] = {
	[SMTP_IDLE] =     {"idle",        300}, /* 4.5.3.2.7: what a server grants its clients */
	[SMTP_CONNECT] =  {"connect",     300}, /* 4.5.3.2.1 */
	[SMTP_EHLO] =     {"EHLO",        300},
	[SMTP_STARTTLS] = {"STARTTLS",    300},
	[SMTP_AUTH] =     {"AUTH",        300},
	[SMTP_RSET] =     {"RSET",        20},
	[SMTP_MAIL] =     {"MAIL",        300}, /* 4.5.3.2.2 */
	[SMTP_RCPT] =     {"RCPT",        300}, /* 4.5.3.2.3 */
	[SMTP_DATA] =     {"DATA",        120}, /* 4.5.3.2.4 */
	[SMTP_BODY] =     {"message",     180}, /* 4.5.3.2.5 */
	[SMTP_END] =      {"end of data", 600}, /* 4.5.3.2.6 */
	[SMTP_QUIT] =     {"QUIT",        5},
	[SMTP_CLOSED] =   {"closed",      0},
};
/* clang-format on */

const char *smtp_phase_name(enum smtp_phase phase)
{
	return phases[phase].name;
}

unsigned smtp_phase_timeout_s(enum smtp_phase phase)
{
	return phases[phase].timeout_s;
}

unsigned smtp_phase_wait_s(enum smtp_phase phase, unsigned most_s)
{
	unsigned wait_s = phases[phase].timeout_s;

	if (phase == SMTP_END)
		most_s *= 2;
	return most_s < wait_s ? most_s : wait_s;
}
