#include "template/run.h"

#include <stdio.h>

#include "base/utf8.h"
#include "template/frame.h"
#include "template/program.h"

/* --- failing --- */

void run_fail(struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trap_spring(&run->trap, run->template->name, run->place, fmt, ap);
}

void run_fail_undefined(struct run *run, struct value v)
{
	struct value of = {.type = v.flags};
	const char *type = value_type_name(of);

	switch ((enum undefined_kind)v.kind) {
	case UNDEFINED_NAME:
	case UNDEFINED_UNSET:
		run_fail(run, "'%.*s' is undefined", SLICE_ARGS(value_chars(v)));
	case UNDEFINED_ATTRIBUTE:
		run_fail(run, "'%s object' has no attribute '%.*s'", type,
			 SLICE_ARGS(value_chars(v)));
	case UNDEFINED_INDEX:
		run_fail(run, "'%s object' has no element %.*s", type, SLICE_ARGS(value_chars(v)));
	case UNDEFINED_UNSAFE:
		run_fail(run, "access to attribute '%.*s' of '%s' object is unsafe",
			 SLICE_ARGS(value_chars(v)), type);
	case UNDEFINED_HINT:
	case UNDEFINED_BRANCH:
	case UNDEFINED_PARAMETER:
		break;
	}
	run_fail(run, "%.*s", SLICE_ARGS(value_chars(v)));
}

void run_out_of_steps(struct run *run)
{
	run_fail(run, "takes more than %llu steps", (unsigned long long)run->limits.steps);
}

void run_too_deep(struct run *run)
{
	run_fail(run, "nested too deep: more than %u levels", run->limits.depth);
}

#define PIECE 4096

void *take_more(struct run *run, size_t n)
{
	size_t ask = n < PIECE / 4 ? PIECE : n;
	char *memory;

	if (n > run->limits.memory || run->arena->total > run->limits.memory - n)
		run_fail(run, "needs more than %zu bytes of memory", run->limits.memory);
	memory = arena_alloc(run->arena, ask);
	if (ask > n) {
		run->piece = memory + n;
		run->piece_end = memory + ask;
	}
	return memory;
}

bool run_escapes(const struct run *run)
{
	return run->frame->context->escape;
}

/* --- text --- */

char *put_room(struct run *run, size_t n)
{
	struct buf *out = run->out;

	if (n > run->limits.output || out->n + n > run->out_most)
		run_fail(run, "makes more than %zu bytes of text", run->limits.output);
	return buf_reserve(out, n);
}

void put_point(struct run *run, uint32_t point)
{
	char *end = put_room(run, 4);

	run->out->n += utf8_encode(point, end);
}

void put_times(struct run *run, struct slice s, uint64_t times)
{
	if (s.n == 0 || times == 0)
		return;
	if (times > run->limits.output / s.n)
		put_room(run, run->limits.output + 1);

	char *end = put_room(run, s.n * times);
	charge_bytes(run, s.n * times);
	for (uint64_t i = 0; i < times; i++, end += s.n)
		memcpy(end, s.p, s.n);
	run->out->n += s.n * times;
}

void put_format(struct run *run, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put(run, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

/* 1 to 5 for what has to be escaped. */
static const unsigned char special[256] = {['&'] = 1, ['<'] = 2, ['>'] = 3, ['\''] = 4, ['"'] = 5};

void put_escaped(struct run *run, struct slice s)
{
	static const struct slice entities[] = {
		SLICE(""),     SLICE("&amp;"), SLICE("&lt;"),
		SLICE("&gt;"), SLICE("&#39;"), SLICE("&#34;"),
	};
	struct buf *out = run->out;
	char *to = put_room(run, s.n);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (!special[c]) {
			*to++ = (char)c;
			continue;
		}
		out->n = (size_t)(to - out->p);
		put_slice(run, entities[special[c]]);
		to = put_room(run, s.n - i);
	}
	out->n = (size_t)(to - out->p);
}

struct value text_copy(struct run *run, struct slice s)
{
	char *copy = take(run, s.n + 1);

	charge_bytes(run, s.n);
	copy_bytes(copy, s.p, s.n);
	return value_slice(slice_make(copy, s.n));
}

struct value text_end(struct run *run, size_t mark)
{
	struct value text = text_copy(run, slice_make(run->out->p + mark, run->out->n - mark));

	run->out->n = mark;
	return text;
}
