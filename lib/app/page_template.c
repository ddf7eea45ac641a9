#include "app/page_template.h"

#include <fcntl.h>
#include <unistd.h>

#include "app/caller.h"
#include "app/configured.h"
#include "app/draft.h"
#include "app/frame.h"
#include "app/inline.h"
#include "app/post.h"
#include "app/words.h"
#include "base/io.h"

#define TEMPLATE_IMAGE_MOST 1048576 /* of a file that a preview shows */

/* --- which one --- */

static bool has_template(const struct organization *org, struct slice id, struct arena *arena,
			 const struct template_file **file, struct err *err)
{
	*err = (struct err){0};
	*file = template_file_of(org, id, arena, err);
	return *file || err->code == EX_CONFIG;
}

/* On the pages of all organizations: the first that has it. NULL: it has answered. */
static const struct organization *find(struct http_request *request,
				       const struct template_file **file)
{
	const struct app *app = request->context;
	const struct conf *conf = app->queue->conf;
	struct slice only;
	struct err err = {0};
	bool found = false;
	size_t i = 0;

	if (!page_organization(request, &only))
		return NULL;
	for (; i < conf->organization_count && !found; i++)
		if (!only.n || slice_is(only, conf->organizations[i].id))
			found = has_template(&conf->organizations[i], request->args[1],
					     &request->arena, file, &err);
	if (found && *file)
		return &conf->organizations[i - 1];
	if (found)
		page_error(request, 500, "The template cannot be read", err.text);
	else
		page_error(request, 404, "No such template", "It was deleted, or it never was.");
	return NULL;
}

/* --- the page --- */

