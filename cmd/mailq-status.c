/*
 * mailq-status: how many messages there are, by organization and status; how the connectors are;
 * and whether somebody should look.
 *
 * Manual: man/mailq-status.1.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/print.h"
#include "queue/alarm.h"
#include "queue/explain.h"
#include "queue/look.h"
#include "super/local.h"

#define OLDEST_MS (10 * 60 * INT64_C(1000))

static const struct usage usage = {
	.synopsis = "mailq-status [-C file] [-o organization] [--json] [--check [--oldest age]]",
	.about =
		"Counts messages by organization and status, says since when they wait, and which\n"
		"connectors are not well. With --check, says only what somebody should look at.",
	.options = "o:",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'},
						{"check", no_argument, NULL, 'c'},
						{"oldest", required_argument, NULL, 'a'},
						{0}},
};

/* In the order of a message's life. Ready, deferred and held are what queued is made of. */
static const struct number {
	const char *name;
	const char *title;
	bool is_always_shown; /* others have no column while they are zero everywhere */
} numbers[] = {
	{"draft", "DRAFT", false},
	{"queued", "QUEUED", true},
	{"ready", "READY", false},
	{"deferred", "DEFERRED", false},
	{"held", "HELD", false},
	{"sending", "SENDING", true},
	{"sent", "SENT", true},
	{"failed", "FAILED", true},
	{"cancelled", "CANCELLED", false},
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static uint64_t count_of(const struct look_counts *counts, const struct number *number)
{
	return look_count(counts, status_set(slice_text(number->name)));
}

/* --- JSON --- */

static void put_connector(struct json_out *out, const struct explain_connector *health,
			  const char *kind)
{
	const struct breaker *breaker = &health->breaker;
	bool is_paused = breaker_is_paused(breaker, clock_now_ms());

	json_open(out, NULL, '{');
	json_put_text(out, "id", health->id);
	json_put_text(out, "kind", kind);
	json_put_text(out, "health", breaker_why_name(breaker->why));
	json_put_time(out, "since", breaker->failures ? health->since_ms : 0);
	json_put_time(out, "paused_until",
		      is_paused && !breaker_is_stopped(breaker) ? breaker->until_ms : 0);
	json_put_text(out, "error", *health->text ? health->text : NULL);
	json_close(out, '}');
}

static void put_connectors(struct json_out *out, const struct queue *queue,
			   struct slice organization, struct arena *arena)
{
	const struct organization *org = conf_organization(queue->conf, organization);

	json_open(out, "connectors", '[');
	for (size_t i = 0; org && i < org->connector_count; i++) {
		struct explain_connector health =
			queue_explain_connector(queue, org->id, org->connectors[i].id, arena);
		put_connector(out, &health, org->connectors[i].kind);
	}
	json_close(out, ']');
}

static void show_json(const struct queue *queue, const struct look_counts *counts, size_t n,
		      struct arena *arena)
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
		json_put_time(&out, "oldest_ready_at", counts[i].oldest_ready_ms);
		json_put_time(&out, "oldest_due_at", counts[i].oldest_due_ms);
		put_connectors(&out, queue, counts[i].organization, arena);
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

/* --- connectors: those that are not well; of one organization that was asked for, all --- */

static void show_connectors(struct print *print, const struct queue *queue,
			    const struct organization *org, bool all, struct arena *arena)
{
	for (size_t i = 0; i < org->connector_count; i++) {
		struct explain_connector health =
			queue_explain_connector(queue, org->id, org->connectors[i].id, arena);
		bool is_well = health.breaker.failures == 0;
		if (is_well && !all)
			continue;
		const char *text = explain_health(&health, clock_now_ms(), arena);
		int used = printf("%s/%s (%s): ", org->id, health.id, org->connectors[i].kind);
		print_colour(print, is_well ? PRINT_GOOD : PRINT_BAD);
		print_wrapped(print, slice_text(text), (size_t)used, 2);
		print_colour(print, PRINT_PLAIN);
		putchar('\n');
	}
}

static void show_all_connectors(struct print *print, const struct queue *queue,
				struct slice organization, struct arena *arena)
{
	const struct conf *conf = queue->conf;

	for (size_t i = 0; i < conf->organization_count; i++)
		if (!organization.n || slice_is(organization, conf->organizations[i].id))
			show_connectors(print, queue, &conf->organizations[i], organization.n > 0,
					arena);
}

/* --- the check --- */

/* What the supervisor says, or what is wrong for whoever reads the configuration now. */
static void ask_supervisor(const struct conf *conf, const struct err *wrong, struct alarms *alarms)
{
	const struct json *status = NULL;
	struct buf answer = {0};
	struct err err = {0};

	if (local_ask(conf->spool, "status", &answer, &err))
		status = json_parse(buf_slice(&answer), alarms->arena, &err);
	else
		alarm_add(alarms, "supervisor", NULL, "%s: start mailq-supervise", err.text);
	struct slice refused = json_get_text(status, "configuration_error");
	if (refused.n)
		alarm_add(alarms, "configuration", NULL, "the old one is in force: %.*s",
			  SLICE_ARGS(refused));
	else if (wrong->code)
		alarm_add(alarms, "configuration", NULL, "%s", wrong->text);
	buf_free(&answer);
}

static void show_alarms_json(const struct alarms *alarms)
{
	struct buf line = {0};
	struct json_out out = {.buf = &line};

	json_open(&out, NULL, '{');
	json_put_bool(&out, "ok", alarms->first == NULL);
	json_open(&out, "reasons", '[');
	for (const struct alarm *alarm = alarms->first; alarm; alarm = alarm->next) {
		json_open(&out, NULL, '{');
		json_put_text(&out, "what", alarm->what);
		json_put_text(&out, "organization_id", alarm->organization);
		json_put_text(&out, "text", alarm->text);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
	puts(line.p);
	buf_free(&line);
}

static void show_alarms(struct print *print, const struct alarms *alarms)
{
	for (const struct alarm *alarm = alarms->first; alarm; alarm = alarm->next) {
		int used = alarm->organization ? printf("%s: ", alarm->organization) : 0;
		print_wrapped(print, slice_text(alarm->text), (size_t)used, 2);
		putchar('\n');
	}
}

/* --- the program --- */

struct asked {
	struct slice organization;
	bool json, check;
	int64_t oldest_ms;
	struct err wrong; /* an organization's file; then nothing is known of connectors */
};

static struct asked read_options(struct options *options)
{
	struct asked asked = {.oldest_ms = OLDEST_MS};

	for (int c; (c = options_next(options)) != -1;)
		switch (c) {
		case 'o':
			asked.organization = slice_text(options->value);
			break;
		case 'j':
			asked.json = true;
			break;
		case 'c':
			asked.check = true;
			break;
		case 'a':
			if (!clock_parse_age(slice_text(options->value), &asked.oldest_ms))
				options_misuse("--oldest: '%s' is no age such as 10m or 2h",
					       options->value);
			break;
		}
	options_no_operands(options);
	return asked;
}

static int check(const struct asked *asked, const struct conf *conf, struct print *print,
		 struct arena *arena, struct err *err)
{
	struct alarms alarms = {.arena = arena};
	struct queue *queue = queue_open(conf, QUEUE_ACCEPT, err);

	if (!queue || (asked->organization.n && queue->index &&
		       !look_organization(queue, asked->organization, err)))
		return err->code;
	queue_alarms(queue, asked->organization, asked->oldest_ms, &alarms);
	ask_supervisor(conf, &asked->wrong, &alarms);
	if (asked->json)
		show_alarms_json(&alarms);
	else
		show_alarms(print, &alarms);
	queue_close(queue);
	return alarms.first ? EX_UNAVAILABLE : 0;
}

static bool show(const struct asked *asked, const struct conf *conf, struct print *print,
		 struct arena *arena, struct err *err)
{
	/* What the dead left is put right only by who knows the organizations. */
	enum queue_use use = asked->wrong.code ? QUEUE_ACCEPT : QUEUE_WORK;
	struct queue *queue = queue_open(conf, use, err);
	struct look_counts *counts;
	struct err room = {0};
	size_t n;

	if (!queue ||
	    (!queue->index && !err_set(err, EX_UNAVAILABLE, "the index cannot be opened")) ||
	    (asked->organization.n && !look_organization(queue, asked->organization, err)))
		return false;
	if (index_is_stale(queue->index))
		fputs("mailq-status: the index is being made anew: some messages are not counted\n",
		      stderr);
	if (spool_count_condemned(queue->spool))
		fprintf(stderr, "mailq-status: damaged files: %zu in %s/.bad\n",
			spool_count_condemned(queue->spool), spool_path(queue->spool));
	if (!spool_has_room(queue->spool, &room))
		fprintf(stderr, "mailq-status: %s: %s\n", room.text,
			queue_no_room_means(queue->spool));
	if (!look_counts(queue, asked->organization, arena, &counts, &n, err))
		return false;
	if (asked->json) {
		show_json(queue, counts, n, arena);
	} else {
		if (n > 0)
			show_table(print, counts, n);
		show_all_connectors(print, queue, asked->organization, arena);
	}
	queue_close(queue);
	return true;
}

/* Where an organization's file is wrong, the stages go on with the old one, and what they do can be
 * told all the same. */
static struct conf *load(const char *path, struct err *wrong, struct err *err)
{
	struct conf *conf = conf_load(path, wrong);

	return conf ? conf : conf_load_without_organizations(path, err);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct asked asked = read_options(&options);
	struct print print = print_open(stdout);
	struct arena arena = {0};
	struct err err = {0};
	int code = 0;

	struct conf *conf = load(options.conf_path, &asked.wrong, &err);
	if (!conf)
		err_exit(&err);
	if (asked.check)
		code = check(&asked, conf, &print, &arena, &err);
	else if (show(&asked, conf, &print, &arena, &err))
		err = asked.wrong;
	if (err.code || !print_close(&print, &err))
		err_exit(&err);
	arena_free(&arena);
	conf_free(conf);
	return code;
}
