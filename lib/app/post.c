#include "app/post.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "queue/template_edit.h"

struct posts {
	struct app *app;
	struct intake *intake; /* NULL before the first message, and while there is no space */
	struct templates *templates; /* NULL before the first message that needs them */
	struct post *first;          /* those that wait */
	bool open; /* something was added, or a key is locked, since the last commit */
};

struct posts *posts_open(struct app *app)
{
	struct posts *posts = mem_zero(sizeof *posts);

	posts->app = app;
	return posts;
}

void posts_close(struct posts *posts)
{
	if (!posts)
		return;
	intake_close(posts->intake);
	if (posts->templates)
		templates_close(posts->templates);
	free(posts);
}

/* --- what the token allows --- */

/* Whoever is not for all organizations neither names another than his own nor sends from its
 * domains.
 */
static bool scope(const struct post *post, struct request *message, struct err *err)
{
	struct slice scope = app_scope(post->request), sender = message->from.email;

	if (!scope.n)
		return true;
	struct slice domain = slice_after(sender, slice_find(sender, '@') + 1);
	const struct organization *owner =
		conf_organization_of_domain(post->app->queue->conf, domain);
	bool is_ours = !owner || app_is_in_scope(post->request, slice_text(owner->id));

	if (!message->organization_id.n)
		message->organization_id = owner && is_ours ? slice_text(owner->id) : scope;
	if (!app_is_in_scope(post->request, message->organization_id))
		return err_set(err, EX_NOPERM, "organization_id: the token is not for %.*s",
			       SLICE_ARGS(message->organization_id));
	return is_ours ||
	       err_set(err, EX_NOPERM, "from_email: the token is not for %.*s", SLICE_ARGS(domain));
}

/* The header's key; in an array each message has one of its own by it, its place. */
static struct slice header_key(const struct post *post)
{
	struct slice key = slice_text(http_request_header(post->request, "Idempotency-Key"));

	if (!key.n || !post->array)
		return key;
	return slice_text(arena_format(&post->request->arena, "%s/%zu", key.p, post->n));
}

/* As a field, so that it is checked as one. NULL and err. */
static const struct json *with_key(const struct post *post, const struct json *json,
				   struct err *err)
{
	const struct json *field = json_get(json, "idempotency_key");
	struct slice key = header_key(post);

	if (!key.p || json->type != JSON_OBJECT || (post->array && field))
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

struct post *post_begin(struct http_request *request, size_t n, bool array)
{
	struct post *post = arena_alloc(&request->arena, sizeof *post);

	post->array = array;
	post->state = STATE_QUEUED;
	post->request = request;
	post->app = request->context;
	post->taken = arena_alloc(&request->arena, (n + 1) * sizeof *post->taken);
	return post;
}

static struct request *read_message(const struct post *post, const struct json *json,
				    struct err *err)
{
	struct request_limits limits = intake_limits(post->app->queue->conf);
	struct request *message = NULL;

