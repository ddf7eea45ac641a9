/*
 * unicode_data.h: the tables that unicode_data.py writes.
 */
#ifndef TEMPLATE_UNICODE_DATA_H
#define TEMPLATE_UNICODE_DATA_H

#include <stdint.h>

/* Bits of unicode_masks, in the order of PROPERTIES in unicode_data.py. */
enum unicode_property {
	UNICODE_SPACE = 1,
	UNICODE_ALPHA = 2,
	UNICODE_DECIMAL = 4,
	UNICODE_DIGIT = 8,
	UNICODE_NUMERIC = 16,
	UNICODE_PRINTABLE = 32,
	UNICODE_UPPER = 64,
	UNICODE_LOWER = 128,
	UNICODE_TITLE = 256,
	UNICODE_NAME_START = 512,
	UNICODE_NAME = 1024,
	UNICODE_IGNORABLE = 2048,
};

/* Runs of code points with the same properties: first << 8 | an index of unicode_masks. */
extern const uint16_t unicode_masks[];
extern const uint32_t unicode_properties[];
extern const uint32_t unicode_properties_n;

/* Code points that map to themselves plus delta: count of them, from first on, by stride. */
struct unicode_run {
	uint32_t first;
	uint16_t count;
	uint8_t stride;
	int32_t delta;
};

/* One that maps to several. */
struct unicode_longer {
	uint32_t point;
	uint32_t to[3]; /* 0 behind the last */
};

struct unicode_mapping {
	const struct unicode_run *runs;
	uint32_t runs_n;
	const struct unicode_longer *longer;
	uint32_t longer_n;
};

extern const struct unicode_mapping unicode_upper;
extern const struct unicode_mapping unicode_lower;
extern const struct unicode_mapping unicode_title; /* where it is not that of unicode_upper */
extern const struct unicode_mapping unicode_fold;  /* where it is not that of unicode_lower */

#endif
