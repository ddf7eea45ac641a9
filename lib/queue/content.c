#include "queue/content.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "message/id.h"
#include "mime/header.h"
#include "mime/parts.h"
#include "mime/scan.h"

#define PIECE_BYTES 49152

/* Where the finished pieces go. */
struct target {
	content_put *put;
	void *to;
};

static bool put(const struct target *target, struct buf *out, struct err *err)
{
	bool ok = target->put(target->to, buf_slice(out), err);

	buf_clear(out);
	return ok;
}

/* --- attachments --- */

static bool put_content(struct mime_parts *parts, const struct request_attachment *attachment,
			struct buf *out, const struct target *target, struct err *err)
{
	for (struct slice rest = attachment->content; rest.n; rest = slice_after(rest, PIECE_BYTES))
		if (!mime_parts_base64(parts, slice_first(rest, PIECE_BYTES), out, err) ||
		    !put(target, out, err))
			return false;
	return true;
}

/* At any place of the file: the same attachment may be summed before it is written. */
static bool put_file(struct mime_parts *parts, int file, struct buf *out,
		     const struct target *target, struct err *err)
{
	char *piece = mem_array(1, PIECE_BYTES);
	bool ok = true;
	off_t at = 0;
	ssize_t n;

	while (ok && (n = pread(file, piece, PIECE_BYTES, at)) > 0) {
		mime_parts_bytes(parts, slice_make(piece, (size_t)n), out);
		ok = put(target, out, err);
		at += n;
	}
	free(piece);
	/* EX_DATAERR, since of the others a failed write is told by them */
	return ok && (n == 0 || err_sys(err, EX_DATAERR, "read an attachment"));
}

static bool put_parts(const struct content *content, const char *id, struct buf *out,
		      const struct target *target, struct err *err)
{
	const struct request_attachment *attachment;
	struct mime_parts parts;

	mime_parts_begin(&parts, content->request, slice_text(id));
	while ((attachment = mime_parts_next(&parts, out))) {
		size_t i = (size_t)(attachment - content->request->attachments);
		bool ok = i < content->n_files
				  ? put_file(&parts, content->files[i], out, target, err)
				  : put_content(&parts, attachment, out, target, err);
		if (!ok || !mime_parts_end(&parts, out, err))
			return false;
	}
	return put(target, out, err);
}

/* --- a whole message --- */

/* RFC 6409, 8: a submission server adds Date and Message-ID where they are missing. */
static void add_missing(const struct content *content, const char *id, struct buf *fields)
{
	struct slice domain = address_domain(request_sender(content->request));
	struct slice header = mime_header_start(content->raw);

	buf_add_slice(fields, content->edit->add);
	if (!mime_header_find(header, "Date").p)
		mime_put_date(fields, id_time_ms(id));
	if (!mime_header_find(header, "Message-ID").p)
		buf_addf(fields, "Message-ID: <%s@%.*s>\r\n", id,
			 SLICE_ARGS(domain.n ? domain : slice_text("localhost")));
}

static bool put_raw(const struct content *content, const char *id, struct buf *out,
		    const struct target *target, struct err *err)
{
	struct buf fields = {0};
	struct mime_fit fit;
	bool ok = true;

	add_missing(content, id, &fields);
	struct mime_edit edit = {.drop = content->edit->drop, .add = buf_slice(&fields)};
	mime_fit_begin(&fit, content->raw, &edit);
	while (ok && mime_fit_next(&fit, out))
		ok = put(target, out, err);
	buf_free(&fields);
	return ok;
}

static bool is_empty(const struct content *content)
{
	return !content->raw.p && content->request->n_attachments == 0;
}

bool content_each(const struct content *content, const char *id, content_put *put_piece, void *to,
		  struct err *err)
{
	struct target target = {put_piece, to};
	struct buf out = {0};

	if (is_empty(content))
		return true;
	bool ok = content->raw.p ? put_raw(content, id, &out, &target, err)
				 : put_parts(content, id, &out, &target, err);
	buf_free(&out);
	return ok;
}

/* --- both --- */

const char *content_entry(const struct content *content)
{
	return content->raw.p ? ENTRY_RAW : ENTRY_PARTS;
}

static bool put_in_file(void *to, struct slice piece, struct err *err)
{
	return accept_write(to, &piece, 1, err);
}

static bool put_in_sum(void *to, struct slice piece, struct err *err)
{
	(void)err;
	entry_sum_add(to, piece);
	return true;
}

bool content_write(const struct content *content, const char *id, int64_t now_ms,
		   struct accept_file *file, struct entry_sum *sum, struct err *err)
{
	const char *entry = content_entry(content);

	*sum = (struct entry_sum){0};
	return is_empty(content) || (accept_entry_begin(file, entry, err) &&
				     content_each(content, id, put_in_file, file, err) &&
				     accept_entry_end(file, entry, now_ms, sum, err));
}

bool content_sum(const struct content *content, const char *id, struct entry_sum *sum,
		 struct err *err)
{
	*sum = (struct entry_sum){0};
	return content_each(content, id, put_in_sum, sum, err);
}
