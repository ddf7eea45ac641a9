#include "message/address.h"

#include "base/utf8.h"
#include "message/text.h"

/* --- what went wrong --- */

static bool bad(struct err *err, struct slice text, const char *why)
{
	struct slice shown = text_cut(text, 100);

	return err_set(err, EX_DATAERR, "\"%.*s%s\": %s", SLICE_ARGS(shown),
		       shown.n < text.n ? "..." : "", why);
}

/* --- words: RFC 5322, 3.2 --- */

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* atext, and everything outside ASCII (RFC 6532). */
static bool is_atext(char c)
{
	return is_letter_or_digit(c) || (c & 0x80) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static size_t dot_atom_run(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (is_atext(s.p[n]) || s.p[n] == '.'))
		n++;
	return n;
}

/* The length of the comment at the start of s, nested ones included; 0 when it does not end. */
static size_t comment_run(struct slice s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* The same for a quoted string. */
static size_t quoted_run(struct slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Takes white space and comments off the front. An open comment stays, and nothing allows it. */
static void skip_blank(struct slice *rest)
{
	while (rest->n && (is_space(*rest->p) || *rest->p == '(')) {
		size_t n = *rest->p == '(' ? comment_run(*rest) : 1;
		if (n == 0)
			return;
		*rest = slice_after(*rest, n);
	}
}

/* --- an address without name --- */

static bool check_local(struct slice local, struct slice text, struct err *err)
{
	if (local.n == 0)
		return bad(err, text, "nothing before the '@'");
	if (local.n > ADDRESS_LOCAL_MOST)
		return bad(err, text, "more than 64 bytes before the '@'");
	if (utf8_check(local) < local.n)
		return bad(err, text, "not UTF-8");
	if (text_control(local) < local.n)
		return bad(err, text, "a control character in an address");
	if (local.p[0] == '.' || local.p[local.n - 1] == '.' || memmem(local.p, local.n, "..", 2))
		return bad(err, text, "a dot too many before the '@'");
	return true;
}

static bool check_label(struct slice label)
{
	if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_letter_or_digit(label.p[i]) && label.p[i] != '-')
			return false;
	return true;
}

/* domain: ASCII. */
static bool check_domain(struct slice domain, struct slice text, struct err *err)
{
	struct slice rest = domain, label;

	if (domain.n == 0)
		return bad(err, text, "no domain behind the '@'");
	if (domain.n > ADDRESS_DOMAIN_MOST)
		return bad(err, text, "the domain has more than 255 bytes");
	if (domain.p[domain.n - 1] == '.')
		return bad(err, text, "the domain ends in a dot");
	while (slice_next(&rest, '.', &label))
		if (!check_label(label))
			return bad(err, text, "no domain name behind the '@'");
	return true;
}

/* Takes `local@domain` off the front of *rest. text: what to show when it is wrong. */
static bool take_email(struct slice *rest, struct slice text, struct arena *arena,
		       struct slice *email, struct err *err)
{
	struct slice local = slice_first(*rest, dot_atom_run(*rest));
	struct slice behind = slice_after(*rest, local.n);

	if (behind.n && *behind.p == '"')
		return bad(err, text, "a quote before the '@' is not supported");
	if (behind.n == 0 || *behind.p != '@')
		return bad(err, text, "no '@' and domain");
	if (!check_local(local, text, err))
		return false;

	behind = slice_after(behind, 1);
	struct slice domain = slice_first(behind, dot_atom_run(behind)), ascii;
	if (behind.n && *behind.p == '[')
		return bad(err, text, "a domain literal is not supported");
	if (!address_domain_ascii(domain, arena, &ascii, err))
		return err_at(err, "\"%.*s\"", SLICE_ARGS(text_cut(text, 100)));
	if (!check_domain(ascii, text, err))
		return false;
	if (local.n + 1 + ascii.n > ADDRESS_MOST)
		return bad(err, text, "more than 254 bytes");

	if (ascii.p == domain.p)
		*email = slice_first(*rest, local.n + 1 + domain.n);
	else
		*email = slice_text(
			arena_format(arena, "%.*s@%.*s", SLICE_ARGS(local), SLICE_ARGS(ascii)));
	*rest = slice_after(behind, domain.n);
	return true;
}

bool address_parse_email(struct slice text, struct arena *arena, struct slice *email,
			 struct err *err)
{
	struct slice rest = text;

	if (!take_email(&rest, text, arena, email, err))
		return false;
	return rest.n == 0 || bad(err, text, "something stands behind the domain");
}

/* --- names --- */

/*
 * Takes a phrase off the front: atoms, dots and quoted strings (RFC 5322, 4.1 allows the dots).
 * *plain: it is one run of text without quotes, escapes or comments.
 */
static struct slice take_phrase(struct slice *rest, bool *plain)
{
	const char *start = rest->p, *end = rest->p;

	*plain = true;
	while (rest->n) {
		size_t n = 1;
		if (*rest->p == '"' || *rest->p == '(') {
			n = *rest->p == '"' ? quoted_run(*rest) : comment_run(*rest);
			*plain = false;
		} else if (!is_space(*rest->p)) {
			n = dot_atom_run(*rest);
		}
		if (n == 0)
			break;
		if (!is_space(*rest->p) && *rest->p != '(')
			end = rest->p + n;
		if (*rest->p == '\t' || (is_space(*rest->p) && rest->n > 1 && is_space(rest->p[1])))
			*plain = false;
		*rest = slice_after(*rest, n);
	}
	return slice_make(start, (size_t)(end - start));
}

/* Adds the n characters of a quoted string that stand between its quotes. */
static char *unquote(char *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (from[i] == '\\' && i + 1 < n)
			i++;
		*to++ = is_space(from[i]) ? ' ' : from[i];
	}
	return to;
}

