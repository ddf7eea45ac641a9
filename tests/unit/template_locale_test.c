/*
 * Dates and numbers as people of a locale write them. Where the data of a locale change from one
 * release to the next (spaces, abbreviations), no case stands here.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "template/locale.h"

#define NBSP "\302\240"

static void render(const char *locale, const char *source, struct buf *out,
		   struct template_error *error)
{
	struct template_env *env = template_env_open(&(struct template_options){0}, NULL);

	template_add_locale_filters(env);
	template_env_set_locale(env, slice_text(locale));
	struct template *t = template_compile(env, "t", slice_text(source), error);
	ck_assert_msg(t != NULL, "%s", error->err.text);
	template_render(t, NULL, out, error);
	template_free(t);
	template_env_close(env);
}

static const struct {
	const char *locale, *source, *text;
} cases[] = {
	{"en", "{{ 1234567.891|format_number }}", "1,234,567.891"},
	{"de", "{{ 1234567.891|format_number }}", "1.234.567,891"},
	{"de-AT", "{{ 2.5|format_decimal('#,##0.00') }}", "2,50"},
	{"en", "{{ 2.5|format_decimal('0') }} {{ 3.5|format_decimal('0') }}", "2 4"},
	{"en", "{{ '12345678901234567890.12'|format_number }}", "12,345,678,901,234,567,890.12"},
	{"en", "{{ 12345678901234567890123|format_number }}", "12,345,678,901,234,567,890,123"},
	{"de", "{{ 1|format_number(locale='en') }} {{ 1.5|format_number('', 'en') }}", "1 1.5"},
	{"en", "{{ 0.256|format_percent }}", "26%"},
	{"de", "{{ 0.256|format_percent('#,##0.0 %') }}", "25,6 %"},
	{"en", "{{ 1234.5|format_currency('EUR') }}", "€1,234.50"},
	{"de", "{{ 1234.5|format_currency('EUR') }}", "1.234,50" NBSP "€"},
	{"en", "{{ 1234.5|format_currency('JPY') }}", "¥1,234"},
	{"en", "{{ '19.99'|format_currency('USD', '#,##0.00 ¤¤') }}", "19.99 USD"},
	{"", "{{ 1234.5|format_number }}", "1,234.5"},
	{"xx-YY", "{{ 1234.5|format_number }}", "1,234.5"},
	{"../../etc", "{{ 1234.5|format_number }}", "1,234.5"},

	{"en", "{{ '2026-11-24'|format_date }}", "Nov 24, 2026"},
	{"en_GB", "{{ '2026-11-24'|format_date('full') }}", "Tuesday, 24 November 2026"},
	{"de", "{{ '2026-11-24T09:30:00Z'|format_date('long') }}", "24. November 2026"},
	{"de", "{{ '2026-11-24'|format_date('EEEE, d. MMM') }}", "Dienstag, 24. Nov."},
	{"de", "{{ '2026-11-24'|format_date('short', 'fr') }}", "24/11/2026"},
	{"de", "{{ '2026-11-24T09:30:00Z'|format_time('short') }}", "09:30"},
	{"de", "{{ '2026-11-24T09:30:00Z'|format_time('short', 'Europe/Berlin') }}", "10:30"},
	{"de", "{{ '2026-07-24T09:30:00Z'|format_time('short', 'Europe/Berlin') }}", "11:30"},
	{"de", "{{ '09:30'|format_time }}", "09:30:00"},
	{"de", "{{ '2026-11-24T09:30:00Z'|format_datetime }}", "24.11.2026, 09:30:00"},
	{"de", "{{ '2026-11-24 09:30'|format_datetime('yyyy-MM-dd HH:mm', 'America/New_York') }}",
	 "2026-11-24 04:30"},
	{"de", "{{ '2026-11-24T23:30:00-05:00'|format_datetime('dd. HH:mm') }}", "24. 23:30"},
	{"de", "{{ '2026-11-24T23:30:00-0500'|format_datetime('dd. HH:mm', 'UTC') }}", "25. 04:30"},
	{"de", "{{ 0|format_datetime('yyyy-MM-dd HH:mm') }}", "1970-01-01 00:00"},
	{"de", "{{ 1e9|format_datetime('yyyy-MM-dd HH:mm') }}", "2001-09-09 01:46"},
	{"de", "{{ '2024-02-29'|format_date('d.M.') }} {{ '2000-02-29'|format_date('d.M.') }}",
	 "29.2. 29.2."},
	{"de", "{{ ['2026-01-02', '2026-03-04']|map('format_date', 'd.M.')|join(', ') }}",
	 "2.1., 4.3."},
	{"de", "{{ 'format_date' is filter }}", "True"},

	{"en", "{{ 'Zoë'|b64encode }}{{ ''|b64encode }}", "Wm/Dqw=="},
};

START_TEST(it_is_written_as_people_write_it)
{
	struct template_error error = {0};
	struct buf out = {0};

	render(cases[_i].locale, cases[_i].source, &out, &error);
	ck_assert_msg(!error.err.code, "%s: %s", cases[_i].source, error.err.text);
	ck_assert_msg(strcmp(out.p, cases[_i].text) == 0, "%s, %s: '%s', not '%s'",
		      cases[_i].source, cases[_i].locale, out.p, cases[_i].text);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *source, *says;
} faults[] = {
	{"{{ x|format_date }}", "'x' is undefined"},
	{"{{ none|format_date }}", "a date or time is needed, not 'NoneType'"},
	{"{{ 'tomorrow'|format_date }}", "'tomorrow' is no date or time of ISO 8601"},
	{"{{ '2026-02-29'|format_date }}", "no date"},
	{"{{ '2026-13-01'|format_date }}", "no date"},
	{"{{ '2026-11-24T24:00'|format_date }}", "no date"},
	{"{{ '2026-11-24T09:30:00Zulu'|format_date }}", "no date"},
	{"{{ 1e300|format_date }}", "out of bounds"},
	{"{{ 0|format_time('short', 'Mars/Olympus') }}", "unknown time zone 'Mars/Olympus'"},
	{"{{ 0|format_date('d' * 400) }}", "too long"},
	{"{{ 0|format_date('short', 'x' * 400) }}", "too long"},
	{"{{ 'much'|format_number }}", "'much' is no number"},
	{"{{ []|format_percent }}", "a number is needed, not 'list'"},
	{"{{ x|format_currency('EUR') }}", "'x' is undefined"},
	{"{{ 1|format_currency }}", "missing an argument"},
	{"{{ 1|format_currency('€') }}{{ 1|format_currency('EURO') }}", "three letters"},
	{"{% for i in range(100000) %}{{ 1|format_number('#' * (i % 100) ~ '0') }}{% endfor %}",
	 "steps"},
};

START_TEST(what_cannot_be_written_is_an_error)
{
	struct template_error error = {0};
	struct buf out = {0};

	render("en", faults[_i].source, &out, &error);
	ck_assert_int_eq(error.err.code, EX_DATAERR);
	ck_assert_msg(strstr(error.err.text, faults[_i].says) != NULL, "%s: %s", faults[_i].source,
		      error.err.text);
	buf_free(&out);
}
END_TEST

START_TEST(the_process_has_no_say)
{
	struct template_error error = {0};
	struct buf out = {0};

	setenv("LANG", "de_DE.UTF-8", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("TZ", "America/New_York", 1);
	render("xx", "{{ 1.5|format_number }} {{ 0|format_datetime('HH:mm') }}", &out, &error);
	ck_assert_str_eq(out.p, "1.5 00:00");
	buf_free(&out);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("template/locale");
	TCase *t = tcase_create("filters");

	tcase_add_loop_test(t, it_is_written_as_people_write_it, 0, sizeof cases / sizeof *cases);
	tcase_add_loop_test(t, what_cannot_be_written_is_an_error, 0,
			    sizeof faults / sizeof *faults);
	tcase_add_test(t, the_process_has_no_say);
	suite_add_tcase(s, t);
	return s;
}
