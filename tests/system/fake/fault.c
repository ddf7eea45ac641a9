#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/options.h"

static void silence(struct session *s)
{
	while (hear(s))
		buf_clear(&s->in);
}

static void stall(struct session *s)
{
	(void)s;
	for (;;)
		pause();
}

static void half_close(struct session *s)
{
	shutdown(s->fd, SHUT_WR);
	silence(s);
}

static void reset(struct session *s)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void garbage(struct session *s)
{
	static const char bytes[] = "\0\377\033[2J<html>\r\nnot SMTP at all\r\n";

	write_now(s, slice_make(bytes, sizeof bytes - 1));
	silence(s);
}

static void endless(struct session *s)
{
	static const char bytes[] = "250-and so on and so on and so on and so on and so on";

	while (write_now(s, slice_make(bytes, sizeof bytes - 1)))
		;
}

static void close_now(struct session *s)
{
	s->over = true;
}

/* clang-format off */
static const struct {
	const char *name;
	void (*act)(struct session *s);
} acts[] = {
	{"silence", silence},
	{"stall", stall},
	{"half-close", half_close},
	{"close", close_now},
	{"reset", reset},
	{"garbage", garbage},
	{"endless", endless},
};
/* clang-format on */

const char *fault_at(struct fake *fake, enum phase phase)
{
	for (unsigned i = 0; i < fake->fault_count; i++) {
		struct fault *fault = &fake->faults[i];
		if (fault->phase != phase)
			continue;
		unsigned seen = atomic_fetch_add(&fault->seen, 1) + 1;
		if ((!fault->first || seen <= fault->first) &&
		    (!fault->every || seen % fault->every == 0))
			return fault->action;
	}
	return NULL;
}

int reply(struct session *s, const char *text)
{
	struct buf bytes = {0};
	int code = atoi(text);

	for (const char *next; (next = strstr(text, "\\r\\n")); text = next + 4) {
		buf_add(&bytes, text, (size_t)(next - text));
		buf_add_text(&bytes, "\r\n");
	}
	buf_add_text(&bytes, text);
	buf_add_text(&bytes, "\r\n");
	say(s, buf_slice(&bytes));
	buf_free(&bytes);
	if (code == 421)
		finish(s);
	return code;
}

/* The place of the action in acts, or how many there are: it is a reply or "slow". */
static size_t find_act(const char *action)
{
	size_t i = 0;

	while (i < sizeof acts / sizeof *acts && strcmp(action, acts[i].name) != 0)
		i++;
	return i;
}

bool perform(struct session *s, const char *action, const char *usual)
{
	size_t act = find_act(action);

	if (act < sizeof acts / sizeof *acts) {
		flush(s);
		acts[act].act(s);
		s->over = true;
		return false;
	}
	if (!strcmp(action, "slow")) {
		s->slow = true;
		action = usual;
	}
	int code = reply(s, action);
	return code >= 200 && code < 400 && !s->over;
}

bool answer(struct session *s, enum phase phase, const char *usual)
{
	const char *action = fault_at(s->fake, phase);

	return perform(s, action ? action : usual, usual);
}

static enum phase phase_named(struct slice name)
{
	static const char *const names[] = {"connect", "ehlo", "starttls", "auth", "mail", "rcpt",
					    "data",    "body", "end",      "rset", "quit"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is(name, names[i]))
			return (enum phase)i;
	options_misuse("%.*s: no such phase", SLICE_ARGS(name));
}

static bool is_action(const char *text)
{
	if (!strncmp(text, "take ", 5))
		text += 5;
	return (*text >= '2' && *text <= '5') || !strcmp(text, "slow") ||
	       find_act(text) < sizeof acts / sizeof *acts;
}

void add_fault(struct fake *fake, const char *text)
{
	size_t n = strcspn(text, "=*%");
	const char *action = strchr(text, '=');

	if (!action || !is_action(action + 1))
		options_misuse("%s: not PHASE=ACTION", text);
	if (fake->fault_count == FAULTS_MAX)
		options_misuse("%s: too many faults", text);

	struct fault *fault = &fake->faults[fake->fault_count++];
	fault->phase = phase_named(slice_make(text, n));
	fault->first = text[n] == '*' ? (unsigned)atoi(text + n + 1) : 0;
	fault->every = text[n] == '%' ? (unsigned)atoi(text + n + 1) : 0;
	fault->action = action + 1;
}
