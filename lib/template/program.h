/*
 * program.h: a compiled template: trees of statements and expressions, names resolved to slots.
 *
 * parse.h builds the trees, scope.h resolves the names, eval.c and exec.c walk them. A function
 * (the template itself, a block, a macro, a recursive loop) runs in a frame of slots; a name is so
 * many frames out and a slot there. Everything lives in the template's arena and is read only.
 */
#ifndef TEMPLATE_PROGRAM_H
#define TEMPLATE_PROGRAM_H

#include "template/builtin.h"
#include "template/trap.h"

struct symbol;

/* One spelling of an identifier; the same text is the same name. */
struct name {
	struct slice text;
	struct symbol *symbol; /* what it means where scope.c stands */
	struct name *next;     /* in the same bucket */
};

/* --- expressions --- */

enum expr_kind {
	EXPR_CONSTANT,
	EXPR_NAME,
	EXPR_ATTRIBUTE,
	EXPR_ITEM,
	EXPR_SLICE,
	EXPR_CALL,
	EXPR_FILTER,
	EXPR_TEST,
	EXPR_NOT,
	EXPR_MINUS,
	EXPR_PLUS,
	EXPR_AND,
	EXPR_OR,
	EXPR_ADD,
	EXPR_SUBTRACT,
	EXPR_MULTIPLY,
	EXPR_DIVIDE,
	EXPR_FLOOR_DIVIDE,
	EXPR_MODULO,
	EXPR_POWER,
	EXPR_COMPARE,
	EXPR_CONCAT,
	EXPR_IF,
	EXPR_LIST,
	EXPR_TUPLE,
	EXPR_DICT,
	EXPR_KINDS,
};

enum compare_op {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_GT,
	COMPARE_GE,
	COMPARE_IN,
	COMPARE_NOT_IN,
};

/* As Jinja2 has it: known when compiling, unless {% autoescape %} has an expression. */
enum escape_mode { ESCAPE_OFF, ESCAPE_ON, ESCAPE_DYNAMIC };

struct keyword {
	struct slice name;
	struct expr *value;
};

struct call {
	struct expr **at;
	uint32_t n;
	struct keyword *named;
	uint32_t named_n;
	struct expr *star;      /* *args */
	struct expr *star_star; /* **kwargs */
};

struct comparison {
	enum compare_op op;
	struct expr *with;
	struct comparison *next;
};

struct expr {
	uint8_t kind;
	uint8_t escape;  /* EXPR_CONCAT: enum escape_mode */
	uint16_t height; /* 1 and that of the highest operand */
	struct place place;
	union {
		struct value constant;
		struct {
			struct name *name;
			uint16_t hops, slot;
			bool of_context; /* read there, when nothing was assigned before */
		} name;
		struct {
			struct expr *of;
			struct value name;
			const struct builtin *dict_method; /* dicts have one of that name */
		} attribute;
		struct {
			struct expr *left, *right; /* right alone for the unary ones */
		} pair;
		struct {
			struct expr *test, *yes, *no; /* no may be NULL */
		} branch;
		struct {
			struct expr *of, *start, *stop, *step; /* each bound may be NULL */
		} slice;
		struct {
			struct expr *of; /* the callee; the piped value, NULL in a filter block */
			/* NULL when unknown: an error when reached */
			const struct builtin *builtin;
			struct slice name;
			struct call call;
		} call;
		struct {
			struct expr *first;
			struct comparison *rest;
		} compare;
		struct {
			struct expr **at; /* keys and values in turn for EXPR_DICT */
			uint32_t n;
		} items;
	};
};

/* --- statements --- */

enum stmt_kind {
	STMT_TEXT,
	STMT_PRINT,
	STMT_IF,
	STMT_FOR,
	STMT_SET,
	STMT_SET_BLOCK,
	STMT_WITH,
	STMT_DO,
	STMT_BREAK,
	STMT_CONTINUE,
	STMT_MACRO,
	STMT_CALL,
	STMT_FILTER,
	STMT_AUTOESCAPE,
	STMT_BLOCK,
	STMT_EXTENDS,
	STMT_INCLUDE,
	STMT_IMPORT,
	STMT_FROM,
	STMT_KINDS,
};

