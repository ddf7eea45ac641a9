/*
 * template.h: templates that behave like Jinja2 3.1, bounded, and safe with anyone's template.
 *
 * Life:
 *
 *     struct template_env *env = template_env_open(&options, &loader);
 *     struct template *t = template_compile(env, "tpl_welcome", source, &error);
 *     template_render(t, context, &out, &error);      // as often as wanted
 *     template_free(t);
 *     template_env_close(env);
 *
 * A template is compiled once: names become slots, filters become function pointers. A render makes
 * its values in an arena of the environment and writes straight into `out`. What include, import
 * and extends name comes from the loader and stays compiled in the environment; a caller whose
 * files changed calls template_env_forget.
 *
 * Rendering is pure: the same template, context and options give the same bytes, `random` and
 * `lipsum` included. Nothing can be reached but the context and what the loader gives.
 *
 * Errors: EX_DATAERR with "NAME:LINE: message"; `out` is as it was before. Every bound of
 * struct template_limits ends in such an error too.
 *
 * An environment and its templates belong to one thread at a time.
 *
 * The language, and where it departs from Jinja2: man/mailq-template.5.
 */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct template_env;
struct template;

/* Bounds of one render; 0 means the default in brackets. */
struct template_limits {
	uint64_t steps; /* statements, iterations, calls, and long texts by the piece [5,000,000] */
	size_t output;  /* bytes of text, printed or still in the making [16 MiB] */
	size_t memory;  /* bytes of values made on the way [64 MiB] */
	size_t source;  /* bytes of one template [1 MiB] */
	unsigned depth; /* macros, includes, tags and operators in progress [2,000] */
};

/* As the arguments of jinja2.Environment of the same names; strict is StrictUndefined. */
struct template_options {
	bool autoescape;
	bool strict;
	bool trim_blocks;
	bool lstrip_blocks;
	bool keep_trailing_newline;
	struct template_limits limits;
};

/*
 * Where other templates come from: adds the named one's source to `source`. False and err when
 * that fails; EX_NOINPUT says that there is none of that name. The name is whatever the template
 * says: checking it is the loader's part.
 */
struct template_loader {
	bool (*load)(void *data, struct slice name, struct buf *source, struct err *err);
	void *data;
};

struct template_error {
	struct err err;    /* "NAME:LINE: message" */
	char template[64]; /* the name, cut when long */
	unsigned line;     /* from 1; 0 when no line is at fault */
	unsigned column;   /* from 1, in code points */
};

/* loader may be NULL: no other templates. Both are copied. */
struct template_env *template_env_open(const struct template_options *options,
				       const struct template_loader *loader);
void template_env_close(struct template_env *env);

/* Filters beside Jinja2's own: a table sorted by name (template/builtin.h) that outlives env, and
 * what they keep in the environment. */
struct builtin;
struct template_extension {
	const struct builtin *filters;
	size_t n_filters;
	void *data;
	void (*close)(void *data); /* when the environment is closed */
};
void template_env_extend(struct template_env *env, const struct template_extension *extension);

/* For filters that write for people: the locale of the renders to come, "fr-CA"; en when empty. */
void template_env_set_locale(struct template_env *env, struct slice locale);

/* Drops what the loader gave, so that it is asked again. No render may be going on. */
void template_env_forget(struct template_env *env);

/* The caller frees the template, before the environment. source is not needed afterwards. */
struct template *template_compile(struct template_env *env, const char *name, struct slice source,
				  struct template_error *error);
void template_free(struct template *template);

/* One that the loader gives; the environment keeps it, until template_env_forget. */
struct template *template_load(struct template_env *env, struct slice name,
			       struct template_error *error);

/* context: a JSON object, or NULL for an empty one; it has to live only as long as this call. */
bool template_render(struct template *template, const struct json *context, struct buf *out,
		     struct template_error *error);

#endif
