/*
 * mailq-render: makes the RFC 5322 message of what was asked for.
 *
 * Manual: man/mailq-render.8.
 */
#include "mime/compose.h"
#include "policy/route.h"
#include "queue/templates.h"
#include "queue/work.h"
#include "template/locale.h"

static const struct usage usage = {
	.synopsis = "mailq-render [-C file] [--follow] [id ...]",
	.about = "Renders the messages that are queued and hands them to mailq-route.",
	.long_options = (const struct option[]){{"follow", no_argument, NULL, 'f'}, {0}},
};

struct render {
	struct templates *templates;
	struct buf message, json, note;
};

/* A message that cannot be made fails at once: trying again would not change it. */
static void fail(struct render *render, struct work_step *step, enum state to, const char *name,
		 const char *reason)
{
	struct json_out out = {.buf = &render->json};
	struct event event = {.name = slice_text(name),
			      .to = to,
			      .by = SLICE("mailq-render"),
			      .reason = slice_text(reason)};

	buf_clear(&render->json);
	event_write(&out, &event);
	*step = (struct work_step){.to = to,
				   .entry = ENTRY_EVENT,
				   .body = buf_slice(&render->json)};
}

/* Some bytes of this message may have left already: then it must stay the same, byte by byte. */
static bool differs_from_tried(const struct render *render, const struct story *story)
{
	uint32_t tried = 0;
	struct entry_sum sum = {0};

	for (size_t i = 0; i < story->n_items; i++)
		if (story->items[i].kind == STORY_ATTEMPT && story->items[i].attempt.crc)
			tried = story->items[i].attempt.crc;
	entry_sum_add(&sum, buf_slice(&render->message));
	return tried && tried != sum.crc;
}

/* Which template it was, as it was: the `template` entry. */
static void note_template(struct render *render, struct work_step *step,
			  const struct request *request, const struct templates_used *used)
{
	struct json_out out = {.buf = &render->note};

	if (!*used->sha256)
		return;
	buf_clear(&render->note);
	json_open(&out, NULL, '{');
	json_put_slice(&out, "template_id", request->template_id);
	json_put_text(&out, "sha256", used->sha256);
	json_close(&out, '}');
	step->note = "template";
	step->note_body = buf_slice(&render->note);
}

/* The request's texts, rendered where they are template text, made into render->message. */
static bool make_message(struct render *render, struct work_item *item, struct work_step *step,
			 struct err *err)
{
	struct request request = *item->story->request;
	struct mime_identity identity = {.id = slice_text(item->file->id),
					 .date_ms = item->story->created_ms};
	struct templates_used used;

	buf_clear(&render->message);
	if (templates_wanted(&request)) {
		if (!item->org)
			return err_set(err, EX_DATAERR,
				       "the organization is gone from the configuration");
		if (!templates_apply(render->templates, item->org, &request, item->arena, &used,
				     err))
			return false;
		note_template(render, step, &request, &used);
	}
	if (!request.from.email.p && item->org && item->org->from_email &&
	    !address_parse(slice_text(item->org->from_email), item->arena, &request.from, err))
		return false;
	return mime_compose(&request, &identity, &render->message, err);
}

static bool render_one(void *context, struct work_item *item, struct work_step *step,
		       struct err *err)
{
	struct render *render = context;
	const struct story *story = item->story;

	*step = (struct work_step){.to = STATE_RENDERED};
	if (route_has_expired(story->request, item->now_ms)) {
		fail(render, step, STATE_FAILED, "render", "expired");
		return true;
	}
	if (story->has_message)
		return true;
	if (!make_message(render, item, step, err)) {
		if (err_is_temporary(err))
			return false;
		fail(render, step, STATE_FAILED, "render", err->text);
		return true;
	}
	if (differs_from_tried(render, story)) {
		fail(render, step, STATE_HELD, "render",
		     "renders differently from what was tried before a power cut");
		return true;
	}
	step->entry = ENTRY_MESSAGE;
	step->body = buf_slice(&render->message);
	return true;
}

int main(int argc, char **argv)
{
	const struct templates_options options = {.prepare = template_add_locale_filters};
	struct render render = {.templates = templates_open(&options)};
	const struct work_stage stage = {
		.name = "render",
		.from = {STATE_QUEUED},
		.handle = render_one,
		.context = &render,
	};

	int code = work_main(argc, argv, &usage, &stage);
	buf_free(&render.message);
	buf_free(&render.json);
	buf_free(&render.note);
	templates_close(render.templates);
	return code;
}
