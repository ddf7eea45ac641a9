#include "message/domain.h"

#include <ctype.h>
#include <stdlib.h>

/* --- comparing --- */

enum kind {
	AND,
	OR,
	NOT,
	TERM,
};

static double number_of(const struct json *value)
{
	char digits[64];
	size_t n = value->text.n < sizeof digits ? value->text.n : sizeof digits - 1;

	memcpy(digits, value->text.p, n);
	digits[n] = '\0';
	return strtod(digits, NULL);
}

static bool is_number(const struct json *value)
{
	return value->type == JSON_INT || value->type == JSON_REAL;
}

/* -1, 0, 1; 2 where the two have no order. */
static int compare(const struct json *a, const struct json *b)
{
	if (is_number(a) && is_number(b)) {
		double x = number_of(a), y = number_of(b);
		return (x > y) - (x < y);
	}
	if (a->type != b->type)
		return 2;
	if (a->type == JSON_STRING) {
		int order = slice_compare(a->text, b->text);
		return (order > 0) - (order < 0);
	}
	if (a->type == JSON_BOOL)
		return a->truth == b->truth ? 0 : 2;
	return a->type == JSON_NULL ? 0 : 2;
}

static bool same(const struct json *a, const struct json *b)
{
	return compare(a, b) == 0;
}

static bool less(const struct json *a, const struct json *b)
{
	return compare(a, b) == -1;
}

static bool at_most(const struct json *a, const struct json *b)
{
	int order = compare(a, b);

	return order == -1 || order == 0;
}

static bool more(const struct json *a, const struct json *b)
{
	return compare(a, b) == 1;
}

static bool at_least(const struct json *a, const struct json *b)
{
	int order = compare(a, b);

	return order == 1 || order == 0;
}

static bool is_in(const struct json *a, const struct json *list)
{
	for (const struct json *b = list->first; b; b = b->next)
		if (same(a, b))
			return true;
	return false;
}

/* SQL's LIKE: '%' is any run, '_' any character. On a mismatch the last '%' takes one more. */
static bool matches(struct slice text, struct slice pattern, bool fold)
{
	size_t at = 0, p = 0, star = SIZE_MAX, star_at = 0;

	while (at < text.n) {
		char c = fold ? (char)tolower((unsigned char)text.p[at]) : text.p[at];
		char d = p < pattern.n ? pattern.p[p] : '\0';
		if (fold)
			d = (char)tolower((unsigned char)d);
		if (p < pattern.n && pattern.p[p] == '%') {
			star = p++;
			star_at = at;
		} else if (p < pattern.n && (pattern.p[p] == '_' || c == d)) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '%')
		p++;
	return p == pattern.n;
}

static bool contains(struct slice text, struct slice part, bool fold)
{
	if (slice_find(part, '%') < part.n || slice_find(part, '_') < part.n)
		return matches(text, part, fold);
	for (size_t at = 0; at + part.n <= text.n; at++) {
		struct slice here = slice_make(text.p + at, part.n);
		if (fold ? slice_equal_nocase(here, part) : slice_equal(here, part))
			return true;
	}
	return false;
}

static bool like(const struct json *a, const struct json *b)
{
	return a->type == JSON_STRING && contains(a->text, b->text, false);
}

static bool ilike(const struct json *a, const struct json *b)
{
	return a->type == JSON_STRING && contains(a->text, b->text, true);
}

/* --- the operators --- */

/* clang-format off */
static const struct comparison {
	const char *name;
	bool (*holds)(const struct json *a, const struct json *b);
	bool negated;
	bool takes_list, takes_text;
} operators[] = {
	{"=",         same,     false, false, false},
	{"!=",        same,     true,  false, false},
	{"<",         less,     false, false, false},
	{"<=",        at_most,  false, false, false},
	{">",         more,     false, false, false},
	{">=",        at_least, false, false, false},
	{"in",        is_in,    false, true,  false},
	{"not in",    is_in,    true,  true,  false},
	{"like",      like,     false, false, true},
	{"ilike",     ilike,    false, false, true},
	{"not ilike", ilike,    true,  false, true},
};
/* clang-format on */

