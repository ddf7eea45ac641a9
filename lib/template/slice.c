#include "template/slice.h"

#include "base/utf8.h"

struct bounds {
	int64_t start, step, count;
};

/* An index among n items, counted from their end where it is negative. */
static int64_t index_of(struct run *run, struct value v, int64_t n, int64_t otherwise)
{
	int64_t i = v.i;

	if (is_none(v))
		return otherwise;
	if (v.type == VALUE_BOOL)
		i = v.truth;
	else if (v.type != VALUE_INT)
		run_fail(run, "slice indices must be integers or None");
	return i < 0 ? i + n : i;
}

static int64_t clamp(int64_t i, int64_t least, int64_t most)
{
	return i < least ? least : i > most ? most : i;
}

static struct bounds bounds_of(struct run *run, int64_t n, struct value start, struct value stop,
			       struct value step)
{
	struct bounds b = {.step = index_of(run, step, 0, 1)};
	int64_t end;

	if (b.step == 0)
		run_fail(run, "slice step cannot be zero");
	b.step = clamp(b.step, -n - 1, n + 1); /* one item at most, and sums stay in range */
	if (b.step > 0) {
		b.start = clamp(index_of(run, start, n, 0), 0, n);
		end = clamp(index_of(run, stop, n, n), 0, n);
		b.count = end > b.start ? (end - b.start - 1) / b.step + 1 : 0;
	} else {
		b.start = clamp(index_of(run, start, n, n - 1), -1, n - 1);
		end = clamp(index_of(run, stop, n, -1), -1, n - 1);
		b.count = b.start > end ? (b.start - end - 1) / -b.step + 1 : 0;
	}
	return b;
}

struct slice text_part(struct slice text, size_t from, size_t to)
{
	size_t i = 0, begin, points = 0;

	while (i < text.n && points < from)
		for (points++, i++; i < text.n && (text.p[i] & 0xc0) == 0x80;)
			i++;
	begin = i;
	while (i < text.n && points < to)
		for (points++, i++; i < text.n && (text.p[i] & 0xc0) == 0x80;)
			i++;
	return slice_make(text.p + begin, i - begin);
}

static struct value slice_text_value(struct run *run, struct value text, struct value start,
				     struct value stop, struct value step)
{
	struct slice chars = value_chars(text);
	bool ascii = utf8_is_ascii(chars);
	int64_t n = ascii ? (int64_t)chars.n : (int64_t)utf8_length(chars);
	struct bounds b = bounds_of(run, n, start, stop, step);
	struct value part;

	charge_bytes(run, chars.n);
	if (b.step == 1) {
		part = value_slice(text_part(chars, (size_t)b.start, (size_t)(b.start + b.count)));
		if (ascii)
			part = value_slice(slice_make(chars.p + b.start, (size_t)b.count));
	} else {
		struct items points = iterate(run, text);
		size_t mark = text_begin(run);
		for (int64_t i = 0; i < b.count; i++)
			put_slice(run, value_chars(points.at[b.start + i * b.step]));
		part = text_end(run, mark);
	}
	part.flags = text.flags;
	return part;
}

static struct value slice_range(struct run *run, const struct range *range, struct bounds b)
{
	struct range *part = take(run, sizeof *part);

	part->start = range->start + b.start * range->step;
	part->step = range->step * b.step;
	part->stop = part->start + b.count * part->step;
	part->count = b.count;
	return (struct value){.type = VALUE_RANGE, .range = part};
}

struct value slice_value(struct run *run, struct value of, struct value start, struct value stop,
			 struct value step)
{
	struct value part;

	if (of.type == VALUE_UNDEFINED)
		run_fail_undefined(run, of);
	if (is_text(of))
		return slice_text_value(run, of, start, stop, step);
	if (of.type == VALUE_RANGE)
		return slice_range(run, of.range,
				   bounds_of(run, of.range->count, start, stop, step));
	if (!is_list(of))
		run_fail(run, "'%s' object has no slices", value_type_name(of));

	struct list *list = list_open(run, of);
	struct bounds b = bounds_of(run, list->n, start, stop, step);
	part = list_value(run, (uint32_t)b.count);
	part.type = of.type;
	charge(run, (uint64_t)b.count);
	for (int64_t i = 0; i < b.count; i++)
		list_add(run, part.list, list->at[b.start + i * b.step]);
	return part;
}
