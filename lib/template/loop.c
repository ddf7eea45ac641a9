#include "template/frame.h"

/* What `loop` is in one run through a sequence. */
struct loop {
	const struct for_stmt *code;
	struct frame *outer; /* the frame that the for statement stands in */
	struct items items;
	uint32_t index0;
	unsigned depth0;
	struct value changed; /* what changed() saw last, a tuple */
};

static void run_loop(struct run *run, struct loop *loop);

/* --- going through it --- */

static bool passes(struct run *run, const struct for_stmt *code, struct value item)
{
	assign(run, code->target, item);
	return !code->test || value_truth(run, eval(run, code->test));
}

/* `loop` knows how many items are to come, so those that do not pass have to go beforehand. */
static void drop_filtered(struct run *run, struct loop *loop)
{
	struct value passed = list_value(run, loop->items.n);

	for (uint32_t i = 0; i < loop->items.n; i++) {
		charge(run, 1);
		if (passes(run, loop->code, loop->items.at[i]))
			list_add(run, passed.list, loop->items.at[i]);
	}
	loop->items = (struct items){passed.list->at, passed.list->n};
}

/* The body for one item. */
static enum flow exec_item(struct run *run, const struct for_stmt *code)
{
	if (code->inits.n)
		scope_enter(run, &code->inits);
	return exec(run, code->body);
}

/* As in Jinja2, `else` is for a loop whose body never came to its end: break and continue count. */
static enum flow exec_otherwise(struct run *run, const struct for_stmt *code)
{
	scope_enter(run, &code->otherwise_inits);
	return exec(run, code->otherwise);
}

static enum flow run_plain(struct run *run, const struct for_stmt *code, struct items items)
{
	bool any = false;

	for (uint32_t i = 0; i < items.n; i++) {
		charge(run, 1);
		if (!passes(run, code, items.at[i]))
			continue;
		enum flow flow = exec_item(run, code);
		if (flow == FLOW_BREAK)
			break;
		any |= flow == FLOW_NEXT;
	}
	return any ? FLOW_NEXT : exec_otherwise(run, code);
}

static enum flow run_with_loop(struct run *run, struct loop *loop)
{
	const struct for_stmt *code = loop->code;
	bool any = false;

	if (code->test)
		drop_filtered(run, loop);
	for (loop->index0 = 0; loop->index0 < loop->items.n; loop->index0++) {
		charge(run, 1);
		assign(run, code->target, loop->items.at[loop->index0]);
		run->frame->slot[code->loop] = (struct value){.type = VALUE_LOOP, .object = loop};
		enum flow flow = exec_item(run, code);
		if (flow == FLOW_BREAK)
			break;
		any |= flow == FLOW_NEXT;
	}
	return any ? FLOW_NEXT : exec_otherwise(run, code);
}

static struct loop *new_loop(struct run *run, const struct for_stmt *code, struct items items)
{
	struct loop *loop = take(run, sizeof *loop);

	loop->code = code;
	loop->outer = run->frame;
	loop->items = items;
	return loop;
}

/* A recursive loop's body is a function, so that loop() can enter it again. */
static void run_loop(struct run *run, struct loop *loop)
{
	const struct for_stmt *code = loop->code;
	struct frame *caller = run->frame;
	struct frame *frame = frame_enter(run, &code->function, loop->outer, loop->outer->context,
					  loop->outer->template);

	run_with_loop(run, loop);
	frame_leave(run, &code->function, frame, caller);
}

enum flow exec_for(struct run *run, const struct stmt *s)
{
	const struct for_stmt *code = s->loop;
	struct value value = eval(run, code->items);
	struct items items;

	run->place = s->place;
	items = iterate(run, value);
	if (!code->uses_loop)
		return run_plain(run, code, items);
	if (!code->recursive)
		return run_with_loop(run, new_loop(run, code, items));
	run_loop(run, new_loop(run, code, items));
	return FLOW_NEXT;
}

struct value loop_call(struct run *run, void *object, const struct args *args)
{
	const struct loop *loop = object;
	size_t mark = text_begin(run);
	bool safe = run_escapes(run);
	struct loop *inner;

