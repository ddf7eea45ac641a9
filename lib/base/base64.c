#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned base64_value(char c)
{
	/* From '+' to 'z'. */
	static const unsigned char values[] = {62, 66, 66, 66, 63, 52, 53, 54, 55, 56, 57, 58,
					       59, 60, 61, 66, 66, 66, 64, 66, 66, 66, 0,  1,
					       2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
					       14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
					       66, 66, 66, 66, 66, 66, 26, 27, 28, 29, 30, 31,
					       32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
					       44, 45, 46, 47, 48, 49, 50, 51};

	if (c >= '+' && c <= 'z')
		return values[c - '+'];
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' ? BASE64_SPACE : BASE64_BAD;
}

void base64_encode(struct slice bytes, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	char *to = buf_reserve(out, (bytes.n + 2) / 3 * 4);
	size_t n = bytes.n;

	for (; n >= 3; n -= 3, p += 3) {
		*to++ = alphabet[p[0] >> 2];
		*to++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
		*to++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
		*to++ = alphabet[p[2] & 63];
	}
	if (n) {
		unsigned second = n == 2 ? p[1] : 0;
		*to++ = alphabet[p[0] >> 2];
		*to++ = alphabet[(p[0] & 3) << 4 | second >> 4];
		*to++ = n == 2 ? alphabet[(second & 15) << 2] : '=';
		*to++ = '=';
	}
	*to = '\0';
	out->n = (size_t)(to - out->p);
}

void base64_encode_url(struct slice bytes, struct buf *out)
{
	size_t start = out->n;

	base64_encode(bytes, out);
	for (char *p = out->p + start; *p; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
}

bool base64_size(struct slice text, uint64_t *size)
{
	uint64_t digits = 0;
	unsigned padding = 0;
	size_t i = 0;

	for (; i < text.n; i++) {
		unsigned value = base64_value(text.p[i]);
		if (value < BASE64_PADDING && padding == 0)
			digits++;
		else if (value == BASE64_PADDING && padding < 2)
			padding++;
		else if (value != BASE64_SPACE)
			break;
	}
	*size = i;
	if (i < text.n || (digits + padding) % 4 || digits % 4 == 1)
		return false;
	*size = digits * 3 / 4;
	return true;
}

bool base64_decode(struct slice text, struct buf *out)
{
	uint64_t size;
	uint32_t bits = 0;
	unsigned held = 0;

	if (!base64_size(text, &size))
		return false;

	unsigned char *to = (unsigned char *)buf_reserve(out, size);
	for (size_t i = 0; i < text.n; i++) {
		unsigned value = base64_value(text.p[i]);
		if (value >= BASE64_PADDING)
			continue;
		bits = bits << 6 | value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			*to++ = (unsigned char)(bits >> held);
		}
	}
	out->n += size;
	out->p[out->n] = '\0';
	return true;
}
