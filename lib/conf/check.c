#include "conf/check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>

#include "conf/keys.h"
#include "conf/secret.h"
#include "message/address.h"

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

static bool is_integer(const char *value)
{
	uint64_t n;

	return slice_number(slice_text(value), INT64_MAX, &n);
}

static bool is_boolean(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

static bool is_path(const char *value)
{
	return *value == '/';
}

static bool is_address(const char *value)
{
	struct arena arena = {0};
	struct address address;
	struct err err;
	bool ok = address_parse(slice_text(value), &arena, &address, &err);

	arena_free(&arena);
	return ok;
}

static bool is_url(const char *value)
{
	return strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0;
}

/* It would stand in the configuration as it is, and in what is said of the URL. */
static bool has_no_user(const char *value)
{
	const char *host = strstr(value, "://");

	return !host || !memchr(host + 3, '@', strcspn(host + 3, "/?#"));
}

bool check_proxy(const char *url)
{
	static const char *const schemes[] = {"http://", "https://", "socks5h://"};
	struct slice rest = {0};
	uint64_t port;

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (slice_starts(slice_text(url), schemes[i]))
			rest = slice_text(url + strlen(schemes[i]));
	const char *colon = rest.n ? strrchr(rest.p, ':') : NULL;
	return colon && colon > rest.p && rest.n == strcspn(rest.p, "@/?# ") &&
	       slice_number(slice_text(colon + 1), 65535, &port) && port > 0;
}

static bool is_ipv6(const char *text)
{
	struct slice address = slice_text(text);
	struct in6_addr parsed;
	char bare[INET6_ADDRSTRLEN];

	if (*text == '[' && text[address.n - 1] == ']')
		address = slice_make(text + 1, address.n - 2);
	if (address.n >= sizeof bare)
		return false;
	snprintf(bare, sizeof bare, "%.*s", SLICE_ARGS(address));
	return inet_pton(AF_INET6, bare, &parsed) == 1;
}

bool check_host(const char *host)
{
	if (strchr(host, ':'))
		return is_ipv6(host);
	for (const char *c = host; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._", *c) && (unsigned char)*c < 0x80)
			return false;
	return *host != '\0';
}

/* What a single value of a type must be; other types take any. */
/* clang-format off */
static const struct {
	const char *type;
	bool (*is)(const char *value);
	const char *what;
} types[] = {
	{"integer", is_integer,  "must be a whole number"},
	{"boolean", is_boolean,  "must be true or false"},
	{"path",    is_path,     "must be an absolute path"},
	{"address", is_address,  "must be an address, a@b or Name <a@b>"},
	{"url",     is_url,      "must begin with https:// or http://"},
	{"url",     has_no_user, "must have no user's name in it"},
	{"proxy",   check_proxy, CHECK_PROXY_IS},
	{"host",    check_host,  CHECK_HOST_IS},
};
/* clang-format on */

static bool check_type(const struct connector *connector, const struct connector_key *key,
		       struct slice type, struct err *err)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_is(type, types[i].type) && !types[i].is(key->value))
			return refuse(connector, key, err, types[i].what);
	return true;
}

static bool check_most(const struct connector *connector, const struct connector_key *key,
		       const struct json *maximum, struct err *err)
{
	uint64_t n, most;

	if (!maximum || !slice_number(maximum->text, INT64_MAX, &most) ||
	    (slice_number(slice_text(key->value), most, &n) && n > 0))
		return true;
	return err_set(err, EX_CONFIG, "%s:%u: config.%s must be from 1 to %llu, not %s",
		       connector->file, key->line, key->key, (unsigned long long)most, key->value);
}

/* "none, starttls, tls" */
static void list_values(const struct json *values, struct buf *out)
{
	for (const struct json *value = values->first; value; value = value->next)
		buf_addf(out, "%s%.*s", value == values->first ? "" : ", ",
			 SLICE_ARGS(value->text));
}

static bool check_choice(const struct connector *connector, const struct connector_key *key,
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
	bool list = slice_is(type, "list");

	if (!key->value && !list && !slice_is(type, "command"))
		return refuse(connector, key, err, "must not be a list");
	if (key->value && list)
		return refuse(connector, key, err, "must be a list");
	if (!key->value || secret_is_reference(key->value))
		return true;
	if (!check_type(connector, key, type, err) ||
	    !check_most(connector, key, json_get(described, "maximum"), err))
		return false;
	return !values || !values->first || check_choice(connector, key, values, err);
}

static struct slice value_of(const struct connector *connector, const struct json *keys,
			     struct slice name)
{
	for (size_t i = 0; i < connector->config_count; i++)
		if (slice_is(name, connector->config[i].key))
			return slice_text(connector->config[i].value);
	for (const struct json *key = keys->first; key; key = key->next)
		if (slice_equal(json_get_text(key, "name"), name))
			return json_get_text(key, "default");
	return slice_text("");
}

/* As the senders have it: what is not to be sent in the clear, may be on this machine. */
static bool check_clear(const struct connector *connector, const struct connector_key *key,
			const struct json *keys, const struct json *described, struct err *err)
{
	const struct json *rule = json_get(described, "not_with");
	const struct json *with = rule ? rule->first : NULL;

	if (!with || !slice_equal(value_of(connector, keys, with->key), with->text) ||
	    slice_is(value_of(connector, keys, slice_text("host")), "127.0.0.1"))
		return true;
	return err_set(err, EX_CONFIG, "%s:%u: config.%s would go in the clear with %.*s %.*s",
		       connector->file, key->line, key->key, SLICE_ARGS(with->key),
		       SLICE_ARGS(with->text));
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
		if (!check_value(connector, key, described, err) ||
		    !check_clear(connector, key, keys, described, err))
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
