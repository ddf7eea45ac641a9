#include "app/configured.h"
#include "app/page_template.h"
#include "app/post.h"
#include "app/words.h"

static const char *page_of(struct http_request *request, const struct draft *draft)
{
	return arena_format(&request->arena, "%s/%s/templates/%s?language=%s", page_app(request),
			    draft->organization->id, draft->id, draft->language);
}

static const char *list_of(struct http_request *request, const struct draft *draft)
{
	return arena_format(&request->arena, "%s/%s/templates", page_app(request),
			    draft->organization->id);
}

static void preview(struct draft *draft, struct http_request *request)
{
	draft_examine(draft);
	template_page_render(draft, request, 200, NULL);
}

/* --- saving, publishing --- */

static struct managed_edit edit_of(const struct draft *draft, const struct json *values)
{
	return (struct managed_edit){
		.organization = draft->organization,
		.id = draft->id,
		.values = values,
		.revision = *draft->revision ? draft->revision : NULL,
		.is_new = !*draft->revision,
		.is_remote = true,
	};
}

/* Theirs is a draft where that is what has changed, else what is published. */
static void put_theirs(struct page *page, const struct draft *draft)
{
	const struct template_draft *saved = draft->saved;
	bool is_draft = saved && draft->seen && strcmp(draft->seen, saved->revision) != 0;

	if (!is_draft && !draft->published)
		return;
	draft_put_fields(&page->out, "theirs", draft, is_draft ? saved->members : draft->published);
	if (!is_draft)
		return;
	json_put_text(&page->out, "their_name", saved->by);
	words_put_time(&page->out, "their_time", saved->at_ms, page->now_ms, page->arena);
}

/* Somebody else was faster: both versions, and the next act counts from theirs. */
static void show_both(struct draft *draft, struct http_request *request)
{
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	put_theirs(&page, draft);
	draft->revision = draft->file ? draft->file->revision : "";
	draft->seen = draft->saved ? draft->saved->revision : "";
	template_page_put(&page, draft);
	json_put_text(&page.out, "said", "Nothing was done: it was changed meanwhile");
	page_render(&page, 409, "template.html");
}

static void refuse(struct draft *draft, struct http_request *request, const struct err *err)
{
	if (err->code == EX_CANTCREAT)
		show_both(draft, request);
	else
		template_page_render(draft, request, app_status(err), err->text);
}

static const char *saved_with(struct http_request *request, const struct draft *draft)
{
	size_t n = draft_count(draft, false);

	if (!n)
		return "It is not published: mail is not rendered with it.";
	return arena_format(&request->arena, "It has %s, and cannot be published before %s mended.",
			    words_count(n, "problem", &request->arena),
			    n == 1 ? "that is" : "they are");
}

static void save(struct draft *draft, struct http_request *request)
{
	const struct managed_edit edit = edit_of(draft, draft->kept);
	struct err err = {0};

	draft_examine(draft);
	if (!template_draft_put(&edit, draft->seen, app_who(request), &request->arena, &err)) {
		refuse(draft, request, &err);
		return;
	}
	configured_log(request, "template-draft", "template", edit.organization, edit.id);
	page_tell(request, "sent", "Draft saved.", saved_with(request, draft),
		  page_of(request, draft));
}

static void ignore(void *data, const struct template_fault *fault)
{
	(void)data, (void)fault; /* draft_examine has told them */
}

static void publish(struct draft *draft, struct http_request *request)
{
	const struct managed_edit edit = edit_of(draft, draft->members);
	struct template_saved saved;
	struct err err = {0};

	if (!draft_examine(draft)) {
		template_page_render(draft, request, 422,
				     "Nothing was published: what is wrong is listed below.");
	} else if (template_publish(&edit, draft->seen, ignore, NULL, &request->arena, &saved,
				    &err)) {
		configured_log(request, "template-publish", "template", edit.organization, edit.id);
		page_tell(request, "sent", "Published.",
			  "Messages are rendered with it from now on.", page_of(request, draft));
	} else {
		refuse(draft, request, &err);
	}
}

/* --- what cannot be undone --- */