/* The phrase as a reader sees it: without quotes, escapes and comments, spaces single. */
static struct slice phrase_text(struct slice phrase, struct arena *arena)
{
	char *text = arena_alloc(arena, phrase.n + 1), *to = text;

	while (phrase.n) {
		size_t n = 1;
		if (*phrase.p == '"') {
			n = quoted_run(phrase);
			to = unquote(to, phrase.p + 1, n - 2);
		} else if (*phrase.p == '(') {
			n = comment_run(phrase);
		} else if (!is_space(*phrase.p)) {
			*to++ = *phrase.p;
		} else if (to > text && to[-1] != ' ') {
			*to++ = ' ';
		}
		phrase = slice_after(phrase, n);
	}
	return slice_make(text, (size_t)(to - text));
}

/* --- a mailbox --- */

/* Behind a phrase: <local@domain>. */
static bool take_angle(struct slice *rest, struct slice text, struct arena *arena,
		       struct slice *email, struct err *err)
{
	*rest = slice_after(*rest, 1);
	if (rest->n && *rest->p == '@')
		return bad(err, text, "a source route is not supported");
	if (!take_email(rest, text, arena, email, err))
		return false;
	if (rest->n == 0 || *rest->p != '>')
		return bad(err, text, "no '>' behind the address");
	*rest = slice_after(*rest, 1);
	return true;
}

static bool wrong_phrase(struct err *err, struct slice text, struct slice phrase, struct slice rest)
{
	if (rest.n && *rest.p == '@' && slice_ends(phrase, "\"") && phrase.p + phrase.n == rest.p)
		return bad(err, text, "a quote before the '@' is not supported");
	if (rest.n && *rest.p == '"')
		return bad(err, text, "a quote without its end");
	if (rest.n && *rest.p == '(')
		return bad(err, text, "a comment without its end");
	if (rest.n && *rest.p == '@')
		return bad(err, text, "an '@' in a place where a name or '<' is expected");
	return bad(err, text, "no '@' and domain");
}

/*
 * Takes one mailbox off the front. *group, where a group may stand: its name and colon were taken
 * instead.
 */
