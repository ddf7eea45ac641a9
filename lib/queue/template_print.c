#include "queue/template_print.h"

#include "base/clock.h"
#include "base/io.h"

/* What is printed: one of them. */
struct version {
	const struct template_file *file;
	const struct template_draft *draft;
	struct arena arena;
};

static bool find(struct version *version, const struct template_print *how,
		 const struct organization *org, const char *id, struct err *err)
{
	*version = (struct version){0};
	if (how->draft)
		version->draft = template_draft_of(org, slice_text(id), &version->arena, err);
	else
		version->file = template_file_of(org, slice_text(id), &version->arena, err);
	return version->draft || version->file;
}

static void put_line(struct buf *out, const struct organization *org, const struct version *version)
{
	char at[CLOCK_TEXT_SIZE];

	if (version->file) {
		buf_addf(out, "%s\t%s\t%s\n", org->id, version->file->id, version->file->name);
		return;
	}
	clock_format(version->draft->at_ms, at);
	buf_addf(out, "%s\t%s\t%s\t%s\n", org->id, version->draft->id, at, version->draft->by);
}

static void put_summary(struct buf *out, const struct organization *org,
			const struct version *version)
{
	struct json_out object = {.buf = out};

	json_open(&object, NULL, '{');
	json_put_text(&object, "organization_id", org->id);
	if (version->file) {
		template_file_write_summary(&object, version->file);
		json_put_text(&object, "file", version->file->file);
	} else {
		json_put_text(&object, "id", version->draft->id);
		template_draft_write_origin(&object, "draft", version->draft);
		json_put_text(&object, "file", version->draft->file);
	}
	json_close(&object, '}');
	buf_add_char(out, '\n');
}

bool template_print_line(struct buf *out, const struct template_print *how,
			 const struct organization *org, const char *id, struct err *err)
{
	struct version version;
	bool found = find(&version, how, org, id, err);

	if (found && how->json)
		put_summary(out, org, &version);
	else if (found)
		put_line(out, org, &version);
	arena_free(&version.arena);
	return found;
}

static bool put_whole(struct buf *out, const struct template_print *how,
		      const struct version *version, struct err *err)
{
	struct json_out object = {.buf = out};

	if (!how->json)
		return io_read_path(version->file ? version->file->file : version->draft->file,
				    TEMPLATE_FILE_MOST, out, err);
	if (version->file)
		template_file_write(&object, version->file);
	else
		template_draft_write(&object, version->draft);
	buf_add_char(out, '\n');
	return true;
}

bool template_print_file(struct buf *out, const struct template_print *how,
			 const struct organization *org, const char *id, struct err *err)
{
	struct version version;
	bool ok = find(&version, how, org, id, err) && put_whole(out, how, &version, err);

	arena_free(&version.arena);
	return ok;
}

/* --- what one makes --- */

static bool put_rendered(struct buf *out, const struct template_print *how, const char *id,
			 const struct request *rendered, const char *field, struct arena *arena,
			 struct err *err)
{
	struct json_out object = {.buf = out};

	if (how->json) {
		request_write(&object, rendered);
		buf_add_char(out, '\n');
		return true;
	}
	if (!field)
		field = rendered->body_html.p ? "body_html" : "body_text";
	struct slice text = request_field(rendered, field, arena);
	buf_add_slice(out, text);
	return text.p || err_set(err, EX_DATAERR, "%s has no %s", id, field);
}

bool template_print_rendered(struct buf *out, const struct template_print *how,
			     const struct template_preview *preview, const char *field,
			     struct err *err)
{
	struct template_preview whole = *preview;
	struct version version = {0};
	struct templates_used used;
	struct request rendered;
	bool ok = !how->draft || find(&version, how, preview->organization, preview->id, err);

	if (version.draft) {
		whole.draft = version.draft->members;
		whole.is_whole = true;
	}
	ok = ok && template_try(&whole, &version.arena, &rendered, &used, err) &&
	     put_rendered(out, how, preview->id, &rendered, field, &version.arena, err);
	arena_free(&version.arena);
	return ok;
}
