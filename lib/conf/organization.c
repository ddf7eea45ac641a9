#include <stdlib.h>

#include "conf/tables.h"
#include "message/address.h"

#define MESSAGE_BYTES 1073741824

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
const struct key settings_keys[] = {
	{"queue_batch_size", key_unsigned, .at = AT(queue_batch_size), .least = 1, .most = 10000,
	 .standard = "25", .environment = "EMAIL_QUEUE_BATCH_SIZE"},
	{"max_attempts", key_unsigned, .at = AT(max_attempts), .least = 1, .most = 1000,
	 .standard = "5", .environment = "EMAIL_MAX_ATTEMPTS"},
	{"retry_backoff_seconds", key_unsigned, .at = AT(retry_backoff_seconds), .least = 1,
	 .most = 31536000, .standard = "60", .environment = "EMAIL_RETRY_BACKOFF_SECONDS"},
	{"retry_backoff_max_seconds", key_unsigned, .at = AT(retry_backoff_max_seconds),
	 .least = 1, .most = 31536000, .standard = "14400"},
	{"fallback_after", key_unsigned, .at = AT(fallback_after), .least = 1, .most = 1000,
	 .standard = "2"},
	{"max_lateness_seconds", key_unsigned, .at = AT(max_lateness_seconds), .most = 31536000,
	 .standard = "86400"},
	{"max_recipients", key_unsigned, .at = AT(max_recipients), .least = 1, .most = 100000,
	 .standard = "1000"},
	{"max_message_bytes", key_bytes, .at = AT(max_message_bytes), .least = 1024,
	 .most = MESSAGE_BYTES, .standard = "26214400"},
	{0},
};
/* clang-format on */

#undef AT
#define AT(field) offsetof(struct rule, field)

/* clang-format off */
const struct key rule_keys[] = {
	{"name", key_text, .at = AT(name)},
	{"recipient_domains", key_domain_patterns, .at = AT(recipient_domains)},
	{"tags", key_texts, .at = AT(tags)},
	{"templates", key_names, .at = AT(templates)},
	{"min_priority", key_integer, .at = AT(min_priority), .least = -10, .most = 10,
	 .standard = "-10"},
	{"max_priority", key_integer, .at = AT(max_priority), .least = -10, .most = 10,
	 .standard = "10"},
	{"min_bytes", key_bytes, .at = AT(min_bytes), .most = MESSAGE_BYTES, .standard = "0"},
	{"max_bytes", key_bytes, .at = AT(max_bytes), .most = MESSAGE_BYTES,
	 .standard = "1073741824"},
	{"connector", key_name, .at = AT(connector), .required = true},
	{0},
};
/* clang-format on */

#undef AT
#define AT(field) offsetof(struct guard, field)

/* clang-format off */
const struct key guard_keys[] = {
	{"deliver_only_to", key_texts, .at = AT(deliver_only_to)},
	{"redirect_to", key_email, .at = AT(redirect_to)},
	{0},
};
/* clang-format on */

#undef AT
#define AT(field) offsetof(struct organization, field)

static bool read_rule(const struct yaml *value, struct rule *rule, struct arena *arena,
		      struct err *err)
{
	struct key_set set = {rule_keys, rule};

	rule->line = value->line;
	keys_defaults(set, arena);
	return keys_read(value, &set, 1, arena, err);
}

static bool read_rules(const struct key *key, const struct yaml *value, void *field,
		       struct arena *arena, struct err *err)
{
	struct organization *org = field;
	struct rule *rules;

	if (value->type != YAML_LIST)
		return yaml_error(value, err, "%s must be a list, not %s", key->name,
				  yaml_type_name(value));
	rules = arena_alloc(arena, (value->count + 1) * sizeof *rules);
	for (const struct yaml *item = value->first; item; item = item->next)
		if (!read_rule(item, &rules[org->rule_count++], arena, err))
			return false;
	org->rules = rules;
	return true;
}

static bool read_guard(const struct key *key, const struct yaml *value, void *field,
		       struct arena *arena, struct err *err)
{
	struct key_set set = {guard_keys, field};
	(void)key;

	return keys_read(value, &set, 1, arena, err);
}

/* clang-format off */
const struct key organization_keys[] = {
	{"id", key_own_name, .at = AT(id)},
	{"name", key_text, .at = AT(name)},
	{"domains", key_domains, .at = AT(domains)},
	{"from_email", key_address, .at = AT(from_email)},
	{"failures_to", key_email, .at = AT(failures_to)},
	{"locale", key_text, .at = AT(locale)},
	{"rules", read_rules, .at = 0},
	{"guard", read_guard, .at = AT(guard)},
	{"managed", key_bool, .at = AT(managed)},
	{0},
};
/* clang-format on */

#undef AT

