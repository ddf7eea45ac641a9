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

/* How a number is to be written: what a formatter is made from. */
struct number_format {
	const char *filter;
	UNumberFormatStyle style;
	struct slice pattern; /* empty: the locale's */
	const char *locale;
	struct slice currency; /* or empty */
};

static void *open_format(struct run *run, const struct number_format *how)
{
	const struct icu *icu = locale_icu(run, how->filter);
	UErrorCode status = U_ZERO_ERROR;
	UChar pattern[LOCALE_TEXT], currency[LOCALE_TEXT];
	int32_t pattern_n = locale_to_utf16(run, how->pattern, pattern, how->filter);
	int32_t currency_n = locale_to_utf16(run, how->currency, currency, how->filter);
	UNumberFormat *format = icu->unum_open(how->style, NULL, 0, how->locale, NULL, &status);

	if (pattern_n && U_SUCCESS(status))
		icu->unum_applyPattern(format, false, pattern, pattern_n, NULL, &status);
	if (currency_n && U_SUCCESS(status))
		icu->unum_setTextAttribute(format, UNUM_CURRENCY_CODE, currency, currency_n,
					   &status);
	if (U_FAILURE(status) && format)
		icu->unum_close(format);
	locale_check(run, status, how->filter);
	return format;
}

static struct value write_number(struct run *run, struct value number,
				 const struct number_format *how)
{
	const struct icu *icu = locale_icu(run, how->filter);
	UErrorCode status = U_ZERO_ERROR;
	UChar out[LOCALE_TEXT];
	struct slice digits = digits_of(run, number, how->filter);
	struct formatter *formatter =
		formatter_find(run, how->filter, how->pattern, how->locale, how->currency);

	if (!formatter->number)
		formatter->number = open_format(run, how);
	int32_t n = icu->unum_formatDecimal(formatter->number, digits.p, (int32_t)digits.n, out,
					    LOCALE_TEXT, NULL, &status);
	locale_check(run, status, how->filter);
	return locale_from_utf16(run, out, n, how->filter);
}

struct value filter_format_number(struct run *run, const struct value *arg)
{
	const struct number_format how = {.filter = "format_number",
					  .style = UNUM_DECIMAL,
					  .pattern = locale_argument(run, arg[1], ""),
					  .locale = locale_of(run, arg[2])};

	return write_number(run, arg[0], &how);
}

struct value filter_format_percent(struct run *run, const struct value *arg)
{
	const struct number_format how = {.filter = "format_percent",
					  .style = UNUM_PERCENT,
					  .pattern = locale_argument(run, arg[1], ""),
					  .locale = locale_of(run, arg[2])};

	return write_number(run, arg[0], &how);
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
	const struct number_format how = {.filter = "format_currency",
					  .style = UNUM_CURRENCY,
					  .pattern = locale_argument(run, arg[2], ""),
					  .locale = locale_of(run, arg[3]),
					  .currency = arg_text(run, arg[1], "")};

	if (!is_code(how.currency))
		run_fail(run, "format_currency: a currency's code has three letters");
	return write_number(run, arg[0], &how);
}
