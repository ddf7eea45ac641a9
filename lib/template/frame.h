/*
 * frame.h: what surrounds the code that runs: its variables and its context.
 *
 * A context belongs to one template in use: the variables given to the render, what the template
 * assigned at its top level, its blocks and those of the templates that extend it. A frame belongs
 * to one call of a function.
 */
#ifndef TEMPLATE_FRAME_H
#define TEMPLATE_FRAME_H

#include "template/program.h"
#include "template/run.h"

/* One definition of a block; `parent` is what super() gives. */
struct block_level {
	const struct block *block;
	const struct template *template;
	struct block_level *parent;
};

struct block_chain {
	struct slice name;
	struct block_level *first; /* of the template that extends all the others */
	struct block_level *last;
	struct block_chain *next;
};

struct context {
	struct context *parent;      /* asked for what is not here; NULL at the end */
	const struct locals *locals; /* variables of `frame` that are seen before all else */
	struct frame *frame;
	struct dict *vars;    /* assigned at the top level; NULL when there are none */
	struct dict *imports; /* those among them that an import brought: they go no further */
	struct dict *base;    /* what the render was given; NULL but in the outermost */
	struct block_chain **blocks;
	const struct template *parent_template; /* what {% extends %} named */
	bool escape;
};

struct frame {
	struct frame *outer; /* of the function around this one in the source */
	struct context *context;
	const struct template *template;
	const struct block_level *level; /* the block whose code runs, or NULL */
	struct value slot[];
};

/* What a name means in a context, down to the global functions; undefined when nothing. */
struct value context_find(struct run *run, struct context *context, struct slice name);

void context_export(struct run *run, struct context *context, struct slice name,
		    struct value value);
void context_import(struct run *run, struct context *context, struct slice name,
		    struct value value);

/* A frame with its slots in the state that they have at the start of `function`. */
struct frame *frame_enter(struct run *run, const struct function *function, struct frame *outer,
			  struct context *context, const struct template *template);

/* Goes back to `caller`; the frame may serve the next call. */
void frame_leave(struct run *run, const struct function *function, struct frame *frame,
		 struct frame *caller);

void scope_enter(struct run *run, const struct entry_inits *inits);

static inline struct value *frame_slot(struct frame *frame, unsigned hops, unsigned slot)
{
	for (; hops; hops--)
		frame = frame->outer;
	return &frame->slot[slot];
}

/* --- eval.c --- */

typedef struct value evaluator(struct run *run, const struct expr *e);
extern evaluator *const evaluators[EXPR_KINDS];

static inline struct value eval(struct run *run, const struct expr *e)
{
	return evaluators[e->kind](run, e);
}

/* A filter of a filter block or {% set x | filter %}: `piped` stands for the missing value. */
struct value eval_filter_on(struct run *run, const struct expr *filter, struct value piped);

/* The call of a {% call %} block: `caller` goes with it, unless it is missing. */
struct value eval_call_with(struct run *run, const struct expr *call, struct value caller);

void assign(struct run *run, const struct expr *target, struct value value);

/* --- exec.c --- */

enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE };

enum flow exec(struct run *run, const struct stmt *body);
enum flow exec_for(struct run *run, const struct stmt *s);   /* loop.c */
enum flow exec_macro(struct run *run, const struct stmt *s); /* macro.c */
enum flow exec_call(struct run *run, const struct stmt *s);
enum flow exec_block(struct run *run, const struct stmt *s); /* inherit.c */
enum flow exec_extends(struct run *run, const struct stmt *s);
enum flow exec_include(struct run *run, const struct stmt *s);
enum flow exec_import(struct run *run, const struct stmt *s);
enum flow exec_from(struct run *run, const struct stmt *s);

/* Runs a template and those that it extends, in a context made for it. */
void exec_template(struct run *run, const struct template *template, struct context *context);

/* --- what can be called and looked into --- */

struct value macro_call(struct run *run, struct macro *macro, const struct args *args);
struct value macro_attribute(struct run *run, struct macro *macro, struct slice name);
struct value loop_call(struct run *run, void *loop, const struct args *args);
struct value loop_attribute(struct run *run, struct value loop, struct slice name);
struct value block_call(struct run *run, struct value block);
struct value block_attribute(struct run *run, struct value block, struct slice name);
struct value self_attribute(struct run *run, struct value self, struct slice name);
struct value super_value(struct run *run);
struct value self_value(struct run *run);
struct value module_attribute(struct run *run, struct value module, struct slice name);
void put_module(struct run *run, struct value module);
struct value cycler_attribute(struct run *run, struct value cycler, struct slice name);
struct value joiner_call(struct run *run, struct value joiner);

#endif
