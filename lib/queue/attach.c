#include "queue/attach.h"

#include "mime/parts.h"

#define PIECE_BYTES 49152

/* Where the finished pieces go: summed up, and in the second round written too. */
struct target {
	struct entry_sum sum;
	struct accept_file *file; /* NULL in the first round */
};

static bool put(struct target *target, struct buf *out, struct err *err)
{
	struct slice piece = buf_slice(out);

	entry_sum_add(&target->sum, piece);
	bool ok = !target->file || accept_write(target->file, &piece, 1, err);
	buf_clear(out);
	return ok;
}

static bool put_content(struct mime_parts *parts, const struct request_attachment *attachment,
			struct buf *out, struct target *target, struct err *err)
{
	for (struct slice rest = attachment->content; rest.n; rest = slice_after(rest, PIECE_BYTES))
		if (!mime_parts_base64(parts, slice_first(rest, PIECE_BYTES), out, err) ||
		    !put(target, out, err))
			return false;
	return mime_parts_end(parts, out, err);
}

static bool put_all(const struct request *request, const char *id, struct target *target,
		    struct err *err)
{
	const struct request_attachment *attachment;
	struct mime_parts parts;
	struct buf out = {0};
	bool ok = true;

	mime_parts_begin(&parts, request, slice_text(id));
	while (ok && (attachment = mime_parts_next(&parts, &out)))
		ok = put_content(&parts, attachment, &out, target, err);
	ok = ok && put(target, &out, err);
	buf_free(&out);
	return ok;
}

bool attach_write(const struct request *request, const char *id, int64_t now_ms,
		  struct accept_file *file, uint64_t *bytes, struct err *err)
{
	struct target sums = {0}, written = {.file = file};
	char head[ENTRY_HEAD_SIZE];

	*bytes = 0;
	if (request->n_attachments == 0)
		return true;
	if (!put_all(request, id, &sums, err))
		return false;
	struct slice line =
		slice_make(head, entry_head_summed(head, id, ENTRY_PARTS, now_ms, sums.sum));
	struct slice end = SLICE("\n");
	*bytes = sums.sum.length;
	return accept_write(file, &line, 1, err) && put_all(request, id, &written, err) &&
	       accept_write(file, &end, 1, err);
}

bool attach_sum(const struct request *request, const char *id, struct entry_sum *sum,
		struct err *err)
{
	struct target target = {0};
	bool ok = put_all(request, id, &target, err);

	*sum = target.sum;
	return ok;
}
