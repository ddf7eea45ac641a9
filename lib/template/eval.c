#include "template/arith.h"
#include "template/frame.h"
#include "template/slice.h"

/* --- values and names --- */

static struct value eval_constant(struct run *run, const struct expr *e)
{
	(void)run;
	return e->constant;
}

static struct value look_up(struct run *run, struct frame *frame, struct slice name)
{
	if (slice_is(name, "super"))
		return super_value(run);
	if (slice_is(name, "self"))
		return self_value(run);
	return context_find(run, frame->context, name);
}

static struct value eval_name(struct run *run, const struct expr *e)
{
	struct frame *frame = run->frame;

	for (unsigned hops = e->name.hops; hops; hops--)
		frame = frame->outer;
	struct value *slot = &frame->slot[e->name.slot];
	if (slot->type > VALUE_UNDEFINED)
		return *slot;
	if (is_missing(*slot))
		*slot = look_up(run, frame, e->name.name->text);
	struct value value = *slot;
	if (value.type == VALUE_UNDEFINED && value.kind == UNDEFINED_UNSET)
		value.kind = UNDEFINED_NAME;
	return value;
}

static struct value eval_attribute(struct run *run, const struct expr *e)
{
	struct value of = eval(run, e->attribute.of);

	if (of.type == VALUE_DICT && !e->attribute.dict_method) {
		const struct entry *entry =
			dict_find_text(run, dict_open(run, of), value_chars(e->attribute.name));
		if (entry)
			return entry->value;
	}
	run->place = e->place;
	return get_attribute(run, of, e->attribute.name);
}

static struct value eval_item(struct run *run, const struct expr *e)
{
	struct value of = eval(run, e->pair.left), key = eval(run, e->pair.right);

	run->place = e->place;
	return get_item(run, of, key);
}

static struct value eval_bound(struct run *run, const struct expr *bound)
{
	return bound ? eval(run, bound) : value_none();
}

static struct value eval_slice(struct run *run, const struct expr *e)
{
	struct value of = eval(run, e->slice.of);
	struct value start = eval_bound(run, e->slice.start);
	struct value stop = eval_bound(run, e->slice.stop);
	struct value step = eval_bound(run, e->slice.step);

	run->place = e->place;
	return slice_value(run, of, start, stop, step);
}

static struct value eval_items(struct run *run, const struct expr *e)
{
	struct value list = list_value(run, e->items.n);

	for (uint32_t i = 0; i < e->items.n; i++)
		list_add(run, list.list, eval(run, e->items.at[i]));
	return list;
}

static struct value eval_tuple(struct run *run, const struct expr *e)
{
	struct value tuple = eval_items(run, e);

	tuple.type = VALUE_TUPLE;
	return tuple;
}

static struct value eval_dict(struct run *run, const struct expr *e)
{
	struct value dict = dict_value(run);

	for (uint32_t i = 0; i < e->items.n; i += 2) {
		struct value key = eval(run, e->items.at[i]);
		struct value item = eval(run, e->items.at[i + 1]);
		run->place = e->place;
		dict_set(run, dict.dict, key, item);
	}
	return dict;
}

/* --- calls --- */

#define ARGS_LOCAL 6
#define NAMED_LOCAL 3

struct arg_room {
	struct value at[ARGS_LOCAL];
	struct named named[NAMED_LOCAL];
	uint32_t named_n;
};

static void add_star(struct run *run, struct value star, struct args *args)
{
	struct items items = iterate(run, star);
	struct value *all = take(run, (args->n + items.n) * sizeof *all);

	charge(run, items.n);
	if (args->n)
		memcpy(all, args->at, args->n * sizeof *all);
	if (items.n)
		memcpy(all + args->n, items.at, items.n * sizeof *all);
	args->at = all;
	args->n += items.n;
}

static void add_star_star(struct run *run, struct value star, struct args *args)
{
	if (star.type != VALUE_DICT)
		run_fail(run, "argument after ** must be a mapping, not %s", value_type_name(star));

	struct dict *dict = dict_open(run, star);
	struct named *all = take(run, (args->named_n + dict->n) * sizeof *all);
	if (args->named_n)
		memcpy(all, args->named, args->named_n * sizeof *all);
	for (uint32_t i = 0; i < dict->n; i++) {
		if (!is_text(dict->at[i].key))
			run_fail(run, "keywords must be strings");
		all[args->named_n++] =
			(struct named){value_chars(dict->at[i].key), dict->at[i].value};
	}
	args->named = all;
}

static void eval_named(struct run *run, const struct call *call, struct value caller,
		       struct arg_room *room, struct args *args)
{
	struct named *named = room->named;

	if (call->named_n + 1 > NAMED_LOCAL)
		named = take(run, (call->named_n + 1) * sizeof *named);
	for (uint32_t i = 0; i < call->named_n; i++)
		named[args->named_n++] =
			(struct named){call->named[i].name, eval(run, call->named[i].value)};
	if (!is_missing(caller))
		named[args->named_n++] = (struct named){slice_text("caller"), caller};
	args->named = named;
	if (call->star_star)
		add_star_star(run, eval(run, call->star_star), args);
}

