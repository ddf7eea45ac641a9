#include "template/filters.h"
#include "template/frame.h"

#define RANGE_MAX 100000 /* as MAX_RANGE of Jinja2's sandbox */
#define RANGE_BOUND ((int64_t)1 << 53)

/* --- range --- */

static int64_t range_number(struct run *run, struct value arg, int64_t otherwise)
{
	int64_t i = arg_int(run, arg, otherwise);

	if (i > RANGE_BOUND || i < -RANGE_BOUND)
		run_fail(run, "a number of range() is out of bounds");
	return i;
}

static struct value global_range(struct run *run, const struct value *arg)
{
	struct range *range = take(run, sizeof *range);

	range->start = is_missing(arg[1]) ? 0 : range_number(run, arg[0], 0);
	range->stop = range_number(run, is_missing(arg[1]) ? arg[0] : arg[1], 0);
	range->step = range_number(run, arg[2], 1);
	if (range->step == 0)
		run_fail(run, "range() arg 3 must not be zero");
	if (range->step > 0 && range->stop > range->start)
		range->count = (range->stop - range->start - 1) / range->step + 1;
	if (range->step < 0 && range->stop < range->start)
		range->count = (range->start - range->stop - 1) / -range->step + 1;
	if (range->count > RANGE_MAX)
		run_fail(run, "range too big, the maximum size is %d", RANGE_MAX);
	return (struct value){.type = VALUE_RANGE, .range = range};
}

/* --- dict, namespace --- */

static struct value make_dict(struct run *run, const struct args *args)
{
	struct value dict = dict_value(run);

	if (args->n > 1)
		run_fail(run, "dict expected at most 1 argument, got %u", args->n);
	if (args->n)
		dict_update(run, dict.dict, args->at[0]);
	for (uint32_t i = 0; i < args->named_n; i++)
		dict_set(run, dict.dict, value_slice(args->named[i].name), args->named[i].value);
	return dict;
}

static struct value global_dict(struct run *run, const struct args *args)
{
	return make_dict(run, args);
}

static struct value global_namespace(struct run *run, const struct args *args)
{
	struct value v = make_dict(run, args);

	v.type = VALUE_NAMESPACE;
	return v;
}

/* --- cycler, joiner --- */

struct cycler {
	struct value items; /* a tuple */
	uint32_t at;
};

struct joiner {
	struct value separator;
	bool used;
};

static struct value global_cycler(struct run *run, const struct args *args)
{
	struct cycler *cycler = take(run, sizeof *cycler);

	if (args->n == 0 || args->named_n)
		run_fail(run, "at least one item has to be provided");
	cycler->items = tuple_value(run, args->n);
	for (uint32_t i = 0; i < args->n; i++)
		list_add(run, cycler->items.list, args->at[i]);
	return (struct value){.type = VALUE_CYCLER, .object = cycler};
}

static struct value cycler_next(struct run *run, const struct value *arg)
{
	struct cycler *cycler = arg[0].object;
	struct value item = cycler->items.list->at[cycler->at];

	(void)run;
	cycler->at = (cycler->at + 1) % cycler->items.list->n;
	return item;
}

static struct value cycler_reset(struct run *run, const struct value *arg)
{
	struct cycler *cycler = arg[0].object;

	(void)run;
	cycler->at = 0;
	return value_none();
}

struct value cycler_attribute(struct run *run, struct value v, struct slice name)
{
	static const struct builtin next = {"next", cycler_next, 1, 1, NULL};
	static const struct builtin reset = {"reset", cycler_reset, 1, 1, NULL};
	const struct cycler *cycler = v.object;

	if (slice_is(name, "current"))
		return cycler->items.list->at[cycler->at];
	if (!slice_is(name, "next") && !slice_is(name, "reset"))
		return value_undefined(UNDEFINED_ATTRIBUTE, v, name);
	struct bound *bound = take(run, sizeof *bound);
	*bound = (struct bound){slice_is(name, "next") ? &next : &reset, v};
	return (struct value){.type = VALUE_METHOD, .bound = bound};
}

static struct value global_joiner(struct run *run, const struct value *arg)
{
	struct joiner *joiner = take(run, sizeof *joiner);

	joiner->separator = arg_or(arg[0], value_text(", "));
	return (struct value){.type = VALUE_JOINER, .object = joiner};
}

struct value joiner_call(struct run *run, struct value v)
{
	struct joiner *joiner = v.object;

	(void)run;
	if (joiner->used)
		return joiner->separator;
	joiner->used = true;
	return value_text("");
}

/* --- lipsum --- */

static const char *const lorem[] = {
	"lorem",   "ipsum", "dolor",  "sit",       "amet",   "elit",  "sed",   "nunc",   "magna",
	"vitae",   "orci",  "mauris", "porta",     "lectus", "velit", "augue", "tellus", "rutrum",
	"posuere", "felis", "semper", "tristique", "quam",   "ut",    "in",    "non",    "et",
};

static void put_sentence(struct run *run, int64_t words)
{
	for (int64_t i = 0; i < words; i++) {
		const char *word = lorem[next_random(run, sizeof lorem / sizeof *lorem)];
		charge(run, 1);
		if (i)
			put_char(run, ' ');
		put_char(run, (char)(i ? *word : *word - 32));
		put_chars(run, word + 1);
	}
	put_char(run, '.');
}

/* n paragraphs of min to max words. */
static struct value global_lipsum(struct run *run, const struct value *arg)
{
	int64_t n = arg_int(run, arg[0], 5);
	bool html = arg_bool(run, arg[1], true);
	int64_t min = arg_int(run, arg[2], 20), max = arg_int(run, arg[3], 100);
	size_t mark = text_begin(run);

	if (min < 1 || max <= min || max > 10000)
		run_fail(run, "lipsum: min and max are out of bounds");
	for (int64_t i = 0; i < n; i++) {
		if (i)
			put_chars(run, html ? "\n" : "\n\n");
		put_chars(run, html ? "<p>" : "");
		put_sentence(run, min + (int64_t)next_random(run, (uint64_t)(max - min)));
		put_chars(run, html ? "</p>" : "");
	}
	struct value text = text_end(run, mark);
	return html ? value_safe(text) : text;
}

/* clang-format off */
static const struct builtin globals[] = {
	{"cycler", .call_any = global_cycler},
	{"dict", .call_any = global_dict},
	{"joiner", global_joiner, 0, 1, "sep"},
	{"lipsum", global_lipsum, 0, 4, "n html min max"},
	{"namespace", .call_any = global_namespace},
	{"range", global_range, 1, 3},
};
/* clang-format on */

const struct builtin *global_find(struct slice name)
{
	return builtin_find(globals, sizeof globals / sizeof *globals, name);
}