struct node {
	enum kind kind;
	struct slice field; /* the rest is of a TERM */
	const struct comparison *by;
	const struct json *value;
};

struct domain {
	struct node *nodes; /* in prefix notation, complete */
	size_t count;
};

/* --- reading --- */

static const struct comparison *find_operator(struct slice name)
{
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (slice_is(name, operators[i].name))
			return &operators[i];
	return NULL;
}

static bool read_term(const struct json *term, struct node *node, size_t n, struct err *err)
{
	const struct json *field = term->first;

	if (term->count != 3 || field->type != JSON_STRING || field->next->type != JSON_STRING)
		return err_set(err, EX_DATAERR, "term %zu: not [\"field\", \"operator\", value]",
			       n);
	*node = (struct node){.kind = TERM,
			      .field = field->text,
			      .by = find_operator(field->next->text),
			      .value = field->next->next};
	if (!node->by)
		return err_set(err, EX_DATAERR, "term %zu: unknown operator '%.*s'", n,
			       SLICE_ARGS(field->next->text));
	if (node->by->takes_list && node->value->type != JSON_ARRAY)
		return err_set(err, EX_DATAERR, "term %zu: '%s' takes a list", n, node->by->name);
	if (node->by->takes_text && node->value->type != JSON_STRING)
		return err_set(err, EX_DATAERR, "term %zu: '%s' takes a text", n, node->by->name);
	if (node->by->takes_text && node->value->text.n > DOMAIN_PATTERN_MOST)
		return err_set(err, EX_DATAERR, "term %zu: '%s': more than %d bytes", n,
			       node->by->name, DOMAIN_PATTERN_MOST);
	return true;
}

/* Else it would be null in each message, and nobody would be told. */
static bool is_known(struct slice field, const char *fields, size_t n, struct err *err)
{
	struct slice rest = slice_text(fields), one;
	size_t dot = slice_find(field, '.');
	struct slice name = slice_first(field, dot);

	while (slice_next(&rest, ' ', &one)) {
		bool is_object = slice_ends(one, ".");
		if (!slice_equal(slice_first(one, one.n - is_object), name))
			continue;
		return is_object || dot == field.n ||
		       err_set(err, EX_DATAERR, "term %zu: '%.*s' is no object: it has no members",
			       n, SLICE_ARGS(name));
	}
	return err_set(err, EX_DATAERR, "term %zu: unknown field '%.*s'", n, SLICE_ARGS(name));
}

static bool read_node(const struct json *value, struct node *node, size_t n, struct err *err)
{
	static const char *const joins[] = {[AND] = "&", [OR] = "|", [NOT] = "!"};

	if (value->type == JSON_ARRAY)
		return read_term(value, node, n, err);
	for (enum kind kind = AND; kind <= NOT; kind++)
		if (value->type == JSON_STRING && slice_is(value->text, joins[kind])) {
			node->kind = kind;
			return true;
		}
	return err_set(err, EX_DATAERR, "term %zu: neither a term nor & | !", n);
}

/* Where nothing joins two terms, & does: one in front for each that is missing. */
static bool complete(struct domain *domain, struct node *room, struct err *err)
{
	long wanted = 1; /* terms that the operators so far call for */
	size_t missing = 0;

	for (size_t i = 0; i < domain->count; i++) {
		if (wanted == 0) {
			missing++;
			wanted = 1;
		}
		if (domain->nodes[i].kind == TERM)
			wanted--;
		else if (domain->nodes[i].kind != NOT)
			wanted++;
	}
	if (domain->count && wanted != 0)
		return err_set(err, EX_DATAERR, "an operator has too few terms");
	for (size_t i = 0; i < missing; i++)
		room[i] = (struct node){.kind = AND};
	if (domain->count)
		memmove(room + missing, domain->nodes, domain->count * sizeof *room);
	domain->nodes = room;
	domain->count += missing;
	return true;
}

const struct domain *domain_parse(struct slice text, const char *fields, struct arena *arena,
				  struct err *err)
{
	const struct json *list = json_parse(text, arena, err);
	struct domain *domain = arena_alloc(arena, sizeof *domain);

