/* The filter urlize: addresses of the web and of mail in a text become links. */
#include "base/utf8.h"
#include "template/filters.h"
#include "template/slice.h"
#include "template/text.h"
#include "template/unicode.h"

struct urlize {
	struct run *run;
	int64_t limit; /* of the text shown for a link; -1: none */
	struct slice attributes;
	struct items schemes;
};

/* --- what is an address --- */

static bool is_host_char(uint32_t point)
{
	return unicode_is_word(point) || point == '%' || point == '-';
}

static size_t host_length(struct slice s)
{
	size_t at = 0, n;

	for (; at < s.n; at += n) {
		uint32_t point = utf8_decode(slice_after(s, at), &n);
		if (!is_host_char(point) && point != '.')
			break;
	}
	return at;
}

static bool is_letters(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)((s.p[i] | 32) - 'a') > 25)
			return false;
	return true;
}

static bool is_top_level(struct slice label)
{
	size_t n = utf8_length(label);

	if (n >= 2 && n <= 63 && is_letters(label))
		return true;
	if (!slice_is_nocase(slice_first(label, 4), "xn--") ||
	    memchr(label.p + 4, '-', label.n - 4))
		return false;
	return n - 4 >= 2 && n - 4 <= 59;
}

static bool is_common_top_level(struct slice label)
{
	static const char *const names[] = {"com", "net", "int",  "edu",
					    "gov", "org", "info", "mil"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is_nocase(label, names[i]))
			return true;
	return false;
}

/* Labels with dots between them, the last one a top-level domain. */
static bool is_host(struct slice host)
{
	struct slice label;

	for (;;) {
		size_t dot = slice_find(host, '.');
		label = slice_first(host, dot);
		if (dot == host.n)
			return is_top_level(label);
		if (label.n == 0)
			return false;
		host = slice_after(host, dot + 1);
	}
}

/* Without http:// or www. only the best known domains count. */
static bool is_plain_host(struct slice host)
{
	bool dotted = false;

	for (;; dotted = true) {
		size_t dot = slice_find(host, '.'), n;
		struct slice label = slice_first(host, dot);
		if (dot == host.n)
			return dotted && is_common_top_level(label);
		n = utf8_length(label);
		if (n < 2 || n > 63)
			return false;
		host = slice_after(host, dot + 1);
	}
}

static bool is_digits(struct slice s, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n >= 1 && s.n <= most;
}

static bool is_ipv4(struct slice host)
{
	for (int i = 0; i < 4; i++) {
		size_t dot = slice_find(host, '.');
		if (!is_digits(slice_first(host, dot), 3) || (i == 3) != (dot == host.n))
			return false;
		host = slice_after(host, dot + 1);
	}
	return true;
}

static size_t hex_run(struct slice s)
{
	size_t n = 0;

	while (n < s.n && n < 4 &&
	       ((s.p[n] >= '0' && s.p[n] <= '9') || ((s.p[n] | 32) >= 'a' && (s.p[n] | 32) <= 'f')))
		n++;
	return n;
}

/* Up to eight groups of hex digits in brackets; the length with them, or 0. */
static size_t ipv6_length(struct slice s)
{
	struct slice rest = slice_after(s, 1);

	if (s.n == 0 || *s.p != '[')
		return 0;
	for (int group = 0; group < 8; group++) {
		rest = slice_after(rest, hex_run(rest));
		if (rest.n && *rest.p == ':')
			rest = slice_after(rest, 1);
		else if (group < 2)
			return 0;
		if (group >= 2 && rest.n && *rest.p == ']')
			return (size_t)(rest.p - s.p) + 1;
	}
	return 0;
}

/* What may follow a host: a port, then a path, a query or a fragment. */
static bool is_rest(struct slice s)
{
	size_t n = 1;

	if (s.n && *s.p == ':') {
		while (n < s.n && n <= 5 && s.p[n] >= '0' && s.p[n] <= '9')
			n++;
		if (n == 1)
			return false;
		s = slice_after(s, n);
	}
	return s.n == 0 || *s.p == '/' || *s.p == '?' || *s.p == '#';
}

static size_t scheme_length(struct slice s)
{
	if (slice_is_nocase(slice_first(s, 7), "http://"))
		return 7;
	return slice_is_nocase(slice_first(s, 8), "https://") ? 8 : 0;
}

