#include <stdio.h>

#include "template/frame.h"

/* super, or one of self's: a block in use. */
struct block_ref {
	const struct block_level *level;
	struct context *context;
	struct slice name;
};

struct module {
	struct context *context;
	struct value text; /* what importing it printed */
};

/* --- blocks --- */

static struct block_chain *find_chain(struct run *run, struct context *context, struct slice name)
{
	for (struct block_chain *chain = *context->blocks; chain; chain = chain->next) {
		charge(run, 1);
		if (slice_equal(chain->name, name))
			return chain;
	}
	return NULL;
}

static void add_blocks(struct run *run, const struct template *t, struct context *context)
{
	for (const struct block *block = t->blocks; block; block = block->next) {
		struct block_chain *chain = find_chain(run, context, block->name);
		struct block_level *level = take(run, sizeof *level);
		*level = (struct block_level){.block = block, .template = t};
		if (!chain) {
			chain = take(run, sizeof *chain);
			chain->name = block->name;
			chain->first = level;
			chain->next = *context->blocks;
			*context->blocks = chain;
		} else {
			chain->last->parent = level;
		}
		chain->last = level;
	}
}

static void run_block(struct run *run, const struct block_level *level, struct context *context)
{
	const struct function *function = &level->block->function;
	struct frame *caller = run->frame;
	struct frame *frame = frame_enter(run, function, NULL, context, level->template);

	frame->level = level;
	exec(run, level->block->body);
	frame_leave(run, function, frame, caller);
}

enum flow exec_block(struct run *run, const struct stmt *s)
{
	const struct block *block = s->block.block;
	struct context *context = run->frame->context, *inner = context;
	const struct block_chain *chain;

	if (s->unless_extended && context->parent_template)
		return FLOW_NEXT;
	chain = find_chain(run, context, block->name);
	if (block->required && chain->first == chain->last)
		run_fail(run, "required block '%.*s' not found", SLICE_ARGS(block->name));
	if (block->scoped) {
		inner = take(run, sizeof *inner);
		*inner = (struct context){.parent = context,
					  .locals = &s->block.locals,
					  .frame = run->frame,
					  .blocks = context->blocks,
					  .escape = context->escape};
	}
	run_block(run, chain->first, inner);
	return FLOW_NEXT;
}

static struct value ref_value(struct run *run, const struct block_level *level,
			      struct context *context)
{
	struct block_ref *ref = take(run, sizeof *ref);

	*ref = (struct block_ref){level, context, level->block->name};
	return (struct value){.type = VALUE_BLOCK, .object = ref};
}

struct value super_value(struct run *run)
{
	const struct block_level *level = run->frame->level;

	if (!level)
		return value_undefined(UNDEFINED_NAME, value_none(), slice_text("super"));
	if (!level->parent)
		return value_hint("there is no parent block of this name");
	return ref_value(run, level->parent, run->frame->context);
}

struct value self_value(struct run *run)
{
	return (struct value){.type = VALUE_SELF, .object = run->frame->context};
}

struct value self_attribute(struct run *run, struct value self, struct slice name)
{
	struct context *context = self.object;
	const struct block_chain *chain = find_chain(run, context, name);

	if (!chain)
		return value_undefined(UNDEFINED_ATTRIBUTE, self, name);
	return ref_value(run, chain->first, context);
}

struct value block_call(struct run *run, struct value block)
{
	const struct block_ref *ref = block.object;
	bool safe = run_escapes(run);
	struct place place = run->place;
	size_t mark = text_begin(run);

	run_block(run, ref->level, ref->context);
	run->place = place;
	struct value text = text_end(run, mark);
	return safe ? value_safe(text) : text;
}

struct value block_attribute(struct run *run, struct value block, struct slice name)
{
	const struct block_ref *ref = block.object;

	if (!slice_is(name, "super"))
		return value_undefined(UNDEFINED_ATTRIBUTE, block, name);
	if (!ref->level->parent)
		return value_hint("there is no parent block of this name");
	return ref_value(run, ref->level->parent, ref->context);
}

/* --- whole templates --- */

/* Fails in the words of whatever went wrong over there. */
static _Noreturn void pass_on(struct run *run, const struct template_error *error)
{
	*run->trap.error = *error;
	longjmp(run->trap.back, 1);
}

/* NULL when the loader has none of that name. */
static struct template *load(struct run *run, struct value name)
{
	struct template_error error = {0};
	struct template *t;

	if (name.type == VALUE_UNDEFINED)
		run_fail_undefined(run, name);
	if (!is_text(name))
		run_fail(run, "a template's name is text, not %s", value_type_name(name));
	charge(run, 1);
	t = template_load(run->env, value_chars(name), &error);
	if (t)
		return t;
	if (error.err.code == EX_NOINPUT)
		return NULL;
	if (error.line == 0)
		run_fail(run, "%s", error.err.text);
	pass_on(run, &error);
}

