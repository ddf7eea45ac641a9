/*
 * sendmail.h: the command line of sendmail(8), with the flags of all its descendants: Sendmail,
 * Postfix, Exim, OpenSMTPD and msmtp. Those that decide nothing here are taken with their values
 * and ignored, and so is, with a warning, one that nobody knows: mail is not lost for a flag. What
 * is refused ends the program with exit 64.
 *
 *     struct sendmail call;
 *     sendmail_read(&call, argc, argv);
 *     ...
 *     sendmail_free(&call);
 */
#ifndef QUEUE_SENDMAIL_H
#define QUEUE_SENDMAIL_H

#include "mime/submission.h"

enum sendmail_mode {
	SENDMAIL_DELIVER,
	SENDMAIL_VERIFY,
	SENDMAIL_EXPLAIN, /* -bt */
	SENDMAIL_LIST,
	SENDMAIL_SMTP,
	SENDMAIL_RUN,
	SENDMAIL_NOTHING, /* newaliases: there are none */
};

struct sendmail {
	enum sendmail_mode mode;
	const char *conf_path; /* -C */
	const char *run_id;    /* -qI */
	const char *full_name; /* -F */
	bool dot_is_text;      /* -i */
	bool waits;            /* -odi */
	bool verbose;
	bool periodic;                 /* -q15m */
	struct submission_facts facts; /* all but who calls */
	struct slice *recipients;
};

/* Texts point into argv. Also looks at the name that it is called by: mailq, newaliases. */
void sendmail_read(struct sendmail *call, int argc, char **argv);
void sendmail_free(struct sendmail *call);

/* "mailq-sendmail: text" on standard error. */
void sendmail_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
