#include "conf/tables.h"
#include "conf/write.h"
#include "message/name.h"

static const char *const uncertain_words[] = {"retry", "hold", NULL};
static const char *const category_words[] = {"email", NULL};

/* There is one category; files that come from elsewhere carry it. */
static bool read_category(const struct key *key, const struct yaml *value, void *field,
			  struct arena *arena, struct err *err)
{
	unsigned category;
	(void)field;

	return key_word(key, value, &category, arena, err);
}

/* "kind_variant" is the kind: which variant it is, the config says too. */
static bool read_kind(const struct key *key, const struct yaml *value, void *field,
		      struct arena *arena, struct err *err)
{
	const char **kind = field;

	if (!key_name(key, value, field, arena, err))
		return false;
	*kind = arena_slice(arena, slice_first(value->text, slice_find(value->text, '_'))).p;
	return true;
}

static bool read_config_key(const struct key *key, const struct yaml *value,
			    struct connector_key *out, struct arena *arena, struct err *err)
{
	struct key named = {.name = arena_format(arena, "%s.%s", key->name, value->key)};

	out->key = value->key;
	out->line = value->line;
	if (value->type == YAML_LIST)
		return key_texts(&named, value, &out->list, arena, err);
	const char **text = arena_alloc(arena, sizeof *text);
	if (!key_text(&named, value, text, arena, err))
		return false;
	out->value = *text;
	out->list = (struct text_list){.text = text, .count = 1};
	return true;
}

static bool read_config(const struct key *key, const struct yaml *value, void *field,
			struct arena *arena, struct err *err)
{
	struct connector *connector = field;
	struct connector_key *config;

	if (value->type != YAML_MAP)
		return yaml_error(value, err, "config must be a map, not %s",
				  yaml_type_name(value));
	config = arena_alloc(arena, (value->count + 1) * sizeof *config);
	for (const struct yaml *child = value->first; child; child = child->next)
		if (!read_config_key(key, child, &config[connector->config_count++], arena, err))
			return false;
	connector->config = config;
	return true;
}

#define AT(field) offsetof(struct connector, field)

/* clang-format off */
const struct key connector_keys[] = {
	{"id", key_own_name, .at = AT(id)},
	{"name", key_text, .at = AT(name)},
	{"category", read_category, .at = 0, .words = category_words},
	{"kind", read_kind, .at = AT(kind), .alias = "provider_type", .required = true},
	{"is_default", key_bool, .at = AT(is_default)},
	{"fallback", key_name, .at = AT(fallback)},
	{"max_connections", key_unsigned, .at = AT(max_connections), .least = 1, .most = 1000,
	 .standard = "8"},
	{"rate", key_rate, .at = AT(rate), .most = 1000000, .standard = "0"},
	{"on_uncertain", key_word, .at = AT(on_uncertain), .standard = "retry",
	 .words = uncertain_words},
	{"timeout_seconds", key_unsigned, .at = AT(timeout_seconds), .least = 1, .most = 3600,
	 .standard = "300"},
	{"pause_seconds", key_unsigned, .at = AT(pause_seconds), .least = 1, .most = 60,
	 .standard = "5"},
	{"config", read_config, .at = 0},
	{"managed", key_bool, .at = AT(managed)},
	{0},
};
/* clang-format on */

bool connector_read(const struct yaml *root, const char *id, struct arena *arena,
		    struct connector *connector, struct err *err)
{
	struct key_set set = {connector_keys, connector};

	*connector = (struct connector){.id = id, .name = id, .file = root->file, .yaml = root};
	keys_defaults(set, arena);
	return keys_read(root, &set, 1, arena, err);
}

bool connector_load(struct conf_sources *sources, const char *file, const char *id,
		    struct connector *connector, struct err *err)
{
	struct slice text;

	if (!sources_read(sources, file, YAML_BYTES, &text, err))
		return false;
	const struct yaml *root = yaml_parse(text, file, &sources->arena, err);
	if (!root || !connector_read(root, id, &sources->arena, connector, err))
		return false;
	conf_revision(text, connector->revision);
	return true;
}

bool connector_parse(struct slice text, const char *file, struct arena *arena,
		     struct connector *connector, struct err *err)
{
	const struct yaml *root = yaml_parse(text, file, arena, err);
	const struct yaml *id = yaml_get(root, "id");
	bool has_name = id && id->type == YAML_TEXT && name_valid(id->text);

	return root && connector_read(root, has_name ? id->text.p : "new", arena, connector, err);
}

const struct connector_key *connector_config(const struct connector *connector, const char *key)
{
	for (size_t i = 0; i < connector->config_count; i++)
		if (strcmp(connector->config[i].key, key) == 0)
			return &connector->config[i];
	return NULL;
}

const char *connector_value(const struct connector *connector, const char *key)
{
	const struct connector_key *found = connector_config(connector, key);

	return found ? found->value : NULL;
}

struct text_list connector_list(const struct connector *connector, const char *key)
{
	const struct connector_key *found = connector_config(connector, key);

	return found ? found->list : (struct text_list){0};
}
