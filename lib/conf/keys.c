#include "conf/keys.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "message/address.h"
#include "message/name.h"
#include "message/text.h"

#define LENGTH_MOST 64 /* of words that are compared for nearness */

static size_t less(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters were changed, left out, added, or changed places with their neighbours. */
static size_t distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t d[LENGTH_MOST + 1][LENGTH_MOST + 1];

	for (size_t i = 0; i <= an; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= bn; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= an; i++)
		for (size_t j = 1; j <= bn; j++) {
			size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			d[i][j] = less(change, less(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = less(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[an][bn];
}

bool keys_near(const char *word, const char *other)
{
	size_t n = strlen(word), on = strlen(other);

	if (n > LENGTH_MOST || on > LENGTH_MOST)
		return false;
	return distance(word, n, other, on) <= less(n, on) / 3;
}

static bool wrong_type(const struct key *key, const struct yaml *value, const char *wanted,
		       struct err *err)
{
	return yaml_error(value, err, "%s must be %s, not %s", key->name, wanted,
			  yaml_type_name(value));
}

/* A scalar that is there: what every reader of one value begins with. */
static bool has_text(const struct key *key, const struct yaml *value, const char *wanted,
		     struct err *err)
{
	if (value->type != YAML_TEXT || yaml_is_null(value))
		return wrong_type(key, value, wanted, err);
	return true;
}

static bool read_number(const struct key *key, const struct yaml *value, int64_t *n,
			struct err *err)
{
	struct slice digits = value->text;
	bool minus = slice_starts(digits, "-");
	uint64_t size = 0;

	if (!has_text(key, value, "a whole number", err))
		return false;
	if (!value->plain || !slice_number(slice_after(digits, minus), INT64_MAX, &size))
		return yaml_error(value, err, "%s must be a whole number, not '%s'", key->name,
				  value->text.p);
	*n = minus ? -(int64_t)size : (int64_t)size;
	if (*n < key->least || *n > key->most)
		return yaml_error(value, err, "%s must be from %lld to %lld, not %s", key->name,
				  (long long)key->least, (long long)key->most, value->text.p);
	return true;
}

bool key_unsigned(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
		  struct err *err)
{
	int64_t n;
	(void)arena;

	if (!read_number(key, value, &n, err))
		return false;
	*(unsigned *)field = (unsigned)n;
	return true;
}

bool key_integer(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
		 struct err *err)
{
	int64_t n;
	(void)arena;

	if (!read_number(key, value, &n, err))
		return false;
	*(int *)field = (int)n;
	return true;
}

bool key_bytes(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	       struct err *err)
{
	(void)arena;
	return read_number(key, value, field, err);
}

bool key_rate(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	char *end = NULL;
	(void)arena;

	if (!has_text(key, value, "a number", err))
		return false;
	/* strtod also knows hexadecimal, infinity and white space in front. */
	bool plain = value->plain && value->text.n == strspn(value->text.p, "0123456789.");
	double rate = plain ? strtod(value->text.p, &end) : 0;
	if (!plain || *end != '\0' || rate > (double)key->most)
		return yaml_error(value, err, "%s must be a number from 0 to %lld, not '%s'",
				  key->name, (long long)key->most, value->text.p);
	*(double *)field = rate;
	return true;
}

bool key_bool(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	(void)arena;
	if (!has_text(key, value, "true or false", err))
		return false;
	bool truth = slice_is(value->text, "true");
	if (!value->plain || (!truth && !slice_is(value->text, "false")))
		return yaml_error(value, err, "%s must be true or false, not '%s'", key->name,
				  value->text.p);
	*(bool *)field = truth;
	return true;
}

bool key_word(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	char *choices = arena_text(arena, "");

	if (!has_text(key, value, "a word", err))
		return false;
	for (unsigned i = 0; key->words[i]; i++) {
		if (slice_is(value->text, key->words[i])) {
			*(unsigned *)field = i;
			return true;
		}
		choices = arena_format(arena, "%s%s%s", choices, i ? ", " : "", key->words[i]);
	}
	return yaml_error(value, err, "%s must be one of %s, not '%s'", key->name, choices,
			  value->text.p);
}

bool key_body(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	(void)arena;
	if (!has_text(key, value, "text", err))
		return false;
	*(const char **)field = value->text.p;
	return true;
}

bool key_text(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	if (!key_body(key, value, field, arena, err))
		return false;
	if (value->text.n == 0)
		return yaml_error(value, err, "%s is empty", key->name);
	if (text_control(value->text) < value->text.n)
		return yaml_error(value, err, "%s must be one line without control characters",
				  key->name);
	return true;
}

bool key_name(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	if (!key_text(key, value, field, arena, err))
		return false;
	if (!name_valid(value->text))
		return yaml_error(value, err,
				  "%s '%s': a name is small letters, digits, '_', '.' and '-'",
				  key->name, value->text.p);
	return true;
}

bool key_own_name(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
		  struct err *err)
{
	const char *own = *(const char **)field;

	if (!key_name(key, value, field, arena, err))
		return false;
	if (!slice_is(value->text, own))
		return yaml_error(value, err,
				  "%s '%s' differs from '%s', the name it is stored under",
				  key->name, value->text.p, own);
	return true;
}

bool key_path(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	      struct err *err)
{
	const char **path = field;
	const char *slash = strrchr(value->file, '/');

	if (!key_text(key, value, field, arena, err))
		return false;
	if (**path != '/' && slash)
		*path = arena_format(arena, "%.*s/%s", (int)(slash - value->file), value->file,
				     *path);
	return true;
}

static bool read_list(const struct key *key, const struct yaml *value, key_read *read, void *field,
		      struct arena *arena, struct err *err)
{
	const char **texts;
	size_t n = 0;

	if (value->type != YAML_LIST)
		return wrong_type(key, value, "a list", err);
	texts = arena_alloc(arena, (value->count + 1) * sizeof *texts);
	for (const struct yaml *item = value->first; item; item = item->next)
		if (!read(key, item, &texts[n++], arena, err))
			return false;
	*(struct text_list *)field = (struct text_list){.text = texts, .count = n};
	return true;
}

bool key_texts(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	       struct err *err)
{
	return read_list(key, value, key_text, field, arena, err);
}

bool key_names(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	       struct err *err)
{
	return read_list(key, value, key_name, field, arena, err);
}

/* What lib/message says of a bad address or domain, with the place. */
static bool at_place(const struct key *key, const struct yaml *value, struct err *err)
{
	char text[sizeof err->text];

	strcpy(text, err->text);
	return yaml_error(value, err, "%s: %s", key->name, text);
}

bool key_address(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
		 struct err *err)
{
	struct address address;

	if (!key_text(key, value, field, arena, err))
		return false;
	return address_parse(value->text, arena, &address, err) || at_place(key, value, err);
}

bool key_email(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
	       struct err *err)
{
	struct slice email;

	if (!key_text(key, value, field, arena, err))
		return false;
	if (!address_parse_email(value->text, arena, &email, err))
		return at_place(key, value, err);
	*(const char **)field = arena_slice(arena, email).p;
	return true;
}

/* Labels of letters, digits, '-' and '_' with single dots between them. */
static bool is_domain(const char *domain)
{
	char before = '.';

	for (const char *p = domain; *p; before = *p++)
		if (*p == '.' ? before == '.' : !isalnum((unsigned char)*p) && !strchr("-_", *p))
			return false;
	return before != '.';
}

static bool read_domain(const struct key *key, const struct yaml *value, void *field,
			struct arena *arena, struct err *err)
{
	struct slice domain;

	if (!key_text(key, value, field, arena, err))
		return false;
	if (!address_domain_ascii(value->text, arena, &domain, err))
		return at_place(key, value, err);
	char *lower = arena_format(arena, "%.*s", SLICE_ARGS(domain));
	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!is_domain(lower))
		return yaml_error(value, err, "%s: '%s' is not a domain", key->name, value->text.p);
	*(const char **)field = lower;
	return true;
}

static bool read_domain_pattern(const struct key *key, const struct yaml *value, void *field,
				struct arena *arena, struct err *err)
{
	struct yaml domain = *value;
	const char **pattern = field;
	bool below = slice_starts(value->text, "*.");

	domain.text = slice_after(value->text, below ? 2 : 0);
	if (!read_domain(key, &domain, field, arena, err))
		return false;
	if (below)
		*pattern = arena_format(arena, "*.%s", *pattern);
	return true;
}

bool key_domains(const struct key *key, const struct yaml *value, void *field, struct arena *arena,
		 struct err *err)
{
	return read_list(key, value, read_domain, field, arena, err);
}

bool key_domain_patterns(const struct key *key, const struct yaml *value, void *field,
			 struct arena *arena, struct err *err)
{
	return read_list(key, value, read_domain_pattern, field, arena, err);
}

static bool read_into(const struct key *key, const struct yaml *value, void *object,
		      struct arena *arena, struct err *err)
{
	return key->read(key, value, (char *)object + key->at, arena, err);
}

void keys_defaults(struct key_set set, struct arena *arena)
{
	struct err err = {0};

	for (const struct key *key = set.keys; key->name; key++) {
		if (!key->standard)
			continue;
		struct yaml value = {.type = YAML_TEXT,
				     .plain = true,
				     .text = slice_text(key->standard),
				     .file = "default"};
		bool good = read_into(key, &value, set.object, arena, &err);
		assert(good);
		(void)good;
	}
}

bool keys_environment(struct key_set set, struct arena *arena, struct err *err)
{
	for (const struct key *key = set.keys; key->name; key++) {
		const char *text = key->environment ? getenv(key->environment) : NULL;
		if (!text || !*text)
			continue;
		struct yaml value = {.type = YAML_TEXT,
				     .plain = true,
				     .text = slice_text(arena_text(arena, text)),
				     .file = key->environment};
		if (!read_into(key, &value, set.object, arena, err))
			return false;
	}
	return true;
}

static const struct key *find_key(const struct key_set *set, const char *name)
{
	for (const struct key *key = set->keys; key->name; key++)
		if (strcmp(key->name, name) == 0 || (key->alias && strcmp(key->alias, name) == 0))
			return key;
	return NULL;
}

static bool unknown_key(const struct yaml *member, const struct key_set *sets, size_t count,
			struct err *err)
{
	for (size_t i = 0; i < count; i++)
		for (const struct key *key = sets[i].keys; key->name; key++)
			if (keys_near(member->key, key->name))
				return yaml_error(member, err,
						  "unknown key '%s' (did you mean '%s'?)",
						  member->key, key->name);
	return yaml_error(member, err, "unknown key '%s'", member->key);
}

static bool read_member(const struct yaml *map, const struct yaml *member,
			const struct key_set *sets, size_t count, struct arena *arena,
			struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct key *key = find_key(&sets[i], member->key);
		if (!key)
			continue;
		if (strcmp(key->name, member->key) != 0 && yaml_get(map, key->name))
			return yaml_error(member, err, "'%s' and '%s' are the same key",
					  member->key, key->name);
		return read_into(key, member, sets[i].object, arena, err);
	}
	return unknown_key(member, sets, count, err);
}

static bool has_key(const struct yaml *map, const struct key *key)
{
	return yaml_get(map, key->name) || (key->alias && yaml_get(map, key->alias));
}

bool keys_read(const struct yaml *map, const struct key_set *sets, size_t count,
	       struct arena *arena, struct err *err)
{
	if (map->type != YAML_MAP)
		return yaml_error(map, err, "must be a map of keys, not %s", yaml_type_name(map));
	for (const struct yaml *member = map->first; member; member = member->next)
		if (!read_member(map, member, sets, count, arena, err))
			return false;
	for (size_t i = 0; i < count; i++)
		for (const struct key *key = sets[i].keys; key->name; key++)
			if (key->required && !has_key(map, key))
				return yaml_error(map, err, "needs the key '%s'", key->name);
	return true;
}
