#include "app/cause.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "message/address.h"

static const char *const words[CAUSE_BY_COUNT] = {"cause", "connector", "domain", "template"};

enum cause_by cause_by_named(struct slice word)
{
	for (int i = 0; i < CAUSE_BY_COUNT; i++)
		if (slice_is(word, words[i]))
			return (enum cause_by)i;
	return CAUSE_BY_CAUSE;
}

const char *cause_by_name(enum cause_by by)
{
	return words[by];
}

/* --- what makes two words the same --- */

/* An address, a number or an id: what differs from message to message. */
static bool is_particular(struct slice word)
{
	bool digit = false;

	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '@')
			return true;
		digit = digit || isdigit((unsigned char)word.p[i]);
	}
	return digit;
}

/* The reply's codes stand first, and are no particulars: "550 5.1.1". */
static bool is_code(struct slice word, size_t at)
{
	for (size_t i = 0; i < word.n; i++)
		if (!isdigit((unsigned char)word.p[i]) && word.p[i] != '.' && word.p[i] != '-')
			return false;
	return at < 2 && word.n && word.n <= 8;
}

/* FNV-1a. Who makes two replies that collide gets one group of both, and no more than that. */
static uint64_t hash(uint64_t sum, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		sum = (sum ^ (unsigned char)text.p[i]) * 0x100000001b3;
	return sum;
}

static uint64_t hash_general(uint64_t sum, struct slice text)
{
	struct slice word;
	size_t at = 0;

	while (slice_next(&text, ' ', &word)) {
		if (!word.n)
			continue;
		if (is_particular(word) && !is_code(word, at))
			word = slice_text("#");
		sum = hash(hash(sum, word), slice_text(" "));
		at++;
	}
	return sum;
}

static struct slice domain_of(const struct index_record *record)
{
	return record->recipient_count ? address_domain(record->recipients[0]) : (struct slice){0};
}

uint64_t cause_key(enum cause_by by, const struct index_record *record)
{
	uint64_t sum = hash(0xcbf29ce484222325, slice_text(words[by]));

	if (by == CAUSE_BY_CAUSE)
		sum = hash_general(sum, record->last_error);
	return hash(sum, by == CAUSE_BY_DOMAIN     ? domain_of(record)
			 : by == CAUSE_BY_TEMPLATE ? record->template
						   : record->connector);
}

/* --- what it is called --- */

/* clang-format off */
static const struct {
	const char *sign; /* how the words begin, or what stands behind the first */
	const char *name;
} enhanced[] = {
	{"5.1.1", "Mailbox does not exist"},
	{"5.1.2", "Domain does not exist"},
	{"5.1.10", "Domain takes no mail"},
	{"5.1.",  "Address is not valid"},
	{"5.2.1", "Mailbox is closed"},
	{"5.2.2", "Mailbox is full"},
	{"4.2.2", "Mailbox is full"},
	{"5.3.4", "Message is too large"},
	{"5.2.3", "Message is too large"},
	{"5.4.4", "Domain does not exist"},
	{"5.7.8", "Our credentials were refused"},
	{"5.7.0", "Our credentials were refused"},
	{"5.7.",  "Refused as unwanted"},
	{"4.7.",  "Told to come later, until all attempts were used"},
	{"4.",    "Busy, until all attempts were used"},
};

static const struct {
	const char *code, *name;
} codes[] = {
	{"401", "Our credentials were refused"},
	{"403", "Sender is not allowed"},
	{"413", "Message is too large"},
	{"429", "Told to slow down, until all attempts were used"},
	{"535", "Our credentials were refused"},
	{"552", "Message is too large"},
	{"554", "Refused as unwanted"},
	{"55",  "Refused by the server"},
	{"45",  "Busy, until all attempts were used"},
	{"421", "Busy, until all attempts were used"},
	{"50",  "Refused by the server"},
	{"4",   "Refused by the server"},
};

static const struct {
	const char *part, *name;
	enum cause_kind kind;
} signs[] = {
	{"expire",     "Expired before it could be delivered", CAUSE_PERMANENT},
	{"timed out",  "Server did not answer in time", CAUSE_TEMPORARY},
	{"refused",    "Server could not be reached", CAUSE_TEMPORARY},
	{"unreach",    "Server could not be reached", CAUSE_TEMPORARY},
	{"resolve",    "Server could not be reached", CAUSE_TEMPORARY},
	{"connect",    "Server could not be reached", CAUSE_TEMPORARY},
	{"answer was", "Handed over, answer lost", CAUSE_PERMANENT},
	{"connector",  "There was no connector for it", CAUSE_TEMPORARY},
};
/* clang-format on */

static bool is_reply(struct slice text)
{
	return text.n >= 3 && isdigit((unsigned char)text.p[0]) &&
	       isdigit((unsigned char)text.p[1]) && isdigit((unsigned char)text.p[2]) &&
	       (text.n == 3 || !isalnum((unsigned char)text.p[3]));
}

