#include "conf/connector_edit.h"
#include "conf/tables.h"

/* The file's text with is_default: false, all else as it stands; nothing where the two words do not
 * stand on one line. */
static struct slice without_default(const struct connector *connector, struct slice text,
				    struct arena *arena)
{
	struct slice rest = text, line = {0};

	for (unsigned i = 0; i < yaml_get(connector->yaml, "is_default")->line; i++)
		slice_next(&rest, '\n', &line);
	const char *end = line.p + line.n;
	const char *key = memmem(line.p, line.n, "is_default", 10);
	const char *word = key ? memmem(key, (size_t)(end - key), "true", 4) : NULL;
	if (!word)
		return (struct slice){0};
	return slice_text(
		arena_format(arena, "%.*sfalse%s", (int)(word - text.p), text.p, word + 4));
}

bool connector_clear_default(const struct connector *standard, struct arena *arena,
			     struct slice *text, struct err *err)
{
	struct conf_sources sources = {0};
	struct connector cleared = {0};
	struct slice old;

	*text = (struct slice){0};
	if (sources_read(&sources, standard->file, YAML_BYTES, &old, err))
		*text = without_default(standard, old, arena);
	sources_free(&sources);
	const struct yaml *root = text->n ? yaml_parse(*text, standard->file, arena, err) : NULL;
	return (root && connector_read(root, standard->id, arena, &cleared, err) &&
		!cleared.is_default) ||
	       err_set(err, EX_DATAERR, "%s is the default: set is_default to false in %s",
		       standard->id, standard->file);
}
