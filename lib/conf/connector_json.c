#include "conf/connector_edit.h"

static void put_single(struct json_out *out, const char *name, struct slice type, const char *value)
{
	uint64_t n;

	if (slice_is(type, "integer") && slice_number(slice_text(value), INT64_MAX, &n))
		json_put_int(out, name, (int64_t)n);
	else if (slice_is(type, "boolean") && strcmp(value, "true") == 0)
		json_put_bool(out, name, true);
	else if (slice_is(type, "boolean") && strcmp(value, "false") == 0)
		json_put_bool(out, name, false);
	else
		json_put_text(out, name, value);
}

static void put_key(struct json_out *out, const struct connector_key *key, struct slice type)
{
	if (key->value) {
		put_single(out, key->key, type, key->value);
		return;
	}
	json_open(out, key->key, '[');
	for (size_t i = 0; i < key->list.count; i++)
		json_put_text(out, NULL, key->list.text[i]);
	json_close(out, ']');
}

/* Either the secrets' names, or all else. */
static void put_config(struct json_out *out, const struct connector *connector,
		       const struct json *describe, bool secrets)
{
	const struct json *keys = json_get(describe, "keys");
	char name[64];

	json_open(out, secrets ? "secrets" : "config", '{');
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next) {
		struct slice text = json_get_text(key, "name");
		if (text.n >= sizeof name || json_get_bool(key, "secret", false) != secrets)
			continue;
		memcpy(name, text.p, text.n);
		name[text.n] = '\0';
		const struct connector_key *found = connector_config(connector, name);
		if (secrets)
			json_put_bool(out, name, found);
		else if (found)
			put_key(out, found, json_get_text(key, "type"));
	}
	json_close(out, '}');
}

static struct slice type_of(const struct json *describe, const char *name)
{
	const struct json *keys = json_get(describe, "keys");

	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		if (slice_is(json_get_text(key, "name"), name))
			return json_get_text(key, "type");
	return (struct slice){0};
}

void connector_write_config(struct json_out *out, const struct connector *connector,
			    const struct json *describe)
{
	json_open(out, "config", '{');
	for (size_t i = 0; i < connector->config_count; i++)
		put_key(out, &connector->config[i], type_of(describe, connector->config[i].key));
	json_close(out, '}');
}

/* As few digits as say it. */
static void put_rate(struct json_out *out, double rate)
{
	struct buf text = {0};

	buf_addf(&text, "%.10g", rate);
	json_put_raw(out, "rate", buf_slice(&text));
	buf_free(&text);
}

void connector_write_members(struct json_out *out, const struct connector *connector,
			     const struct json *describe)
{
	json_put_text(out, "id", connector->id);
	json_put_text(out, "name", connector->name);
	json_put_text(out, "kind", connector->kind);
	json_put_bool(out, "is_default", connector->is_default);
	json_put_text(out, "fallback", connector->fallback);
	json_put_int(out, "max_connections", connector->max_connections);
	put_rate(out, connector->rate);
	json_put_text(out, "on_uncertain",
		      connector->on_uncertain == UNCERTAIN_HOLD ? "hold" : "retry");
	json_put_int(out, "timeout_seconds", connector->timeout_seconds);
	json_put_int(out, "pause_seconds", connector->pause_seconds);
	put_config(out, connector, describe, false);
	put_config(out, connector, describe, true);
	json_put_bool(out, "managed", connector->managed);
	json_put_text(out, "revision", connector->revision);
}
