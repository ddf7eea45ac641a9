/* locale_private.h: what the files of locale.h share: formatters of ICU, kept once made. */
#ifndef TEMPLATE_LOCALE_PRIVATE_H
#define TEMPLATE_LOCALE_PRIVATE_H

#include "template/builtin.h"
#include "template/icu.h"
#include "template/run.h"

#define LOCALE_TEXT 256 /* UTF-16 units of a pattern, and of what is written */

/* ICU, loaded; ends the render where it is not there. */
const struct icu *locale_icu(struct run *run, const char *filter);

/* A formatter, by all that it was made from. One is NULL. */
struct formatter {
	char key[256];
	void *number; /* UNumberFormat */
	void *date;   /* UDateFormat */
};

/* The one of that key, or one to fill in that has neither; it belongs to the environment. */
struct formatter *formatter_find(struct run *run, const char *kind, struct slice style,
				 const char *locale, struct slice zone);

/* An argument that is text; none is as good as not given. */
struct slice locale_argument(struct run *run, struct value arg, const char *otherwise);

/* "fr-CA": as the filter's argument says, else the render's. NUL-ended, until the render ends. */
const char *locale_of(struct run *run, struct value arg);

/* Ends the render when ICU says no. */
void locale_check(struct run *run, UErrorCode status, const char *filter);

/* Text for ICU, and back; to has room for LOCALE_TEXT units. */
int32_t locale_to_utf16(struct run *run, struct slice text, UChar *to, const char *filter);
struct value locale_from_utf16(struct run *run, const UChar *text, int32_t n, const char *filter);

/* locale_date.c, locale_number.c */
builtin_call filter_format_date, filter_format_datetime, filter_format_time;
builtin_call filter_format_currency, filter_format_number, filter_format_percent;

#endif