/* The arguments of a call, behind `first` unless that is missing. */
static void eval_args(struct run *run, const struct call *call, struct value first,
		      struct value caller, struct arg_room *room, struct args *args)
{
	struct value *at = room->at;
	uint32_t n = 0;

	if (call->n + 1 > ARGS_LOCAL)
		at = take(run, (call->n + 1) * sizeof *at);
	if (!is_missing(first))
		at[n++] = first;
	for (uint32_t i = 0; i < call->n; i++)
		at[n++] = eval(run, call->at[i]);
	args->at = at;
	args->n = n;
	args->named = NULL;
	args->named_n = 0;
	if (call->star)
		add_star(run, eval(run, call->star), args);
	if (call->named_n || call->star_star || !is_missing(caller))
		eval_named(run, call, caller, room, args);
}

static const struct value missing;

/* object.method(...) is called without making a bound method first. */
static const struct builtin *find_method(const struct expr *of, struct value self)
{
	if (self.type == VALUE_DICT)
		return of->attribute.dict_method;
	return method_find(self, value_chars(of->attribute.name));
}

struct value eval_call_with(struct run *run, const struct expr *e, struct value caller)
{
	const struct expr *of = e->call.of;
	const struct builtin *method;
	struct arg_room room;
	struct value callee;
	struct args args;

	charge(run, 1);
	if (of->kind == EXPR_ATTRIBUTE) {
		struct value self = eval(run, of->attribute.of);
		if ((method = find_method(of, self))) {
			eval_args(run, &e->call.call, self, caller, &room, &args);
			run->place = e->place;
			return method_apply(run, method, &args);
		}
		run->place = of->place;
		callee = get_attribute(run, self, of->attribute.name);
	} else {
		callee = eval(run, of);
	}
	eval_args(run, &e->call.call, missing, caller, &room, &args);
	run->place = e->place;
	return call_value(run, callee, &args);
}

static struct value eval_call(struct run *run, const struct expr *e)
{
	return eval_call_with(run, e, missing);
}

static struct value apply(struct run *run, const struct expr *e, struct value piped)
{
	struct arg_room room;
	struct args args;

	charge(run, 1);
	eval_args(run, &e->call.call, piped, missing, &room, &args);
	run->place = e->place;
	if (!e->call.builtin)
		run_fail(run, "no %s named '%.*s'", e->kind == EXPR_TEST ? "test" : "filter",
			 SLICE_ARGS(e->call.name));
	return builtin_apply(run, e->call.builtin, &args);
}

static struct value eval_filter(struct run *run, const struct expr *e)
{
	return apply(run, e, eval(run, e->call.of));
}

struct value eval_filter_on(struct run *run, const struct expr *filter, struct value piped)
{
	if (filter->call.of)
		piped = eval_filter_on(run, filter->call.of, piped);
	return apply(run, filter, piped);
}

static struct value eval_test(struct run *run, const struct expr *e)
{
	return value_bool(value_truth(run, apply(run, e, eval(run, e->call.of))));
}

/* --- operators --- */

static struct value eval_not(struct run *run, const struct expr *e)
{
	return value_bool(!value_truth(run, eval(run, e->pair.right)));
}

static struct value eval_and(struct run *run, const struct expr *e)
{
	struct value left = eval(run, e->pair.left);

	return value_truth(run, left) ? eval(run, e->pair.right) : left;
}

static struct value eval_or(struct run *run, const struct expr *e)
{
	struct value left = eval(run, e->pair.left);

	return value_truth(run, left) ? left : eval(run, e->pair.right);
}

static struct value eval_minus(struct run *run, const struct expr *e)
{
	struct value right = eval(run, e->pair.right);

	run->place = e->place;
	return arith_minus(run, right);
}

static struct value eval_plus(struct run *run, const struct expr *e)
{
	struct value right = eval(run, e->pair.right);

	run->place = e->place;
	return arith_plus(run, right);
}

static struct value eval_arithmetic(struct run *run, const struct expr *e)
{
	static struct value (*const operators[])(struct run *, struct value, struct value) = {
		[EXPR_ADD] = arith_add,
		[EXPR_SUBTRACT] = arith_subtract,
		[EXPR_MULTIPLY] = arith_multiply,
		[EXPR_DIVIDE] = arith_divide,
		[EXPR_FLOOR_DIVIDE] = arith_floor_divide,
		[EXPR_MODULO] = arith_modulo,
		[EXPR_POWER] = arith_power,
	};
	struct value left = eval(run, e->pair.left), right = eval(run, e->pair.right);

	run->place = e->place;
	return operators[e->kind](run, left, right);
}

