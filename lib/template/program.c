#include "template/program.h"

struct name *program_name(struct template *t, struct slice text)
{
	struct name **bucket = &t->names[value_hash_bytes(text.p, text.n) % NAME_BUCKETS];

	for (struct name *name = *bucket; name; name = name->next)
		if (slice_equal(name->text, text))
			return name;

	struct name *name = arena_alloc(&t->arena, sizeof *name);
	name->text = arena_slice(&t->arena, text);
	name->next = *bucket;
	*bucket = name;
	return name;
}

static void visit(struct expr *e, program_visit *f, void *data)
{
	if (e)
		f(data, e);
}

static void each_argument(const struct call *call, program_visit *f, void *data)
{
	for (uint32_t i = 0; i < call->n; i++)
		f(data, call->at[i]);
	for (uint32_t i = 0; i < call->named_n; i++)
		f(data, call->named[i].value);
	visit(call->star, f, data);
	visit(call->star_star, f, data);
}

void program_each_part(const struct expr *e, program_visit *f, void *data)
{
	switch (e->kind) {
	case EXPR_CONSTANT:
	case EXPR_NAME:
		break;
	case EXPR_ATTRIBUTE:
		f(data, e->attribute.of);
		break;
	case EXPR_SLICE:
		f(data, e->slice.of);
		visit(e->slice.start, f, data);
		visit(e->slice.stop, f, data);
		visit(e->slice.step, f, data);
		break;
	case EXPR_CALL:
	case EXPR_FILTER:
	case EXPR_TEST:
		visit(e->call.of, f, data);
		each_argument(&e->call.call, f, data);
		break;
	case EXPR_COMPARE:
		f(data, e->compare.first);
		for (const struct comparison *c = e->compare.rest; c; c = c->next)
			f(data, c->with);
		break;
	case EXPR_IF:
		f(data, e->branch.test);
		f(data, e->branch.yes);
		visit(e->branch.no, f, data);
		break;
	case EXPR_CONCAT:
	case EXPR_LIST:
	case EXPR_TUPLE:
	case EXPR_DICT:
		for (uint32_t i = 0; i < e->items.n; i++)
			f(data, e->items.at[i]);
		break;
	default: /* operators */
		visit(e->pair.left, f, data);
		f(data, e->pair.right);
		break;
	}
}
