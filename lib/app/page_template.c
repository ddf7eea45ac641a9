#include "app/page_template.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/frame.h"
#include "app/inline.h"
#include "app/words.h"
#include "base/io.h"

#define TEMPLATE_IMAGE_MOST 1048576 /* of a file that a preview shows */

/* --- which one --- */

/* A file that is wrong is one, too. */
static bool look(struct draft_stored *stored, struct slice id, struct arena *arena, struct err *err)
{
	struct err none = {0};

	*err = (struct err){0};
	stored->file = template_file_of(stored->organization, id, arena, err);
	if (!stored->file && err->code == EX_CONFIG)
		return true;
	stored->saved = template_draft_of(stored->organization, id, arena, &none);
	if (!stored->saved && none.code != EX_NOINPUT)
		*err = none;
	return stored->file || stored->saved || none.code != EX_NOINPUT;
}

bool template_page_find(struct http_request *request, struct draft_stored *stored)
{
	const struct app *app = request->context;
	const struct conf *conf = app->queue->conf;
	struct slice only;
	struct err err = {0};
	bool found = false;

	if (!page_organization(request, &only))
		return false;
	for (size_t i = 0; i < conf->organization_count && !found; i++) {
		*stored = (struct draft_stored){.organization = &conf->organizations[i]};
		if (!only.n || slice_is(only, stored->organization->id))
			found = look(stored, request->args[1], &request->arena, &err);
	}
	if (found && err.code && err.code != EX_NOINPUT)
		page_error(request, 500, "The template cannot be read", err.text);
	else if (found)
		return true;
	else
		page_error(request, 404, "No such template", "It was deleted, or it never was.");
	return false;
}

/* --- the page --- */

static bool has_language(const struct draft *draft)
{
	return !*draft->language ||
	       json_get(json_get(draft->members, "languages"), draft->language);
}

static void put_languages(struct page *page, const struct draft *draft)
{
	const struct json *languages = json_get(draft->members, "languages");
	struct json_out *out = &page->out;

	json_put_text(out, "language", draft->language);
	json_put_bool(out, "missing", !has_language(draft));
	json_open(out, "languages", '[');
	for (const struct json *l = languages ? languages->first : NULL; l; l = l->next)
		json_put_slice(out, NULL, l->key);
	if (!has_language(draft))
		json_put_text(out, NULL, draft->language);
	json_close(out, ']');
}

static void put_samples(struct page *page, const struct draft *draft)
{
	const struct json *samples = json_get(draft->members, "samples");

	json_put_text(&page->out, "sample", draft->sample);
	json_open(&page->out, "samples", '[');
	for (const struct json *s = samples ? samples->first : NULL; s; s = s->next)
		json_put_slice(&page->out, NULL, s->key);
	json_close(&page->out, ']');
}

static struct slice read_file(const struct draft *draft, struct slice path)
{
	const char *name = arena_slice(draft->arena, path).p;
	int fd = *name == '/' ? open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct slice bytes = {0};
	struct io_map map = {0};
	struct err err = {0};

	if (fd < 0)
		return bytes;
	if (io_load(fd, TEMPLATE_IMAGE_MOST, &map, name, &err)) {
		bytes = arena_slice(draft->arena, map.bytes);
		io_unmap(&map);
	}
	close(fd);
	return bytes;
}

/* The files that its HTML may show; one that cannot be read is not shown. */
static struct mime_leaf *read_images(const struct draft *draft, const struct json *members)
{
	const struct json *attachments = json_get(members, "attachments");
	struct mime_leaf *images = NULL;

	for (const struct json *a = attachments ? attachments->first : NULL; a; a = a->next) {
		struct slice path = json_get_text(a, "path"), id = json_get_text(a, "content_id");
		struct slice bytes = id.n ? read_file(draft, path) : id;
		if (!bytes.n)
			continue;
		struct mime_leaf *leaf = arena_alloc(draft->arena, sizeof *leaf);
		*leaf = (struct mime_leaf){.content_id = id, .content = bytes, .next = images};
		images = leaf;
	}
	return images;
}

