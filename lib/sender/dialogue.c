#include "sender/dialogue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "conf/secret.h"
#include "sender/internal.h"

#define HIDDEN "***"
#define SECRETS_MOST 16

struct dialogue {
	struct buf lines[3]; /* of each side, what has no end yet */
	struct buf secrets[SECRETS_MOST];
	size_t n_secrets;
	size_t told;
	bool logging_in; /* between AUTH and the reply that ends it */
};

/* --- hiding --- */

/* The text with each secret in it replaced. */
static void hide_secret(struct slice secret, struct buf *text)
{
	struct buf clean = {0};
	struct slice rest = buf_slice(text);
	const char *found;

	while (rest.n && (found = memmem(rest.p, rest.n, secret.p, secret.n))) {
		buf_add(&clean, rest.p, (size_t)(found - rest.p));
		buf_add_text(&clean, HIDDEN);
		rest = slice_after(rest, (size_t)(found - rest.p) + secret.n);
	}
	buf_add_slice(&clean, rest);
	secret_wipe(text);
	*text = clean;
}

/* Everything behind the first `words` words. */
static void hide_behind(unsigned words, struct buf *text)
{
	struct slice rest = buf_slice(text), word;
	size_t kept = 0;

	while (words-- && slice_next(&rest, ' ', &word))
		kept = (size_t)(word.p - text->p) + word.n;
	if (!rest.n)
		return;
	explicit_bzero((char *)text->p + kept, text->n - kept);
	text->n = kept;
	buf_add_text(text, kept ? " " HIDDEN : HIDDEN);
}

static bool begins(const struct buf *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text->n >= n && slice_is_nocase(slice_first(buf_slice(text), n), prefix);
}

/* AUTH, and what is said until the server has enough: names and passwords in base64. */
static void hide_login(struct dialogue *dialogue, enum dialogue_side side, struct buf *text)
{
	if (side == DIALOGUE_OUT && begins(text, "AUTH ")) {
		dialogue->logging_in = true;
		hide_behind(2, text);
	} else if (side == DIALOGUE_OUT && dialogue->logging_in) {
		hide_behind(0, text);
	} else if (side == DIALOGUE_IN && !begins(text, "334")) {
		dialogue->logging_in = false;
	}
}

static void hide(struct dialogue *dialogue, enum dialogue_side side, struct buf *text)
{
	for (size_t i = 0; i < dialogue->n_secrets; i++)
		hide_secret(buf_slice(&dialogue->secrets[i]), text);
	hide_login(dialogue, side, text);
	if (begins(text, "Authorization:") || begins(text, "Proxy-Authorization:"))
		hide_behind(1, text);
}

/* --- telling --- */

static void tell(struct dialogue *dialogue, enum dialogue_side side, struct slice line)
{
	static const char signs[] = {
		[DIALOGUE_NOTE] = '*', [DIALOGUE_OUT] = '>', [DIALOGUE_IN] = '<'};
	struct buf text = {0};

	if (slice_ends(line, "\r"))
		line.n--;
	if (!line.n)
		return;
	buf_add_slice(&text, line);
	hide(dialogue, side, &text);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			text.p[i] = '?';
	bool is_long = text.n > DIALOGUE_LINE_MOST;
	struct slice shown = slice_first(buf_slice(&text), DIALOGUE_LINE_MOST);

	dialogue->told += shown.n;
	if (dialogue->told <= DIALOGUE_MOST)
		printf("%c %.*s%s\n", signs[side], SLICE_ARGS(shown), is_long ? "..." : "");
	else if (dialogue->told - shown.n <= DIALOGUE_MOST)
		puts("* and so on");
	fflush(stdout);
	buf_free(&text);
}

static void end_line(struct dialogue *dialogue, enum dialogue_side side)
{
	struct buf *line = &dialogue->lines[side];

	if (line->n) {
		tell(dialogue, side, buf_slice(line));
		explicit_bzero(line->p, line->n);
	}
	buf_clear(line);
}

void dialogue_add(struct sender *sender, enum dialogue_side side, struct slice bytes)
{
	struct dialogue *dialogue = sender->dialogue;
	struct slice line;

	if (!dialogue)
		return;
	for (unsigned other = DIALOGUE_NOTE; other <= DIALOGUE_IN; other++)
		if (other != side)
			end_line(dialogue, other);
	struct buf *begun = &dialogue->lines[side];
	while (slice_find(bytes, '\n') < bytes.n && slice_next(&bytes, '\n', &line)) {
		buf_add_slice(begun, line);
		tell(dialogue, side, buf_slice(begun));
		explicit_bzero(begun->p, begun->n);
		buf_clear(begun);
	}
	if (begun->n < DIALOGUE_MOST)
		buf_add_slice(begun, slice_first(bytes, DIALOGUE_MOST));
}

void dialogue_note(struct sender *sender, enum dialogue_side side, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	dialogue_add(sender, side, slice_text(text));
	dialogue_add(sender, side, slice_text("\n"));
}

void dialogue_clean(struct sender *sender, struct err *err)
{
	struct buf text = {0};

	buf_add_text(&text, err->text);
	for (size_t i = 0; sender->dialogue && i < sender->dialogue->n_secrets; i++)
		hide_secret(buf_slice(&sender->dialogue->secrets[i]), &text);
	snprintf(err->text, sizeof err->text, "%.*s", SLICE_ARGS(buf_slice(&text)));
	secret_wipe(&text);
}

/* More than can be hidden: then nothing more is told. */
void dialogue_hide(struct sender *sender, struct slice secret)
{
	struct dialogue *dialogue = sender->dialogue;

	if (!dialogue || secret.n < SECRET_BLANKED_LEAST)
		return;
	for (size_t i = 0; i < dialogue->n_secrets; i++)
		if (slice_equal(buf_slice(&dialogue->secrets[i]), secret))
			return;
	if (dialogue->n_secrets < SECRETS_MOST)
		buf_add_slice(&dialogue->secrets[dialogue->n_secrets++], secret);
	else
		dialogue->told = DIALOGUE_MOST + 1;
}

struct dialogue *dialogue_open(void)
{
	return mem_zero(sizeof(struct dialogue));
}

void dialogue_close(struct dialogue *dialogue)
{
	if (!dialogue)
		return;
	for (unsigned side = DIALOGUE_NOTE; side <= DIALOGUE_IN; side++) {
		end_line(dialogue, side);
		secret_wipe(&dialogue->lines[side]);
	}
	while (dialogue->n_secrets)
		secret_wipe(&dialogue->secrets[--dialogue->n_secrets]);
	free(dialogue);
}
