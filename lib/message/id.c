#include "message/id.h"

#define TIME_LENGTH 10                     /* characters; the other 16 are random */
#define TIME_MOST (((int64_t)1 << 48) - 1) /* the year 10889 */

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static int digit(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

void id_make(char id[ID_SIZE], int64_t ms, const uint8_t random[10])
{
	if (ms < 0)
		ms = 0;
	if (ms > TIME_MOST)
		ms = TIME_MOST;
	for (int i = TIME_LENGTH; i-- > 0; ms >>= 5)
		id[i] = alphabet[ms & 31];

	/* 5 bytes are 8 characters. */
	for (int half = 0; half < 2; half++) {
		uint64_t bits = 0;
		for (int i = 0; i < 5; i++)
			bits = bits << 8 | random[half * 5 + i];
		for (int i = 8; i-- > 0; bits >>= 5)
			id[TIME_LENGTH + half * 8 + i] = alphabet[bits & 31];
	}
	id[ID_LENGTH] = '\0';
}

bool id_valid(struct slice text)
{
	if (text.n != ID_LENGTH || text.p[0] > '7')
		return false;
	for (size_t i = 0; i < ID_LENGTH; i++)
		if (digit(text.p[i]) < 0)
			return false;
	return true;
}

int64_t id_time_ms(const char *id)
{
	int64_t ms = 0;

	for (int i = 0; i < TIME_LENGTH; i++)
		ms = ms << 5 | digit(id[i]);
	return ms;
}

bool id_next(char id[ID_SIZE])
{
	int at = ID_LENGTH - 1;

	while (at >= TIME_LENGTH && id[at] == 'z')
		at--;
	if (at < TIME_LENGTH)
		return false;
	id[at] = alphabet[digit(id[at]) + 1];
	memset(id + at + 1, '0', (size_t)(ID_LENGTH - 1 - at));
	return true;
}
