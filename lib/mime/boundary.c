#include "mime/boundary.h"

/* In the order of the enum. */
static const struct {
	struct slice name;
	char letter;
} multiparts[] = {
	{SLICE("alternative"), 'a'},
	{SLICE("related"), 'r'},
	{SLICE("mixed"), 'm'},
};

static void put_name(struct buf *out, enum mime_multipart multipart, struct slice id)
{
	buf_add(out, "=_", 2);
	buf_add_slice(out, id);
	buf_add_char(out, '_');
	buf_add_char(out, multiparts[multipart].letter);
}

void mime_put_multipart(struct buf *out, enum mime_multipart multipart, struct slice id)
{
	buf_add_text(out, "Content-Type: multipart/");
	buf_add_slice(out, multiparts[multipart].name);
	buf_add_text(out, ";\r\n boundary=\"");
	put_name(out, multipart, id);
	buf_add_text(out, "\"\r\n");
}

void mime_put_boundary(struct buf *out, enum mime_multipart multipart, struct slice id)
{
	buf_add(out, "--", 2);
	put_name(out, multipart, id);
	buf_add(out, "\r\n", 2);
}

void mime_put_closing(struct buf *out, enum mime_multipart multipart, struct slice id)
{
	buf_add(out, "--", 2);
	put_name(out, multipart, id);
	buf_add(out, "--\r\n", 4);
}
