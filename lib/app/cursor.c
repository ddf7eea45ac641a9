#include "app/cursor.h"

#define RANDOM_BYTES 10

bool cursor_read(struct slice text, struct index_record *after)
{
	struct slice time;
	uint64_t ms;

	if (!slice_next(&text, '.', &time) || !slice_number(time, INT64_MAX, &ms) ||
	    !id_valid(text))
		return false;
	after->updated_ms = (int64_t)ms;
	memcpy(after->id, text.p, ID_LENGTH);
	after->id[ID_LENGTH] = '\0';
	return true;
}

const char *cursor_text(const struct index_record *after, struct arena *arena)
{
	return arena_format(arena, "%lld.%s", (long long)after->updated_ms, after->id);
}

/* Of the same millisecond only others' are looked at again. */
void cursor_hide(struct index_record *after, const char *last, bool oldest_first)
{
	int64_t ms = id_time_ms(after->id);
	uint8_t random[RANDOM_BYTES];

	if (*last && id_time_ms(last) == ms) {
		memcpy(after->id, last, ID_SIZE);
		return;
	}
	memset(random, oldest_first ? 0 : 0xff, sizeof random);
	id_make(after->id, ms, random);
}
