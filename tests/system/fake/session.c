#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"

/* --- messages --- */

static struct slice message_id(struct slice message)
{
	struct slice line;

	while (slice_next(&message, '\n', &line) && slice_trim(line).n)
		if (line.n > 11 && !strncasecmp(line.p, "message-id:", 11))
			return slice_trim(slice_after(line, 11));
	return (struct slice)SLICE("-");
}

static void keep(struct fake *fake, unsigned number, struct slice message)
{
	char *path = mem_format("%s/%u.eml", fake->dir, number);
	FILE *file = fopen(path, "w");

	if (!file || fwrite(message.p, 1, message.n, file) != message.n || fclose(file)) {
		perror(path);
		exit(EX_IOERR);
	}
	free(path);
}

static void take(struct session *s, struct slice message)
{
	unsigned number = atomic_fetch_add(&s->fake->messages, 1) + 1;
	struct buf line = {0};

	if (s->fake->dir)
		keep(s->fake, number, message);
	if (s->fake->log < 0)
		return;
	buf_add_slice(&line, message_id(message));
	buf_addf(&line, "\t%s\t%s\t%zu\t%s\n", s->sender.n ? s->sender.p : "<>", s->recipients.p,
		 message.n, s->user.n ? s->user.p : "-");
	if (write(s->fake->log, line.p, line.n) != (ssize_t)line.n) {
		perror("log");
		exit(EX_IOERR);
	}
	buf_free(&line);
}

/* Moves the message out of s->in, up to its end, without the added dots. */
static bool hear_message(struct session *s, struct buf *message)
{
	size_t seen = 0;
	const char *end = NULL;

	/* As if DATA's own line end came just before. */
	buf_add_text(message, "\r\n");
	while (!end) {
		if (s->in.n == 0 && !hear(s))
			return false;
		buf_add_slice(message, buf_slice(&s->in));
		buf_clear(&s->in);
		end = memmem(message->p + seen, message->n - seen, "\r\n.\r\n", 5);
		seen = message->n > 4 ? message->n - 4 : 0;
	}
	size_t length = (size_t)(end - message->p) + 2;
	buf_add(&s->in, message->p + length + 3, message->n - length - 3);
	message->n = length;

	size_t n = 0;
	for (size_t i = 2; i < length; i++)
		if (message->p[i] != '.' || message->p[i - 1] != '\n' || message->p[i - 2] != '\r')
			message->p[n++] = message->p[i];
	message->n = n;
	return true;
}

static void finish_message(struct session *s, struct slice message)
{
	const char *usual =
		s->accepted ? "250 2.0.0 Ok: queued as FAKE" : "554 5.5.1 no valid recipients";
	const char *action = fault_at(s->fake, END);
	bool taken = !action || *action == '2' || !strcmp(action, "slow");

	if (action && !strncmp(action, "take ", 5)) {
		taken = true;
		action += 5;
	}
	if (taken && s->accepted)
		take(s, message);
	perform(s, action ? action : usual, usual);
}

/* --- commands --- */

static void clear_envelope(struct session *s)
{
	buf_clear(&s->sender);
	buf_clear(&s->recipients);
	s->has_sender = false;
	s->accepted = 0;
}

static void on_ehlo(struct session *s)
{
	struct slice offers = slice_text(s->fake->offers), word;
	struct buf text = {0};

	buf_add_text(&text, "250-fake");
	while (slice_next(&offers, ',', &word))
		buf_addf(&text, "\\r\\n250-%.*s", SLICE_ARGS(word));
	if (s->fake->tls && !s->ssl)
		buf_add_text(&text, "\\r\\n250-STARTTLS");
	if (s->fake->login)
		buf_add_text(&text, "\\r\\n250-AUTH PLAIN LOGIN XOAUTH2");
	buf_add_text(&text, "\\r\\n250 ENHANCEDSTATUSCODES");
	answer(s, EHLO, text.p);
	buf_free(&text);
}

static void on_helo(struct session *s)
{
	answer(s, EHLO, "250 fake");
}

static void on_starttls(struct session *s)
{
	if (answer(s, STARTTLS, s->fake->tls ? "220 2.0.0 go ahead" : "502 5.5.1 no TLS"))
		start_tls(s);
}

static void decode(struct slice text, struct buf *out)
{
	unsigned char *room = (unsigned char *)buf_reserve(out, text.n + 4);
	int n = EVP_DecodeBlock(room, (const unsigned char *)text.p, (int)text.n);

	/* What the padding stands for is counted too. */
	for (size_t i = 1; i <= 2 && n > 0 && text.p[text.n - i] == '='; i++)
		n--;
	if (n > 0)
		out->n += (size_t)n;
}

/* Asks for one response of a SASL exchange and decodes it. */
static void ask(struct session *s, const char *challenge, struct buf *out)
{
	reply(s, challenge);
	if (hear_line(s))
		decode(buf_slice(&s->line), out);
}

