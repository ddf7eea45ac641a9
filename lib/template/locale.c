#include "template/locale.h"

#include <stdlib.h>

#include "base/mem.h"
#include "template/locale_private.h"

#define FORMATTERS 16 /* a mail with more of them at once makes some anew */

struct formatters {
	struct icu icu;
	struct formatter at[FORMATTERS];
	size_t next; /* the one to give up */
};

static void close_formatter(const struct icu *icu, struct formatter *formatter)
{
	if (formatter->number)
		icu->unum_close(formatter->number);
	if (formatter->date)
		icu->udat_close(formatter->date);
	memset(formatter, 0, sizeof *formatter);
}

static void close_formatters(void *data)
{
	struct formatters *formatters = data;

	for (size_t i = 0; i < FORMATTERS; i++)
		close_formatter(&formatters->icu, &formatters->at[i]);
	free(formatters);
}

const struct icu *locale_icu(struct run *run, const char *filter)
{
	struct formatters *formatters = env_data(run->env);
	const char *why;

	if (!icu_load(&formatters->icu, &why))
		run_fail(run, "%s: %s", filter, why);
	return &formatters->icu;
}

/* Where the next part goes; NULL when there is no room. */
static char *add_part(char *to, const char *end, struct slice part)
{
	if (!to || part.n + 2 > (size_t)(end - to))
		return NULL;
	if (part.n)
		memcpy(to, part.p, part.n);
	to[part.n] = '|';
	to[part.n + 1] = '\0';
	return to + part.n + 1;
}

struct formatter *formatter_find(struct run *run, const char *kind, struct slice style,
				 const char *locale, struct slice zone)
{
	struct formatters *formatters = env_data(run->env);
	UErrorCode status = U_ZERO_ERROR;
	char key[sizeof formatters->at->key];
	char *end = add_part(key, key + sizeof key, slice_text(kind));

	end = add_part(end, key + sizeof key, slice_text(locale));
	end = add_part(end, key + sizeof key, zone);
	if (!add_part(end, key + sizeof key, style))
		run_fail(run, "%s: the format is too long", kind);
	charge(run, 20); /* what formatting costs beside what else templates do */
	for (size_t i = 0; i < FORMATTERS; i++)
		if (strcmp(formatters->at[i].key, key) == 0)
			return &formatters->at[i];

	struct formatter *formatter = &formatters->at[formatters->next];
	formatters->next = (formatters->next + 1) % FORMATTERS;
	close_formatter(&formatters->icu, formatter);
	charge(run, 500);
	formatters->icu.uloc_setDefault("en",
					&status); /* not what the environment of the process says */
	memcpy(formatter->key, key, sizeof key);
	return formatter;
}

struct slice locale_argument(struct run *run, struct value arg, const char *otherwise)
{
	return is_none(arg) ? slice_text(otherwise) : arg_text(run, arg, otherwise);
}

const char *locale_of(struct run *run, struct value arg)
{
	struct slice text = locale_argument(run, arg, env_locale(run->env));
	char *copy = take(run, text.n + 1);

	memcpy(copy, text.p, text.n);
	return copy;
}

void locale_check(struct run *run, UErrorCode status, const char *filter)
{
	if (U_FAILURE(status))
		run_fail(run, "%s: cannot be formatted so: %s", filter,
			 locale_icu(run, filter)->u_errorName(status));
}

int32_t locale_to_utf16(struct run *run, struct slice text, UChar *to, const char *filter)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;

	locale_icu(run, filter)
		->u_strFromUTF8(to, LOCALE_TEXT, &n, text.p, (int32_t)text.n, &status);
	locale_check(run, status, filter);
	return n;
}

struct value locale_from_utf16(struct run *run, const UChar *text, int32_t n, const char *filter)
{
	UErrorCode status = U_ZERO_ERROR;
	char utf8[3 * LOCALE_TEXT];
	int32_t length = 0;

	locale_icu(run, filter)->u_strToUTF8(utf8, sizeof utf8, &length, text, n, &status);
	locale_check(run, status, filter);
	return text_copy(run, slice_make(utf8, (size_t)length));
}

/* name, function, fewest and most parameters (with the value itself), their names */
/* clang-format off */
static const struct builtin filters[] = {
	{"format_currency", filter_format_currency, 2, 4, "number currency format locale"},
	{"format_date", filter_format_date, 1, 3, "date format locale"},
	{"format_datetime", filter_format_datetime, 1, 4, "datetime format tzinfo locale"},
	{"format_decimal", filter_format_number, 1, 3, "number format locale"},
	{"format_number", filter_format_number, 1, 3, "number format locale"},
	{"format_percent", filter_format_percent, 1, 3, "number format locale"},
	{"format_time", filter_format_time, 1, 4, "time format tzinfo locale"},
};
/* clang-format on */

void template_add_locale_filters(struct template_env *env)
{
	const struct template_extension extension = {
		.filters = filters,
		.n_filters = sizeof filters / sizeof *filters,
		.data = mem_zero(sizeof(struct formatters)),
		.close = close_formatters,
	};

	template_env_extend(env, &extension);
}
