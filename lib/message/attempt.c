#include "message/attempt.h"

#include <assert.h>

#include "base/clock.h"
#include "message/text.h"

/* --- names --- */

/* In the order of the enums. */
static const char *const verdicts[] = {"none", "delivered", "transient", "permanent", "uncertain"};
static const char *const results[] = {"", "sent", "deferred", "failed", "uncertain", "untried"};

#define VERDICTS (sizeof verdicts / sizeof *verdicts)
#define RESULTS (sizeof results / sizeof *results)

const char *verdict_name(enum verdict verdict)
{
	assert(verdict < VERDICTS);
	return verdicts[verdict];
}

const char *attempt_result_name(enum attempt_result result)
{
	assert(result > 0 && result < RESULTS);
	return results[result];
}

/* --- writing --- */

static void put_text(struct json_out *out, const char *key, struct slice text)
{
	if (text.n)
		json_put_slice(out, key, text_cut(text, ATTEMPT_TEXT_MOST));
}

static void put_due(struct json_out *out, int64_t ms)
{
	char due[CLOCK_TEXT_SIZE];

	if (ms == 0)
		return;
	clock_format(ms, due);
	json_put_text(out, "due", due);
}

static void put_reply(struct json_out *out, const struct attempt_reply *reply)
{
	json_open(out, NULL, '{');
	json_put_slice(out, "email", reply->email);
	json_put_text(out, "verdict", verdict_name(reply->verdict));
	if (reply->code)
		json_put_int(out, "code", reply->code);
	put_text(out, "enhanced", reply->enhanced);
	put_text(out, "reply", reply->text);
	json_close(out, '}');
}

void attempt_write_members(struct json_out *out, const struct attempt *attempt)
{
	json_put_int(out, "n", attempt->n);
	json_put_bool(out, "spent", attempt->spent);
	put_text(out, "connector_id", attempt->connector_id);
	json_put_text(out, "result", attempt_result_name(attempt->result));
	json_put_text(out, "to", state_name(attempt->to));
	put_due(out, attempt->due_ms);
	put_text(out, "provider_message_id", attempt->provider_message_id);
	put_text(out, "error", attempt->error);
	json_put_int(out, "ms", attempt->ms);
	if (attempt->crc)
		json_put_int(out, "crc", attempt->crc);
	json_open(out, "recipients", '[');
	for (size_t i = 0; i < attempt->n_recipients; i++)
		put_reply(out, &attempt->recipients[i]);
	json_close(out, ']');
}

void route_write_members(struct json_out *out, const struct route *route)
{
	put_text(out, "connector_id", route->connector_id);
	put_text(out, "kind", route->kind);
	put_text(out, "reason", route->reason);
}

void event_write_members(struct json_out *out, const struct event *event)
{
	put_text(out, "name", event->name);
	if (event->to != STATE_NONE)
		json_put_text(out, "to", state_name(event->to));
	put_due(out, event->due_ms);
	put_text(out, "by", event->by);
	put_text(out, "reason", event->reason);
	if (event->restarts)
		json_put_bool(out, "restarts", true);
}

void attempt_write(struct json_out *out, const struct attempt *attempt)
{
	json_open(out, NULL, '{');
	attempt_write_members(out, attempt);
	json_close(out, '}');
}

void route_write(struct json_out *out, const struct route *route)
{
	json_open(out, NULL, '{');
	route_write_members(out, route);
	json_close(out, '}');
}

void event_write(struct json_out *out, const struct event *event)
{
	json_open(out, NULL, '{');
	event_write_members(out, event);
	json_close(out, '}');
}

/* --- reading: members that are missing keep their zero; the first of a wrong type stops it --- */

struct members {
	const struct json *object;
	struct err *err;
	bool ok;
};

static const struct json *take(struct members *m, const char *key, enum json_type type)
{
	const struct json *value = m->ok ? json_get(m->object, key) : NULL;

	if (value && value->type != type)
		m->ok = err_set(m->err, EX_DATAERR, "%s: must be %s, not %s", key,
				json_type_name(type), json_type_name(value->type));
	return m->ok ? value : NULL;
}

static void take_text(struct members *m, const char *key, struct slice *text)
{
	const struct json *value = take(m, key, JSON_STRING);

	*text = value ? value->text : slice_make("", 0);
}

static void take_bool(struct members *m, const char *key, bool *truth)
{
	const struct json *value = take(m, key, JSON_BOOL);

	*truth = value && value->truth;
}

