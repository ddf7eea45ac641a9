#include "app/content.h"

#include "app/inline.h"
#include "app/page_message.h"
#include "app/words.h"
#include "mime/decode.h"
#include "mime/scan.h"

struct content {
	struct slice wire[LOOK_PIECES];
	unsigned n;
	struct mime_message message;
	bool whole; /* it was taken apart */
	char wrong[200];
};

/* The signed and the broken are shown raw. */
static void open_content(const struct look *look, struct arena *arena, struct content *content)
{
	struct err err = {0};

	*content = (struct content){0};
	content->n = look_message(look, content->wire);
	if (content->n)
		content->whole =
			mime_decompose(content->wire, content->n, arena, &content->message, &err);
	snprintf(content->wrong, sizeof content->wrong, "%.199s", err.text);
}

static uint64_t size_of(const struct content *content)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < content->n; i++)
		bytes += content->wire[i].n;
	return bytes;
}

/* --- views --- */

/* How often something would be loaded from elsewhere, as near as it has to be. */
static size_t count_remote(struct slice html)
{
	static const char *const marks[] = {"src=\"http", "src='http", "src=http", "url(http",
					    "url('http"};
	size_t n = 0;

	for (size_t i = 0; i < html.n; i++)
		for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
			n += (html.p[i] | 0x20) == marks[m][0] &&
			     slice_is_nocase(slice_first(slice_after(html, i), strlen(marks[m])),
					     marks[m]);
	return n;
}

static void put_html(struct page *page, const struct content *content)
{
	bool images = http_request_query(page->request, "images");
	struct buf html = {0};
	struct err err = {0};

	if (!mime_leaf_text(content->message.html, &html, &err)) {
		json_put_text(&page->out, "nothing", arena_text(page->arena, err.text));
		return;
	}
	size_t n = count_remote(buf_slice(&html));
	json_put_bool(&page->out, "images", images);
	json_put_text(&page->out, "remote",
		      n ? arena_format(page->arena, "%s remote image%s",
				       words_number(n, page->arena), n == 1 ? " is" : "s are")
			: NULL);
	buf_free(&html);
}

static void put_text(struct page *page, const struct content *content)
{
	struct buf text = {0};
	struct err err = {0};

	if (!mime_leaf_text(content->message.text, &text, &err))
		json_put_text(&page->out, "nothing", arena_text(page->arena, err.text));
	json_put_slice(&page->out, "text", slice_first(buf_slice(&text), MESSAGE_TEXT_MOST));
	json_put_text(&page->out, "cut",
		      text.n > MESSAGE_TEXT_MOST
			      ? arena_format(page->arena, "The first %s of %s.",
					     words_size(MESSAGE_TEXT_MOST, page->arena),
					     words_size(text.n, page->arena))
			      : NULL);
	buf_free(&text);
}

static void put_headers(struct page *page, const struct content *content)
{
	struct slice rest = mime_header_start(content->wire[0]);
	struct mime_header field;
	struct buf value = {0};

	json_open(&page->out, "headers", '[');
	for (int i = 0; i < MESSAGE_HEADERS_MOST && mime_header_next(&rest, &field); i++) {
		buf_clear(&value);
		mime_header_unfold(field.value, &value);
		json_open(&page->out, NULL, '{');
		json_put_slice(&page->out, "name", field.name);
		json_put_slice(&page->out, "value", buf_slice(&value));
		json_close(&page->out, '}');
	}
	json_close(&page->out, ']');
	buf_free(&value);
}

static void put_raw(struct page *page, const struct content *content)
{
	struct slice first = slice_first(content->wire[0], MESSAGE_RAW_MOST);
	uint64_t size = size_of(content);

	json_put_slice(&page->out, "raw", first);
	json_put_text(&page->out, "cut",
		      size > first.n
			      ? arena_format(page->arena, "The first %s of %s.",
					     words_size(first.n, page->arena),
					     words_size(size, page->arena))
			      : arena_format(page->arena, "%s.", words_size(size, page->arena)));
}

static void put_files(struct page *page, const struct content *content)
{
	json_open(&page->out, "files", '[');
	for (const struct mime_leaf *file = content->message.files; file; file = file->next) {
		uint64_t size = file->content.n;
		if (file->encoding == MIME_BASE64)
			size = size * 57 / 78; /* lines of 76, with their ends */
		json_open(&page->out, NULL, '{');
		json_put_slice(&page->out, "name", file->filename);
		json_put_slice(&page->out, "type", file->type);
		json_put_text(&page->out, "size", words_size(size, page->arena));
		json_close(&page->out, '}');
	}
	json_close(&page->out, ']');
}

