#include "base/utf8.h"
#include "template/run.h"

/* --- lists --- */

static struct value new_list(struct run *run, enum value_type type, uint32_t room)
{
	struct value v = {.type = (uint8_t)type, .list = take(run, sizeof *v.list)};

	if (room)
		v.list->at = take(run, room * sizeof *v.list->at);
	v.list->room = room;
	return v;
}

struct value list_value(struct run *run, uint32_t room)
{
	return new_list(run, VALUE_LIST, room);
}

struct value tuple_value(struct run *run, uint32_t room)
{
	return new_list(run, VALUE_TUPLE, room);
}

struct value pair_value(struct run *run, struct value a, struct value b)
{
	struct value pair = tuple_value(run, 2);

	pair.list->at[0] = a;
	pair.list->at[1] = b;
	pair.list->n = 2;
	return pair;
}

void list_add(struct run *run, struct list *list, struct value item)
{
	if (list->n == list->room) {
		uint32_t room = list->room ? list->room * 2 : 8;
		struct value *more = take(run, room * sizeof *more);
		if (list->n)
			memcpy(more, list->at, list->n * sizeof *more);
		list->at = more;
		list->room = room;
	}
	list->at[list->n++] = item;
}

struct list *list_open(struct run *run, struct value v)
{
	struct list *list = v.list;
	const struct json *source = list->source;

	if (!source)
		return list;
	list->source = NULL;
	list->room = (uint32_t)source->count;
	list->at = take(run, source->count * sizeof *list->at);
	charge(run, source->count);
	for (const struct json *item = source->first; item; item = item->next)
		list->at[list->n++] = value_from_json(run, item);
	return list;
}

/* --- dicts --- */

#define INDEX_FROM 12 /* entries; fewer are looked through */

struct value dict_value(struct run *run)
{
	return (struct value){.type = VALUE_DICT, .dict = take(run, sizeof(struct dict))};
}

static void index_add(struct dict *dict, uint32_t hash, uint32_t position)
{
	uint32_t i = hash & (dict->index_room - 1);

	while (dict->index[i])
		i = (i + 1) & (dict->index_room - 1);
	dict->index[i] = position + 1;
}

/* Makes the index anew, twice as large as `at` has room. */
static void index_build(struct run *run, struct dict *dict)
{
	uint32_t room = 32;

	while (room < 2 * dict->room)
		room *= 2;
	charge(run, dict->n);
	if (room != dict->index_room)
		dict->index = take(run, room * sizeof *dict->index);
	else
		memset(dict->index, 0, room * sizeof *dict->index);
	dict->index_room = room;
	for (uint32_t i = 0; i < dict->n; i++)
		index_add(dict, value_hash(run, dict->at[i].key), i);
}

static void dict_grow(struct run *run, struct dict *dict)
{
	uint32_t room = dict->room ? dict->room * 2 : 8;
	struct entry *more = take(run, room * sizeof *more);

	if (dict->n)
		memcpy(more, dict->at, dict->n * sizeof *more);
	dict->at = more;
	dict->room = room;
	if (room > INDEX_FROM)
		index_build(run, dict);
}

struct dict *dict_open(struct run *run, struct value v)
{
	struct dict *dict = v.dict;
	const struct json *source = dict->source;

	if (!source)
		return dict;
	dict->source = NULL;
	dict->room = (uint32_t)source->count;
	dict->at = take(run, source->count * sizeof *dict->at);
	charge(run, source->count);
	for (const struct json *item = source->first; item; item = item->next)
		dict->at[dict->n++] =
			(struct entry){value_slice(item->key), value_from_json(run, item)};
	if (dict->n > INDEX_FROM)
		index_build(run, dict);
	return dict;
}

struct entry *dict_find_text(struct run *run, struct dict *dict, struct slice key)
{
	if (dict->index)
		return dict_find(run, dict, value_slice(key));
	for (uint32_t i = 0; i < dict->n; i++) {
		struct entry *e = &dict->at[i];
		if (e->key.n == key.n && is_text(e->key) && !memcmp(e->key.p, key.p, key.n))
			return e;
	}
	return NULL;
}

struct entry *dict_find(struct run *run, struct dict *dict, struct value key)
{
	if (dict->index) {
		uint32_t i = value_hash(run, key) & (dict->index_room - 1);
		for (; dict->index[i]; i = (i + 1) & (dict->index_room - 1)) {
			struct entry *e = &dict->at[dict->index[i] - 1];
			if (value_equal(run, e->key, key))
				return e;
		}
		return NULL;
	}
	if (key.type == VALUE_LIST || key.type == VALUE_DICT)
		value_hash(run, key); /* says why not */
	for (uint32_t i = 0; i < dict->n; i++)
		if (value_equal(run, dict->at[i].key, key))
			return &dict->at[i];
	return NULL;
}

