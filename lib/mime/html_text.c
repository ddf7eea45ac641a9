#include "mime/html_text.h"

#include "base/utf8.h"
#include "mime/entity.h"

#define DEPTH_MOST 8 /* lists in lists, quotes in quotes: deeper ones look the same */

struct list {
	bool ordered;
	unsigned n; /* items so far */
};

struct converter {
	struct slice rest; /* of the HTML */
	struct buf *out;
	size_t start;    /* where our text begins in out */
	unsigned breaks; /* line ends owed before the next word */
	unsigned spaces; /* spaces owed */
	bool item;       /* a bullet is owed */
	unsigned pre;    /* open <pre> */
	unsigned quotes; /* open <blockquote> */
	unsigned lists;  /* open lists; those over DEPTH_MOST are only counted */
	struct list list[DEPTH_MOST];
	struct slice href; /* of the open <a> */
	size_t link;       /* where its text begins in out */
};

/* --- words and lines: white space is owed until a word needs it --- */

static bool at_line_start(const struct converter *c)
{
	return c->breaks > 0 || c->out->n == c->start;
}

static unsigned shown(unsigned depth)
{
	return depth < DEPTH_MOST ? depth : DEPTH_MOST;
}

static void put_bullet(struct converter *c)
{
	struct list *list = &c->list[shown(c->lists) - 1];

	c->item = false;
	if (list->ordered)
		buf_addf(c->out, "%u. ", ++list->n);
	else
		buf_add(c->out, "- ", 2);
}

static void begin_line(struct converter *c)
{
	if (c->out->n > c->start)
		for (unsigned i = 0; i < c->breaks; i++)
			buf_add_char(c->out, '\n');
	c->breaks = 0;
	for (unsigned i = 0; i < shown(c->quotes); i++)
		buf_add(c->out, "> ", 2);

	unsigned indents = shown(c->lists);
	if (c->item && indents)
		indents--;
	for (unsigned i = 0; i < indents; i++)
		buf_add(c->out, "  ", 2);
	if (c->item)
		put_bullet(c);
}

static bool is_full(const struct converter *c)
{
	return c->out->n - c->start >= HTML_TEXT_MOST;
}

static void put(struct converter *c, struct slice word)
{
	if (word.n == 0 || is_full(c))
		return;
	if (at_line_start(c)) {
		begin_line(c);
		if (!c->pre)
			c->spaces = 0;
	}
	for (; c->spaces; c->spaces--)
		buf_add_char(c->out, ' ');
	buf_add_slice(c->out, word);
}

static void owe_breaks(struct converter *c, unsigned n)
{
	if (c->breaks < n)
		c->breaks = n;
	if (n)
		c->spaces = 0;
}

/* One more line end, where each counts. */
static void owe_line(struct converter *c, unsigned most)
{
	if (c->breaks < most)
		c->breaks++;
	c->spaces = 0;
}

static void owe_space(struct converter *c, char space)
{
	if (!c->pre)
		c->spaces = c->spaces ? c->spaces : 1;
	else if (space == '\n')
		owe_line(c, 3);
	else if (space != '\r' && c->spaces < 80)
		c->spaces++;
}

/* --- text --- */

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* Takes an entity off the front of *text and puts what it stands for. */
static void put_entity(struct converter *c, struct slice *text)
{
	char bytes[4];
	uint32_t point;
	size_t n = mime_entity(*text, &point);

	if (n == 0) {
		put(c, slice_first(*text, 1));
		*text = slice_after(*text, 1);
		return;
	}
	*text = slice_after(*text, n);
	if (point == 0xa0 || (point >= 0x2000 && point <= 0x200a))
		owe_space(c, ' ');
	else if (point != 0xad && (point < 0x200b || point > 0x200d)) /* invisible ones */
		put(c, slice_make(bytes, utf8_encode(point, bytes)));
}

static void put_text(struct converter *c, struct slice text)
{
	while (text.n) {
		size_t n = 0;
		while (n < text.n && !is_space(text.p[n]) && text.p[n] != '&')
			n++;
		put(c, slice_first(text, n));
		text = slice_after(text, n);
		if (text.n && *text.p == '&') {
			put_entity(c, &text);
		} else if (text.n) {
			owe_space(c, *text.p);
			text = slice_after(text, 1);
		}
	}
}

/* --- attributes --- */

/* Takes `name`, `name=value`, `name="value"` off the front. False at the end. */
static bool next_attribute(struct slice *rest, struct slice *name, struct slice *value)
{
	size_t n = 0;

	while (rest->n && (is_space(*rest->p) || *rest->p == '/'))
		*rest = slice_after(*rest, 1);
	if (rest->n == 0)
		return false;
	while (n < rest->n && !is_space(rest->p[n]) && (rest->p[n] != '=' || n == 0))
		n++;
	*name = slice_first(*rest, n);
	*rest = slice_after(*rest, n);

	*value = slice_make("", 0);
	while (rest->n && is_space(*rest->p))
		*rest = slice_after(*rest, 1);
	if (rest->n == 0 || *rest->p != '=')
		return true;
	*rest = slice_after(*rest, 1);
	while (rest->n && is_space(*rest->p))
		*rest = slice_after(*rest, 1);
	if (rest->n && (*rest->p == '"' || *rest->p == '\'')) {
		char quote = *rest->p;
		*rest = slice_after(*rest, 1);
		n = slice_find(*rest, quote);
		*value = slice_first(*rest, n);
		*rest = slice_after(*rest, n + 1);
		return true;
	}
	for (n = 0; n < rest->n && !is_space(rest->p[n]); n++)
		;
	*value = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	return true;
}

