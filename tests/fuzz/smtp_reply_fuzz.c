/* Replies read the same however they are cut, and their text is fit for a terminal and for JSON. */
#include "smtp/reply.h"

#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"

static void check_text(struct slice text)
{
	assert(text.n <= SMTP_REPLY_TEXT_MAX);
	assert(utf8_check(text) == text.n);
	for (size_t i = 0; i < text.n; i++)
		assert((unsigned char)text.p[i] >= ' ' && text.p[i] != 0x7f);
}

/* Reads all, at most `most` bytes at a time, and prints the replies. */
static char *read_all(struct slice bytes, size_t most)
{
	struct smtp_reply_reader reader = {0};
	enum smtp_read read = SMTP_READ_MORE;
	struct smtp_reply reply;
	struct buf printed = {0};

	while (bytes.n && read != SMTP_READ_BAD) {
		struct slice some = slice_first(bytes, most);
		bytes = slice_after(bytes, most);
		do {
			read = smtp_reply_read(&reader, &some, &reply);
			check_text(reply.text);
			assert(read != SMTP_READ_REPLY || (reply.code >= 200 && reply.code < 600));
			smtp_reply_print(&reply, &printed);
			assert(smtp_reply_queue_id(&reply).n <= reply.text.n);
			if (read != SMTP_READ_MORE)
				buf_add_char(&printed, '\n');
		} while (read == SMTP_READ_REPLY);
	}
	return buf_take(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *whole = read_all(slice_make(data, size), size);
	char *pieces = read_all(slice_make(data, size), size ? data[0] % 7 + 1 : 1);

	assert(!strcmp(whole, pieces));
	free(whole);
	free(pieces);
	return 0;
}