static struct template *load_or_fail(struct run *run, struct value name)
{
	struct template *t = load(run, name);

	if (!t)
		run_fail(run, "template '%.*s' not found", SLICE_ARGS(value_chars(name)));
	return t;
}

void exec_template(struct run *run, const struct template *t, struct context *context)
{
	struct frame *caller = run->frame;

	add_blocks(run, t, context);
	while (t) {
		context->parent_template = NULL;
		struct frame *frame = frame_enter(run, &t->root, NULL, context, t);
		exec(run, t->body);
		frame_leave(run, &t->root, frame, caller);
		t = context->parent_template;
	}
}

enum flow exec_extends(struct run *run, const struct stmt *s)
{
	struct context *context = run->frame->context;
	struct value name = eval(run, s->expr);

	run->place = s->place;
	if (context->parent_template)
		run_fail(run, "extended multiple times");
	const struct template *parent = load_or_fail(run, name);
	charge(run, parent->root.height);
	add_blocks(run, parent, context);
	context->parent_template = parent;
	return FLOW_NEXT;
}

/* --- include and import --- */

static struct context *new_context(struct run *run, const struct stmt *s)
{
	struct context *context = take(run, sizeof *context);

	context->blocks = take(run, sizeof *context->blocks);
	context->escape = env_options(run->env)->autoescape;
	if (s->import.with_context) {
		context->parent = run->frame->context;
		context->locals = &s->import.locals;
		context->frame = run->frame;
	}
	return context;
}

/* The first of a list of names that there is. */
static struct template *load_any(struct run *run, const struct stmt *s)
{
	struct value name = eval(run, s->import.name);
	struct template *t = NULL;

	run->place = s->place;
	if (!is_list(name)) {
		t = load(run, name);
	} else {
		struct items names = iterate(run, name);
		for (uint32_t i = 0; i < names.n && !t; i++)
			t = load(run, names.at[i]);
	}
	if (!t && !s->import.ignore_missing && is_text(name))
		run_fail(run, "template '%.*s' not found", SLICE_ARGS(value_chars(name)));
	if (!t && !s->import.ignore_missing)
		run_fail(run, "none of the templates given was found");
	return t;
}

enum flow exec_include(struct run *run, const struct stmt *s)
{
	const struct template *t = load_any(run, s);

	if (t)
		exec_template(run, t, new_context(run, s));
	return FLOW_NEXT;
}

static struct module *new_module(struct run *run, const struct stmt *s, const struct template *t)
{
	struct module *module = take(run, sizeof *module);
	size_t mark = text_begin(run);

	module->context = new_context(run, s);
	exec_template(run, t, module->context);
	module->text = text_end(run, mark);
	return module;
}

/* One that does not see our context is the same for all that import it. */
static struct value import(struct run *run, const struct stmt *s)
{
	struct value name = eval(run, s->import.name), module = {.type = VALUE_MODULE};
	const struct entry *known;

	run->place = s->place;
	if (!s->import.with_context && is_text(name) &&
	    (known = dict_find(run, run->modules, name)))
		return known->value;
	module.object = new_module(run, s, load_or_fail(run, name));
	if (!s->import.with_context)
		dict_set(run, run->modules, name, module);
	return module;
}

struct value module_attribute(struct run *run, struct value v, struct slice name)
{
	const struct module *module = v.object;
	const struct entry *entry = NULL;

	const struct context *context = module->context;

	if (context->vars && name.n && *name.p != '_' &&
	    !(context->imports && dict_find_text(run, context->imports, name)))
		entry = dict_find_text(run, context->vars, name);
	return entry ? entry->value : value_undefined(UNDEFINED_ATTRIBUTE, v, name);
}

void put_module(struct run *run, struct value v)
{
	const struct module *module = v.object;

	put_slice(run, value_chars(module->text));
}

static void bring_in(struct run *run, const struct stmt *s, struct slice name, struct value value)
{
	if (s->toplevel)
		context_import(run, run->frame->context, name, value);
}

enum flow exec_import(struct run *run, const struct stmt *s)
{
	struct value module = import(run, s);

	assign(run, s->import.target, module);
	bring_in(run, s, s->import.target->name.name->text, module);
	return FLOW_NEXT;
}

enum flow exec_from(struct run *run, const struct stmt *s)
{
	struct value module = import(run, s);

	for (const struct import_name *n = s->import.names; n; n = n->next) {
		struct value value = module_attribute(run, module, n->name->text);
		*frame_slot(run->frame, n->hops, n->slot) = value;
		bring_in(run, s, n->as->text, value);
	}
	return FLOW_NEXT;
}
