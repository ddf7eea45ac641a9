/* The fields `headers` and `attachments` of a request. */
#include "base/base64.h"
#include "base/utf8.h"
#include "message/request_private.h"
#include "message/text.h"

#define HEADER_NAME_MOST 76    /* with its colon and a space it fits a line */
#define HEADER_VALUE_MOST 8192 /* a long References */
#define HEADER_WORD_MOST 900   /* fits a line of 998 behind its name */
#define FILENAME_MOST 512
#define CONTENT_TYPE_MOST 256
#define CONTENT_ID_MOST 200

/* --- headers --- */

/* What mailq writes itself or leaves to the servers on the way; `instead` is the field to use. */
/* clang-format off */
static const struct {
	const char *name, *instead;
} owned[] = {
	{"From",                      "from_email"},
	{"To",                        "to_emails"},
	{"Cc",                        "cc_emails"},
	{"Bcc",                       "bcc_emails"},
	{"Reply-To",                  "reply_to"},
	{"Subject",                   "subject"},
	{"MIME-Version",              NULL},
	{"Content-Type",              NULL},
	{"Content-Transfer-Encoding", NULL},
	{"Content-Disposition",       NULL},
	{"Content-ID",                NULL},
	{"Return-Path",               NULL},
	{"Received",                  NULL},
	{"DKIM-Signature",            NULL},
};
/* clang-format on */

bool request_header_is_free(struct slice name, struct err *err)
{
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
		if (!slice_is_nocase(name, owned[i].name))
			continue;
		if (owned[i].instead)
			return err_set(err, EX_DATAERR, "use the field %s", owned[i].instead);
		return err_set(err, EX_DATAERR, "this header is not the caller's to set");
	}
	if (slice_is_nocase(slice_first(name, 7), "Resent-"))
		return err_set(err, EX_DATAERR, "this header is not the caller's to set");
	return true;
}

/* <left@right>, with nothing in it that ends it early. */
static bool is_message_id(struct slice value)
{
	if (value.n < 5 || value.p[0] != '<' || value.p[value.n - 1] != '>')
		return false;

	struct slice inner = slice_make(value.p + 1, value.n - 2);
	size_t at = slice_find(inner, '@');
	for (size_t i = 0; i < inner.n; i++)
		if (inner.p[i] <= ' ' || strchr("<>()", inner.p[i]) ||
		    (i > at && inner.p[i] == '@'))
			return false;
	return at > 0 && at < inner.n - 1;
}

static bool has_long_word(struct slice value)
{
	struct slice word;

	while (slice_next(&value, ' ', &word))
		if (word.n > HEADER_WORD_MOST)
			return true;
	return false;
}

/* Headers with a grammar of their own: no encoded word may stand in them. */
static bool check_structured(struct request_reader *r, const struct request_header *header)
{
	static const char *const names[] = {"Date", "Sender", "Message-ID", "In-Reply-To",
					    "References"};
	struct address sender;
	size_t i = 0;

	while (i < sizeof names / sizeof *names && !slice_is_nocase(header->name, names[i]))
		i++;
	if (i == sizeof names / sizeof *names)
		return true;
	if (header->value.n == 0 || !utf8_is_ascii(header->value))
		return request_refuse(r, "must be ASCII and not empty");
	if (has_long_word(header->value))
		return request_refuse(r, "a word of more than %d bytes", HEADER_WORD_MOST);
	if (slice_is_nocase(header->name, "Message-ID") && !is_message_id(header->value))
		return request_refuse(r, "must be <left@right>");
	if (slice_is_nocase(header->name, "Sender"))
		return address_parse(header->value, r->arena, &sender, r->err);
	return true;
}

static bool read_header(struct request_reader *r, const struct json *item,
			struct request_header *header)
{
	if (!text_is_token(item->key, HEADER_NAME_MOST))
		return request_refuse(r, "no header's name");
	header->name = item->key;
	if (!request_header_is_free(header->name, r->err) ||
	    !request_text(r, item, HEADER_VALUE_MOST, &header->value))
		return false;
	header->value = slice_trim(header->value);

	for (size_t i = 0; i < r->request->n_headers; i++)
		if (slice_equal_nocase(r->request->headers[i].name, header->name))
			return request_refuse(r, "stands twice");
	return check_structured(r, header);
}

bool request_read_headers(struct request_reader *r, const struct json *value)
{
	struct request *request = r->request;

	if (!request_want(r, value, JSON_OBJECT))
		return false;
	if (value->count > REQUEST_HEADERS_MOST)
		return request_refuse(r, "more than %d", REQUEST_HEADERS_MOST);
	request->headers = arena_alloc(r->arena, (value->count + 1) * sizeof *request->headers);
	for (const struct json *item = value->first; item; item = item->next) {
		if (!read_header(r, item, &request->headers[request->n_headers]))
			return request_where(r, ".%.*s", SLICE_ARGS(text_cut(item->key, 80)));
		request->n_headers++;
	}
	return true;
}

/* --- attachments --- */

static bool read_filename(struct request_reader *r, const struct json *value,
			  struct request_attachment *file)
{
	return request_text(r, value, FILENAME_MOST, &file->filename);
}

/* type/subtype, then whatever parameters there are. */
static bool read_content_type(struct request_reader *r, const struct json *value,
			      struct request_attachment *file)
{
	if (!request_text(r, value, CONTENT_TYPE_MOST, &file->content_type))
		return false;