static void take_number(struct members *m, const char *key, uint32_t *number)
{
	const struct json *value = take(m, key, JSON_INT);
	int64_t n = 0;

	if (value && (!json_int(value, &n) || n < 0 || n > UINT32_MAX))
		m->ok = err_set(m->err, EX_DATAERR, "%s: out of range", key);
	*number = (uint32_t)n;
}

static void take_time(struct members *m, const char *key, int64_t *ms)
{
	const struct json *value = take(m, key, JSON_STRING);

	*ms = 0;
	if (value && !clock_parse(value->text, ms))
		m->ok = err_set(m->err, EX_DATAERR, "%s: no time", key);
}

static void take_state(struct members *m, enum state *state)
{
	const struct json *value = take(m, "to", JSON_STRING);

	*state = value ? state_from_name(value->text) : STATE_NONE;
	if (value && *state == STATE_NONE)
		m->ok = err_set(m->err, EX_DATAERR, "to: no state");
}

/* The place of the member's text in names, which must hold it. */
static unsigned take_word(struct members *m, const char *key, const char *const *names, size_t n)
{
	const struct json *value = take(m, key, JSON_STRING);

	for (unsigned i = 0; value && i < n; i++)
		if (*names[i] && slice_is(value->text, names[i]))
			return i;
	if (m->ok)
		m->ok = err_set(m->err, EX_DATAERR, "%s: missing or unknown", key);
	return 0;
}

static struct members members_of(struct slice json, struct arena *arena, struct err *err)
{
	struct members m = {.object = json_parse(json, arena, err), .err = err};

	m.ok = m.object != NULL;
	if (m.ok && m.object->type != JSON_OBJECT)
		m.ok = err_set(err, EX_DATAERR, "must be an object");
	return m;
}

static bool read_reply(const struct json *json, struct attempt_reply *reply, struct err *err)
{
	struct members m = {.object = json, .err = err, .ok = true};
	uint32_t code;

	if (json->type != JSON_OBJECT)
		return err_set(err, EX_DATAERR, "must be an object");
	take_text(&m, "email", &reply->email);
	reply->verdict = take_word(&m, "verdict", verdicts, VERDICTS);
	take_number(&m, "code", &code);
	reply->code = code;
	take_text(&m, "enhanced", &reply->enhanced);
	take_text(&m, "reply", &reply->text);
	return m.ok;
}

static void take_replies(struct members *m, struct arena *arena, struct attempt *attempt)
{
	const struct json *list = take(m, "recipients", JSON_ARRAY);

	attempt->recipients = NULL;
	attempt->n_recipients = 0;
	if (!list || !list->count)
		return;
	attempt->recipients = arena_alloc(arena, list->count * sizeof *attempt->recipients);
	for (const struct json *item = list->first; item; item = item->next) {
		size_t i = attempt->n_recipients++;
		if (read_reply(item, &attempt->recipients[i], m->err))
			continue;
		m->ok = err_at(m->err, "recipients[%zu]", i);
		return;
	}
}

bool attempt_read(struct slice json, struct arena *arena, struct attempt *attempt, struct err *err)
{
	struct members m = members_of(json, arena, err);

	*attempt = (struct attempt){0};
	take_number(&m, "n", &attempt->n);
	take_bool(&m, "spent", &attempt->spent);
	take_text(&m, "connector_id", &attempt->connector_id);
	attempt->result = take_word(&m, "result", results, RESULTS);
	take_state(&m, &attempt->to);
	take_time(&m, "due", &attempt->due_ms);
	take_text(&m, "provider_message_id", &attempt->provider_message_id);
	take_text(&m, "error", &attempt->error);
	take_number(&m, "ms", &attempt->ms);
	take_number(&m, "crc", &attempt->crc);
	take_replies(&m, arena, attempt);
	if (m.ok && (attempt->n == 0 || attempt->to == STATE_NONE))
		return err_set(err, EX_DATAERR, "%s: missing", attempt->n == 0 ? "n" : "to");
	return m.ok;
}

bool route_read(struct slice json, struct arena *arena, struct route *route, struct err *err)
{
	struct members m = members_of(json, arena, err);

	take_text(&m, "connector_id", &route->connector_id);
	take_text(&m, "kind", &route->kind);
	take_text(&m, "reason", &route->reason);
	return m.ok;
}

bool event_read(struct slice json, struct arena *arena, struct event *event, struct err *err)
{
	struct members m = members_of(json, arena, err);

	take_text(&m, "name", &event->name);
	take_state(&m, &event->to);
	take_time(&m, "due", &event->due_ms);
	take_text(&m, "by", &event->by);
	take_text(&m, "reason", &event->reason);
	take_bool(&m, "restarts", &event->restarts);
	return m.ok;
}