static void name_reply(struct cause *cause, struct slice text)
{
	struct slice code = slice_first(text, 3), rest = slice_trim(slice_after(text, 4));

	cause->kind = slice_starts(code, "45") || slice_is(code, "421") || slice_is(code, "429") ||
				      slice_is(code, "408")
			      ? CAUSE_TEMPORARY
			      : CAUSE_PERMANENT;
	for (size_t i = 0; i < sizeof enhanced / sizeof *enhanced; i++)
		if (slice_starts(rest, enhanced[i].sign)) {
			cause->name = enhanced[i].name;
			return;
		}
	for (size_t i = 0; i < sizeof codes / sizeof *codes && !cause->name; i++)
		if (slice_starts(code, codes[i].code))
			cause->name = codes[i].name;
}

static bool contains(struct slice text, const char *part)
{
	for (size_t i = 0; i < text.n; i++)
		if (slice_is_nocase(slice_first(slice_after(text, i), strlen(part)), part))
			return true;
	return false;
}

static void name_words(struct cause *cause, const struct index_record *record)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs && !cause->name; i++)
		if (contains(record->last_error, signs[i].part)) {
			cause->name = signs[i].name;
			cause->kind = signs[i].kind;
		}
	if (record->connector.n || !record->template.n || cause->kind == CAUSE_TEMPORARY)
		return;
	cause->name = "Template could not be rendered";
	cause->kind = CAUSE_TEMPLATE;
}

static void name_cause(struct cause *cause, const struct index_record *record)
{
	cause->kind = CAUSE_PERMANENT;
	if (is_reply(record->last_error))
		name_reply(cause, record->last_error);
	else
		name_words(cause, record);
	if (!cause->name)
		cause->name = "Could not be delivered";
}

enum cause_kind cause_kind(const struct index_record *record)
{
	struct cause cause = {0};

	name_cause(&cause, record);
	return cause.kind;
}

static void name_group(const struct causes *causes, struct cause *cause,
		       const struct index_record *record)
{
	struct slice name = causes->by == CAUSE_BY_DOMAIN     ? domain_of(record)
			    : causes->by == CAUSE_BY_TEMPLATE ? record->template
							      : record->connector;

	name_cause(cause, record);
	if (causes->by == CAUSE_BY_CAUSE)
		return;
	if (name.n)
		cause->name = arena_slice(causes->arena, name).p;
	else
		cause->name = causes->by == CAUSE_BY_TEMPLATE ? "No template" : "Before routing";
}

/* --- groups --- */

static struct cause *find(struct causes *causes, uint64_t key)
{
	for (size_t i = 0; i < causes->n; i++)
		if (causes->all[i].key == key)
			return &causes->all[i];
	return NULL;
}

static void count_name(struct cause_names *names, struct slice name)
{
	if (!name.n)
		return;
	for (size_t i = 0; i < names->n; i++)
		if (slice_equal(names->at[i], name))
			return;
	if (names->n < CAUSE_NAMES_MOST)
		names->at[names->n++] = name;
}

/* Records come newest first. */
static struct cause *add_group(struct causes *causes, uint64_t key,
			       const struct index_record *record)
{
	struct cause *cause;

	if (!causes->all)
		causes->all = arena_alloc(causes->arena, CAUSE_GROUPS_MOST * sizeof *causes->all);
	if (causes->n == CAUSE_GROUPS_MOST)
		return NULL;
	cause = &causes->all[causes->n++];
	cause->key = key;
	snprintf(cause->id, sizeof cause->id, "%016" PRIx64, key);
	cause->said = record->last_error;
	cause->last_ms = record->updated_ms;
	name_group(causes, cause, record);
	return cause;
}

void causes_add(struct causes *causes, const struct index_record *record)
{
	int64_t hours = (causes->now_ms - record->updated_ms) / 3600000;
	uint64_t key = cause_key(causes->by, record);
	struct cause *cause = find(causes, key);

	if (!cause)
		cause = add_group(causes, key, record);
	causes->count++;
	if (!cause) {
		causes->temporary += cause_kind(record) == CAUSE_TEMPORARY;
		causes->left_out++;
		return;
	}
	cause->count++;
	cause->first_ms = record->updated_ms;
	causes->temporary += cause->kind == CAUSE_TEMPORARY;
	count_name(&cause->connectors, record->connector);
	count_name(&cause->domains, domain_of(record));
	count_name(&cause->templates, record->template);
	if (hours >= 0 && hours < 24)
		cause->hours[23 - hours]++;
}

static int by_count(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->last_ms < y->last_ms ? 1 : -1;
}

void causes_sort(struct causes *causes)
{
	if (causes->n)
		qsort(causes->all, causes->n, sizeof *causes->all, by_count);
}
