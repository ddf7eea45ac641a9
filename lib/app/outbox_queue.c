#include "app/outbox.h"
#include "app/post.h"
#include "app/send.h"
#include "app/templates.h"

static void put_taken(struct json_out *out, const struct post *post, const struct taken *taken)
{
	json_open(out, NULL, '{');
	if (taken->refused) {
		http_put_problem(out, taken->refused, taken->err.text);
	} else {
		json_put_text(out, "id", taken->id);
		json_put_text(out, "status",
			      status_public_name(post->state == STATE_DRAFT ? STATUS_DRAFT
									    : STATUS_READY));
	}
	json_close(out, '}');
}

static void answer_one(struct post *post)
{
	const struct taken *taken = &post->taken[0];

	if (taken->where.field) {
		templates_refuse(post->request, &taken->err, &taken->where);
	} else if (taken->refused) {
		app_refuse(post->request, taken->refused, &taken->err);
	} else {
		struct json_out out = http_json(post->request, 202);
		http_add_header(post->request, "Location", "outbox/%s", taken->id);
		put_taken(&out, post, taken);
	}
	http_request_done(post->request);
}

static void answer_all(struct post *post)
{
	unsigned status = 202;

	for (size_t i = 0; i < post->n; i++)
		if (post->taken[i].refused)
			status = 207;
	struct json_out out = http_json(post->request, status);
	json_open(&out, NULL, '[');
	for (size_t i = 0; i < post->n; i++)
		put_taken(&out, post, &post->taken[i]);
	json_close(&out, ']');
	http_request_done(post->request);
}

static bool array_is_fit(struct http_request *request, const struct json *json)
{
	if (json->count > OUTBOX_ARRAY_MOST)
		http_problem(request, 413, "more than %d messages", OUTBOX_ARRAY_MOST);
	return json->count <= OUTBOX_ARRAY_MOST;
}

void outbox_queue(struct http_request *request)
{
	bool draft;
	const struct json *json = app_flag(request, "draft", &draft) ? app_json(request) : NULL;
	bool array = json && json->type == JSON_ARRAY;

	if (!json || (array && !array_is_fit(request, json)))
		return;
	struct post *post = post_begin(request, array ? json->count : 1, array);
	post->state = draft ? STATE_DRAFT : STATE_QUEUED;
	if (array)
		for (const struct json *item = json->first; item; item = item->next)
			post_take(post, item);
	else
		post_take(post, json);
	post_wait(post, array ? answer_all : answer_one);
}

/* --- at once --- */

static void deliver(struct post *post)
{
	const struct taken *taken = &post->taken[0];

	if (taken->refused)
		answer_one(post);
	else
		send_wait(post->request, taken->id, taken->scheduled_ms);
}

void outbox_send(struct http_request *request)
{
	const struct json *json;

	if (!send_read_wait(request) || !(json = app_json(request)))
		return;
	struct post *post = post_begin(request, 1, false);
	post_take(post, json);
	post_wait(post, deliver);
}