static struct slice attribute(struct slice attributes, const char *wanted)
{
	struct slice name, value;

	while (next_attribute(&attributes, &name, &value))
		if (slice_is_nocase(name, wanted))
			return slice_trim(value);
	return slice_make("", 0);
}

/* --- elements --- */

static void open_pre(struct converter *c, struct slice attributes)
{
	(void)attributes;
	c->pre++;
}

static void close_pre(struct converter *c)
{
	c->pre -= c->pre > 0;
}

static void open_quote(struct converter *c, struct slice attributes)
{
	(void)attributes;
	c->quotes++;
}

static void close_quote(struct converter *c)
{
	c->quotes -= c->quotes > 0;
}

static void open_list(struct converter *c, bool ordered)
{
	if (c->lists < DEPTH_MOST)
		c->list[c->lists] = (struct list){.ordered = ordered};
	c->lists++;
}

static void open_ul(struct converter *c, struct slice attributes)
{
	(void)attributes;
	open_list(c, false);
}

static void open_ol(struct converter *c, struct slice attributes)
{
	(void)attributes;
	open_list(c, true);
}

static void close_list(struct converter *c)
{
	c->lists -= c->lists > 0;
	c->item = false;
}

static void open_item(struct converter *c, struct slice attributes)
{
	(void)attributes;
	c->item = c->lists > 0;
}

static void open_cell(struct converter *c, struct slice attributes)
{
	(void)attributes;
	if (!at_line_start(c))
		c->spaces = 2;
}

static void open_rule(struct converter *c, struct slice attributes)
{
	(void)attributes;
	put(c, slice_text("----------------------------------------"));
	owe_breaks(c, 1);
}

static void open_image(struct converter *c, struct slice attributes)
{
	put_text(c, attribute(attributes, "alt"));
}

static void open_link(struct converter *c, struct slice attributes)
{
	c->href = attribute(attributes, "href");
	c->link = c->out->n;
}

/* " (url)" behind a link's text, when it leads out of the mail and the text is not the url. */
static void close_link(struct converter *c)
{
	struct slice url = c->href;

	c->href = slice_make(NULL, 0);
	if (slice_starts_nocase(url, "mailto:"))
		url = slice_first(slice_after(url, 7), slice_find(slice_after(url, 7), '?'));
	else if (!slice_starts_nocase(url, "http://") && !slice_starts_nocase(url, "https://") &&
		 !slice_starts_nocase(url, "tel:"))
		return;

	if (c->out->n == c->start)
		return;
	struct slice text = slice_make(c->out->p + c->link, c->out->n - c->link);
	if (slice_equal(slice_trim(text), url))
		return;
	c->spaces = c->spaces ? c->spaces : 1;
	put(c, slice_make("(", 1));
	put_text(c, url);
	put(c, slice_make(")", 1));
}

/* Elements that matter, and how many line ends stand around them. */
/* clang-format off */
static const struct element {
	struct slice name;
	unsigned breaks;
	void (*open)(struct converter *c, struct slice attributes);
	void (*close)(struct converter *c);
	bool hidden; /* what stands in it is not shown */
} elements[] = {
	{.name = SLICE("a"), .open = open_link, .close = close_link},
	{.name = SLICE("address"), .breaks = 1},
	{.name = SLICE("article"), .breaks = 1},
	{.name = SLICE("blockquote"), .breaks = 2, .open = open_quote, .close = close_quote},
	{.name = SLICE("center"), .breaks = 1},
	{.name = SLICE("dd"), .breaks = 1},
	{.name = SLICE("div"), .breaks = 1},
	{.name = SLICE("dl"), .breaks = 2},
	{.name = SLICE("dt"), .breaks = 1},
	{.name = SLICE("footer"), .breaks = 1},
	{.name = SLICE("form"), .breaks = 1},
	{.name = SLICE("h1"), .breaks = 2},
	{.name = SLICE("h2"), .breaks = 2},
	{.name = SLICE("h3"), .breaks = 2},
	{.name = SLICE("h4"), .breaks = 2},
	{.name = SLICE("h5"), .breaks = 2},
	{.name = SLICE("h6"), .breaks = 2},
	{.name = SLICE("header"), .breaks = 1},
	{.name = SLICE("hr"), .breaks = 1, .open = open_rule},
	{.name = SLICE("img"), .open = open_image},
	{.name = SLICE("li"), .breaks = 1, .open = open_item},
	{.name = SLICE("main"), .breaks = 1},
	{.name = SLICE("nav"), .breaks = 1},
	{.name = SLICE("ol"), .breaks = 2, .open = open_ol, .close = close_list},
	{.name = SLICE("p"), .breaks = 2},
	{.name = SLICE("pre"), .breaks = 2, .open = open_pre, .close = close_pre},
	{.name = SLICE("script"), .hidden = true},
	{.name = SLICE("section"), .breaks = 1},
	{.name = SLICE("style"), .hidden = true},
	{.name = SLICE("table"), .breaks = 1},
	{.name = SLICE("td"), .open = open_cell},
	{.name = SLICE("template"), .hidden = true},
	{.name = SLICE("th"), .open = open_cell},
	{.name = SLICE("title"), .hidden = true},
	{.name = SLICE("tr"), .breaks = 1},
	{.name = SLICE("ul"), .breaks = 2, .open = open_ul, .close = close_list},
};
/* clang-format on */

