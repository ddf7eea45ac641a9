#include "template/macro.h"

#include <stdio.h>

static struct value macro_value(struct run *run, const struct macro_code *code)
{
	struct macro *macro = take(run, sizeof *macro);

	*macro = (struct macro){code, run->frame};
	return (struct value){.type = VALUE_MACRO, .macro = macro};
}

enum flow exec_macro(struct run *run, const struct stmt *s)
{
	struct value macro = macro_value(run, s->macro.code);

	assign(run, s->macro.target, macro);
	if (s->toplevel)
		context_export(run, run->frame->context, s->macro.code->name, macro);
	return FLOW_NEXT;
}

enum flow exec_call(struct run *run, const struct stmt *s)
{
	struct value caller = macro_value(run, s->macro.code);
	struct value result = eval_call_with(run, s->macro.target, caller);

	put_value(run, result,
		  s->escape == ESCAPE_DYNAMIC ? run_escapes(run) : s->escape == ESCAPE_ON);
	return FLOW_NEXT;
}

/* --- binding arguments to parameters --- */

static _Noreturn void fail(struct run *run, const struct macro_code *code, const char *why,
			   struct slice what)
{
	if (code->name.n)
		run_fail(run, "macro '%.*s' %s%.*s", SLICE_ARGS(code->name), why, SLICE_ARGS(what));
	run_fail(run, "the caller %s%.*s", why, SLICE_ARGS(what));
}

static struct value rest_of(struct run *run, const struct args *args, uint32_t from)
{
	struct value rest = tuple_value(run, args->n > from ? args->n - from : 0);

	for (uint32_t i = from; i < args->n; i++)
		list_add(run, rest.list, args->at[i]);
	return rest;
}

static void bind_positional(struct run *run, const struct macro_code *code, struct frame *frame,
			    const struct args *args)
{
	char most[48];

	for (uint32_t i = 0; i < args->n && i < code->n; i++)
		frame->slot[code->parameters[i].slot] = args->at[i];
	if (code->wants_varargs) {
		frame->slot[code->varargs] = rest_of(run, args, code->n);
	} else if (args->n > code->n) {
		snprintf(most, sizeof most, "%u", code->n);
		fail(run, code, "takes no more arguments than ", slice_text(most));
	}
}

/* The slot of a parameter of that name which no positional argument took, or NULL. */
static struct value *free_parameter(const struct macro_code *code, struct frame *frame,
				    const struct args *args, struct slice name)
{
	for (uint32_t i = args->n; i < code->n; i++)
		if (slice_equal(code->parameters[i].name->text, name))
			return &frame->slot[code->parameters[i].slot];
	if (code->wants_caller && slice_is(name, "caller"))
		return &frame->slot[code->caller];
	return NULL;
}

static void bind_named(struct run *run, const struct macro_code *code, struct frame *frame,
		       const struct args *args)
{
	struct value kwargs = {0};

	if (code->wants_kwargs)
		frame->slot[code->kwargs] = kwargs = dict_value(run);
	if (code->wants_caller)
		frame->slot[code->caller] = value_hint("no caller defined");
	for (uint32_t i = 0; i < args->named_n; i++) {
		const struct named *named = &args->named[i];
		struct value *slot = free_parameter(code, frame, args, named->name);
		if (slot)
			*slot = named->value;
		else if (code->wants_kwargs)
			dict_set(run, kwargs.dict, value_slice(named->name), named->value);
		else
			fail(run, code, "takes no keyword argument ", named->name);
	}
}

/* Defaults are evaluated at each call, where parameters before them can be seen. */
static void bind_defaults(struct run *run, const struct macro_code *code, struct frame *frame)
{
	static const char hint[] = "a parameter of the macro was not provided";
	const struct value open =
		value_undefined(UNDEFINED_PARAMETER, value_none(), slice_text(hint));

	for (uint32_t i = 0; i < code->n; i++)
		if (is_missing(frame->slot[code->parameters[i].slot]))
			frame->slot[code->parameters[i].slot] = open;
	for (uint32_t i = 0; i < code->n; i++) {
		const struct parameter *parameter = &code->parameters[i];
		struct value *slot = &frame->slot[parameter->slot];
		if (slot->type != VALUE_UNDEFINED || slot->kind != UNDEFINED_PARAMETER)
			continue;
		*slot = value_hint(hint);
		if (parameter->otherwise)
			*slot = eval(run, parameter->otherwise);
	}
}

struct value macro_call(struct run *run, struct macro *macro, const struct args *args)
{
	const struct macro_code *code = macro->code;
	struct frame *caller = run->frame, *outer = macro->frame;
	bool safe = run_escapes(run);
	struct place place = run->place;
	size_t mark = text_begin(run);
	struct frame *frame =
		frame_enter(run, &code->function, outer, outer->context, outer->template);

	run->template = caller->template; /* the call is at fault, if anything is */
	bind_positional(run, code, frame, args);
	bind_named(run, code, frame, args);
	run->template = frame->template;
	bind_defaults(run, code, frame);
	exec(run, code->body);
	frame_leave(run, &code->function, frame, caller);
	run->place = place;

	struct value text = text_end(run, mark);
	return safe ? value_safe(text) : text;
}

/* --- its attributes --- */

static struct value names_of(struct run *run, const struct macro_code *code)
{
	struct value names = tuple_value(run, code->n);

	for (uint32_t i = 0; i < code->n; i++)
		list_add(run, names.list, value_slice(code->parameters[i].name->text));
	return names;
}

struct value macro_attribute(struct run *run, struct macro *macro, struct slice name)
{
	const struct macro_code *code = macro->code;
	struct value self = {.type = VALUE_MACRO, .macro = macro};

	if (slice_is(name, "name"))
		return code->name.n ? value_slice(code->name) : value_none();
	if (slice_is(name, "arguments"))
		return names_of(run, code);
	if (slice_is(name, "catch_varargs"))
		return value_bool(code->wants_varargs);
	if (slice_is(name, "catch_kwargs"))
		return value_bool(code->wants_kwargs);
	if (slice_is(name, "caller"))
		return value_bool(code->wants_caller);
	return value_undefined(UNDEFINED_ATTRIBUTE, self, name);
}