static bool is_web(struct slice s)
{
	size_t scheme = scheme_length(s), n;
	struct slice rest = slice_after(s, scheme);

	if (!scheme && slice_is_nocase(slice_first(s, 4), "www.")) {
		n = host_length(s);
		if (is_host(slice_after(slice_first(s, n), 4)) && is_rest(slice_after(s, n)))
			return true;
	}
	n = host_length(rest);
	struct slice host = slice_first(rest, n);
	if (scheme && n == 0)
		return (n = ipv6_length(rest)) > 0 && is_rest(slice_after(rest, n));
	if (!(scheme ? is_host(host) || is_ipv4(host) : is_plain_host(host)))
		return false;
	return is_rest(slice_after(rest, n));
}

/* Something, @, and a name with a dot in it that ends in a word. */
static bool is_mail(struct run *run, struct slice s)
{
	size_t at = text_find_last(run, s, slice_text("@")), n, dot;
	struct slice domain = slice_after(s, at + 1);

	if (at == SIZE_MAX || at == 0 || domain.n == 0 || !unicode_is_word(utf8_decode(domain, &n)))
		return false;
	dot = text_find_last(run, domain, slice_text("."));
	if (dot == SIZE_MAX || dot + 1 == domain.n)
		return false;
	for (size_t i = 0; i < domain.n; i += n) {
		uint32_t point = utf8_decode(slice_after(domain, i), &n);
		if (!unicode_is_word(point) && point != '.' && !(point == '-' && i < dot))
			return false;
	}
	return true;
}

/* --- words --- */

static bool ends_with(struct slice s, const char *what)
{
	return slice_ends(s, what);
}

static size_t lead_length(struct slice s)
{
	size_t n = 0;

	for (;;) {
		struct slice rest = slice_after(s, n);
		if (slice_starts(rest, "(") || slice_starts(rest, "<"))
			n += 1;
		else if (slice_starts(rest, "&lt;"))
			n += 4;
		else
			return n;
	}
}

static size_t tail_begin(struct slice s)
{
	static const char *const ends[] = {")", ">", ".", ",", "\n", "&gt;"};
	size_t i = 0;

	while (i < sizeof ends / sizeof *ends) {
		if (!ends_with(s, ends[i])) {
			i++;
			continue;
		}
		s.n -= strlen(ends[i]);
		i = 0;
	}
	return s.n;
}

static size_t count(struct slice s, const char *what)
{
	size_t n = 0, at = 0;

	for (; (at = text_find(s, slice_text(what), at)) != SIZE_MAX; at += strlen(what))
		n++;
	return n;
}

/* A closing bracket belongs to the address when the opening one does. */
static void balance(struct slice *middle, struct slice *tail)
{
	static const char *const pairs[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};

	for (size_t i = 0; i < 3; i++) {
		size_t opened = count(*middle, pairs[i][0]);
		if (opened <= count(*middle, pairs[i][1]))
			continue;
		for (; opened > 0; opened--) {
			size_t at = text_find(*tail, slice_text(pairs[i][1]), 0);
			if (at == SIZE_MAX)
				break;
			at += strlen(pairs[i][1]);
			middle->n += at;
			*tail = slice_after(*tail, at);
		}
	}
}

static void put_link(const struct urlize *u, const char *scheme, struct slice url,
		     struct slice shown, bool is_web_link)
{
	struct run *run = u->run;

	put_chars(run, "<a href=\"");
	put_chars(run, scheme);
	put_slice(run, url);
	put_char(run, '"');
	if (is_web_link)
		put_slice(run, u->attributes);
	put_char(run, '>');
	put_slice(run, shown);
	if (is_web_link && shown.n < url.n)
		put_chars(run, "...");
	put_chars(run, "</a>");
}

static struct slice shortened(const struct urlize *u, struct slice url)
{
	return u->limit < 0 ? url : text_part(url, 0, (size_t)u->limit);
}

static bool put_extra(const struct urlize *u, struct slice middle)
{
	for (uint32_t i = 0; i < u->schemes.n; i++) {
		struct slice scheme = value_chars(u->schemes.at[i]);
		if (middle.n > scheme.n && slice_equal(slice_first(middle, scheme.n), scheme)) {
			put_link(u, "", middle, middle, true);
			return true;
		}
	}
	return false;
}