	if (!list)
		return NULL;
	if (list->type != JSON_ARRAY || list->count > DOMAIN_TERMS_MOST) {
		err_set(err, EX_DATAERR, "not a list of at most %d terms", DOMAIN_TERMS_MOST);
		return NULL;
	}
	domain->nodes = arena_alloc(arena, (list->count + 1) * sizeof *domain->nodes);
	for (const struct json *c = list->first; c; c = c->next, domain->count++) {
		struct node *node = &domain->nodes[domain->count];
		if (!read_node(c, node, domain->count + 1, err) ||
		    (fields && node->kind == TERM &&
		     !is_known(node->field, fields, domain->count + 1, err)))
			return NULL;
	}
	struct node *room = arena_alloc(arena, (2 * list->count + 1) * sizeof *room);
	return complete(domain, room, err) ? domain : NULL;
}

/* --- asking --- */

static const struct json *field_of(const struct json *message, struct slice name)
{
	static const struct json null = {.type = JSON_NULL};
	struct slice part;

	while (message && slice_next(&name, '.', &part)) {
		const struct json *c = message->type == JSON_OBJECT ? message->first : NULL;
		while (c && !slice_equal(c->key, part))
			c = c->next;
		message = c;
	}
	return message ? message : &null;
}

/* An address with a name is an object: it is its email that is compared. */
static const struct json *plain(const struct json *value)
{
	const struct json *email = json_get(value, "email");

	return email ? email : value;
}

static bool term_holds(const struct node *node, const struct json *message)
{
	const struct json *field = field_of(message, node->field);
	bool any = false;

	if (field->type == JSON_ARRAY)
		for (const struct json *c = field->first; c && !any; c = c->next)
			any = node->by->holds(plain(c), node->value);
	else
		any = node->by->holds(plain(field), node->value);
	return any != node->by->negated;
}

/* Answers one expression of the prefix notation and goes behind it. */
static bool answer(const struct domain *domain, size_t *at, const struct json *message)
{
	const struct node *node = &domain->nodes[(*at)++];
	bool first, second;

	if (node->kind == TERM)
		return term_holds(node, message);
	first = answer(domain, at, message);
	if (node->kind == NOT)
		return !first;
	second = answer(domain, at, message);
	return node->kind == AND ? first && second : first || second;
}

bool domain_holds(const struct domain *domain, const struct json *message)
{
	size_t at = 0;

	return domain->count == 0 || answer(domain, &at, message);
}

/* --- asking with less than the message --- */

enum truth {
	NO,
	PERHAPS,
	YES,
};

static enum truth term_may_hold(const struct node *node, const struct json *part)
{
	struct slice member = slice_first(node->field, slice_find(node->field, '.'));

	for (const struct json *c = part->first; c; c = c->next)
		if (slice_equal(c->key, member))
			return term_holds(node, part) ? YES : NO;
	return PERHAPS;
}

static enum truth guess(const struct domain *domain, size_t *at, const struct json *part)
{
	const struct node *node = &domain->nodes[(*at)++];

	if (node->kind == TERM)
		return term_may_hold(node, part);
	enum truth first = guess(domain, at, part);
	if (node->kind == NOT)
		return YES - first;
	enum truth second = guess(domain, at, part);
	return (node->kind == AND) == (first < second) ? first : second;
}

bool domain_may_hold(const struct domain *domain, const struct json *part)
{
	size_t at = 0;

	return domain->count == 0 || guess(domain, &at, part) != NO;
}

/* The end of the expression that begins at `at`. */
static size_t behind(const struct domain *domain, size_t at)
{
	size_t wanted = 1;

	for (; wanted; at++)
		if (domain->nodes[at].kind == TERM)
			wanted--;
		else if (domain->nodes[at].kind != NOT)
			wanted++;
	return at;
}

const struct json *domain_requires(const struct domain *domain, const char *field)
{
	for (size_t at = 0; at < domain->count;) {
		const struct node *node = &domain->nodes[at];
		if (node->kind == TERM && node->by->holds == same && !node->by->negated &&
		    slice_is(node->field, field))
			return node->value;
		at = node->kind == AND ? at + 1 : behind(domain, at);
	}
	return NULL;
}
