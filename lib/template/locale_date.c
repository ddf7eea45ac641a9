/* The filters format_date, format_datetime, format_time. */
#include <math.h>
#include <stdio.h>

#include "template/locale_private.h"
#include "template/number.h"

#define SECONDS_MOST 253402300799.0 /* 9999-12-31T23:59:59Z, Python's last */

/* A moment, and the zone that it was written in. */
struct moment {
	double ms; /* since 1970 */
	char zone[32];
};

/* --- reading --- */

/* Exactly `digits` of them at the front of *s. */
static bool take_number(struct slice *s, size_t digits, int *number)
{
	*number = 0;
	if (s->n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*number = *number * 10 + (s->p[i] - '0');
	}
	*s = slice_after(*s, digits);
	return true;
}

static bool take_char(struct slice *s, const char *any)
{
	if (s->n == 0 || !*s->p || !strchr(any, *s->p))
		return false;
	*s = slice_after(*s, 1);
	return true;
}

/* Of the Gregorian calendar, extended backwards as in Python. */
static int days_since_1970(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int m = month <= 2 ? month + 9 : month - 3; /* March is 0 */

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool take_date(struct slice *s, double *seconds)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day;

	if (!take_number(s, 4, &year) || !take_char(s, "-") || !take_number(s, 2, &month) ||
	    !take_char(s, "-") || !take_number(s, 2, &day) || year < 1 || month < 1 || month > 12)
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day < 1 || day > lengths[month - 1] + (month == 2 && leap))
		return false;
	*seconds += 86400.0 * days_since_1970(year, month, day);
	return true;
}

static bool take_time(struct slice *s, double *seconds)
{
	int hour, minute, second = 0;

	if (!take_number(s, 2, &hour) || !take_char(s, ":") || !take_number(s, 2, &minute) ||
	    (take_char(s, ":") && !take_number(s, 2, &second)) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	*seconds += hour * 3600 + minute * 60 + second;
	if (take_char(s, ".,"))
		for (double unit = 0.1; take_char(s, "0123456789"); unit /= 10)
			*seconds += unit * (s->p[-1] - '0');
	return true;
}

/* Z, +01:00, +0100 or nothing at all, which is UTC. */
static bool take_zone(struct slice *s, struct moment *moment)
{
	int hours, minutes = 0;
	char sign = s->n ? *s->p : 'Z';

	snprintf(moment->zone, sizeof moment->zone, "Etc/UTC");
	if (s->n == 0 || take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_number(s, 2, &hours))
		return false;
	take_char(s, ":");
	if ((s->n && !take_number(s, 2, &minutes)) || hours > 23 || minutes > 59)
		return false;
	snprintf(moment->zone, sizeof moment->zone, "GMT%c%02d:%02d", sign, hours, minutes);
	moment->ms -= (sign == '-' ? -60000.0 : 60000.0) * (hours * 60 + minutes);
	return true;
}

/* ISO 8601: a date, a date and a time, or a time. */
static bool read_text(struct slice s, struct moment *moment)
{
	bool has_date = s.n > 4 && s.p[4] == '-';
	double seconds = 0;

	if (has_date && !take_date(&s, &seconds))
		return false;
	if ((!has_date || take_char(&s, "Tt ")) && !take_time(&s, &seconds))
		return false;
	moment->ms = floor(seconds * 1000 + 0.5);
	return take_zone(&s, moment) && s.n == 0;
}

static struct moment read_moment(struct run *run, struct value v, const char *filter)
{
	struct moment moment = {.zone = "Etc/UTC"};

	if (v.type == VALUE_UNDEFINED)
		run_fail_undefined(run, v);
	if (is_number(v) && v.type != VALUE_BOOL) {
		double seconds = number_as_double(v);
		if (!(fabs(seconds) <= SECONDS_MOST))
			run_fail(run, "%s: a time out of bounds", filter);
		moment.ms = floor(seconds * 1000 + 0.5);
	} else if (!is_text(v)) {
		run_fail(run, "%s: a date or time is needed, not '%s'", filter, value_type_name(v));
	} else if (!read_text(value_chars(v), &moment)) {
		run_fail(run, "%s: '%.*s' is no date or time of ISO 8601", filter,
			 (int)(v.n < 40 ? v.n : 40), v.p);
	}
	return moment;
}

/* --- writing --- */

static UDateFormatStyle style_of(struct slice format)
{
	static const struct {
		const char *name;
		UDateFormatStyle style;
	} styles[] = {{"short", UDAT_SHORT},
		      {"medium", UDAT_MEDIUM},
		      {"long", UDAT_LONG},
		      {"full", UDAT_FULL}};

	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
		if (slice_is(format, styles[i].name))
			return styles[i].style;
	return UDAT_PATTERN;
}

static void check_zone(struct run *run, const struct icu *icu, const UChar *zone, int32_t n,
		       struct slice name)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar canonical[LOCALE_TEXT];

	icu->ucal_getCanonicalTimeZoneID(zone, n, canonical, LOCALE_TEXT, NULL, &status);
	if (U_FAILURE(status))
		run_fail(run, "unknown time zone '%.*s'", SLICE_ARGS(name));
}