/* What a slot holds when its scope is entered. */
struct slot_init {
	uint16_t slot;
	bool alias;     /* the value of `from`, `hops` frames out; else a state before any value: */
	bool undefined; /* undefined, else to be looked up in the context when it is read */
	uint16_t hops, from;
	struct name *name;
};

struct entry_inits {
	struct slot_init *at;
	uint32_t n;
};

struct function {
	uint16_t slots;
	uint16_t height;
	bool captured; /* a function inside it may outlive the call: its frame is not used again */
	struct entry_inits inits;
};

struct parameter {
	struct name *name;
	uint16_t slot;
	struct expr *otherwise; /* the default, or NULL */
};

struct macro_code {
	struct slice name; /* empty for a call block's */
	struct parameter *parameters;
	uint32_t n;
	struct stmt *body;
	struct function function;
	enum escape_mode escape;
	bool wants_caller, wants_varargs, wants_kwargs;
	uint16_t caller, varargs, kwargs; /* their slots */
	struct place place;
};

/* A name that a template brought in from here can see. */
struct local {
	struct name *name;
	uint16_t hops, slot;
};

struct locals {
	struct local *at;
	uint32_t n;
};

struct block {
	struct slice name;
	struct stmt *body;
	struct function function;
	bool scoped, required;
	struct place place;
	struct block *next; /* of the same template */
};

struct for_stmt {
	struct for_stmt *outer; /* around it, however far */
	struct expr *target, *items, *test;
	struct stmt *body, *otherwise;
	struct entry_inits inits, otherwise_inits;
	bool recursive, uses_loop;
	bool in_body;             /* where the parser is */
	uint16_t loop;            /* the slot of `loop` */
	struct function function; /* when recursive */
};

struct branch {
	struct expr *test; /* NULL: else */
	struct stmt *body;
	struct branch *next;
};

struct import_name {
	struct name *name, *as;
	uint16_t hops, slot;
	struct import_name *next;
};

struct with_value {
	struct expr *target, *value;
	struct with_value *next;
};

struct stmt {
	uint8_t kind;
	uint8_t escape; /* enum escape_mode */
	uint16_t height;
	bool toplevel;        /* assignments go to the context as well */
	bool unless_extended; /* prints nothing once {% extends %} was met */
	struct place place;
	struct stmt *next;
	union {
		struct slice text;
		struct expr *expr; /* STMT_PRINT, STMT_DO, STMT_EXTENDS */
		struct branch *branches;
		struct for_stmt *loop;
		struct {
			struct expr *target, *value;
			struct stmt *body; /* STMT_SET_BLOCK */
			/* STMT_SET_BLOCK: or NULL; its innermost `of` is NULL */
			struct expr *filter;
			struct entry_inits inits;
		} set;
		struct {
			struct with_value *values;
			struct stmt *body;
			struct entry_inits inits;
		} with;
		struct {
			struct expr *target; /* where the macro goes; STMT_CALL: the call */
			struct macro_code *code;
		} macro;
		struct {
			struct expr *value; /* the filter, or whether to escape */
			struct stmt *body;
			struct entry_inits inits;
		} region;
		struct {
			struct block *block;
			struct locals locals;
		} block;
		struct {
			struct expr *name; /* the template's */
			struct expr *target;
			struct import_name *names;
			struct locals locals;
			bool with_context, ignore_missing;
		} import; /* and include */
	};
};

/* --- the template --- */

#define NAME_BUCKETS 64

struct template
{
	struct template_env *env;
	struct arena arena;
	char *name;
	struct stmt *body;
	struct function root;
	struct block *blocks;
	struct name *names[NAME_BUCKETS];
	bool extends;
	struct template *next; /* in the environment's cache */
};

/* The name of that spelling, made when it is new. */
struct name *program_name(struct template *t, struct slice text);

/* Calls f for each expression that e stands on directly, in the order of their values. */
typedef void program_visit(void *data, struct expr *e);
void program_each_part(const struct expr *e, program_visit *f, void *data);

/* Where the environment keeps its things; env.c. */
const struct template_options *env_options(const struct template_env *env);

#endif
