/* Markup that was read out of a file stands in another file just as well. */
#include "conf/records.h"

#include <assert.h>
#include <stdlib.h>

static void check_field(const struct record_field *field, struct arena *arena)
{
	struct buf buf = {0};
	struct err err;

	assert(field->text.p[field->text.n] == '\0');
	if (!field->is_markup)
		return;
	buf_add_text(&buf, "<record id='a' model='b'><field name='c'>");
	buf_add_slice(&buf, field->text);
	buf_add_text(&buf, "</field></record>");
	const struct record *again = records_parse(buf_slice(&buf), "again", arena, &err);
	assert(again && !again->next);
	assert(slice_equal(record_field(again, "c")->text, field->text));
	buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct err err;
	const struct record *record = records_parse(slice_make(data, size), "input", &arena, &err);

	assert(record || err.code);
	for (; record; record = record->next)
		for (const struct record_field *field = record->fields; field; field = field->next)
			check_field(field, &arena);
	arena_free(&arena);
	return 0;
}
