#include "template/methods.h"

#include <math.h>

#include "template/big.h"
#include "template/number.h"

static struct value method_bit_length(struct run *run, const struct value *arg)
{
	struct value rest = arg[0], remainder;
	int64_t bits = 0, i;

	while (rest.type == VALUE_BIG) {
		big_divide(run, rest, value_int(1 << 16), &rest, &remainder);
		bits += 16;
	}
	i = rest.type == VALUE_BOOL ? rest.truth : rest.i;
	for (uint64_t left = i < 0 ? -(uint64_t)i : (uint64_t)i; left; left >>= 1)
		bits++;
	return value_int(bits);
}

static struct value method_is_integer(struct run *run, const struct value *arg)
{
	(void)run;
	return value_bool(isfinite(arg->d) && floor(arg->d) == arg->d);
}

static const struct builtin int_methods[] = {
	{"bit_length", method_bit_length, 1, 1},
};

static const struct builtin float_methods[] = {
	{"is_integer", method_is_integer, 1, 1},
};

const struct builtin *method_find(struct value self, struct slice name)
{
	const struct builtin *found = NULL;

	switch (self.type) {
	case VALUE_TEXT:
		if (is_safe(self))
			found = builtin_find(markup_methods, markup_methods_n, name);
		return found ? found : builtin_find(text_methods, text_methods_n, name);
	case VALUE_DICT:
		return builtin_find(dict_methods, dict_methods_n, name);
	case VALUE_LIST:
		return builtin_find(list_methods, list_methods_n, name);
	case VALUE_TUPLE:
		return builtin_find(tuple_methods, tuple_methods_n, name);
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_BIG:
		return builtin_find(int_methods, sizeof int_methods / sizeof *int_methods, name);
	case VALUE_FLOAT:
		return builtin_find(float_methods, sizeof float_methods / sizeof *float_methods,
				    name);
	default:
		return NULL;
	}
}
