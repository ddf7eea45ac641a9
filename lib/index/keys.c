#include "index/keys.h"

#include <assert.h>
#include <endian.h>

#define SIGN (UINT64_C(1) << 63)

static uint8_t *grow(struct key *key, size_t n)
{
	assert(key->n + n <= sizeof key->bytes);
	key->n += n;
	return key->bytes + key->n - n;
}

void key_add_text(struct key *key, struct slice text)
{
	text = slice_first(text, KEY_TEXT_MAX);
	uint8_t *p = grow(key, text.n + 1);
	if (text.n)
		memcpy(p, text.p, text.n);
	p[text.n] = '\0';
}

void key_add_folded(struct key *key, struct slice text)
{
	size_t start = key->n;

	key_add_text(key, text);
	for (uint8_t *p = key->bytes + start; p < key->bytes + key->n; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
}

void key_add_byte(struct key *key, uint8_t byte)
{
	*grow(key, 1) = byte;
}

void key_add_number(struct key *key, uint64_t number)
{
	uint64_t big_endian = htobe64(number);

	memcpy(grow(key, sizeof big_endian), &big_endian, sizeof big_endian);
}

void key_add_time(struct key *key, int64_t ms)
{
	key_add_number(key, (uint64_t)ms ^ SIGN);
}

void key_add_id(struct key *key, const char *id)
{
	memcpy(grow(key, ID_LENGTH), id, ID_LENGTH);
}

struct slice key_take_bytes(struct key_reader *reader, size_t n)
{
	if (n > reader->n) {
		reader->bad = true;
		reader->n = 0;
		return slice_make("", 0);
	}

	struct slice bytes = slice_make(reader->p, n);
	reader->p += n;
	reader->n -= n;
	return bytes;
}

struct slice key_take_text(struct key_reader *reader)
{
	const uint8_t *end = reader->n ? memchr(reader->p, '\0', reader->n) : NULL;
	size_t n = end ? (size_t)(end - reader->p) : reader->n;
	struct slice text = key_take_bytes(reader, n);

	key_take_byte(reader);
	return text;
}

uint8_t key_take_byte(struct key_reader *reader)
{
	struct slice byte = key_take_bytes(reader, 1);

	return byte.n ? (uint8_t)*byte.p : 0;
}

uint64_t key_take_number(struct key_reader *reader)
{
	struct slice bytes = key_take_bytes(reader, 8);
	uint64_t big_endian = 0;

	if (bytes.n)
		memcpy(&big_endian, bytes.p, sizeof big_endian);
	return be64toh(big_endian);
}

int64_t key_take_time(struct key_reader *reader)
{
	return (int64_t)(key_take_number(reader) ^ SIGN);
}

void key_take_id(struct key_reader *reader, char id[ID_SIZE])
{
	struct slice text = key_take_bytes(reader, ID_LENGTH);

	memset(id, '0', ID_LENGTH);
	if (text.n)
		memcpy(id, text.p, ID_LENGTH);
	id[ID_LENGTH] = '\0';
}
