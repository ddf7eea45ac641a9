/*
 * dialogue.h: what is said to the remote and by it, told during a trial (`--test`) on standard
 * output, a line each, with who said it in front:
 *
 *     * Connected to mail.example (192.0.2.1) port 587
 *     > AUTH PLAIN ***
 *     < 235 2.7.0 Accepted
 *
 * Kinds call these always; without a trial nothing is kept and nothing told. Secrets are hidden
 * where they are resolved, before they are said:
 *
 *     dialogue_hide(sender, buf_slice(&password));
 *
 * Of what is said, whatever was hidden is told as ***; so are the words of an SMTP log-in (RFC
 * 4954) and the value of an Authorization field, which hold it in other forms. Control characters
 * are told as '?', long lines cut, and after DIALOGUE_MOST bytes nothing more is told.
 */
#ifndef SENDER_DIALOGUE_H
#define SENDER_DIALOGUE_H

#include "base/slice.h"
#include "sender/sender.h"

#define DIALOGUE_MOST 65536
#define DIALOGUE_LINE_MOST 1000

enum dialogue_side {
	DIALOGUE_NOTE, /* neither of the two: what is known of the connection */
	DIALOGUE_OUT,
	DIALOGUE_IN,
};

/* Lines as they leave or come, in pieces of any size. */
void dialogue_add(struct sender *sender, enum dialogue_side side, struct slice bytes);

/* A line of our own words. */
void dialogue_note(struct sender *sender, enum dialogue_side side, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void dialogue_hide(struct sender *sender, struct slice secret);

/* The same for what went wrong. */
void dialogue_clean(struct sender *sender, struct err *err);

/* A trial's; the second tells what is left of a line and wipes what was hidden. */
struct dialogue *dialogue_open(void);
void dialogue_close(struct dialogue *dialogue);

#endif
