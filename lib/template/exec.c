#include "template/frame.h"

typedef enum flow executor(struct run *run, const struct stmt *s);

/* --- frames and scopes --- */

void scope_enter(struct run *run, const struct entry_inits *inits)
{
	struct frame *frame = run->frame;

	for (uint32_t i = 0; i < inits->n; i++) {
		const struct slot_init *init = &inits->at[i];
		struct value value = {0};
		if (init->alias)
			value = *frame_slot(frame, init->hops, init->from);
		else if (init->undefined)
			value = value_undefined(UNDEFINED_UNSET, value_none(), init->name->text);
		frame->slot[init->slot] = value;
	}
}

struct frame *frame_enter(struct run *run, const struct function *function, struct frame *outer,
			  struct context *context, const struct template *template)
{
	uint16_t slots = function->slots;
	struct frame *frame = slots < FRAME_SIZES ? run->spare[slots] : NULL;

	descend(run, function->height);
	if (frame) {
		run->spare[slots] = frame->outer;
		memset(frame->slot, 0, slots * sizeof *frame->slot);
	} else {
		frame = take(run, sizeof *frame + slots * sizeof *frame->slot);
	}
	frame->outer = outer;
	frame->context = context;
	frame->template = template;
	frame->level = outer ? outer->level : NULL;
	run->frame = frame;
	run->template = template;
	scope_enter(run, &function->inits);
	return frame;
}

void frame_leave(struct run *run, const struct function *function, struct frame *frame,
		 struct frame *caller)
{
	ascend(run, function->height);
	run->frame = caller;
	if (caller)
		run->template = caller->template;
	if (!function->captured && function->slots < FRAME_SIZES) {
		frame->outer = run->spare[function->slots];
		run->spare[function->slots] = frame;
	}
}

/* --- contexts --- */

static struct value find_local(const struct context *context, struct slice name)
{
	const struct locals *locals = context->locals;

	for (uint32_t i = 0; locals && i < locals->n; i++) {
		const struct local *local = &locals->at[i];
		if (slice_equal(local->name->text, name))
			return *frame_slot(context->frame, local->hops, local->slot);
	}
	return (struct value){0};
}

static bool is_set(struct value v)
{
	return !is_missing(v) && !(v.type == VALUE_UNDEFINED && v.kind == UNDEFINED_UNSET);
}

struct value context_find(struct run *run, struct context *context, struct slice name)
{
	const struct builtin *global;
	const struct entry *entry;
	struct value value;

	charge(run, 1);
	for (; context; context = context->parent) {
		if (is_set(value = find_local(context, name)))
			return value;
		if (context->vars && (entry = dict_find_text(run, context->vars, name)))
			return entry->value;
		if (context->base && (entry = dict_find_text(run, context->base, name)))
			return entry->value;
	}
	if ((global = global_find(name)))
		return (struct value){.type = VALUE_FUNCTION, .builtin = global};
	return value_undefined(UNDEFINED_NAME, value_none(), name);
}

void context_export(struct run *run, struct context *context, struct slice name, struct value value)
{
	struct entry *imported =
		context->imports ? dict_find_text(run, context->imports, name) : NULL;

	if (imported)
		dict_remove(run, context->imports, imported);
	if (!context->vars)
		context->vars = dict_value(run).dict;
	dict_set(run, context->vars, value_slice(name), value);
}

void context_import(struct run *run, struct context *context, struct slice name, struct value value)
{
	context_export(run, context, name, value);
	if (!context->imports)
		context->imports = dict_value(run).dict;
	dict_set(run, context->imports, value_slice(name), value_none());
}

/* --- statements --- */

static bool is_silent(const struct run *run, const struct stmt *s)
{
	return s->unless_extended && run->frame->context->parent_template;
}

static enum flow exec_text(struct run *run, const struct stmt *s)
{
	if (!is_silent(run, s))
		put_slice(run, s->text);
	return FLOW_NEXT;
}

static enum flow exec_print(struct run *run, const struct stmt *s)
{
	if (is_silent(run, s))
		return FLOW_NEXT;

	struct value value = eval(run, s->expr);
	bool escape = s->escape == ESCAPE_DYNAMIC ? run_escapes(run) : s->escape == ESCAPE_ON;
	put_value(run, value, escape);
	return FLOW_NEXT;
}

static enum flow exec_if(struct run *run, const struct stmt *s)
{
	for (const struct branch *b = s->branches; b; b = b->next)
		if (!b->test || value_truth(run, eval(run, b->test)))
			return exec(run, b->body);
	return FLOW_NEXT;
}

static enum flow exec_do(struct run *run, const struct stmt *s)
{
	eval(run, s->expr);
	return FLOW_NEXT;
}