static const char *choose_view(const struct content *content, struct slice asked)
{
	static const char *const views[] = {"html", "text", "headers", "raw", "attachments"};

	for (size_t i = 0; i < sizeof views / sizeof *views; i++)
		if (slice_is(asked, views[i]))
			return views[i];
	if (!content->whole)
		return "raw";
	return content->message.html ? "html" : "text";
}

static const char *nothing_of(const struct look *look, const struct content *content,
			      const char *view, struct arena *arena)
{
	bool parts = strcmp(view, "html") == 0 || strcmp(view, "text") == 0 ||
		     strcmp(view, "attachments") == 0;

	if (!content->n && state_is_final(look->file.place.state))
		return "There is nothing to show: it was not rendered, or its bodies were purged.";
	if (!content->n)
		return "It is rendered when its turn comes; then it stands here.";
	if (parts && !content->whole)
		return arena_format(arena, "It cannot be taken apart (%s). Raw shows it as it is.",
				    content->wrong);
	if (strcmp(view, "html") == 0 && !content->message.html)
		return "It has no HTML.";
	return strcmp(view, "text") == 0 && !content->message.text ? "It has no text." : NULL;
}

void content_put_view(struct page *page, const struct look *look, struct slice asked)
{
	struct content content;

	open_content(look, page->arena, &content);
	const char *view = choose_view(&content, asked);
	const char *nothing = nothing_of(look, &content, view, page->arena);
	json_put_text(&page->out, "view", view);
	if (content.whole)
		put_files(page, &content);
	if (nothing)
		json_put_text(&page->out, "nothing", nothing);
	else if (strcmp(view, "html") == 0)
		put_html(page, &content);
	else if (strcmp(view, "text") == 0)
		put_text(page, &content);
	else if (strcmp(view, "headers") == 0)
		put_headers(page, &content);
	else if (strcmp(view, "raw") == 0)
		put_raw(page, &content);
}

/* --- at addresses of their own --- */

void content_keep_inside(struct http_request *request, const char *images)
{
	http_add_header(request, "Content-Security-Policy",
			"default-src 'none'; style-src 'unsafe-inline'; img-src data:%s; "
			"form-action 'none'; base-uri 'none'; sandbox; frame-ancestors %s",
			images, page_ancestors(request, "'self'"));
	http_add_header(request, "X-Content-Type-Options", "nosniff");
	http_add_header(request, "Referrer-Policy", "no-referrer");
	http_add_header(request, "Cross-Origin-Resource-Policy", "same-origin");
}

void content_answer_html(struct http_request *request, const struct look *look, bool images)
{
	struct content content;
	struct err err = {0};

	open_content(look, &request->arena, &content);
	if (!content.whole || !content.message.html) {
		page_error(request, 404, "No HTML", "The message has none, or none yet.");
		return;
	}
	struct buf html = {0};
	if (mime_leaf_text(content.message.html, &html, &err))
		inline_images(buf_slice(&html), &content.message,
			      http_content(request, 200, "text/html; charset=utf-8"));
	buf_free(&html);
	if (err.code) {
		page_refuse(request, &err);
		return;
	}
	content_keep_inside(request, images ? " https: http:" : "");
}

static void answer_download(struct http_request *request, const char *name)
{
	http_add_header(request, "Content-Disposition", "attachment; filename*=UTF-8''%s", name);
	content_keep_inside(request, "");
}

void content_answer_raw(struct http_request *request, const struct look *look)
{
	struct content content;

	open_content(look, &request->arena, &content);
	if (!content.n) {
		page_error(request, 404, "Nothing to save", "The message is not rendered yet.");
		return;
	}
	struct buf *out = http_content(request, 200, "message/rfc822");
	for (unsigned i = 0; i < content.n; i++)
		buf_add_slice(out, content.wire[i]);
	answer_download(request, arena_format(&request->arena, "%s.eml", look->file.id));
}

/* RFC 8187: what is no letter, digit or dot as %XX. */
static const char *code_name(struct slice name, struct arena *arena)
{
	char *text = arena_alloc(arena, 3 * name.n + 1), *to = text;

	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '.' || c == '-' || c == '_')
			*to++ = (char)c;
		else
			to += sprintf(to, "%%%02X", c);
	}
	return text;
}

void content_answer_file(struct http_request *request, const struct look *look, size_t n)
{
	struct content content;

	open_content(look, &request->arena, &content);
	const struct mime_leaf *file = content.whole ? content.message.files : NULL;
	while (file && n--)
		file = file->next;
	if (!file) {
		page_error(request, 404, "No such attachment", "The message has none there.");
		return;
	}
	struct buf *out = http_content(request, 200, "application/octet-stream");
	mime_decode(file->content, file->encoding, out);
	answer_download(request, code_name(file->filename, &request->arena));
}