/* How a moment is to be written: what a formatter is made from. */
struct date_format {
	const char *filter;
	bool date, time;     /* which of it */
	struct slice format; /* a style's name, or a pattern */
	const char *locale;
	struct slice zone;
};

static void *open_format(struct run *run, const struct date_format *how)
{
	const struct icu *icu = locale_icu(run, how->filter);
	UErrorCode status = U_ZERO_ERROR;
	UDateFormatStyle style = style_of(how->format);
	UDateFormatStyle date = how->date ? style : UDAT_NONE, time = how->time ? style : UDAT_NONE;
	UChar pattern[LOCALE_TEXT], zone[LOCALE_TEXT];
	int32_t n = 0, zone_n = locale_to_utf16(run, how->zone, zone, how->filter);

	check_zone(run, icu, zone, zone_n, how->zone);
	if (style == UDAT_PATTERN) {
		n = locale_to_utf16(run, how->format, pattern, how->filter);
		date = time = UDAT_PATTERN;
	}
	UDateFormat *format = icu->udat_open(time, date, how->locale, zone, zone_n,
					     style == UDAT_PATTERN ? pattern : NULL, n, &status);
	locale_check(run, status, how->filter);
	return format;
}

static struct value write_moment(struct run *run, const struct value *arg, struct value tzinfo,
				 struct date_format *how)
{
	const struct icu *icu = locale_icu(run, how->filter);
	UErrorCode status = U_ZERO_ERROR;
	UChar out[LOCALE_TEXT];
	struct moment moment = read_moment(run, arg[0], how->filter);

	how->format = locale_argument(run, arg[1], "medium");
	how->zone = locale_argument(run, tzinfo, moment.zone);
	struct formatter *formatter =
		formatter_find(run, how->filter, how->format, how->locale, how->zone);
	if (!formatter->date)
		formatter->date = open_format(run, how);
	int32_t n = icu->udat_format(formatter->date, moment.ms, out, LOCALE_TEXT, NULL, &status);
	locale_check(run, status, how->filter);
	return locale_from_utf16(run, out, n, how->filter);
}

struct value filter_format_date(struct run *run, const struct value *arg)
{
	struct date_format how = {.filter = "format_date",
				  .date = true,
				  .locale = locale_of(run, arg[2])};

	return write_moment(run, arg, value_none(), &how);
}

struct value filter_format_time(struct run *run, const struct value *arg)
{
	struct date_format how = {.filter = "format_time",
				  .time = true,
				  .locale = locale_of(run, arg[3])};

	return write_moment(run, arg, arg[2], &how);
}

struct value filter_format_datetime(struct run *run, const struct value *arg)
{
	struct date_format how = {.filter = "format_datetime",
				  .date = true,
				  .time = true,
				  .locale = locale_of(run, arg[3])};

	return write_moment(run, arg, arg[2], &how);
}