/* Nothing is smaller, equal or greater than nan: compare alone cannot say that. */
static bool ordered(struct value a, struct value b)
{
	return !(a.type == VALUE_FLOAT && a.d != a.d) && !(b.type == VALUE_FLOAT && b.d != b.d);
}

static bool holds(struct run *run, enum compare_op op, struct value a, struct value b)
{
	switch (op) {
	case COMPARE_EQ:
		return value_equal(run, a, b);
	case COMPARE_NE:
		return !value_equal(run, a, b);
	case COMPARE_LT:
		return value_compare(run, a, b) < 0 && ordered(a, b);
	case COMPARE_LE:
		return value_compare(run, a, b) <= 0 && ordered(a, b);
	case COMPARE_GT:
		return value_compare(run, a, b) > 0 && ordered(a, b);
	case COMPARE_GE:
		return value_compare(run, a, b) >= 0 && ordered(a, b);
	case COMPARE_IN:
		return value_contains(run, b, a);
	case COMPARE_NOT_IN:
		return !value_contains(run, b, a);
	}
	return false;
}

static struct value eval_compare(struct run *run, const struct expr *e)
{
	struct value left = eval(run, e->compare.first);

	for (const struct comparison *c = e->compare.rest; c; c = c->next) {
		struct value right = eval(run, c->with);
		run->place = e->place;
		if (!holds(run, c->op, left, right))
			return value_bool(false);
		left = right;
	}
	return value_bool(true);
}

/* Where autoescape is on for certain, one Markup among the parts makes Markup of the whole. */
static struct value eval_concat(struct run *run, const struct expr *e)
{
	struct items parts;
	bool safe = false;
	struct value list = eval_items(run, e);

	parts = iterate(run, list);
	if (e->escape == ESCAPE_ON)
		for (uint32_t i = 0; i < parts.n; i++)
			safe |= is_safe(parts.at[i]);

	size_t mark = text_begin(run);
	for (uint32_t i = 0; i < parts.n; i++)
		put_value(run, parts.at[i], safe);
	struct value text = text_end(run, mark);
	return safe ? value_safe(text) : text;
}

static struct value eval_if(struct run *run, const struct expr *e)
{
	if (value_truth(run, eval(run, e->branch.test)))
		return eval(run, e->branch.yes);
	if (e->branch.no)
		return eval(run, e->branch.no);
	return value_undefined(UNDEFINED_BRANCH, value_none(),
			       slice_text("the inline if-expression evaluated to false and no else "
					  "section was defined"));
}

evaluator *const evaluators[EXPR_KINDS] = {
	[EXPR_CONSTANT] = eval_constant,
	[EXPR_NAME] = eval_name,
	[EXPR_ATTRIBUTE] = eval_attribute,
	[EXPR_ITEM] = eval_item,
	[EXPR_SLICE] = eval_slice,
	[EXPR_CALL] = eval_call,
	[EXPR_FILTER] = eval_filter,
	[EXPR_TEST] = eval_test,
	[EXPR_NOT] = eval_not,
	[EXPR_MINUS] = eval_minus,
	[EXPR_PLUS] = eval_plus,
	[EXPR_AND] = eval_and,
	[EXPR_OR] = eval_or,
	[EXPR_ADD] = eval_arithmetic,
	[EXPR_SUBTRACT] = eval_arithmetic,
	[EXPR_MULTIPLY] = eval_arithmetic,
	[EXPR_DIVIDE] = eval_arithmetic,
	[EXPR_FLOOR_DIVIDE] = eval_arithmetic,
	[EXPR_MODULO] = eval_arithmetic,
	[EXPR_POWER] = eval_arithmetic,
	[EXPR_COMPARE] = eval_compare,
	[EXPR_CONCAT] = eval_concat,
	[EXPR_IF] = eval_if,
	[EXPR_LIST] = eval_items,
	[EXPR_TUPLE] = eval_tuple,
	[EXPR_DICT] = eval_dict,
};

/* --- assignment --- */

static void assign_tuple(struct run *run, const struct expr *target, struct value value)
{
	struct items items = iterate(run, value);

	run->place = target->place;
	if (items.n != target->items.n)
		run_fail(run, "%s values to unpack: expected %u, got %u",
			 items.n < target->items.n ? "not enough" : "too many", target->items.n,
			 items.n);
	for (uint32_t i = 0; i < items.n; i++)
		assign(run, target->items.at[i], items.at[i]);
}

void assign(struct run *run, const struct expr *target, struct value value)
{
	if (target->kind == EXPR_NAME) {
		*frame_slot(run->frame, target->name.hops, target->name.slot) = value;
	} else if (target->kind == EXPR_TUPLE) {
		assign_tuple(run, target, value);
	} else {
		struct value of = eval(run, target->attribute.of);
		run->place = target->place;
		if (of.type != VALUE_NAMESPACE)
			run_fail(run, "cannot assign attribute on non-namespace object");
		dict_set(run, of.dict, target->attribute.name, value);
	}
}
