#include "template/methods_text.h"

#include "base/utf8.h"
#include "template/run.h"
#include "template/slice.h"
#include "template/text.h"

/* The part of self that start and end leave, and how many code points stand before it. */
static struct slice part(struct run *run, const struct value *arg, size_t *before)
{
	struct value none = value_none();
	struct value start = arg_or(arg[2], none), end = arg_or(arg[3], none);
	struct slice kept;

	*before = 0;
	if (is_none(start) && is_none(end))
		return self(arg);
	kept = value_chars(slice_value(run, text_plain(arg[0]), start, end, none));
	if (kept.p >= arg[0].p && kept.p <= arg[0].p + arg[0].n)
		*before = utf8_length(slice_make(arg[0].p, (size_t)(kept.p - arg[0].p)));
	return kept;
}

/* A start behind the end finds nothing, not even nothing. */
static bool starts_behind(struct run *run, const struct value *arg)
{
	return arg[2].type == VALUE_INT && arg[2].i > (int64_t)text_length(run, self(arg));
}

static int64_t find(struct run *run, const struct value *arg, bool last)
{
	size_t before, at;
	struct slice s = part(run, arg, &before), what = arg_text(run, arg[1], "");

	charge_bytes(run, s.n);
	if (starts_behind(run, arg))
		return -1;
	at = last ? text_find_last(run, s, what) : text_find(s, what, 0);
	return at == SIZE_MAX ? -1 : (int64_t)(before + utf8_length(slice_first(s, at)));
}

struct value method_find_text(struct run *run, const struct value *arg)
{
	return value_int(find(run, arg, false));
}

struct value method_rfind(struct run *run, const struct value *arg)
{
	return value_int(find(run, arg, true));
}

static struct value found(struct run *run, int64_t at)
{
	if (at < 0)
		run_fail(run, "substring not found");
	return value_int(at);
}

struct value method_index(struct run *run, const struct value *arg)
{
	return found(run, find(run, arg, false));
}

struct value method_rindex(struct run *run, const struct value *arg)
{
	return found(run, find(run, arg, true));
}

struct value method_count(struct run *run, const struct value *arg)
{
	size_t before, at = 0;
	struct slice s = part(run, arg, &before), what = arg_text(run, arg[1], "");
	int64_t n = 0;

	charge_bytes(run, s.n);
	if (starts_behind(run, arg))
		return value_int(0);
	if (what.n == 0)
		return value_int((int64_t)utf8_length(s) + 1);
	for (; (at = text_find(s, what, at)) != SIZE_MAX; at += what.n)
		n++;
	return value_int(n);
}

static bool begins(struct slice s, struct slice with)
{
	return slice_equal(slice_first(s, with.n), with);
}

static bool ends(struct slice s, struct slice with)
{
	return s.n >= with.n && slice_equal(slice_after(s, s.n - with.n), with);
}

/* The text, or any of a tuple of them. */
static struct value matches(struct run *run, const struct value *arg,
			    bool (*match)(struct slice, struct slice))
{
	size_t before;
	struct slice s = part(run, arg, &before);

	if (starts_behind(run, arg))
		return value_bool(false);
	if (arg[1].type != VALUE_TUPLE)
		return value_bool(match(s, arg_text(run, arg[1], "")));
	struct items items = iterate(run, arg[1]);
	for (uint32_t i = 0; i < items.n; i++)
		if (match(s, arg_text(run, items.at[i], "")))
			return value_bool(true);
	return value_bool(false);
}

struct value method_startswith(struct run *run, const struct value *arg)
{
	return matches(run, arg, begins);
}

struct value method_endswith(struct run *run, const struct value *arg)
{
	return matches(run, arg, ends);
}

struct value method_removeprefix(struct run *run, const struct value *arg)
{
	struct slice prefix = arg_text(run, arg[1], "");

	return value_slice(begins(self(arg), prefix) ? slice_after(self(arg), prefix.n)
						     : self(arg));
}

struct value method_removesuffix(struct run *run, const struct value *arg)
{
	struct slice s = self(arg), suffix = arg_text(run, arg[1], "");

	return value_slice(ends(s, suffix) ? slice_first(s, s.n - suffix.n) : s);
}
