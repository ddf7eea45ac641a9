/* What body.h writes, data.h reads back: the same message, its line ends made whole, and no end of
 * it but the last bytes. */
#include "smtp/body.h"
#include "smtp/data.h"

#include <assert.h>

/* The message with whole line ends, as simply as can be said. */
static void make_whole(struct slice message, struct buf *out)
{
	for (size_t i = 0; i < message.n; i++) {
		char c = message.p[i];
		if (c == '\n' && i > 0 && message.p[i - 1] == '\r')
			continue;
		if (c == '\r' || c == '\n')
			buf_add_text(out, "\r\n");
		else
			buf_add_char(out, c);
	}
	if (out->n && !slice_ends(buf_slice(out), "\r\n"))
		buf_add_text(out, "\r\n");
}

static void write_all(const struct slice parts[2], struct buf *wire)
{
	struct smtp_body body = {0};
	struct slice piece;

	smtp_body_start(&body, parts, 2);
	while (smtp_body_next(&body, &piece))
		buf_add_slice(wire, piece);
	smtp_body_free(&body);
}

static void read_all(struct slice wire, size_t most, struct buf *message)
{
	struct smtp_data reader = SMTP_DATA_START;
	enum smtp_data_read read = SMTP_DATA_MORE;
	struct slice chunk;

	while (read != SMTP_DATA_END) {
		assert(wire.n);
		struct slice some = slice_first(wire, most);
		wire = slice_after(wire, most);
		while ((read = smtp_data_read(&reader, &some, &chunk)) == SMTP_DATA_CHUNK) {
			assert(chunk.n);
			buf_add_slice(message, chunk);
		}
		assert(read != SMTP_DATA_BARE && some.n == 0);
	}
	assert(wire.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf message = {0}, wanted = {0}, wire = {0}, got = {0};

	if (size < 3)
		return 0;
	/* The input over and over, until it is longer than one piece, or than two. */
	do
		buf_add(&message, data + 3, size - 3);
	while (size > 3 && message.n < (size_t)data[0] * 160);

	size_t cut = (size_t)data[1] * 256;
	struct slice parts[2] = {slice_first(buf_slice(&message), cut),
				 slice_after(buf_slice(&message), cut)};
	make_whole(buf_slice(&message), &wanted);
	write_all(parts, &wire);
	read_all(buf_slice(&wire), (size_t)data[2] * 64 + 1, &got);
	assert(slice_equal(buf_slice(&got), buf_slice(&wanted)));
	buf_free(&message);
	buf_free(&wanted);
	buf_free(&wire);
	buf_free(&got);
	return 0;
}