/* What stands beside the frame, as an object. */
static void write_beside(struct buf *text, const struct request *rendered)
{
	struct json_out out = {.buf = text};

	json_open(&out, NULL, '{');
	json_put_slice(&out, "subject", rendered->subject);
	json_put_slice(&out, "text", slice_first(rendered->body_text, TEMPLATE_FROM_MOST));
	json_open(&out, "headers", '[');
	for (size_t i = 0; i < rendered->n_headers; i++) {
		json_open(&out, NULL, '{');
		json_put_slice(&out, "name", rendered->headers[i].name);
		json_put_slice(&out, "value", rendered->headers[i].value);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
}

/* As a message's page shows it: the images that go along stand in it. */
static bool keep(struct page *page, const struct draft *draft, const struct json *members,
		 const struct request *rendered, char key[SHA256_HEX_SIZE])
{
	struct slice body = rendered->body_html;
	struct mime_message message = {0};
	struct buf html = {0}, beside = {0};

	if (body.n && memmem(body.p, body.n, "cid:", 4))
		message.files = read_images(draft, members);
	if (body.n)
		inline_images(body, &message, &html);
	write_beside(&beside, rendered);
	const struct frame_kept kept = {buf_slice(&html), buf_slice(&beside), page->now_ms};
	bool ok = frame_keep(page->context->frames, draft->organization->id, &kept, key);
	buf_free(&html);
	buf_free(&beside);
	return ok;
}

/* While what is typed cannot be rendered: what could last, else what is published. */
static const char *keep_last(struct page *page, const struct draft *draft, bool *is_published)
{
	char key[SHA256_HEX_SIZE];
	struct slice last = http_request_form(page->request, "shown");
	struct request rendered = {0};
	struct frame_kept kept;

	*is_published = false;
	if (frame_find(page->context->frames, draft->organization->id, last, &kept))
		return arena_slice(page->arena, last).p;
	*is_published = true;
	return draft_render_published(draft, &rendered) &&
			       keep(page, draft, draft->published, &rendered, key)
		       ? arena_text(page->arena, key)
		       : NULL;
}

static void put_preview(struct page *page, const struct draft *draft)
{
	struct json_out *out = &page->out;
	struct request rendered = {0};
	char made[SHA256_HEX_SIZE];
	const char *key = NULL;
	bool is_published = false;
	struct frame_kept kept = {0};
	struct err err = {0};
	bool ok = draft_render(draft, &rendered, &err);

	if (!ok)
		key = keep_last(page, draft, &is_published);
	else if (keep(page, draft, draft->members, &rendered, made))
		key = made;
	frame_find(page->context->frames, draft->organization->id, slice_text(key), &kept);
	json_open(out, "preview", '{');
	json_put_text(out, "shown", key);
	json_put_bool(out, "frame", kept.html.n);
	json_put_text(out, "wrong", ok ? NULL : err.text);
	json_put_bool(out, "is_published", is_published);
	words_put_time(out, "time", kept.at_ms, page->now_ms, page->arena);
	if (key)
		json_put_raw(out, "beside", kept.beside);
	json_close(out, '}');
}

static void put_soundness(struct page *page, const struct draft *draft)
{
	size_t problems = draft_count(draft, false), warnings = draft_count(draft, true);
	const char *class = problems        ? "failed"
			    : warnings      ? "deferred"
			    : draft->sample ? "sent"
					    : "queued";
	const char *text = "Sound: it renders with its samples";

	if (problems && warnings)
		text = arena_format(page->arena, "%s, %s",
				    words_count(problems, "problem", page->arena),
				    words_count(warnings, "warning", page->arena));
	else if (problems || warnings)
		text = words_count(problems + warnings, problems ? "problem" : "warning",
				   page->arena);
	else if (!draft->sample)
		text = "Nothing is wrong that shows without a sample";
	json_put_text(&page->out, "class", class);
	json_put_text(&page->out, "sentence", text);
}

/* Which version is shown, and which others there are. */
static void put_versions(struct page *page, const struct draft *draft)
{
	const struct template_draft *newer = draft->newer, *saved = newer ? newer : draft->saved;
	struct json_out *out = &page->out;
	struct stat st;

	json_put_bool(out, "looks_back", newer);
	json_put_bool(out, "unsaved", draft->unsaved);
	json_put_bool(out, "is_published", draft->file);
	if (draft->file && stat(draft->file->file, &st) == 0)
		words_put_time(out, "published_time", (int64_t)st.st_mtime * 1000, page->now_ms,
			       page->arena);
	json_put_bool(out, "is_old",
		      saved && strcmp(draft->file ? draft->file->revision : "",
				      saved->of ? saved->of : "") != 0);
	if (!saved)
		return;
	json_open(out, "draft", '{');
	json_put_text(out, "by", saved->by);
	words_put_time(out, "time", saved->at_ms, page->now_ms, page->arena);
	json_close(out, '}');
}

/* What was typed where it cannot be read stays as it was typed. */
static void put_typed(struct page *page)
{
	json_open(&page->out, "typed", '{');
	json_put_slice(&page->out, "samples", draft_typed(page->request, "samples"));
	json_put_slice(&page->out, "variables", draft_typed(page->request, "variables"));
	json_put_slice(&page->out, "headers", draft_typed(page->request, "headers"));
	json_close(&page->out, '}');
}

void template_page_put(struct page *page, struct draft *draft)
{
	struct json_out *out = &page->out;

	json_put_text(out, "title",
		      json_get_text(draft->members, "name").n
			      ? arena_slice(page->arena, json_get_text(draft->members, "name")).p
			      : draft->id);
	json_put_text(out, "id", draft->id);
	json_put_text(out, "home",
		      arena_format(page->arena, "%s/%s", page->app, draft->organization->id));
	json_put_text(out, "here",
		      arena_format(page->arena, "%s/%s/templates/%s", page->app,
				   draft->organization->id, draft->id));
	json_put_bool(out, "managed", !draft->file || draft->file->managed);
	json_put_text(out, "revision", draft->revision);
	json_put_text(out, "seen",
		      draft->seen    ? draft->seen
		      : draft->saved ? draft->saved->revision
				     : "");
	json_put_slice(out, "part", http_request_form(page->request, "part"));
	json_put_slice(out, "width", http_request_form(page->request, "width"));
	json_put_slice(out, "to", http_request_form(page->request, "to"));
	put_languages(page, draft);
	put_samples(page, draft);
	draft_put_attachments(out, "attachments", draft, page->request);
	draft_put_languages(out, "variants", draft);
	draft_put_variables(out, "declared", draft);
	draft_put_fields(out, "fields", draft, draft->kept);
	put_soundness(page, draft);
	put_versions(page, draft);
	draft_put_problems(out, "problems", draft);
	put_typed(page);
	put_preview(page, draft);
}

void template_page_render(struct draft *draft, struct http_request *request, unsigned status,
			  const char *said)
{
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	template_page_put(&page, draft);
	json_put_text(&page.out, "said", said);
	page_render(&page, status, "template.html");
}

void template_show(struct http_request *request)
{
	const char *version = http_request_query(request, "version");
	struct draft_stored stored;
	struct draft draft;

	if (!template_page_find(request, &stored))
		return;
	if (version && strcmp(version, "published") == 0 && stored.file)
		draft_look_back(&draft, &stored, request);
	else
		draft_read(&draft, &stored, request);
	draft_examine(&draft);
	template_page_render(&draft, request, 200, NULL);
}