	struct slice name = slice_first(file->content_type, slice_find(file->content_type, ';'));
	name = slice_trim(name);
	size_t slash = slice_find(name, '/');
	if (!text_is_token(slice_first(name, slash), 64) ||
	    !text_is_token(slice_after(name, slash + 1), 127) || !utf8_is_ascii(file->content_type))
		return request_refuse(r, "must be type/subtype");
	if (slice_is_nocase(slice_first(name, slash), "multipart"))
		return request_refuse(r, "an attachment is one part");
	return true;
}

static bool read_content(struct request_reader *r, const struct json *value,
			 struct request_attachment *file)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	if (!base64_size(value->text, &file->size))
		return request_refuse(r, "no base64 from byte %llu on",
				      (unsigned long long)file->size + 1);
	file->content = value->text;
	return true;
}

static bool read_content_id(struct request_reader *r, const struct json *value,
			    struct request_attachment *file)
{
	if (!request_text(r, value, CONTENT_ID_MOST, &file->content_id))
		return false;

	struct slice *id = &file->content_id;
	if (id->n >= 2 && id->p[0] == '<' && id->p[id->n - 1] == '>')
		*id = slice_make(id->p + 1, id->n - 2);
	for (size_t i = 0; i < id->n; i++)
		if (id->p[i] <= ' ' || id->p[i] >= 0x7f || strchr("<>()\"\\,;", id->p[i]))
			return request_refuse(r,
					      "must be ASCII without spaces, quotes and "
					      "brackets");
	return id->n || request_refuse(r, "is empty");
}

static bool read_disposition(struct request_reader *r, const struct json *value,
			     struct request_attachment *file)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	file->is_inline = slice_is(value->text, "inline");
	return file->is_inline || slice_is(value->text, "attachment") ||
	       request_refuse(r, "must be \"attachment\" or \"inline\"");
}

static bool read_size(struct request_reader *r, const struct json *value,
		      struct request_attachment *file)
{
	int64_t size;

	if (!json_int(value, &size) || size < 0)
		return request_refuse(r, "must be a number of bytes");
	file->size = (uint64_t)size;
	return true;
}

/* clang-format off */
static const struct {
	const char *name;
	bool (*read)(struct request_reader *r, const struct json *value,
		     struct request_attachment *file);
} members[] = {
	{"filename",     read_filename},
	{"content_type", read_content_type},
	{"content",      read_content},
	{"content_id",   read_content_id},
	{"disposition",  read_disposition},
	{"size",         read_size},
};
/* clang-format on */
#define MEMBERS (sizeof members / sizeof *members)

static bool read_member(struct request_reader *r, const struct json *member,
			struct request_attachment *file)
{
	const char *outside = r->stored ? "content" : "size";
	size_t i = 0;

	while (i < MEMBERS && !slice_is(member->key, members[i].name))
		i++;
	if (i == MEMBERS || slice_is(member->key, outside))
		return r->stored || request_refuse(r, "unknown field");
	return member->type == JSON_NULL || members[i].read(r, member, file);
}

static bool read_attachment(struct request_reader *r, const struct json *value, size_t i,
			    struct request_attachment *file)
{
	request_where(r, "[%zu]", i);
	if (!request_want(r, value, JSON_OBJECT))
		return false;
	for (const struct json *member = value->first; member; member = member->next)
		if (!read_member(r, member, file))
			return request_where(r, "[%zu].%.*s", i,
					     SLICE_ARGS(text_cut(member->key, 80)));
	if (!r->stored && !file->content.p)
		return request_refuse(r, "has no content");

	const struct json *disposition = json_get(value, "disposition");
	if (!disposition || disposition->type == JSON_NULL)
		file->is_inline = file->content_id.n > 0;
	if (file->is_inline && file->content_id.n == 0)
		return request_refuse(r, "an inline attachment needs a content_id");
	if (file->content_type.n == 0)
		file->content_type = request_content_type(file->filename);
	return true;
}

bool request_read_attachments(struct request_reader *r, const struct json *value)
{
	struct request *request = r->request;
	size_t i = 0;

	if (!request_want(r, value, JSON_ARRAY))
		return false;
	if (value->count > REQUEST_ATTACHMENTS_MOST)
		return request_refuse(r, "more than %d", REQUEST_ATTACHMENTS_MOST);
	request->attachments =
		arena_alloc(r->arena, (value->count + 1) * sizeof *request->attachments);
	for (const struct json *item = value->first; item; item = item->next, i++)
		if (!read_attachment(r, item, i, &request->attachments[i]))
			return false;
	r->where[0] = '\0';
	request->n_attachments = i;
	return true;
}

/* --- content types --- */

struct slice request_content_type(struct slice filename)
{
	static const struct {
		const char *ending;
		struct slice type;
	} types[] = {
		{".pdf", SLICE("application/pdf")},
		{".txt", SLICE("text/plain; charset=utf-8")},
		{".csv", SLICE("text/csv; charset=utf-8")},
		{".html", SLICE("text/html; charset=utf-8")},
		{".ics", SLICE("text/calendar; charset=utf-8")},
		{".json", SLICE("application/json")},
		{".xml", SLICE("application/xml")},
		{".zip", SLICE("application/zip")},
		{".png", SLICE("image/png")},
		{".jpg", SLICE("image/jpeg")},
		{".jpeg", SLICE("image/jpeg")},
		{".gif", SLICE("image/gif")},
		{".svg", SLICE("image/svg+xml")},
		{".docx", SLICE("application/"
				"vnd.openxmlformats-officedocument.wordprocessingml.document")},
		{".xlsx",
		 SLICE("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")},
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t n = strlen(types[i].ending);
		if (filename.n > n &&
		    slice_is_nocase(slice_after(filename, filename.n - n), types[i].ending))
			return types[i].type;
	}
	return slice_make("application/octet-stream", 24);
}