/* "user:password" as the client gives it, whatever the mechanism. True: it was a token. */
static bool hear_login(struct session *s, struct buf *login)
{
	struct buf text = {0};
	struct slice rest = slice_after(buf_slice(&s->line), 5), mechanism, user, secret;

	slice_next(&rest, ' ', &mechanism);
	bool by_login = slice_is_nocase(mechanism, "LOGIN");
	bool bearer = slice_is_nocase(mechanism, "XOAUTH2");
	if (rest.n)
		decode(rest, &text);
	else
		ask(s, by_login ? "334 VXNlcm5hbWU6" : "334 ", &text);
	if (by_login) {
		buf_add_char(&text, '\0');
		ask(s, "334 UGFzc3dvcmQ6", &text);
	}

	/* PLAIN: NUL user NUL password. XOAUTH2: user=U ^A auth=Bearer TOKEN ^A ^A. */
	rest = slice_after(buf_slice(&text), by_login ? 0 : bearer ? 5 : 1);
	slice_next(&rest, bearer ? '\1' : '\0', &user);
	secret = bearer ? slice_after(rest, strlen("auth=Bearer ")) : rest;
	secret = slice_first(secret, slice_find(secret, '\1'));
	buf_addf(login, "%.*s:%.*s", SLICE_ARGS(user), SLICE_ARGS(secret));
	buf_free(&text);
	return bearer;
}

static void on_auth(struct session *s)
{
	struct buf login = {0};

	bool bearer = hear_login(s, &login);
	bool right = s->fake->login && slice_is(buf_slice(&login), s->fake->login);
	if (!right && bearer) {
		reply(s, "334 eyJzdGF0dXMiOiI0MDAifQ=="); /* as Google does; what follows says
							     nothing */
		hear_line(s);
	}
	if (answer(s, AUTH, right ? "235 2.7.0 welcome" : "535 5.7.8 wrong user or password")) {
		buf_clear(&s->user);
		buf_add_slice(&s->user,
			      slice_first(buf_slice(&login), slice_find(buf_slice(&login), ':')));
	}
	buf_free(&login);
}

/* What stands between the brackets of MAIL and RCPT. */
static struct slice path(const struct session *s)
{
	struct slice text =
		slice_after(buf_slice(&s->line), slice_find(buf_slice(&s->line), '<') + 1);

	return slice_first(text, slice_find(text, '>'));
}

static void on_mail(struct session *s)
{
	bool allowed = !s->fake->login || s->user.n;

	clear_envelope(s);
	if (answer(s, MAIL, allowed ? "250 2.1.0 Ok" : "530 5.7.0 authentication required")) {
		buf_add_slice(&s->sender, path(s));
		s->has_sender = true;
	}
}

/* "reject-550-x" and "defer-451.4.7.1-x" become their reply; others a 250. */
static void rcpt_reply(struct slice address, struct buf *text)
{
	struct slice word, code;

	if (slice_next(&address, '-', &word) && slice_next(&address, '-', &code) &&
	    (slice_is(word, "reject") || slice_is(word, "defer")) && code.n >= 3) {
		buf_add_slice(text, slice_first(code, 3));
		buf_addf(text, " %.*s as you asked", SLICE_ARGS(slice_after(code, 4)));
	} else {
		buf_add_text(text, "250 2.1.5 Ok");
	}
}

static void on_rcpt(struct session *s)
{
	struct buf text = {0};

	if (s->has_sender)
		rcpt_reply(path(s), &text);
	else
		buf_add_text(&text, "503 5.5.1 MAIL first");
	if (answer(s, RCPT, text.p) && s->has_sender)
		buf_addf(&s->recipients, "%s%.*s", s->accepted++ ? "," : "", SLICE_ARGS(path(s)));
	buf_free(&text);
}

static void on_data(struct session *s)
{
	struct buf message = {0};
	bool ready =
		answer(s, DATA, s->accepted ? "354 go ahead" : "554 5.5.1 no valid recipients");
	const char *action = ready ? fault_at(s->fake, BODY) : NULL;

	if (action && (s->in.n || hear(s)))
		perform(s, action, "");
	if (ready && !s->over && hear_message(s, &message))
		finish_message(s, buf_slice(&message));
	clear_envelope(s);
	buf_free(&message);
}

static void on_rset(struct session *s)
{
	clear_envelope(s);
	answer(s, RSET, "250 2.0.0 Ok");
}

static void on_quit(struct session *s)
{
	answer(s, QUIT, "221 2.0.0 Bye");
	finish(s);
}

struct command {
	const char *word;
	void (*handle)(struct session *s);
};

/* clang-format off */
static const struct command commands[] = {
	{"EHLO", on_ehlo},
	{"HELO", on_helo},
	{"STARTTLS", on_starttls},
	{"AUTH", on_auth},
	{"MAIL", on_mail},
	{"RCPT", on_rcpt},
	{"DATA", on_data},
	{"RSET", on_rset},
	{"QUIT", on_quit},
};
/* clang-format on */

void converse(struct session *s)
{
	if (s->fake->implicit_tls)
		start_tls(s);
	if (s->over || !answer(s, CONNECT, "220 fake ESMTP"))
		return;
	while (!s->over && hear_line(s)) {
		struct slice word =
			slice_first(buf_slice(&s->line), slice_find(buf_slice(&s->line), ' '));
		size_t i = 0, count = sizeof commands / sizeof *commands;
		while (i < count && !slice_is_nocase(word, commands[i].word))
			i++;
		if (i < count)
			commands[i].handle(s);
		else
			reply(s, "500 5.5.2 what?");
	}
}
