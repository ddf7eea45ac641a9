/* --describe: what a kind can be told, as JSON for the checker, the app's form and the manual. */
#include "base/json.h"
#include "sender/internal.h"

static void put_words(struct json_out *out, const char *name, const char *words)
{
	struct slice rest = slice_text(words), value;

	json_open(out, name, '[');
	while (slice_next(&rest, ' ', &value))
		json_put_slice(out, NULL, value);
	json_close(out, ']');
}

/* "security none" as {"security":"none"} */
static void put_pair(struct json_out *out, const char *name, const char *words)
{
	struct slice rest = slice_text(words), key, value = {0};

	slice_next(&rest, ' ', &key);
	slice_next(&rest, ' ', &value);
	json_open(out, name, '{');
	json_put_value(out, key, &(struct json){.type = JSON_STRING, .text = value});
	json_close(out, '}');
}

static void put_key(struct json_out *out, const struct sender_key *key)
{
	json_open(out, NULL, '{');
	json_put_text(out, "name", key->name);
	json_put_text(out, "type", key->type);
	json_put_bool(out, "required", key->required);
	json_put_bool(out, "secret", key->secret);
	if (key->standard)
		json_put_text(out, "default", key->standard);
	if (key->most)
		json_put_int(out, "maximum", key->most);
	if (key->values)
		put_words(out, "values", key->values);
	if (key->not_with)
		put_pair(out, "not_with", key->not_with);
	json_put_text(out, "help", key->help);
	json_close(out, '}');
}

void sender_describe(const struct sender_kind *kind, struct buf *text)
{
	struct json_out out = {.buf = text};

	json_open(&out, NULL, '{');
	json_put_text(&out, "kind", kind->name);
	json_put_text(&out, "title", kind->title);
	put_words(&out, "abilities", kind->abilities ? kind->abilities : "");
	json_open(&out, "keys", '[');
	for (const struct sender_key *key = kind->keys; key->name; key++)
		put_key(&out, key);
	json_close(&out, ']');
	json_close(&out, '}');
}