	if (!loop->code->recursive)
		run_fail(run, "the loop must have the 'recursive' marker to be called recursively");
	if (args->n != 1 || args->named_n)
		run_fail(run, "loop() takes one argument");
	inner = new_loop(run, loop->code, iterate(run, args->at[0]));
	inner->outer = loop->outer;
	inner->depth0 = loop->depth0 + 1;
	run_loop(run, inner);
	struct value text = text_end(run, mark);
	return safe ? value_safe(text) : text;
}

/* --- its attributes --- */

static struct value loop_changed(struct run *run, const struct args *args)
{
	struct loop *loop = args->at[0].object;
	struct value now = tuple_value(run, args->n);

	for (uint32_t i = 1; i < args->n; i++)
		list_add(run, now.list, args->at[i]);
	if (!is_missing(loop->changed) && value_equal(run, loop->changed, now))
		return value_bool(false);
	loop->changed = now;
	return value_bool(true);
}

static struct value loop_cycle(struct run *run, const struct args *args)
{
	const struct loop *loop = args->at[0].object;

	if (args->n < 2)
		run_fail(run, "no items for cycling given");
	return args->at[1 + loop->index0 % (args->n - 1)];
}

static struct value get_changed(struct run *run, const struct loop *loop)
{
	static const struct builtin changed = {.name = "changed", .call_any = loop_changed};
	struct bound *bound = take(run, sizeof *bound);

	*bound = (struct bound){&changed, {.type = VALUE_LOOP, .object = (void *)loop}};
	return (struct value){.type = VALUE_METHOD, .bound = bound};
}

static struct value get_cycle(struct run *run, const struct loop *loop)
{
	static const struct builtin cycle = {.name = "cycle", .call_any = loop_cycle};
	struct bound *bound = take(run, sizeof *bound);

	*bound = (struct bound){&cycle, {.type = VALUE_LOOP, .object = (void *)loop}};
	return (struct value){.type = VALUE_METHOD, .bound = bound};
}

static struct value get_index(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int((int64_t)loop->index0 + 1);
}

static struct value get_index0(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int(loop->index0);
}

static struct value get_revindex(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int((int64_t)loop->items.n - loop->index0);
}

static struct value get_revindex0(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int((int64_t)loop->items.n - loop->index0 - 1);
}

static struct value get_first(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_bool(loop->index0 == 0);
}

static struct value get_last(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_bool(loop->index0 + 1 >= loop->items.n);
}

static struct value get_length(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int(loop->items.n);
}

static struct value get_depth(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int((int64_t)loop->depth0 + 1);
}

static struct value get_depth0(struct run *run, const struct loop *loop)
{
	(void)run;
	return value_int(loop->depth0);
}

static struct value get_previtem(struct run *run, const struct loop *loop)
{
	(void)run;
	if (loop->index0 == 0)
		return value_hint("there is no previous item");
	return loop->items.at[loop->index0 - 1];
}

static struct value get_nextitem(struct run *run, const struct loop *loop)
{
	(void)run;
	if (loop->index0 + 1 >= loop->items.n)
		return value_hint("there is no next item");
	return loop->items.at[loop->index0 + 1];
}

/* clang-format off */
static const struct {
	const char *name;
	struct value (*get)(struct run *run, const struct loop *loop);
} attributes[] = {
	{"index",     get_index},
	{"index0",    get_index0},
	{"revindex",  get_revindex},
	{"revindex0", get_revindex0},
	{"first",     get_first},
	{"last",      get_last},
	{"length",    get_length},
	{"cycle",     get_cycle},
	{"depth",     get_depth},
	{"depth0",    get_depth0},
	{"previtem",  get_previtem},
	{"nextitem",  get_nextitem},
	{"changed",   get_changed},
};
/* clang-format on */

struct value loop_attribute(struct run *run, struct value v, struct slice name)
{
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (slice_is(name, attributes[i].name))
			return attributes[i].get(run, v.object);
	return value_undefined(UNDEFINED_ATTRIBUTE, v, name);
}
