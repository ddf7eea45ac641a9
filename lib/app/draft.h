/*
 * draft.h: a template as its editor has it: the draft that is saved, else what is published, with
 * what a form says in place of its own; what is wrong with it; what it makes of a sample. Private
 * to lib/app.
 *
 * A form shows the texts of one language; those that it leaves out stay as they are, and those that
 * it sends empty go. Samples and variables are one text each, as they stand in the file: YAML;
 * headers too, "Name: value" on each line. Attachments are renamed and left out; files are added in
 * the template's own file, since their paths are of this machine.
 */
#ifndef APP_DRAFT_H
#define APP_DRAFT_H

#include "app/page.h"
#include "queue/template_edit.h"

#define DRAFT_PROBLEMS_MOST 50

struct draft_problem {
	const char *field;    /* of the form: "body_html", "samples"; "": none that is shown */
	const char *where;    /* for people: "HTML", "fr: Subject" */
	const char *language; /* whose text it is; "": the template's own, or none */
	unsigned line;        /* 0: not known */
	const char *text;
	const char *source; /* that line, or NULL */
	bool is_warning;    /* it keeps nothing from being published */
};

/* What there is of a template: what is published, a draft, or both. */
struct draft_stored {
	const struct organization *organization;
	const struct template_file *file;   /* or NULL */
	const struct template_draft *saved; /* or NULL */
};

struct draft {
	const struct organization *organization;
	const char *id;
	const char *language;               /* "": that of the template itself */
	const char *sample;                 /* the one to show; NULL: there is none */
	const struct template_file *file;   /* what is published, or NULL */
	const struct template_draft *saved; /* the draft, or NULL */
	const struct template_draft
		*newer;               /* than what is shown, when that is published; or NULL */
	bool unsaved;                 /* a form says something else than what is saved */
	const struct json *published; /* as an object, or NULL */
	const struct json *stored;    /* what the form changes: what is saved, else published */
	const struct json *members;   /* with what the form says */
	const struct json *kept;      /* and, as text, with what could not be read of it */
	const char *revision;         /* of what is published, as the form saw it; "": none */
	const char *seen;             /* of the draft, likewise; NULL: the form does not say */
	struct draft_problem problems[DRAFT_PROBLEMS_MOST];
	size_t n_problems;
	struct arena *arena;
};

/* As it is stored; the query's `language` and `sample` choose. Under the names of the form's
 * fields, a POST also says what it would be. */
void draft_read(struct draft *draft, const struct draft_stored *stored,
		struct http_request *request);

/* What is published, though there may be a draft. */
void draft_look_back(struct draft *draft, const struct draft_stored *stored,
		     struct http_request *request);

/* Finds what is wrong, as far as it was not found before. True: nothing is, or only warnings are
 * to be given. */
bool draft_examine(struct draft *draft);
size_t draft_count(const struct draft *draft, bool warnings); /* problems, or warnings */

/* What it makes of the sample. False: *err says why. */
bool draft_render(const struct draft *draft, struct request *rendered, struct err *err);

/* What the published one makes of the sample, or of its own first. */
bool draft_render_published(const struct draft *draft, struct request *rendered);

/* Its fields in the language, and its samples and variables; of `members`, or what was typed. */
void draft_put_fields(struct json_out *out, const char *key, const struct draft *draft,
		      const struct json *members);
/* What is sent along, and which languages there are, each with its problems. */
void draft_put_attachments(struct json_out *out, const char *key, struct draft *draft,
			   struct http_request *request);
void draft_put_languages(struct json_out *out, const char *key, const struct draft *draft);
/* What its context has, or must have, as it is declared. */
void draft_put_variables(struct json_out *out, const char *key, const struct draft *draft);
void draft_put_problems(struct json_out *out, const char *key, const struct draft *draft);

/* A field as it was typed, lines ended by LF; p == NULL: it was not sent. */
struct slice draft_typed(struct http_request *request, const char *name);

#endif
