/* What the parser accepts is harmless as envelope and header, and comes back from a header. */
#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "message/address.h"
#include "message/text.h"
#include "mime/header.h"
#include "mime/scan.h"

static void check_email(struct slice email, struct arena *arena)
{
	struct slice again;
	struct err err = {0};

	assert(email.n > 2 && email.n <= ADDRESS_MOST && text_control(email) == email.n);
	assert(utf8_check(email) == email.n && utf8_is_ascii(address_domain(email)));
	for (size_t i = 0; i < email.n; i++)
		assert(!strchr(" \t<>()[],;:\"\\", email.p[i]));
	assert(address_parse_email(email, arena, &again, &err));
	assert(slice_equal(email, again));
}

static void check_list(const struct address_list *list, struct arena *arena)
{
	struct buf field = {0}, value = {0};
	struct address_list again;
	struct err err = {0};
	struct mime_header header;

	mime_put_addresses(&field, "To", list->at, list->n);
	struct slice rest = buf_slice(&field), line = rest;
	assert(mime_header_next(&rest, &header) && rest.n == 0);
	for (struct slice lines = buf_slice(&field); slice_next(&lines, '\n', &line);)
		assert(line.n <= 999);
	mime_header_unfold(header.value, &value);
	assert(address_list_parse(buf_slice(&value), arena, &again, &err) && again.n == list->n);
	for (size_t i = 0; i < list->n; i++)
		assert(slice_equal(list->at[i].email, again.at[i].email));
	buf_free(&field);
	buf_free(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size), ascii;
	struct arena arena = {0};
	struct address address;
	struct address_list list;
	struct err err = {0};

	if (address_parse(text, &arena, &address, &err)) {
		check_email(address.email, &arena);
		assert(text_control(address.name) == address.name.n);
		list = (struct address_list){&address, 1};
		check_list(&list, &arena);
	}
	if (address_list_parse(text, &arena, &list, &err) && list.n) {
		for (size_t i = 0; i < list.n; i++)
			check_email(list.at[i].email, &arena);
		check_list(&list, &arena);
	}
	if (address_domain_ascii(text, &arena, &ascii, &err))
		assert(utf8_is_ascii(ascii));
	arena_free(&arena);
	return 0;
}
