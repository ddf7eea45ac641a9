#include "conf/managed.h"
#include "conf/template_file.h"

static void put_given(struct json_out *out, const char *key, const char *text)
{
	if (text)
		json_put_text(out, key, text);
}

static void put_fields(struct json_out *out, const struct template_fields *fields)
{
	put_given(out, "subject", fields->subject);
	put_given(out, "body_html", fields->body_html);
	put_given(out, "body_text", fields->body_text);
	put_given(out, "from_email", fields->from_email);
	put_given(out, "reply_to", fields->reply_to);
}

static void put_languages(struct json_out *out, const struct template_file *file)
{
	json_open(out, "languages", '{');
	for (size_t i = 0; i < file->language_count; i++) {
		json_open(out, file->languages[i].tag, '{');
		put_fields(out, &file->languages[i].fields);
		json_close(out, '}');
	}
	json_close(out, '}');
}

static void put_headers(struct json_out *out, const struct template_file *file)
{
	json_open(out, "headers", '{');
	for (size_t i = 0; i < file->header_count; i++)
		json_put_text(out, file->headers[i].name, file->headers[i].value);
	json_close(out, '}');
}

static void put_attachments(struct json_out *out, const struct template_file *file)
{
	json_open(out, "attachments", '[');
	for (size_t i = 0; i < file->attachment_count; i++) {
		const struct template_attachment *attachment = &file->attachments[i];
		json_open(out, NULL, '{');
		json_put_text(out, "path", attachment->path);
		json_put_text(out, "filename", attachment->filename);
		put_given(out, "content_type", attachment->content_type);
		put_given(out, "content_id", attachment->content_id);
		json_put_text(out, "disposition", attachment->is_inline ? "inline" : "attachment");
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void put_variables(struct json_out *out, const struct template_file *file)
{
	json_open(out, "variables", '{');
	for (size_t i = 0; i < file->variable_count; i++) {
		const struct template_variable *variable = &file->variables[i];
		json_open(out, variable->name, '{');
		json_put_text(out, "type", template_type_name(variable->type));
		json_put_bool(out, "required", variable->required);
		put_given(out, "help", variable->help);
		json_close(out, '}');
	}
	json_close(out, '}');
}

static void put_samples(struct json_out *out, const struct template_file *file)
{
	json_open(out, "samples", '{');
	for (size_t i = 0; i < file->sample_count; i++)
		json_put_value(out, slice_text(file->samples[i].name), file->samples[i].context);
	json_close(out, '}');
}

void template_file_write_members(struct json_out *out, const struct template_file *file)
{
	json_put_text(out, "id", file->id);
	json_put_text(out, "name", file->name);
	put_fields(out, &file->fields);
	put_languages(out, file);
	put_headers(out, file);
	put_attachments(out, file);
	put_variables(out, file);
	put_samples(out, file);
	json_put_bool(out, "managed", file->managed);
	json_put_text(out, "revision", file->revision);
}

void template_file_write(struct json_out *out, const struct template_file *file)
{
	json_open(out, NULL, '{');
	template_file_write_members(out, file);
	json_close(out, '}');
}

void template_file_write_summary(struct json_out *out, const struct template_file *file)
{
	json_put_text(out, "id", file->id);
	json_put_text(out, "name", file->name);
	json_put_text(out, "subject", file->fields.subject);
	json_open(out, "languages", '[');
	for (size_t i = 0; i < file->language_count; i++)
		json_put_text(out, NULL, file->languages[i].tag);
	json_close(out, ']');
	json_put_bool(out, "managed", file->managed);
	json_put_text(out, "revision", file->revision);
}

struct slice template_file_text(const char *id, const struct json *members, struct arena *arena)
{
	struct buf yaml = {0};

	managed_put_members(&yaml, id, members);
	struct slice text = arena_slice(arena, buf_slice(&yaml));
	buf_free(&yaml);
	return text;
}