static void ask(struct draft *draft, struct http_request *request, const char *act,
		const char *what, const char *text)
{
	struct page page;

	if (!page_begin(&page, request, "templates"))
		return;
	json_put_text(&page.out, "title", arena_format(page.arena, "%s %s?", what, draft->id));
	json_put_text(&page.out, "text", text);
	json_put_text(&page.out, "do", act);
	json_put_text(&page.out, "act",
		      strcmp(act, "delete") == 0 ? "Delete template" : "Discard draft");
	json_put_text(&page.out, "here", page_of(request, draft));
	json_put_text(&page.out, "revision", draft->revision);
	json_put_text(&page.out, "seen", draft->seen);
	page_render(&page, 200, "sure.html");
}

static void refuse_loss(struct draft *draft, struct http_request *request, const struct err *err)
{
	template_page_render(draft, request, err->code == EX_CANTCREAT ? 409 : app_status(err),
			     err->text);
}

static void discard(struct draft *draft, struct http_request *request)
{
	struct err err = {0};

	if (!http_request_form(request, "sure").n) {
		ask(draft, request, "discard", "Discard the draft of",
		    draft->file ? "What is published stays as it is. This cannot be undone."
				: "Nothing of it is published. This cannot be undone.");
	} else if (template_discard(draft->organization, draft->id, draft->seen, &request->arena,
				    &err)) {
		configured_log(request, "template-discard", "template", draft->organization,
			       draft->id);
		page_tell(request, "sent",
			  arena_format(&request->arena, "The draft of %s is discarded.", draft->id),
			  "", draft->file ? page_of(request, draft) : list_of(request, draft));
	} else {
		refuse_loss(draft, request, &err);
	}
}

static void take_away(struct draft *draft, struct http_request *request)
{
	const struct managed_edit edit = edit_of(draft, NULL);
	struct err err = {0};

	if (!http_request_form(request, "sure").n) {
		ask(draft, request, "delete", "Delete the template",
		    "Messages that name it and are not rendered yet will fail. Those that are "
		    "rendered stay as they are. Its draft goes with it. This cannot be undone.");
	} else if (template_remove(&edit, &request->arena, &err)) {
		configured_log(request, "template-delete", "template", edit.organization, edit.id);
		page_tell(request, "sent",
			  arena_format(&request->arena, "The template %s is deleted.", draft->id),
			  "", list_of(request, draft));
	} else {
		refuse_loss(draft, request, &err);
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
		page_tell(request, "sent", "The test is in the queue.", "This is its story.",
			  arena_format(&request->arena, "%s/messages/%s", at, taken->id));
	http_request_done(request);
}

/* As text that is final: what the form makes of the sample, saved or not. */
static const struct json *test_message(const struct draft *draft, const struct request *rendered,
				       struct slice to)
{
	struct buf text = {0};
	struct json_out out = {.buf = &text};

	request_write(&out, rendered);
	const struct json *base = app_values(&text, draft->arena);
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
	const struct json *over = app_values(&text, draft->arena);
	return base && over ? managed_merge(base, over, draft->arena) : NULL;
}

static void test(struct draft *draft, struct http_request *request)
{
	struct slice to = slice_trim(http_request_form(request, "to"));
	struct request rendered = {0};
	struct err err = {0};

	draft_examine(draft);
	if (!to.n) {
		template_page_render(draft, request, 422, "No test was sent: it has no recipient.");
		return;
	}
	if (!draft_render(draft, &rendered, &err)) {
		template_page_render(draft, request, 422,
				     "No test was sent: it cannot be rendered.");
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
	{"preview", TOKEN_READ, preview},  {"save", TOKEN_ADMIN, save},
	{"publish", TOKEN_ADMIN, publish}, {"discard", TOKEN_ADMIN, discard},
	{"test", TOKEN_OPERATE, test},     {"delete", TOKEN_ADMIN, take_away},
};

void template_change(struct http_request *request)
{
	struct slice name = http_request_form(request, "do");
	struct draft_stored stored;
	const struct act *act = acts;
	struct draft draft;

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (slice_is(name, acts[i].name))
			act = &acts[i];
	if (!token_role_covers(app_token(request)->role, act->role)) {
		page_error(request, 403, "Nothing was changed", "Your token may not do that.");
		return;
	}
	if (!template_page_find(request, &stored))
		return;
	draft_read(&draft, &stored, request);
	act->make(&draft, request);
}
