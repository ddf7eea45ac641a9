/*
 * unicode.h: what Python's str knows about characters; tables in unicode_data.c.
 *
 * A point may be UTF8_BAD: it has no properties.
 */
#ifndef TEMPLATE_UNICODE_H
#define TEMPLATE_UNICODE_H

#include "base/slice.h"
#include "template/unicode_data.h"

/* The bits of enum unicode_property. */
unsigned unicode_of(uint32_t point);

static inline bool unicode_is_space(uint32_t point)
{
	if (point < 0x80)
		return point == ' ' || (point >= 0x09 && point <= 0x0d) ||
		       (point >= 0x1c && point <= 0x1f);
	return unicode_of(point) & UNICODE_SPACE;
}

static inline bool unicode_is_alnum(uint32_t point)
{
	return unicode_of(point) &
	       (UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC);
}

/* \w of Python's regular expressions. */
static inline bool unicode_is_word(uint32_t point)
{
	return point == '_' || unicode_is_alnum(point);
}

static inline bool unicode_is_name_start(uint32_t point)
{
	return unicode_of(point) & UNICODE_NAME_START;
}

static inline bool unicode_is_name(uint32_t point)
{
	return unicode_of(point) & UNICODE_NAME;
}

static inline bool unicode_is_cased(uint32_t point)
{
	return unicode_of(point) & (UNICODE_UPPER | UNICODE_LOWER | UNICODE_TITLE);
}

/* 0 to 9 for the decimal digits of any script, else -1. */
int unicode_decimal(uint32_t point);

/* s without white space at its ends, as str.strip(). */
struct slice unicode_strip(struct slice s);
struct slice unicode_strip_left(struct slice s);
struct slice unicode_strip_right(struct slice s);

/* What a code point becomes: 1 to 3 of them. */
unsigned unicode_to_upper(uint32_t point, uint32_t to[3]);
unsigned unicode_to_lower(uint32_t point, uint32_t to[3]);
unsigned unicode_to_title(uint32_t point, uint32_t to[3]);
unsigned unicode_to_fold(uint32_t point, uint32_t to[3]);

#endif
