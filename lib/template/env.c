#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "template/frame.h"
#include "template/parse.h"
#include "template/scope.h"

#define BUCKETS 32

struct template_env {
	struct template_options options;
	struct template_loader loader;
	struct arena arena; /* of the render in progress */
	struct template *loaded[BUCKETS];
	struct template_extension extension;
	char locale[40];
};

static const struct template_limits default_limits = {
	.steps = 5000000,
	.output = 16 << 20,
	.memory = 64 << 20,
	.source = 1 << 20,
	.depth = 2000,
};

static void set_defaults(struct template_limits *limits)
{
	const struct template_limits *d = &default_limits;

	limits->steps = limits->steps ? limits->steps : d->steps;
	limits->output = limits->output ? limits->output : d->output;
	limits->memory = limits->memory ? limits->memory : d->memory;
	limits->source = limits->source ? limits->source : d->source;
	limits->depth = limits->depth ? limits->depth : d->depth;
	if (limits->memory > UINT32_MAX / 4) /* lengths of text and lists are 32 bits */
		limits->memory = UINT32_MAX / 4;
	if (limits->output > UINT32_MAX / 4)
		limits->output = UINT32_MAX / 4;
}

struct template_env *template_env_open(const struct template_options *options,
				       const struct template_loader *loader)
{
	struct template_env *env = mem_zero(sizeof *env);

	env->options = *options;
	set_defaults(&env->options.limits);
	if (loader)
		env->loader = *loader;
	return env;
}

void template_env_forget(struct template_env *env)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct template *t = env->loaded[i], *next; t; t = next) {
			next = t->next;
			template_free(t);
		}
	memset(env->loaded, 0, sizeof env->loaded);
}

void template_env_close(struct template_env *env)
{
	if (!env)
		return;
	template_env_forget(env);
	if (env->extension.close)
		env->extension.close(env->extension.data);
	arena_free(&env->arena);
	free(env);
}

const struct template_options *env_options(const struct template_env *env)
{
	return &env->options;
}

void template_env_extend(struct template_env *env, const struct template_extension *extension)
{
	env->extension = *extension;
}

void *env_data(const struct template_env *env)
{
	return env->extension.data;
}

const struct builtin *env_filter(const struct template_env *env, struct slice name)
{
	const struct builtin *filter = filter_find(name);

	return filter ? filter
		      : builtin_find(env->extension.filters, env->extension.n_filters, name);
}

void template_env_set_locale(struct template_env *env, struct slice locale)
{
	snprintf(env->locale, sizeof env->locale, "%.*s", SLICE_ARGS(locale));
}

const char *env_locale(const struct template_env *env)
{
	return *env->locale ? env->locale : "en";
}

/* --- compiling --- */

static bool compile(struct template *t, struct slice source, struct template_error *error)
{
	const struct template_options *options = &t->env->options;
	struct trap trap = {.error = error};

	if (setjmp(trap.back))
		return false;
	parse(t, lex(source, options, t->name, &t->arena, &trap), options->autoescape, &trap);
	scope_resolve(t, &trap);
	return true;
}

struct template *template_compile(struct template_env *env, const char *name, struct slice source,
				  struct template_error *error)
{
	struct template *t = mem_zero(sizeof *t);

	t->env = env;
	t->name = arena_text(&t->arena, name);
	if (source.n > env->options.limits.source)
		trap_explain(error, name, (struct place){0}, "the template is too large");
	else if (compile(t, source, error))
		return t;
	template_free(t);
	return NULL;
}

void template_free(struct template *t)
{
	if (!t)
		return;

	struct arena arena = t->arena;
	arena_free(&arena);
	free(t);
}

struct template *template_load(struct template_env *env, struct slice name,
			       struct template_error *error)
{
	struct template **bucket = &env->loaded[value_hash_bytes(name.p, name.n) % BUCKETS];
	struct buf source = {0};
	struct template *t;

	for (t = *bucket; t; t = t->next)
		if (slice_is(name, t->name))
			return t;
	*error = (struct template_error){0};
	if (!env->loader.load) {
		err_set(&error->err, EX_NOINPUT, "template '%.*s' not found", SLICE_ARGS(name));
		return NULL;
	}
	if (env->loader.load(env->loader.data, name, &source, &error->err)) {
		char *text = mem_copy(name.p, name.n);
		t = template_compile(env, text, buf_slice(&source), error);
		free(text);
	}
	buf_free(&source);
	if (!t)
		return NULL;
	t->next = *bucket;
	return *bucket = t;
}

/* --- rendering --- */

static bool render(struct run *run, const struct template *t, const struct json *json)
{
	struct block_chain *blocks = NULL;
	struct context context = {.blocks = &blocks, .escape = t->env->options.autoescape};

	if (setjmp(run->trap.back))
		return false;
	if (json)
		context.base = dict_open(run, value_from_json(run, json));
	run->modules = dict_value(run).dict;
	exec_template(run, t, &context);
	return true;
}

bool template_render(struct template *t, const struct json *context, struct buf *out,
		     struct template_error *error)
{
	struct template_env *env = t->env;
	const struct template_limits *limits = &env->options.limits;
	size_t start = out->n;
	struct run run = {.trap = {.error = error},
			  .env = env,
			  .arena = &env->arena,
			  .out = out,
			  .out_most = start + limits->output,
			  .steps_left = limits->steps,
			  .limits = *limits,
			  .strict = env->options.strict,
			  .template = t,
			  .random = 0x9e3779b97f4a7c15};

	if (context && context->type != JSON_OBJECT)
		return trap_explain(error, t->name, (struct place){0},
				    "the context is not an object");
	buf_reserve(out, 0);
	bool ok = render(&run, t, context);
	if (!ok)
		out->n = start;
	out->p[out->n] = '\0';
	arena_reset(&env->arena);
	return ok;
}
