/*
 * mailq-status: how many messages there are, by organization and status.
 *
 * Manual: man/mailq-status.1.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/print.h"
#include "queue/look.h"

static const struct usage usage = {
	.synopsis = "mailq-status [-C file] [-o organization] [--json]",
	.about = "Counts messages by organization and status, and says since when they wait.",
	.options = "o:",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'}, {0}},
};

/* In the order of a message's life. Ready, deferred and held are what queued is made of. */
static const struct number {
	const char *name;
	const char *title;
	bool is_always_shown; /* others have no column while they are zero everywhere */
} numbers[] = {
	{    "draft",     "DRAFT", false},
	{   "queued",    "QUEUED",  true},
	{    "ready",     "READY", false},
	{ "deferred",  "DEFERRED", false},
	{     "held",      "HELD", false},
	{  "sending",   "SENDING",  true},
	{     "sent",      "SENT",  true},
	{   "failed",    "FAILED",  true},
	{"cancelled", "CANCELLED", false},
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static uint64_t count_of(const struct look_counts *counts, const struct number *number)
{
	return look_count(counts, status_set(slice_text(number->name)));
}

/* --- JSON --- */

static void put_time(struct json_out *out, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (ms)
		clock_format(ms, text);
	json_put_text(out, key, ms ? text : NULL);
}

static void show_json(const struct look_counts *counts, size_t n)
{
	struct buf line = {0};

	for (size_t i = 0; i < n; i++) {
		struct json_out out = {.buf = &line};
		buf_clear(&line);
		json_open(&out, NULL, '{');
		json_put_slice(&out, "organization_id", counts[i].organization);
		for (size_t j = 0; j < NUMBERS; j++)
			json_put_int(&out, numbers[j].name,
				     (int64_t)count_of(&counts[i], &numbers[j]));
		put_time(&out, "oldest_ready_at", counts[i].oldest_ready_ms);
		put_time(&out, "oldest_due_at", counts[i].oldest_due_ms);
		json_close(&out, '}');
		puts(line.p);
	}
	buf_free(&line);
}

/* --- the table: organization, numbers, times --- */

#define COLUMNS (1 + NUMBERS + 2)

/* How far a time is from now: "3m", "in 3m". */
static struct slice time_text(int64_t ms, struct arena *arena)
{
	int64_t wait_ms = ms - clock_now_ms();
	char age[CLOCK_AGE_SIZE];

	if (ms == 0)
		return slice_text("-");
	clock_format_age(wait_ms < 0 ? -wait_ms : wait_ms, age);
	return slice_text(arena_format(arena, wait_ms > 0 ? "in %s" : "%s", age));
}

static void fill_titles(struct slice cells[COLUMNS])
{
	cells[0] = slice_text("ORGANIZATION");
	for (size_t i = 0; i < NUMBERS; i++)
		cells[1 + i] = slice_text(numbers[i].title);
	cells[1 + NUMBERS] = slice_text("OLDEST");
	cells[2 + NUMBERS] = slice_text("DUE");
}

static void fill_row(const struct look_counts *counts, struct slice cells[COLUMNS],
		     struct arena *arena)
{
	cells[0] = counts->organization;
	for (size_t i = 0; i < NUMBERS; i++)
		cells[1 + i] =
			slice_text(arena_format(arena, "%llu",
						(unsigned long long)count_of(counts, &numbers[i])));
	cells[1 + NUMBERS] = time_text(counts->oldest_ready_ms, arena);
	cells[2 + NUMBERS] = time_text(counts->oldest_due_ms, arena);
}

/* 0: the column is not shown, since it is zero everywhere and that is nothing new. */
static size_t column_width(struct slice (*rows)[COLUMNS], size_t n_rows, size_t column)
{
	bool is_shown = column == 0 || column > NUMBERS || numbers[column - 1].is_always_shown;
	size_t width = 0;

	for (size_t i = 0; i < n_rows; i++) {
		is_shown |= i > 0 && !slice_is(rows[i][column], "0");
		if (rows[i][column].n > width)
			width = rows[i][column].n;
	}
	return is_shown ? width : 0;
}

static void show_row(struct print *print, struct slice cells[COLUMNS], const size_t widths[COLUMNS])
{
	print_text(print, cells[0], widths[0]);
	printf("%*s", (int)(widths[0] - cells[0].n), "");
	for (size_t i = 1; i < COLUMNS; i++)
		if (widths[i])
			printf("  %*.*s", (int)widths[i], SLICE_ARGS(cells[i]));
	putchar('\n');
}

static void show_table(struct print *print, const struct look_counts *counts, size_t n)
{
	struct arena arena = {0};
	struct slice(*rows)[COLUMNS] = arena_alloc(&arena, (n + 1) * sizeof *rows);
	size_t widths[COLUMNS];

	fill_titles(rows[0]);
	for (size_t i = 0; i < n; i++)
		fill_row(&counts[i], rows[i + 1], &arena);
	for (size_t i = 0; i < COLUMNS; i++)
		widths[i] = column_width(rows, n + 1, i);

	print_colour(print, PRINT_STRONG);
	show_row(print, rows[0], widths);
	print_colour(print, PRINT_PLAIN);
	for (size_t i = 1; i <= n; i++)
		show_row(print, rows[i], widths);
	arena_free(&arena);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct slice organization = {0};
	struct look_counts *counts;
	struct arena arena = {0};
	struct queue *queue;
	struct conf *conf;
	struct err err = {0};
	bool json = false;
	size_t n;

	for (int c; (c = options_next(&options)) != -1;)
		if (c == 'o')
			organization = slice_text(options.value);
		else
			json = true;
	options_no_operands(&options);

	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(queue = queue_open(conf, QUEUE_WORK, &err)) ||
	    (organization.n && !look_organization(queue, organization, &err)))
		err_exit(&err);
	if (index_is_stale(queue->index))
		fputs("mailq-status: the index is being made anew: some messages are not counted\n",
		      stderr);
	if (!look_counts(queue, organization, &arena, &counts, &n, &err))
		err_exit(&err);
	if (json)
		show_json(counts, n);
	else if (n > 0)
		show_table(&print, counts, n);
	if (!print_close(&print, &err))
		err_exit(&err);

	arena_free(&arena);
	queue_close(queue);
	conf_free(conf);
	return 0;
}