static bool take_mailbox(struct slice *rest, struct slice text, struct arena *arena,
			 struct address *address, bool *group, struct err *err)
{
	bool plain;

	skip_blank(rest);
	*address = (struct address){.name = slice_make("", 0)};

	size_t n = dot_atom_run(*rest);
	if (n < rest->n && rest->p[n] == '@') {
		if (!take_email(rest, text, arena, &address->email, err))
			return false;
		skip_blank(rest);
		return true;
	}

	struct slice phrase = take_phrase(rest, &plain);
	if (group && phrase.n && rest->n && *rest->p == ':') {
		*rest = slice_after(*rest, 1);
		*group = true;
		return true;
	}
	if (rest->n == 0 || *rest->p != '<')
		return wrong_phrase(err, text, phrase, *rest);
	address->name = plain ? phrase : phrase_text(phrase, arena);
	if (!take_angle(rest, text, arena, &address->email, err))
		return false;
	skip_blank(rest);
	return true;
}

bool address_parse(struct slice text, struct arena *arena, struct address *address, struct err *err)
{
	struct slice rest = text;

	if (utf8_check(text) < text.n)
		return bad(err, text, "not UTF-8");
	if (text_control(text) < text.n)
		return bad(err, text, "a control character in an address");
	if (!take_mailbox(&rest, text, arena, address, NULL, err))
		return false;
	if (rest.n && (*rest.p == ',' || *rest.p == ';'))
		return bad(err, text, "more than one address; a comma in a name needs quotes");
	return rest.n == 0 || bad(err, text, "something stands behind the address");
}

/* --- lists --- */

static void list_add(struct address_list *list, size_t *room, struct address address,
		     struct arena *arena)
{
	if (list->n == *room) {
		*room = *room ? *room * 2 : 8;
		struct address *at = arena_alloc(arena, *room * sizeof *at);
		if (list->n)
			memcpy(at, list->at, list->n * sizeof *at);
		list->at = at;
	}
	list->at[list->n++] = address;
}

bool address_list_parse(struct slice text, struct arena *arena, struct address_list *list,
			struct err *err)
{
	struct slice rest = text;
	size_t room = 0;
	bool in_group = false;

	*list = (struct address_list){0};
	if (text_control(text) < text.n)
		return bad(err, text, "a control character in an address");
	for (;;) {
		struct address address;
		bool group = false;

		skip_blank(&rest);
		if (rest.n == 0)
			break;
		if (*rest.p == ',' || (*rest.p == ';' && in_group)) {
			in_group = in_group && *rest.p == ',';
			rest = slice_after(rest, 1);
			continue;
		}
		if (!take_mailbox(&rest, rest, arena, &address, in_group ? NULL : &group, err))
			return false;
		if (group) {
			in_group = true;
			continue;
		}
		list_add(list, &room, address, arena);
		if (rest.n && *rest.p != ',' && !(*rest.p == ';' && in_group))
			return bad(err, rest, "no comma between two addresses");
	}
	return !in_group || bad(err, text, "a group without its ';'");
}

/* --- what an address consists of --- */

struct slice address_domain(struct slice email)
{
	const char *at = email.n ? memrchr(email.p, '@', email.n) : NULL;

	return at ? slice_after(email, (size_t)(at - email.p) + 1) : slice_make("", 0);
}

struct slice address_local(struct slice email)
{
	const char *at = email.n ? memrchr(email.p, '@', email.n) : NULL;

	return at ? slice_first(email, (size_t)(at - email.p)) : slice_make("", 0);
}

bool address_equal(struct slice a, struct slice b)
{
	return a.n == b.n && slice_equal(address_local(a), address_local(b)) &&
	       slice_equal_nocase(address_domain(a), address_domain(b));
}

const struct address *address_list_find(const struct address_list *list, struct slice email)
{
	for (size_t i = 0; i < list->n; i++)
		if (address_equal(list->at[i].email, email))
			return &list->at[i];
	return NULL;
}