static const struct element *find_element(struct slice name)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (slice_equal_nocase(name, elements[i].name))
			return &elements[i];
	return NULL;
}

/* Goes on behind the next "</name", or to the end when there is none. */
static void skip_to_close(struct converter *c, struct slice name)
{
	for (;;) {
		c->rest = slice_after(c->rest, slice_find(c->rest, '<'));
		if (c->rest.n == 0)
			return;
		c->rest = slice_after(c->rest, 1);
		if (c->rest.n && *c->rest.p == '/' &&
		    slice_equal_nocase(slice_first(slice_after(c->rest, 1), name.n), name))
			break;
	}
	c->rest = slice_after(c->rest, slice_find(c->rest, '>') + 1);
}

static void open_element(struct converter *c, const struct element *element,
			 struct slice attributes)
{
	if (element->hidden) {
		skip_to_close(c, element->name);
		return;
	}
	/* A list in an item begins on the next line, without a gap. */
	owe_breaks(c, element->breaks == 2 && c->lists ? 1 : element->breaks);
	if (element->open)
		element->open(c, attributes);
}

static void close_element(struct converter *c, const struct element *element)
{
	if (element->close)
		element->close(c);
	owe_breaks(c, element->breaks == 2 && c->lists ? 1 : element->breaks);
}

/* --- tags --- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the tag ends that begins s: its '>', outside of quoted values; s.n when it does not. */
static size_t tag_end(struct slice s)
{
	char quote = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '>')
			return i;
		else if ((c == '"' || c == '\'') && i &&
			 (s.p[i - 1] == '=' || is_space(s.p[i - 1])))
			quote = c;
	}
	return s.n;
}

/* The converter stands behind a '<' and a letter or '/' follows. */
static void read_tag(struct converter *c)
{
	size_t end = tag_end(c->rest), n = 0;
	struct slice tag = slice_first(c->rest, end);

	c->rest = slice_after(c->rest, end + 1);
	bool closes = tag.n && *tag.p == '/';
	tag = slice_after(tag, closes);
	while (n < tag.n && !is_space(tag.p[n]) && tag.p[n] != '/')
		n++;

	struct slice name = slice_first(tag, n);
	const struct element *element = find_element(name);
	if (slice_is_nocase(name, "br"))
		owe_line(c, 2);
	else if (element && closes)
		close_element(c, element);
	else if (element)
		open_element(c, element, slice_after(tag, n));
}

/* Behind a '<' and a '!' or '?': a comment, a doctype, an instruction. */
static void skip_declaration(struct converter *c)
{
	if (!slice_starts(c->rest, "!--")) {
		c->rest = slice_after(c->rest, slice_find(c->rest, '>') + 1);
		return;
	}
	if (!slice_behind(c->rest, "-->", &c->rest))
		c->rest = slice_after(c->rest, c->rest.n);
}

static void read_markup(struct converter *c)
{
	c->rest = slice_after(c->rest, 1);
	char next = c->rest.n ? *c->rest.p : ' ';

	if (next == '!' || next == '?')
		skip_declaration(c);
	else if (is_letter(next) || (next == '/' && c->rest.n > 1 && is_letter(c->rest.p[1])))
		read_tag(c);
	else
		put(c, slice_make("<", 1));
}

void mime_html_text(struct slice html, struct buf *out)
{
	struct converter c = {.rest = html, .out = out, .start = out->n};

	while (c.rest.n && !is_full(&c)) {
		struct slice text = slice_first(c.rest, slice_find(c.rest, '<'));
		c.rest = slice_after(c.rest, text.n);
		put_text(&c, text);
		if (c.rest.n)
			read_markup(&c);
	}
	if (is_full(&c)) {
		size_t n = HTML_TEXT_MOST - 1;
		while (n && (out->p[c.start + n] & 0xc0) == 0x80)
			n--;
		out->n = c.start + n;
	}
	if (out->n > c.start)
		buf_add_char(out, '\n');
}