static void put_languages(struct page *page, const struct draft *draft)
{
	struct json_out *out = &page->out;
	bool known = !*draft->language;

	json_put_text(out, "language", draft->language);
	json_open(out, "languages", '[');
	for (size_t i = 0; i < draft->file->language_count; i++) {
		json_put_text(out, NULL, draft->file->languages[i].tag);
		known = known || strcmp(draft->file->languages[i].tag, draft->language) == 0;
	}
	if (!known)
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

/* Of a draft that cannot be rendered, the last that could stays in the frame. */
static const char *last_shown(const struct page *page, const struct draft *draft)
{
	struct slice last = http_request_form(page->request, "shown");

	return frame_find(page->context->frames, draft->organization->id, last).p
		       ? arena_slice(page->arena, last).p
		       : NULL;
}

static struct slice read_file(const struct draft *draft, struct slice path)
{
	const char *name = arena_slice(draft->arena, path).p;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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
static struct mime_leaf *read_images(const struct draft *draft)
{
	const struct json *attachments = json_get(draft->members, "attachments");
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

/* As a message's page shows it: the images that go along stand in it. */
static bool keep_frame(struct page *page, const struct draft *draft, struct slice html,
		       char key[SHA256_HEX_SIZE])
{
	struct mime_message message = {0};
	struct buf shown = {0};

	if (!html.n)
		return false;
	if (memmem(html.p, html.n, "cid:", 4))
		message.files = read_images(draft);
	inline_images(html, &message, &shown);
	bool kept =
		frame_keep(page->context->frames, draft->organization->id, buf_slice(&shown), key);
	buf_free(&shown);
	return kept;
}

static void put_preview(struct page *page, const struct draft *draft)
{
	struct json_out *out = &page->out;
	struct request rendered = {0};
	char key[SHA256_HEX_SIZE];
	struct err err = {0};
	bool ok = draft_render(draft, &rendered, &err);
	bool kept = ok && keep_frame(page, draft, rendered.body_html, key);

	json_open(out, "preview", '{');
	json_put_text(out, "frame", kept ? key : ok ? NULL : last_shown(page, draft));
	json_put_text(out, "wrong", ok ? NULL : err.text);
	json_put_slice(out, "subject", rendered.subject);
	json_put_slice(out, "text", slice_first(rendered.body_text, TEMPLATE_FROM_MOST));
	json_open(out, "headers", '[');
	for (size_t i = 0; i < rendered.n_headers; i++) {
		json_open(out, NULL, '{');
		json_put_slice(out, "name", rendered.headers[i].name);
		json_put_slice(out, "value", rendered.headers[i].value);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
}

static const char *sentence_of(const struct page *page, const struct draft *draft)
{
	size_t n = draft->n_problems;
	const char *what =
		draft->over ? "It is not saved: the stored one is in use." : "It is in use.";

	if (n)
		return arena_format(page->arena, "%zu problem%s. %s", n, n == 1 ? "" : "s", what);
	if (!draft->sample)
		return arena_format(page->arena, "Nothing is wrong that shows without a sample. %s",
				    what);
	return arena_format(page->arena, "Sound: it renders with its samples. %s", what);
}

static void put_template(struct page *page, struct draft *draft)
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
	json_put_bool(out, "managed", draft->file->managed);
	json_put_text(out, "revision", draft->revision);
	json_put_slice(out, "part", http_request_form(page->request, "part"));
	json_put_slice(out, "width", http_request_form(page->request, "width"));
	json_put_slice(out, "to", http_request_form(page->request, "to"));
	put_languages(page, draft);
	put_samples(page, draft);
	draft_put_attachments(out, "attachments", draft, page->request);
	draft_put_languages(out, "variants", draft);
	draft_put_fields(out, "fields", draft, draft->members);
	json_put_text(out, "sentence", sentence_of(page, draft));
	draft_put_problems(out, "problems", draft);
	json_put_bool(out, "unsaved", draft->over);
	put_preview(page, draft);
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

/* said: of why nothing was done; NULL: nothing was asked for. */
static void render(struct draft *draft, struct http_request *request, unsigned status,
		   const char *said)
{
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	put_template(&page, draft);
	put_typed(&page);
	json_put_text(&page.out, "said", said);
	page_render(&page, status, "template.html");
}

void template_show(struct http_request *request)
{
	const struct template_file *file;
	const struct organization *org = find(request, &file);
	struct draft draft;

	if (!org)
		return;
	draft_read(&draft, org, file, request);
	draft_examine(&draft);
	render(&draft, request, 200, NULL);
}

/* --- what its form asks for --- */

static void tell(struct http_request *request, const char *lead, const char *text,
		 const char *where)
{
	const struct app *app = request->context;
	const struct caller *caller = request->caller;

	session_tell(app->sessions, caller->session, "sent", lead, text);
	page_go(request, where);
}

static void preview(struct draft *draft, struct http_request *request)
{
	draft_examine(draft);
	render(draft, request, 200, NULL);
}

static struct managed_edit edit_of(const struct draft *draft)
{
	return (struct managed_edit){
		.organization = draft->organization,
		.id = draft->id,
		.values = draft->members,
		.revision = draft->revision,
		.is_remote = true,
	};
}

/* Somebody else was faster: both versions, and the next save counts from theirs. */
static void show_both(struct draft *draft, struct http_request *request)
{
	struct page page;

	draft->revision = draft->file->revision;
	if (!page_begin(&page, request, "templates"))
		return;
	put_template(&page, draft);
	put_typed(&page);
	draft_put_fields(&page.out, "theirs", draft, draft->stored);
	page_render(&page, 409, "template.html");
}

static const char *page_of(struct http_request *request, const struct draft *draft)
{
	return arena_format(&request->arena, "%s/%s/templates/%s?language=%s", page_app(request),
			    draft->organization->id, draft->id, draft->language);
}

static void ignore(void *data, const struct template_fault *fault)
{
	(void)data, (void)fault; /* draft_examine has told them */
}

static void save(struct draft *draft, struct http_request *request)
{
	const struct managed_edit edit = edit_of(draft);
	struct template_saved saved;
	struct err err = {0};

	if (!draft_examine(draft)) {
		render(draft, request, 422, "Nothing was saved: what is wrong is listed below.");
	} else if (template_put(&edit, ignore, NULL, &request->arena, &saved, &err)) {
		configured_log(request, "template-put", "template", edit.organization, edit.id);
		tell(request, "Saved.", "Messages are rendered with it from now on.",
		     page_of(request, draft));
	} else if (err.code == EX_CANTCREAT) {
		show_both(draft, request);
	} else {
		render(draft, request, app_status(&err), err.text);
	}
}

static void ask_delete(struct draft *draft, struct http_request *request)
{
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	json_put_text(&page.out, "title",
		      arena_format(page.arena, "Delete the template %s?", draft->id));
	json_put_text(&page.out, "text",
		      "Messages that name it and are not rendered yet will fail. Those that are "
		      "rendered stay as they are. This cannot be undone.");
	json_put_text(&page.out, "act", "Delete template");
	json_put_text(&page.out, "here", page_of(request, draft));
	json_put_text(&page.out, "revision", draft->revision);
	page_render(&page, 200, "sure.html");
}

static void take_away(struct draft *draft, struct http_request *request)
{
	const struct managed_edit edit = edit_of(draft);
	const char *lead = arena_format(&request->arena, "The template %s is deleted.", draft->id);
	struct err err = {0};

	if (!http_request_form(request, "sure").n) {
		ask_delete(draft, request);
	} else if (template_remove(&edit, &request->arena, &err)) {
		configured_log(request, "template-delete", "template", edit.organization, edit.id);
		tell(request, lead, "",
		     arena_format(&request->arena, "%s/%s/templates", page_app(request),
				  draft->organization->id));
	} else {
		render(draft, request, err.code == EX_CANTCREAT ? 409 : app_status(&err), err.text);
	}
}

/* --- a test --- */

static void answer_test(struct post *post)
{
	const struct taken *taken = &post->taken[0];
	struct http_request *request = post->request;
	const char *at = arena_format(&request->arena, "%s/%.*s", page_app(request),
				      SLICE_ARGS(request->args[0]));

	if (taken->refused)
		page_error(request, taken->refused, "The test was not sent", taken->err.text);
	else
		tell(request, "The test is in the queue.", "This is its story.",
		     arena_format(&request->arena, "%s/messages/%s", at, taken->id));
	http_request_done(request);
}

/* As text that is final: what the form makes of the sample, saved or not. */
static const struct json *test_message(const struct draft *draft, const struct request *rendered,
				       struct slice to)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};
	struct err err = {0};

	request_write(&out, rendered);
	const struct json *base =
		json_parse(arena_slice(draft->arena, buf_slice(&text)), draft->arena, &err);
	buf_clear(&text);
	out = (struct json_out){.buf = &text};
	json_open(&out, NULL, '{');
	json_put_text(&out, "organization_id", draft->organization->id);
	json_open(&out, "to_emails", '[');
	json_put_slice(&out, NULL, to);
	json_close(&out, ']');
	json_open(&out, "tags", '[');
	json_put_text(&out, NULL, "test");
	json_close(&out, ']');
	json_close(&out, '}');
	const struct json *over =
		json_parse(arena_slice(draft->arena, buf_slice(&text)), draft->arena, &err);
	buf_free(&text);
	return base && over ? managed_merge(base, over, draft->arena) : NULL;
}

static void test(struct draft *draft, struct http_request *request)
{
	struct slice to = slice_trim(http_request_form(request, "to"));
	struct request rendered = {0};
	struct err err = {0};

	draft_examine(draft);
	if (!to.n) {
		render(draft, request, 422, "No test was sent: it has no recipient.");
		return;
	}
	if (!draft_render(draft, &rendered, &err)) {
		render(draft, request, 422, "No test was sent: it cannot be rendered.");
		return;
	}
	struct post *post = post_begin(request, 1, false);
	post_take(post, test_message(draft, &rendered, to));
	post_wait(post, answer_test);
}

/* --- which of them --- */

static const struct act {
	const char *name;
	enum token_role role;
	void (*make)(struct draft *draft, struct http_request *request);
} acts[] = {
	{"preview", TOKEN_READ, preview},
	{"save", TOKEN_ADMIN, save},
	{"test", TOKEN_OPERATE, test},
	{"delete", TOKEN_ADMIN, take_away},
};

void template_change(struct http_request *request)
{
	struct slice name = http_request_form(request, "do");
	const struct template_file *file;
	const struct organization *org;
	const struct act *act = acts;
	struct draft draft;

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_is(name, acts[i].name))
			act = &acts[i];
	if (!token_role_covers(app_token(request)->role, act->role)) {
		page_error(request, 403, "Nothing was changed", "Your token may not do that.");
		return;
	}
	if (!(org = find(request, &file)))
		return;
	draft_read(&draft, org, file, request);
	act->make(&draft, request);
}
