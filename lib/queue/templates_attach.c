#include <fcntl.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/io.h"
#include "queue/templates.h"

static bool read_file(const struct template_attachment *from, size_t limit, struct arena *arena,
		      struct request_attachment *to, struct err *err)
{
	struct buf base64 = {0};
	struct io_map map = {0};
	int fd = open(from->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok =
		fd >= 0 ? io_load(fd, limit, &map, from->path, err) : io_err(err, "%s", from->path);

	if (ok) {
		base64_encode(map.bytes, &base64);
		*to = (struct request_attachment){
			.filename = slice_text(from->filename),
			.content_type = slice_text(from->content_type ? from->content_type
								      : "application/octet-stream"),
			.content_id = slice_text(from->content_id),
			.content = arena_slice(arena, buf_slice(&base64)),
			.size = map.bytes.n,
			.is_inline = from->is_inline,
		};
		io_unmap(&map);
	}
	buf_free(&base64);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool templates_attach(struct templates *templates, const struct organization *org,
		      struct request *request, struct arena *arena, struct err *err)
{
	const struct template_file *file =
		request->template_id.p ? templates_file(templates, org, request->template_id, err)
				       : NULL;
	size_t n = request->n_attachments;

	if (!file || file->attachment_count == 0)
		return file || !request->template_id.p;
	if (n + file->attachment_count > REQUEST_ATTACHMENTS_MOST)
		return err_set(err, EX_DATAERR, "more than %d attachments with the template's",
			       REQUEST_ATTACHMENTS_MOST);

	struct request_attachment *all =
		arena_alloc(arena, (n + file->attachment_count) * sizeof *all);
	if (n)
		memcpy(all, request->attachments, n * sizeof *all);
	for (size_t i = 0; i < file->attachment_count; i++)
		if (!read_file(&file->attachments[i], (size_t)org->settings.max_message_bytes,
			       arena, &all[n + i], err))
			return err_at(err, "%s: attachments[%zu]", file->file, i);
	request->attachments = all;
	request->n_attachments = n + file->attachment_count;
	return true;
}
