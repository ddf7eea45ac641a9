/* The filters format_number, format_decimal, format_percent, format_currency. */
#include "template/locale_private.h"
#include "template/number.h"

/* A number, or text that is one, in decimal digits: money is not to go through a double. */
static struct slice digits_of(struct run *run, struct value number, const char *filter)
{
	double d;

	if (number.type == VALUE_UNDEFINED)
		run_fail_undefined(run, number);
	if (number.type == VALUE_BOOL)
		number = value_int(number.truth);
	if (is_text(number) && !number_float(value_chars(number), &d))
		run_fail(run, "%s: '%.*s' is no number", filter,
			 (int)(number.n < 40 ? number.n : 40), number.p);
	if (!is_text(number) && !is_number(number))
		run_fail(run, "%s: a number is needed, not '%s'", filter, value_type_name(number));
	return value_chars(text_plain(str_of(run, number)));
}

static void *open_format(struct run *run, UNumberFormatStyle style, struct slice pattern,
			 const char *locale, struct slice currency, const char *filter)
{
	const struct icu *icu = locale_icu(run, filter);
	UErrorCode status = U_ZERO_ERROR;
	UChar pattern16[LOCALE_TEXT], currency16[LOCALE_TEXT];
	int32_t pattern_n = locale_to_utf16(run, pattern, pattern16, filter);
	int32_t currency_n = locale_to_utf16(run, currency, currency16, filter);
	UNumberFormat *format = icu->unum_open(style, NULL, 0, locale, NULL, &status);

	if (pattern_n && U_SUCCESS(status))
		icu->unum_applyPattern(format, false, pattern16, pattern_n, NULL, &status);
	if (currency_n && U_SUCCESS(status))
		icu->unum_setTextAttribute(format, UNUM_CURRENCY_CODE, currency16, currency_n,
					   &status);
	if (U_FAILURE(status) && format)
		icu->unum_close(format);
	locale_check(run, status, filter);
	return format;
}

static struct value format(struct run *run, UNumberFormatStyle style, struct value number,
			   struct value pattern, const char *locale, struct slice currency,
			   const char *filter)
{
	const struct icu *icu = locale_icu(run, filter);
	UErrorCode status = U_ZERO_ERROR;
	UChar out[LOCALE_TEXT];
	struct slice digits = digits_of(run, number, filter);
	struct slice p = locale_argument(run, pattern, "");
	struct formatter *formatter = formatter_find(run, filter, p, locale, currency);

	if (!formatter->number)
		formatter->number = open_format(run, style, p, locale, currency, filter);
	int32_t n = icu->unum_formatDecimal(formatter->number, digits.p, (int32_t)digits.n, out,
					    LOCALE_TEXT, NULL, &status);
	locale_check(run, status, filter);
	return locale_from_utf16(run, out, n, filter);
}

struct value filter_format_number(struct run *run, const struct value *arg)
{
	return format(run, UNUM_DECIMAL, arg[0], arg[1], locale_of(run, arg[2]), (struct slice){0},
		      "format_number");
}

struct value filter_format_percent(struct run *run, const struct value *arg)
{
	return format(run, UNUM_PERCENT, arg[0], arg[1], locale_of(run, arg[2]), (struct slice){0},
		      "format_percent");
}

/* Of ISO 4217. */
static bool is_code(struct slice currency)
{
	for (size_t i = 0; i < currency.n; i++)
		if ((currency.p[i] | 0x20) < 'a' || (currency.p[i] | 0x20) > 'z')
			return false;
	return currency.n == 3;
}

struct value filter_format_currency(struct run *run, const struct value *arg)
{
	struct slice currency = arg_text(run, arg[1], "");

	if (!is_code(currency))
		run_fail(run, "format_currency: a currency's code has three letters");
	return format(run, UNUM_CURRENCY, arg[0], arg[2], locale_of(run, arg[3]), currency,
		      "format_currency");
}
