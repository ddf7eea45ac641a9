/*
 * run.h: one render in progress: its bounds, its memory, the text it makes, and how it fails.
 *
 * All text is made at the end of the output. What is wanted as a value instead of being printed (a
 * macro's result, a filter's) is taken from there again:
 *
 *     size_t mark = text_begin(run);
 *     put(run, ...);
 *     return text_end(run, mark);
 */
#ifndef TEMPLATE_RUN_H
#define TEMPLATE_RUN_H

#include "template/trap.h"
#include "template/value.h"

struct context;
struct frame;
struct template;

#define FRAME_SIZES 16 /* frames of fewer slots are kept for the next call */

struct run {
	struct trap trap;
	struct template_env *env;
	struct arena *arena;
	char *piece, *piece_end; /* of the arena, not yet given out */
	struct buf *out;
	size_t out_most; /* the bound of out->n */
	uint64_t steps_left;
	struct template_limits limits;
	unsigned depth;
	bool strict;
	struct frame *frame;
	const struct template *template; /* whose code runs */
	struct place place;              /* and where */
	uint64_t random;                 /* the state of `random` and `lipsum` */
	struct frame *spare[FRAME_SIZES];
	struct dict *modules; /* imported without a context, by name */
};

/* Ends the render with "NAME:LINE: message". */
_Noreturn void run_fail(struct run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Fails because v is undefined, in the words of Jinja2. */
_Noreturn void run_fail_undefined(struct run *run, struct value v);

/* Zeroed memory that lives until the render ends, cut from pieces of the arena. */
void *take_more(struct run *run, size_t n);

static inline void *take(struct run *run, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	if ((size_t)(run->piece_end - run->piece) < n)
		return take_more(run, n);

	void *memory = run->piece;
	run->piece += n;
	return memory;
}

_Noreturn void run_out_of_steps(struct run *run);

/* Counts work: what is done for n items or n / 32 bytes. */
static inline void charge(struct run *run, uint64_t n)
{
	if (run->steps_left < n)
		run_out_of_steps(run);
	run->steps_left -= n;
}

static inline void charge_bytes(struct run *run, size_t n)
{
	charge(run, n / 32);
}

/* Going down and up again, by `levels`; fails when it gets too deep. */
_Noreturn void run_too_deep(struct run *run);

static inline void descend(struct run *run, unsigned levels)
{
	run->depth += levels;
	if (run->depth > run->limits.depth)
		run_too_deep(run);
}

static inline void ascend(struct run *run, unsigned levels)
{
	run->depth -= levels;
}

/* --- text --- */

/* Room for n bytes at the end of the output; run->out->n is the caller's to raise. */
char *put_room(struct run *run, size_t n);

/* Most pieces of text are a few bytes long: for those a call of memcpy costs more than the copy. */
static inline void copy_bytes(char *to, const char *from, size_t n)
{
	if (n > 16) {
		memcpy(to, from, n);
	} else if (n >= 8) {
		uint64_t head, tail;
		memcpy(&head, from, 8);
		memcpy(&tail, from + n - 8, 8);
		memcpy(to, &head, 8);
		memcpy(to + n - 8, &tail, 8);
	} else {
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	}
}

static inline void put(struct run *run, const char *p, size_t n)
{
	struct buf *out = run->out;

	if (out->n + n >= out->room || out->n + n > run->out_most)
		put_room(run, n);
	copy_bytes(out->p + out->n, p, n);
	out->n += n;
}

static inline void put_slice(struct run *run, struct slice s)
{
	put(run, s.p, s.n);
}

static inline void put_chars(struct run *run, const char *text)
{
	put(run, text, strlen(text));
}

static inline void put_char(struct run *run, char c)
{
	put(run, &c, 1);
}

void put_point(struct run *run, uint32_t point); /* a code point */
void put_times(struct run *run, struct slice s, uint64_t times);
void put_escaped(struct run *run, struct slice s); /* for HTML, as MarkupSafe */
void put_format(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline size_t text_begin(const struct run *run)
{
	return run->out->n;
}

/* Takes what was put since back, as a value. */
struct value text_end(struct run *run, size_t mark);
struct value text_copy(struct run *run, struct slice s);

/* --- values as text (repr.c) --- */

void put_str(struct run *run, struct value v);                /* Python's str() */
void put_repr(struct run *run, struct value v);               /* Python's repr() */
void put_value(struct run *run, struct value v, bool escape); /* what {{ v }} prints */
struct value str_of(struct run *run, struct value v);         /* text as it is, Markup too */
struct value escape_value(struct run *run, struct value v);   /* Markup */
struct value text_plain(struct value text);                   /* no Markup any more */

/* What the extension's filters keep. */
void *env_data(const struct template_env *env);

/* "fr-CA"; never empty. */
const char *env_locale(const struct template_env *env);

/* Whether autoescape is on where the program stands. */
bool run_escapes(const struct run *run);

#endif