static void put_word(const struct urlize *u, struct slice word)
{
	size_t lead = lead_length(word);
	struct slice middle = slice_after(word, lead), tail;
	size_t end = tail_begin(middle);

	tail = slice_after(middle, end);
	middle = slice_first(middle, end);
	balance(&middle, &tail);
	put_slice(u->run, slice_first(word, lead));
	if (is_web(middle))
		put_link(u,
			 slice_starts(middle, "https://") || slice_starts(middle, "http://")
				 ? ""
				 : "https://",
			 middle, shortened(u, middle), true);
	else if (slice_starts(middle, "mailto:") && is_mail(u->run, slice_after(middle, 7)))
		put_link(u, "", middle, slice_after(middle, 7), false);
	else if (!slice_starts(middle, "www.") && slice_find(middle, ':') == middle.n &&
		 is_mail(u->run, middle))
		put_link(u, "mailto:", middle, middle, false);
	else if (!put_extra(u, middle))
		put_slice(u->run, middle);
	put_slice(u->run, tail);
}

/* --- the filter --- */

static bool is_scheme(struct slice s)
{
	size_t colon = slice_find(s, ':');
	struct slice rest = slice_after(s, colon);

	if (colon < 2 || !(slice_is(rest, ":") || slice_is(rest, ":/") || slice_is(rest, "://")))
		return false;
	for (size_t i = 0, n; i < colon; i += n) {
		uint32_t point = utf8_decode(slice_after(s, i), &n);
		if (!unicode_is_word(point) && point != '.' && point != '+' && point != '-')
			return false;
	}
	return true;
}

/* rel's words and those that we add, sorted, each once; and target. */
static struct slice attributes_of(struct run *run, struct value rel, bool nofollow,
				  struct value target)
{
	struct value words = dict_value(run), list[BUILTIN_PARAMETERS] = {words, value_bool(true)};
	struct slice rest = is_none(rel) ? slice_text("") : arg_text(run, rel, ""), word;

	while (text_next_word(&rest, &word))
		dict_set(run, words.dict, value_slice(word), value_none());
	if (nofollow)
		dict_set(run, words.dict, value_text("nofollow"), value_none());
	dict_set(run, words.dict, value_text("noopener"), value_none());

	struct items sorted = iterate(run, filter_dictsort(run, list));
	size_t mark = text_begin(run);
	put_chars(run, " rel=\"");
	for (uint32_t i = 0; i < sorted.n; i++) {
		if (i)
			put_char(run, ' ');
		put_escaped(run, value_chars(sorted.at[i].list->at[0]));
	}
	put_char(run, '"');
	if (!is_missing(target) && value_truth(run, target)) {
		put_chars(run, " target=\"");
		put_value(run, target, true);
		put_char(run, '"');
	}
	return value_chars(text_end(run, mark));
}

static struct items schemes_of(struct run *run, struct value schemes)
{
	struct items items = {0};

	if (is_missing(schemes) || is_none(schemes))
		return items;
	items = iterate(run, schemes);
	for (uint32_t i = 0; i < items.n; i++)
		if (!is_scheme(arg_text(run, items.at[i], "")))
			run_fail(run, "'%.*s' is not a valid URI scheme prefix",
				 SLICE_ARGS(value_chars(items.at[i])));
	return items;
}

struct value filter_urlize(struct run *run, const struct value *arg)
{
	struct urlize u = {.run = run, .limit = is_none(arg[1]) ? -1 : arg_int(run, arg[1], -1)};
	struct slice s = value_chars(escape_value(run, arg[0]));
	size_t mark, n;

	u.attributes = attributes_of(run, arg[4], arg_bool(run, arg[2], false), arg[3]);
	u.schemes = schemes_of(run, arg[5]);
	mark = text_begin(run);
	charge(run, s.n / 8);
	while (s.n) {
		size_t space = s.n - unicode_strip_left(s).n, end;
		put_slice(run, slice_first(s, space));
		s = slice_after(s, space);
		for (end = 0; end < s.n; end += n)
			if (unicode_is_space(utf8_decode(slice_after(s, end), &n)))
				break;
		put_word(&u, slice_first(s, end));
		s = slice_after(s, end);
	}
	struct value text = text_end(run, mark);
	return run_escapes(run) ? value_safe(text) : text;
}
