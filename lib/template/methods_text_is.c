#include "template/methods_text.h"

#include "base/utf8.h"
#include "template/run.h"
#include "template/unicode.h"

static struct value all_are(struct run *run, const struct value *arg, unsigned wanted, bool empty)
{
	struct slice s = self(arg);
	size_t n;

	charge(run, s.n / 8);
	if (s.n == 0)
		return value_bool(empty);
	for (; s.n; s = slice_after(s, n))
		if (!(unicode_of(utf8_decode(s, &n)) & wanted))
			return value_bool(false);
	return value_bool(true);
}

struct value method_isalnum(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC,
		       false);
}

struct value method_isalpha(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_ALPHA, false);
}

struct value method_isascii(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(utf8_is_ascii(self(arg)));
}

struct value method_isdecimal(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_DECIMAL, false);
}

struct value method_isdigit(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_DIGIT, false);
}

struct value method_isidentifier(struct run *run, const struct value *arg)
{
	size_t n;

	if (!unicode_is_name_start(utf8_decode(self(arg), &n)))
		return value_bool(false);
	return all_are(run, arg, UNICODE_NAME, false);
}

struct value method_isnumeric(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_NUMERIC, false);
}

struct value method_isprintable(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_PRINTABLE, true);
}

struct value method_isspace(struct run *run, const struct value *arg)
{
	return all_are(run, arg, UNICODE_SPACE, false);
}

struct value method_islower(struct run *run, const struct value *arg)
{
	return builtin_apply1(run, test_find(slice_text("lower")), arg[0]);
}

struct value method_isupper(struct run *run, const struct value *arg)
{
	return builtin_apply1(run, test_find(slice_text("upper")), arg[0]);
}

/* Capitals begin words, small letters only follow. */
struct value method_istitle(struct run *run, const struct value *arg)
{
	struct slice s = self(arg);
	bool in_word = false, any = false;
	size_t n;

	charge(run, s.n / 8);
	for (; s.n; s = slice_after(s, n)) {
		unsigned is = unicode_of(utf8_decode(s, &n));
		bool capital = is & (UNICODE_UPPER | UNICODE_TITLE), small = is & UNICODE_LOWER;
		if ((capital && in_word) || (small && !in_word))
			return value_bool(false);
		in_word = capital || small;
		any |= in_word;
	}
	return value_bool(any);
}
