#include "mime/parts.h"

#include "base/base64.h"
#include "mime/boundary.h"
#include "mime/header.h"

#define LINE 76 /* characters of base64; a multiple of 4 */

void mime_parts_begin(struct mime_parts *parts, const struct request *request, struct slice id)
{
	*parts = (struct mime_parts){.request = request, .id = id};
}

/* --- headers --- */

static void put_type(const struct request_attachment *file, struct buf *out)
{
	/* A message may not be encoded (RFC 2046, 5.2.1), and every part here is. */
	bool message = slice_is_nocase(slice_first(file->content_type, 8), "message/");

	buf_add_text(out, "Content-Type: ");
	if (message)
		buf_add_text(out, "application/octet-stream");
	else
		buf_add_slice(out, file->content_type);
	buf_add_text(out, "\r\n");
}

static void put_header(const struct request_attachment *file, struct buf *out)
{
	put_type(file, out);
	buf_add_text(out, "Content-Transfer-Encoding: base64\r\n");
	if (file->content_id.n) {
		buf_add_text(out, "Content-ID: <");
		buf_add_slice(out, file->content_id);
		buf_add_text(out, ">\r\n");
	}
	buf_add_text(out, "Content-Disposition: ");
	buf_add_text(out, file->is_inline ? "inline" : "attachment");
	if (file->filename.n)
		mime_put_parameter(out, "filename", file->filename);
	buf_add_text(out, "\r\n\r\n");
}

/* --- from part to part --- */

static enum mime_multipart around(const struct mime_parts *parts)
{
	return parts->attached ? MIME_MIXED : MIME_RELATED;
}

/* The next attachment of this turn's kind, or NULL. */
static const struct request_attachment *find_next(struct mime_parts *parts)
{
	while (parts->next < parts->request->n_attachments) {
		const struct request_attachment *file = &parts->request->attachments[parts->next++];
		if (file->is_inline != parts->attached)
			return file;
	}
	return NULL;
}

const struct request_attachment *mime_parts_next(struct mime_parts *parts, struct buf *out)
{
	const struct request_attachment *file = find_next(parts);

	if (!file) {
		if (parts->n_written)
			mime_put_closing(out, around(parts), parts->id);
		parts->n_written = 0;
		if (parts->attached)
			return NULL;
		parts->attached = true;
		parts->next = 0;
		return mime_parts_next(parts, out);
	}
	mime_put_boundary(out, around(parts), parts->id);
	put_header(file, out);
	parts->file = file;
	parts->bytes = parts->digits = 0;
	parts->padding = 0;
	parts->n_written++;
	return file;
}

/* --- content --- */

bool mime_parts_base64(struct mime_parts *parts, struct slice base64, struct buf *out,
		       struct err *err)
{
	char *to = buf_reserve(out, base64.n + base64.n / LINE * 2 + 2);

	for (size_t i = 0; i < base64.n; i++) {
		unsigned value = base64_value(base64.p[i]);
		if (value == BASE64_SPACE)
			continue;
		if (value == BASE64_BAD || (value < BASE64_PADDING && parts->padding) ||
		    (value == BASE64_PADDING && ++parts->padding > 2))
			return err_set(err, EX_DATAERR, "not base64");
		*to++ = base64.p[i];
		if (++parts->digits % LINE == 0) {
			*to++ = '\r';
			*to++ = '\n';
		}
	}
	out->n = (size_t)(to - out->p);
	return true;
}

void mime_parts_bytes(struct mime_parts *parts, struct slice bytes, struct buf *out)
{
	mime_base64_add(&parts->lines, bytes, out);
	parts->bytes += bytes.n;
}

bool mime_parts_end(struct mime_parts *parts, struct buf *out, struct err *err)
{
	uint64_t size = parts->bytes + parts->digits / 4 * 3 - parts->padding;

	mime_base64_end(&parts->lines, out);
	if (parts->digits % LINE)
		buf_add(out, "\r\n", 2);
	if (parts->digits % 4)
		return err_set(err, EX_DATAERR, "base64 that stops in between");
	if (size != parts->file->size)
		return err_set(err, EX_DATAERR, "%llu bytes where %llu were announced",
			       (unsigned long long)size, (unsigned long long)parts->file->size);
	return true;
}
