#include "app/app.h"
#include "app/outbox.h"
#include "base/utf8.h"

/* What became of one message of a post. */
struct taken {
	char id[ID_SIZE];
	unsigned refused; /* the HTTP status; 0: it was taken */
	struct err err;
};

struct post {
	struct http_request *request;
	const struct app *app;
	struct taken *taken;
	size_t n, committed;
};

/* --- what the token allows --- */

/* A token for one organization neither names another nor sends from its domains. */
static bool scope(const struct post *post, struct request *message, struct err *err)
{
	struct slice scope = app_scope(post->request), sender = message->from.email;

	if (!scope.n)
		return true;
	if (!message->organization_id.n)
		message->organization_id = scope;
	if (!slice_equal(message->organization_id, scope))
		return err_set(err, EX_NOPERM, "organization_id: the token is not for %.*s",
			       SLICE_ARGS(message->organization_id));
	struct slice domain = slice_after(sender, slice_find(sender, '@') + 1);
	const struct organization *owner =
		conf_organization_of_domain(post->app->queue->conf, domain);
	return !owner || slice_is(scope, owner->id) ||
	       err_set(err, EX_NOPERM, "from_email: the token is not for %.*s", SLICE_ARGS(domain));
}

/* The header's key as a field, so that it is checked as one. NULL and err. */
static const struct json *with_key(const struct post *post, const struct json *json,
				   struct err *err)
{
	struct slice key = slice_text(http_request_header(post->request, "Idempotency-Key"));
	const struct json *field = json_get(json, "idempotency_key");

	if (!key.p || json->type != JSON_OBJECT)
		return json;
	if (field && !slice_equal(field->text, key)) {
		err_set(err, EX_DATAERR, "idempotency_key: another than in the header");
		return NULL;
	}
	if (utf8_check(key) < key.n) {
		err_set(err, EX_DATAERR, "Idempotency-Key: not UTF-8");
		return NULL;
	}
	if (field)
		return json;
	struct json *member = arena_alloc(&post->request->arena, sizeof *member);
	struct json *object = arena_alloc(&post->request->arena, sizeof *object);
	*member = (struct json){.type = JSON_STRING,
				.text = key,
				.key = SLICE("idempotency_key"),
				.next = json->first};
	*object = *json;
	object->first = member;
	object->count++;
	return object;
}

/* --- taking --- */

static struct request *read_message(const struct post *post, const struct json *json,
				    struct err *err)
{
	struct request_limits limits = intake_limits(post->app->queue->conf);
	struct request *message = NULL;

	if ((json = with_key(post, json, err)))
		message = request_from_json(json, &post->request->arena, &limits, err);
	return message && scope(post, message, err) ? message : NULL;
}

static bool add(const struct post *post, const struct json *json, struct taken *taken)
{
	struct intake *intake = post->app->intake;
	struct request *message = read_message(post, json, &taken->err);

	if (message && intake_add(intake, message, STATE_QUEUED, taken->id, &taken->err))
		return true;
	taken->refused = message && intake_key_was_used(intake) ? 409 : app_status(&taken->err);
	return false;
}

/* Also where nothing was added: keys that were known let go of their lock. */
static void commit(struct post *post)
{
	struct err err = {0};

	if (!intake_commit(post->app->intake, &err))
		for (size_t i = post->committed; i < post->n; i++)
			if (!post->taken[i].refused)
				post->taken[i] =
					(struct taken){.refused = app_status(&err), .err = err};
	post->committed = post->n;
}

/* One that cannot be in a batch with those before it is tried again in the next. */
static void take(struct post *post, const struct json *json)
{
	struct taken *taken = &post->taken[post->n];

	if (intake_count(post->app->intake) == INTAKE_MOST)
		commit(post);
	if (!add(post, json, taken) && taken->err.code == EX_TEMPFAIL &&
	    post->n > post->committed) {
		commit(post);
		*taken = (struct taken){0};
		add(post, json, taken);
	}
	post->n++;
}

static void put_taken(struct json_out *out, const struct taken *taken)
{
	json_open(out, NULL, '{');
	if (taken->refused) {
		http_put_problem(out, taken->refused, taken->err.text);
	} else {
		json_put_text(out, "id", taken->id);
		json_put_text(out, "status", status_public_name(STATUS_READY));
	}
	json_close(out, '}');
}

/* --- one, or an array --- */

static void answer_one(struct http_request *request, const struct taken *taken)
{
	if (taken->refused) {
		app_refuse(request, taken->refused, &taken->err);
		return;
	}
	struct json_out out = http_json(request, 202);
	put_taken(&out, taken);
}

static void answer_all(struct http_request *request, const struct post *post)
{
	unsigned status = 202;

	for (size_t i = 0; i < post->n; i++)
		if (post->taken[i].refused)
			status = 207;
	struct json_out out = http_json(request, status);
	json_open(&out, NULL, '[');
	for (size_t i = 0; i < post->n; i++)
		put_taken(&out, &post->taken[i]);
	json_close(&out, ']');
}

static bool array_is_fit(struct http_request *request, const struct json *json)
{
	if (json->count > OUTBOX_ARRAY_MOST)
		http_problem(request, 413, "more than %d messages", OUTBOX_ARRAY_MOST);
	else if (http_request_header(request, "Idempotency-Key"))
		http_problem(request, 422,
			     "Idempotency-Key: in an array each has its idempotency_key");
	else
		return true;
	return false;
}

void outbox_queue(struct http_request *request)
{
	struct err err = {0};
	const struct json *json = json_parse(request->body, &request->arena, &err);
	struct post post = {.request = request, .app = request->context};

	if (!json) {
		app_refuse(request, 400, &err);
		return;
	}
	bool array = json->type == JSON_ARRAY;
	if (array && !array_is_fit(request, json))
		return;
	post.taken =
		arena_alloc(&request->arena, (array ? json->count + 1 : 1) * sizeof *post.taken);
	if (array)
		for (const struct json *item = json->first; item; item = item->next)
			take(&post, item);
	else
		take(&post, json);
	commit(&post);
	if (array)
		answer_all(request, &post);
	else
		answer_one(request, &post.taken[0]);
}