	if ((json = with_key(post, json, err)))
		message = request_from_json(json, &post->request->arena, &limits, err);
	return message && scope(post, message, err) ? message : NULL;
}

static bool is_tried(const struct post *post, const struct request *message)
{
	return templates_wanted(message) && !message->scheduled_ms && post->state != STATE_DRAFT &&
	       post->tried_ms < POST_TRY_MS;
}

/* Of a copy: the message is rendered in its turn, by mailq-render. */
static bool try(struct post *post, struct request trial, struct taken *taken)
{
	struct posts *posts = post->app->posts;
	struct arena arena = {0};

	if (!posts->templates)
		posts->templates = template_open_checked(false);
	if (!intake_check(posts->intake, &trial, &taken->err))
		return false;
	const struct organization *org =
		conf_organization(post->app->queue->conf, trial.organization_id);
	bool good =
		templates_apply(posts->templates, org, &trial, &arena, &taken->where, &taken->err);
	if (good)
		taken->where = (struct templates_used){0};
	else if (taken->where.field)
		taken->where.field = arena_text(&post->request->arena, taken->where.field);
	arena_free(&arena);
	return good;
}

static bool can_be_rendered(struct post *post, const struct request *message, struct taken *taken)
{
	int64_t since_ms = clock_boot_ms();

	if (!is_tried(post, message))
		return true;
	bool good = try(post, *message, taken);
	post->tried_ms += clock_boot_ms() - since_ms;
	return good;
}

/* A server on a full disk still answers everything else. */
static bool is_ready(struct posts *posts, struct err *err)
{
	struct queue *queue = posts->app->queue;

	return (posts->open || spool_has_room(queue->spool, err)) &&
	       (posts->intake || (posts->intake = intake_open(queue, err)));
}

static bool add(struct post *post, const struct json *json, struct taken *taken)
{
	struct posts *posts = post->app->posts;
	struct request *message = read_message(post, json, &taken->err);
	bool ready =
		message && is_ready(posts, &taken->err) && can_be_rendered(post, message, taken);
	struct intake *intake = posts->intake;

	if (ready && intake_add(intake, message, post->state, taken->id, &taken->err)) {
		taken->scheduled_ms = message->scheduled_ms;
		taken->org = message->organization_id;
		return true;
	}
	taken->refused = ready && intake_key_was_used(intake) ? 409 : app_status(&taken->err);
	return false;
}

static void log_accept(struct post *post, const struct taken *taken)
{
	struct log *log = &post->app->queue->log;

	log_begin(log, "accept");
	log_text(log, "id", taken->id);
	log_slice(log, "org", taken->org);
	log_text(log, "by", app_who(post->request));
	log_end(log);
}

static void settle(struct post *post, const struct err *err)
{
	for (size_t i = post->committed; i < post->n; i++) {
		struct taken *taken = &post->taken[i];
		if (!err->code && !taken->refused)
			log_accept(post, taken);
		else if (!taken->refused)
			*taken = (struct taken){.refused = app_status(err), .err = *err};
	}
	post->committed = post->n;
}

/* Also where nothing was added: keys that were known let go of their lock. */
static void commit(struct posts *posts, struct post *current)
{
	struct err err = {0};

	if (!posts->intake || intake_commit(posts->intake, &err))
		err.code = 0;
	log_gather(&posts->app->queue->log);
	for (struct post *post = posts->first; post; post = post->next) {
		settle(post, &err);
		http_request_drop_body(post->request);
	}
	if (current)
		settle(current, &err);
	log_write(&posts->app->queue->log);
	posts->open = false;
}

/* One that cannot be in a batch with those before it is tried again in the next. */
void post_take(struct post *post, const struct json *json)
{
	struct posts *posts = post->app->posts;
	struct taken *taken = &post->taken[post->n];

	if (posts->intake && intake_count(posts->intake) == INTAKE_MOST)
		commit(posts, post);
	bool added = add(post, json, taken);
	if (!added && taken->err.code == EX_TEMPFAIL && posts->open) {
		commit(posts, post);
		*taken = (struct taken){0};
		add(post, json, taken);
	}
	posts->open = true;
	post->n++;
}

/* --- waiting for the flush --- */

static void leave(struct post *post)
{
	*post->back = post->next;
	if (post->next)
		post->next->back = post->back;
}

static void forget(struct http_request *request)
{
	leave(request->work);
}

void post_wait(struct post *post, void (*answer)(struct post *post))
{
	struct posts *posts = post->app->posts;

	post->answer = answer;
	post->request->work = post;
	http_request_wait(post->request, forget);
	post->next = posts->first;
	post->back = &posts->first;
	if (post->next)
		post->next->back = &post->next;
	posts->first = post;
}

void posts_flush(struct posts *posts)
{
	if (posts->open)
		commit(posts, NULL);
	for (struct post *post; (post = posts->first);) {
		leave(post);
		post->answer(post);
	}
}