void settings_settle(struct settings *settings)
{
	if (settings->retry_backoff_seconds > settings->retry_backoff_max_seconds)
		settings->retry_backoff_seconds = settings->retry_backoff_max_seconds;
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool read_file(struct conf_sources *sources, struct organization *org, struct err *err)
{
	struct key_set own = {organization_keys, org}, shared = {settings_keys, &org->settings};
	struct key_set sets[] = {own, shared};
	struct slice text;

	if (!sources_read(sources, org->file, YAML_BYTES, &text, err))
		return false;
	org->yaml = yaml_parse(text, org->file, &sources->arena, err);
	return org->yaml && keys_read(org->yaml, sets, 2, &sources->arena, err);
}

static bool read_connectors(struct conf_sources *sources, struct organization *org, struct err *err)
{
	struct arena *arena = &sources->arena;
	const char *directory = arena_format(arena, "%s/connectors", org->directory);
	const char *const *names;
	struct connector *connectors;
	struct slice id;
	size_t count;

	if (!sources_list(sources, directory, &names, &count, err))
		return false;
	connectors = arena_alloc(arena, (count + 1) * sizeof *connectors);
	org->connectors = connectors;
	for (size_t i = 0; i < count; i++) {
		if (!sources_id(directory, names[i], &id, err))
			return false;
		if (id.n == 0)
			continue;
		const char *file = arena_format(arena, "%s/%s", directory, names[i]);
		if (!connector_load(sources, file, arena_slice(arena, id).p,
				    &connectors[org->connector_count++], err))
			return false;
	}
	return true;
}

/* "a.yaml" sorts behind "a-b.yaml", "a" before "a-b". */
static int compare_connectors(const void *a, const void *b)
{
	return strcmp(((const struct connector *)a)->id, ((const struct connector *)b)->id);
}

static bool check_fallback(const struct organization *org, const struct connector *connector,
			   struct err *err)
{
	const struct yaml *at = yaml_get(connector->yaml, "fallback");

	if (!connector->fallback)
		return true;
	if (strcmp(connector->fallback, connector->id) == 0)
		return yaml_error(at, err, "fallback '%s' is the connector itself",
				  connector->fallback);
	if (!organization_connector(org, slice_text(connector->fallback)))
		return yaml_error(at, err, "fallback '%s': no such connector", connector->fallback);
	return true;
}

static bool check_connectors(const struct organization *org, struct err *err)
{
	const struct connector *standard = NULL;

	for (size_t i = 0; i < org->connector_count; i++) {
		const struct connector *connector = &org->connectors[i];
		if (!check_fallback(org, connector, err))
			return false;
		if (!connector->is_default)
			continue;
		if (standard)
			return yaml_error(yaml_get(connector->yaml, "is_default"), err,
					  "connector '%s' is the default already", standard->id);
		standard = connector;
	}
	return true;
}

static bool check_rules(const struct organization *org, struct err *err)
{
	for (size_t i = 0; i < org->rule_count; i++) {
		const struct rule *rule = &org->rules[i];
		if (!organization_connector(org, slice_text(rule->connector)))
			return err_set(err, EX_CONFIG,
				       "%s:%u: rule's connector '%s': no such connector", org->file,
				       rule->line, rule->connector);
	}
	return true;
}

/* Whose mail names no sender gets that of its default connector, where that has one. */
static bool take_from(struct arena *arena, struct organization *org, struct err *err)
{
	const struct connector *standard = organization_default(org);
	const struct connector_key *key = standard ? connector_config(standard, "from") : NULL;
	struct address address;

	if (!key || !key->value)
		return true;
	org->from_email = key->value;
	return address_parse(slice_text(key->value), arena, &address, err) ||
	       err_set(err, EX_CONFIG, "%s:%u: config.from: %s", standard->file, key->line,
		       arena_format(arena, "%s", err->text));
}

bool organization_load(struct conf_sources *sources, const char *directory, const char *id,
		       const struct settings *inherited, struct organization *org, struct err *err)
{
	struct arena *arena = &sources->arena;
	const char *const *names;
	size_t count;

	*org = (struct organization){.id = id, .name = id, .settings = *inherited};
	org->directory = arena_format(arena, "%s/%s", directory, id);
	org->file = arena_format(arena, "%s/organization.yaml", org->directory);
	if (!sources_list(sources, org->directory, &names, &count, err))
		return false;
	/* Somebody is making it: the directory comes before the file. */
	if (!has_name(names, count, "organization.yaml"))
		return false;
	if (!read_file(sources, org, err))
		return false;
	settings_settle(&org->settings);
	if (has_name(names, count, "connectors") && !read_connectors(sources, org, err))
		return false;
	if (org->connector_count)
		qsort((void *)org->connectors, org->connector_count, sizeof *org->connectors,
		      compare_connectors);
	return check_connectors(org, err) && check_rules(org, err) &&
	       (org->from_email || take_from(arena, org, err));
}

const struct connector *organization_connector(const struct organization *org, struct slice id)
{
	for (size_t i = 0; i < org->connector_count; i++)
		if (slice_is(id, org->connectors[i].id))
			return &org->connectors[i];
	return NULL;
}

const struct connector *organization_default(const struct organization *org)
{
	for (size_t i = 0; i < org->connector_count; i++)
		if (org->connectors[i].is_default)
			return &org->connectors[i];
	return NULL;
}
