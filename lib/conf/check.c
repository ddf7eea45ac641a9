#include "conf/check.h"

#include <stdio.h>

#include "conf/keys.h"
#include "conf/secret.h"

static const struct json *find_described(const struct json *keys, const char *name)
{
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next)
		if (slice_is(json_get_text(key, "name"), name))
			return key;
	return NULL;
}

static bool refuse(const struct connector *connector, const struct connector_key *key,
		   struct err *err, const char *what)
{
	return err_set(err, EX_CONFIG, "%s:%u: config.%s %s", connector->file, key->line, key->key,
		       what);
}

static bool unknown_key(const struct connector *connector, const struct connector_key *key,
			const struct json *keys, struct err *err)
{
	for (const struct json *other = keys ? keys->first : NULL; other; other = other->next) {
		struct slice name = json_get_text(other, "name");
		char text[64];
		snprintf(text, sizeof text, "%.*s", SLICE_ARGS(name));
		if (keys_near(key->key, text))
			return err_set(err, EX_CONFIG,
				       "%s:%u: unknown key 'config.%s' (did you mean '%s'?)",
				       connector->file, key->line, key->key, text);
	}
	return err_set(err, EX_CONFIG, "%s:%u: unknown key 'config.%s' of kind %s", connector->file,
		       key->line, key->key, connector->kind);
}

static bool is_number(const char *value)
{
	uint64_t n;

	return slice_number(slice_text(value), INT64_MAX, &n);
}

static bool is_bool(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

/* "none, starttls, tls" */
static void list_values(const struct json *values, struct buf *out)
{
	for (const struct json *value = values->first; value; value = value->next)
		buf_addf(out, "%s%.*s", value == values->first ? "" : ", ",
			 SLICE_ARGS(value->text));
}

static bool check_values(const struct connector *connector, const struct connector_key *key,
			 const struct json *values, struct err *err)
{
	struct buf choices = {0};

	for (const struct json *value = values->first; value; value = value->next)
		if (slice_is(value->text, key->value))
			return true;
	list_values(values, &choices);
	err_set(err, EX_CONFIG, "%s:%u: config.%s must be one of %s, not '%s'", connector->file,
		key->line, key->key, choices.p, key->value);
	buf_free(&choices);
	return false;
}

static bool check_value(const struct connector *connector, const struct connector_key *key,
			const struct json *described, struct err *err)
{
	struct slice type = json_get_text(described, "type");
	const struct json *values = json_get(described, "values");

	if (slice_is(type, "list"))
		return !key->value || refuse(connector, key, err, "must be a list");
	if (!key->value)
		return refuse(connector, key, err, "must not be a list");
	if (secret_is_reference(key->value))
		return true;
	if (slice_is(type, "number") && !is_number(key->value))
		return refuse(connector, key, err, "must be a whole number");
	if (slice_is(type, "bool") && !is_bool(key->value))
		return refuse(connector, key, err, "must be true or false");
	return !values || !values->first || check_values(connector, key, values, err);
}

static bool check_required(const struct connector *connector, const struct json *keys,
			   struct err *err)
{
	for (const struct json *key = keys ? keys->first : NULL; key; key = key->next) {
		struct slice name = json_get_text(key, "name");
		bool there = !json_get_bool(key, "required", false);
		for (size_t i = 0; i < connector->config_count && !there; i++)
			there = slice_is(name, connector->config[i].key);
		if (!there)
			return err_set(err, EX_CONFIG, "%s: kind %s needs config.%.*s",
				       connector->file, connector->kind, SLICE_ARGS(name));
	}
	return true;
}

bool connector_check(const struct connector *connector, const struct json *describe,
		     struct err *err)
{
	const struct json *keys = json_get(describe, "keys");

	for (size_t i = 0; i < connector->config_count; i++) {
		const struct connector_key *key = &connector->config[i];
		const struct json *described = find_described(keys, key->key);
		if (!described)
			return unknown_key(connector, key, keys, err);
		if (!check_value(connector, key, described, err))
			return false;
	}
	return check_required(connector, keys, err);
}

bool organization_check(const struct organization *org, struct err *err)
{
	if (org->connector_count && !organization_default(org))
		return err_set(err, EX_CONFIG, "%s/connectors: none is_default", org->directory);
	return true;
}