void dict_set(struct run *run, struct dict *dict, struct value key, struct value item)
{
	struct entry *e = dict_find(run, dict, key);

	if (e) {
		e->value = item;
		return;
	}
	uint32_t hash = value_hash(run, key);
	if (dict->n == dict->room)
		dict_grow(run, dict);
	dict->at[dict->n] = (struct entry){key, item};
	if (dict->index)
		index_add(dict, hash, dict->n);
	dict->n++;
}

void dict_update(struct run *run, struct dict *dict, struct value with)
{
	struct items items;

	if (with.type == VALUE_DICT)
		with = dict_view(run, dict_open(run, with), VIEW_ITEMS);
	items = iterate(run, with);
	for (uint32_t i = 0; i < items.n; i++) {
		struct items pair = iterate(run, items.at[i]);
		if (pair.n != 2)
			run_fail(run,
				 "dictionary update sequence element #%u has length %u; "
				 "2 is required",
				 i, pair.n);
		dict_set(run, dict, pair.at[0], pair.at[1]);
	}
}

void dict_remove(struct run *run, struct dict *dict, struct entry *entry)
{
	uint32_t i = (uint32_t)(entry - dict->at);

	charge(run, dict->n);
	memmove(entry, entry + 1, (dict->n - i - 1) * sizeof *entry);
	dict->n--;
	if (dict->index)
		index_build(run, dict);
}

struct value dict_view(struct run *run, struct dict *dict, enum view_kind kind)
{
	struct value view = new_list(run, VALUE_VIEW, dict->n);

	view.kind = (uint16_t)kind;
	charge(run, dict->n);
	for (uint32_t i = 0; i < dict->n; i++) {
		const struct entry *e = &dict->at[i];
		view.list->at[i] = kind == VIEW_KEYS     ? e->key
				   : kind == VIEW_VALUES ? e->value
							 : pair_value(run, e->key, e->value);
	}
	view.list->n = dict->n;
	return view;
}

/* --- going through things --- */

static struct items items_of(const struct list *list)
{
	return (struct items){list->at, list->n};
}

static struct items characters(struct run *run, struct value text)
{
	struct value list = list_value(run, (uint32_t)utf8_length(value_chars(text)));
	struct slice rest = value_chars(text);
	size_t n;

	charge(run, text.n);
	while (rest.n) {
		utf8_decode(rest, &n);
		list_add(run, list.list, value_slice(slice_first(rest, n)));
		rest = slice_after(rest, n);
	}
	return items_of(list.list);
}

static struct items numbers(struct run *run, const struct range *range)
{
	struct value list = list_value(run, (uint32_t)range->count);

	for (int64_t i = 0; i < range->count; i++)
		list_add(run, list.list, value_int(range->start + i * range->step));
	return items_of(list.list);
}

static struct items take_all(struct list *list)
{
	struct items items = items_of(list);

	if (list->next)
		items = (struct items){list->at + list->next, list->n - list->next};
	list->next = list->n;
	return items;
}

bool can_iterate(struct value v)
{
	switch (v.type) {
	case VALUE_UNDEFINED:
	case VALUE_TEXT:
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
	case VALUE_RANGE:
	case VALUE_VIEW:
	case VALUE_ITERATOR:
		return true;
	default:
		return false;
	}
}

struct items iterate(struct run *run, struct value v)
{
	switch (v.type) {
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_VIEW:
		return items_of(list_open(run, v));
	case VALUE_ITERATOR:
		return take_all(v.list);
	case VALUE_DICT:
		return items_of(dict_view(run, dict_open(run, v), VIEW_KEYS).list);
	case VALUE_TEXT:
		return characters(run, v);
	case VALUE_RANGE:
		return numbers(run, v.range);
	case VALUE_UNDEFINED:
		value_check(run, v);
		return (struct items){NULL, 0};
	default:
		run_fail(run, "'%s' object is not iterable", value_type_name(v));
	}
}

struct value list_copy(struct run *run, struct value iterable)
{
	struct items items = iterate(run, iterable);
	struct value list = list_value(run, items.n);

	charge(run, items.n / 4);
	if (items.n)
		memcpy(list.list->at, items.at, items.n * sizeof *items.at);
	list.list->n = items.n;
	return list;
}
