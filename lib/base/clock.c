#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define MS_PER_DAY INT64_C(86400000)
#define LAST_MS INT64_C(253402300799999) /* the end of 9999 */

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_boot_ms(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

/*
 * Days since 1970 to a civil date and back, counting years from March so that the leap day comes
 * last (the usual era arithmetic of the proleptic Gregorian calendar).
 */
static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	days += 719468;
	int64_t era = days / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
	*month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400;
	int64_t year_of_era = year - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year -
	       719468;
}

static char *put_number(char *p, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + digits;
}

void clock_format_day(int64_t ms, char text[CLOCK_DAY_SIZE])
{
	int year, month, day;
	char *p = text;

	ms = ms < 0 ? 0 : ms > LAST_MS ? LAST_MS : ms;
	civil_from_days(ms / MS_PER_DAY, &year, &month, &day);
	p = put_number(p, year, 4);
	*p++ = '-';
	p = put_number(p, month, 2);
	*p++ = '-';
	p = put_number(p, day, 2);
	*p = '\0';
}

void clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
	ms = ms < 0 ? 0 : ms > LAST_MS ? LAST_MS : ms;
	clock_format_day(ms, text);

	int of_day = (int)(ms % MS_PER_DAY);
	char *p = text + CLOCK_DAY_SIZE - 1;
	*p++ = 'T';
	p = put_number(p, of_day / 3600000, 2);
	*p++ = ':';
	p = put_number(p, of_day / 60000 % 60, 2);
	*p++ = ':';
	p = put_number(p, of_day / 1000 % 60, 2);
	*p++ = '.';
	p = put_number(p, of_day % 1000, 3);
	*p++ = 'Z';
	*p = '\0';
}

/* Takes `digits` digits and the mark behind them (0: none) off the front. */
static bool take(struct slice *s, size_t digits, char mark, int64_t *value)
{
	uint64_t number;

	if (s->n < digits + (mark != 0) ||
	    !slice_number(slice_first(*s, digits), UINT32_MAX, &number))
		return false;
	*s = slice_after(*s, digits);
	if (mark) {
		if (*s->p != mark && !(mark == 'T' && (*s->p == 't' || *s->p == ' ')))
			return false;
		*s = slice_after(*s, 1);
	}
	*value = (int64_t)number;
	return true;
}

static bool take_fraction(struct slice *s, int64_t *ms)
{
	int64_t scale = 100, digits = 0;

	*ms = 0;
	if (!s->n || *s->p != '.')
		return true;
	for (*s = slice_after(*s, 1); s->n && *s->p >= '0' && *s->p <= '9'; digits++, scale /= 10) {
		*ms += (*s->p - '0') * scale;
		*s = slice_after(*s, 1);
	}
	return digits > 0;
}

static bool take_offset(struct slice *s, int64_t *minutes)
{
	int64_t hour, minute;

	*minutes = 0;
	if (s->n == 1 && (*s->p == 'Z' || *s->p == 'z')) {
		*s = slice_after(*s, 1);
		return true;
	}
	if (!s->n || (*s->p != '+' && *s->p != '-'))
		return false;
	int sign = *s->p == '-' ? -1 : 1;
	*s = slice_after(*s, 1);
	if (!take(s, 2, ':', &hour) || !take(s, 2, 0, &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool clock_parse(struct slice text, int64_t *ms)
{
	int64_t year, month, day, hour, minute, second, fraction, offset;

	if (!take(&text, 4, '-', &year) || !take(&text, 2, '-', &month) ||
	    !take(&text, 2, 'T', &day) || !take(&text, 2, ':', &hour) ||
	    !take(&text, 2, ':', &minute) || !take(&text, 2, 0, &second))
		return false;
	if (!take_fraction(&text, &fraction) || !take_offset(&text, &offset) || text.n)
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
	    hour > 23 || minute > 59 || second > 60)
		return false;

	*ms = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset) * 60000 +
	      second * 1000 + fraction;
	return *ms >= 0;
}

static const struct {
	char letter;
	bool shown; /* weeks are read, but nobody counts in them */
	int64_t ms;
} units[] = {
	{'w', false, 7 * MS_PER_DAY}, {'d', true, MS_PER_DAY}, {'h', true, MS_PER_DAY / 24},
	{'m', true, 60000},           {'s', true, 1000},
};

bool clock_parse_age(struct slice text, int64_t *ms)
{
	uint64_t count;

	for (size_t i = 0; text.n && i < sizeof units / sizeof *units; i++)
		if (text.p[text.n - 1] == units[i].letter) {
			uint64_t most = (uint64_t)(LAST_MS / units[i].ms);
			if (!slice_number(slice_first(text, text.n - 1), most, &count))
				return false;
			*ms = (int64_t)count * units[i].ms;
			return true;
		}
	return false;
}

void clock_format_age(int64_t ms, char text[CLOCK_AGE_SIZE])
{
	size_t i = 0;

	while (units[i].letter != 's' && (!units[i].shown || ms < units[i].ms))
		i++;
	snprintf(text, CLOCK_AGE_SIZE, "%lld%c", (long long)(ms < 0 ? 0 : ms / units[i].ms),
		 units[i].letter);
}

void clock_format_span(int64_t ms, char text[CLOCK_SPAN_SIZE])
{
	static const struct {
		const char *name, *part_name;
		int64_t seconds, part;
	} spans[] = {
		{"d", "h", 86400, 3600},
		{"h", "min", 3600, 60},
		{"min", "s", 60, 1},
	};
	long long seconds = ms / 1000;
	size_t i = 0;

	while (i < sizeof spans / sizeof *spans && seconds < spans[i].seconds)
		i++;
	if (ms < 1000) {
		snprintf(text, CLOCK_SPAN_SIZE, "%lld ms", (long long)(ms < 0 ? 0 : ms));
	} else if (i == sizeof spans / sizeof *spans) {
		snprintf(text, CLOCK_SPAN_SIZE, "%lld s", seconds);
	} else {
		long long part = seconds % spans[i].seconds / spans[i].part;
		int n = snprintf(text, CLOCK_SPAN_SIZE, "%lld %s", seconds / spans[i].seconds,
				 spans[i].name);
		if (part)
			snprintf(text + n, CLOCK_SPAN_SIZE - (size_t)n, " %lld %s", part,
				 spans[i].part_name);
	}
}