/* At the top level, what is assigned can be seen by blocks, imports and included templates. */
static void export_target(struct run *run, const struct expr *target)
{
	if (target->kind == EXPR_TUPLE)
		for (uint32_t i = 0; i < target->items.n; i++)
			export_target(run, target->items.at[i]);
	else if (target->kind == EXPR_NAME)
		context_export(run, run->frame->context, target->name.name->text,
			       *frame_slot(run->frame, target->name.hops, target->name.slot));
}

static void set(struct run *run, const struct stmt *s, struct value value)
{
	assign(run, s->set.target, value);
	if (s->toplevel)
		export_target(run, s->set.target);
}

static enum flow exec_set(struct run *run, const struct stmt *s)
{
	set(run, s, eval(run, s->set.value));
	return FLOW_NEXT;
}

/* What a body prints, as a value: Markup where autoescape is on. */
static enum flow catch_text(struct run *run, const struct stmt *s, const struct stmt *body,
			    const struct entry_inits *inits, struct value *text)
{
	size_t mark = text_begin(run);

	scope_enter(run, inits);
	enum flow flow = exec(run, body);
	*text = text_end(run, mark);
	if (s->escape == ESCAPE_DYNAMIC ? run_escapes(run) : s->escape == ESCAPE_ON)
		*text = value_safe(*text);
	return flow;
}

static enum flow exec_set_block(struct run *run, const struct stmt *s)
{
	struct value text;
	enum flow flow = catch_text(run, s, s->set.body, &s->set.inits, &text);

	if (flow != FLOW_NEXT)
		return flow;
	if (s->set.filter)
		text = eval_filter_on(run, s->set.filter, text);
	set(run, s, text);
	return FLOW_NEXT;
}

static enum flow exec_filter(struct run *run, const struct stmt *s)
{
	struct value text;
	enum flow flow = catch_text(run, s, s->region.body, &s->region.inits, &text);

	if (flow != FLOW_NEXT)
		return flow;
	text = eval_filter_on(run, s->region.value, text);
	put_value(run, text,
		  s->escape == ESCAPE_DYNAMIC ? run_escapes(run) : s->escape == ESCAPE_ON);
	return FLOW_NEXT;
}

/* The values are evaluated before any of the names is visible. */
static enum flow exec_with(struct run *run, const struct stmt *s)
{
	struct value values = list_value(run, 0);
	uint32_t i = 0;

	for (const struct with_value *w = s->with.values; w; w = w->next)
		list_add(run, values.list, eval(run, w->value));
	for (const struct with_value *w = s->with.values; w; w = w->next)
		assign(run, w->target, values.list->at[i++]);
	scope_enter(run, &s->with.inits);
	return exec(run, s->with.body);
}

static enum flow exec_autoescape(struct run *run, const struct stmt *s)
{
	struct context *context = run->frame->context;
	bool before = context->escape;

	context->escape = value_truth(run, eval(run, s->region.value));
	scope_enter(run, &s->region.inits);
	enum flow flow = exec(run, s->region.body);
	context->escape = before;
	return flow;
}

static enum flow exec_break(struct run *run, const struct stmt *s)
{
	(void)run, (void)s;
	return FLOW_BREAK;
}

static enum flow exec_continue(struct run *run, const struct stmt *s)
{
	(void)run, (void)s;
	return FLOW_CONTINUE;
}

static executor *const executors[STMT_KINDS] = {
	[STMT_TEXT] = exec_text,       [STMT_PRINT] = exec_print,
	[STMT_IF] = exec_if,           [STMT_FOR] = exec_for,
	[STMT_SET] = exec_set,         [STMT_SET_BLOCK] = exec_set_block,
	[STMT_WITH] = exec_with,       [STMT_DO] = exec_do,
	[STMT_BREAK] = exec_break,     [STMT_CONTINUE] = exec_continue,
	[STMT_MACRO] = exec_macro,     [STMT_CALL] = exec_call,
	[STMT_FILTER] = exec_filter,   [STMT_AUTOESCAPE] = exec_autoescape,
	[STMT_BLOCK] = exec_block,     [STMT_EXTENDS] = exec_extends,
	[STMT_INCLUDE] = exec_include, [STMT_IMPORT] = exec_import,
	[STMT_FROM] = exec_from,
};

enum flow exec(struct run *run, const struct stmt *body)
{
	for (; body; body = body->next) {
		charge(run, 1);
		run->place = body->place;
		enum flow flow = executors[body->kind](run, body);
		if (flow != FLOW_NEXT)
			return flow;
	}
	return FLOW_NEXT;
}
