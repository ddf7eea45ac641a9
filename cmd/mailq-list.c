/*
 * mailq-list: lists messages, newest first.
 *
 * Manual: man/mailq-list.1.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/print.h"
#include "message/address.h"
#include "message/domain.h"
#include "queue/look.h"

static const struct usage usage = {
	.synopsis =
		"mailq-list [-C file] [-o organization] [-s status[,status]] [--to address]\n"
		"                  [--tag tag] [--since time] [--until time]\n"
		"                  [--domain expression] [--limit n] [--json | -q]",
	.about = "Lists messages, the one that changed last first. A time is RFC 3339, or an age\n"
		 "such as 2h or 3d.",
	.options = "o:s:q",
	.long_options = (const struct option[]){{"to", required_argument, NULL, 't'},
						{"tag", required_argument, NULL, 'g'},
						{"since", required_argument, NULL, 'f'},
						{"until", required_argument, NULL, 'u'},
						{"domain", required_argument, NULL, 'd'},
						{"limit", required_argument, NULL, 'l'},
						{"json", no_argument, NULL, 'j'},
						{0}},
};

#define PAGE 100
#define COLUMNS 7 /* of the table on a terminal */

struct list {
	struct queue *queue;
	struct index_query query;
	struct slice organization;
	uint64_t left;               /* of --limit */
	const struct domain *domain; /* NULL: whatever the query finds */
	struct arena domain_arena;   /* of the command line */
	void (*show)(struct list *list, const struct look_page *page);
	struct print print;
	struct arena arena; /* of a page */
	struct buf line;
	size_t widths[COLUMNS]; /* only grow, so that pages stand in line */
	bool began;
	int code; /* of the first message that could not be shown */
};

/* --- the command line --- */

static int64_t read_time(const char *value)
{
	struct slice text = slice_text(value);
	int64_t ms;

	if (clock_parse(text, &ms))
		return ms;
	if (!clock_parse_age(text, &ms))
		options_misuse("'%s' is neither a time nor an age", value);
	ms = clock_now_ms() - ms;
	return ms > 0 ? ms : 1;
}

static struct slice read_address(struct list *list, const char *value)
{
	struct address address;
	struct err err;

	if (!address_parse(slice_text(value), &list->domain_arena, &address, &err))
		options_misuse("--to: %s", err.text);
	return address.email;
}

static struct slice read_tag(const char *value)
{
	if (!*value)
		options_misuse("--tag: no tag is empty");
	return slice_text(value);
}

static unsigned read_status(const char *value)
{
	unsigned all = 0;

	for (struct slice words = slice_text(value), word; slice_next(&words, ',', &word);) {
		unsigned set = status_set(slice_trim(word));
		if (!set)
			options_misuse("'%.*s' is no status", SLICE_ARGS(word));
		all |= set;
	}
	if (!all)
		options_misuse("'%s' is no status", value);
	return all;
}

static void read_domain(struct list *list, const char *value)
{
	struct err err = {0};

	list->domain = domain_parse(slice_text(value), STORY_FIELDS, &list->domain_arena, &err);
	if (!list->domain) {
		err_at(&err, "--domain");
		err_exit(&err);
	}
}

static void show_ids(struct list *list, const struct look_page *page);
static void show_json(struct list *list, const struct look_page *page);

static void read_option(struct list *list, int option, const struct options *options)
{
	switch (option) {
	case 'o':
		list->organization = slice_text(options->value);
		list->query.organizations = &list->organization;
		list->query.organization_count = 1;
		break;
	case 's':
		list->query.statuses |= read_status(options->value);
		break;
	case 't':
		list->query.recipient = read_address(list, options->value);
		break;
	case 'g':
		list->query.tag = read_tag(options->value);
		break;
	case 'f':
		list->query.since_ms = read_time(options->value);
		break;
	case 'u':
		list->query.until_ms = read_time(options->value);
		break;
	case 'd':
		read_domain(list, options->value);
		break;
	case 'l':
		list->left = (uint64_t)options_number(options, 1, INT64_MAX);
		break;
	case 'j':
		list->show = show_json;
		break;
	case 'q':
		list->show = show_ids;
		break;
	}
}

/* --- the domain expression: asked of each message as it is read back --- */

static bool row_holds(struct list *list, const struct look_row *row)
{
	struct json_out out = {.buf = &list->line};
	struct arena arena = {0};
	struct look look;
	struct err err = {0};
	bool holds = false;

	buf_clear(&list->line);
	if (look_open_row(list->queue, row, &look, &err)) {
		look_write_json(&out, &look);
		holds = domain_holds(list->domain,
				     json_parse(buf_slice(&list->line), &arena, &err));
	}
	look_close(&look);
	arena_free(&arena);
	return holds;
}

static void keep_matching(struct list *list, struct look_page *page)
{
	size_t kept = 0;

	for (size_t i = 0; list->domain && i < page->count; i++)
		if (row_holds(list, &page->rows[i]))
			page->rows[kept++] = page->rows[i];
	if (list->domain)
		page->count = kept < list->left ? kept : list->left;
}

/* --- ids, JSON --- */

static void show_ids(struct list *list, const struct look_page *page)
{
	for (size_t i = 0; i < page->count; i++)
		fprintf(list->print.out, "%s\n", page->rows[i].record->id);
}

static void show_json(struct list *list, const struct look_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		struct json_out out = {.buf = &list->line};
		struct look look;
		struct err err = {0};

		buf_clear(&list->line);
		if (look_open_row(list->queue, &page->rows[i], &look, &err)) {
			look_write_json(&out, &look);
			buf_add_char(&list->line, '\n');
			fwrite(list->line.p, 1, list->line.n, list->print.out);
		} else if (err.code != EX_NOINPUT) {
			fprintf(stderr, "mailq-list: %s: %s\n", page->rows[i].record->id, err.text);
			list->code = list->code ? list->code : err.code;
		}
		look_close(&look);
	}
}

/* --- lines for people --- */

enum field {
	ID,
	ORGANIZATION,
	STATUS,
	STATE,
	WHERE, /* the state, or "sending" of what a sender has claimed: one word for a narrow table
		*/
	UPDATED,
	AGE,
	ATTEMPTS,
	TO,
	SUBJECT,
	ERROR,
	ABOUT, /* what an operator asks first: why it is not sent, else what it is */
	FIELDS,
};

static struct slice updated_text(const struct index_record *record, struct arena *arena)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format(record->updated_ms, time);
	return arena_slice(arena, slice_text(time));
}

static struct slice age_text(const struct index_record *record, struct arena *arena)
{
	char age[CLOCK_AGE_SIZE];

	clock_format_age(clock_now_ms() - record->updated_ms, age);
	return arena_slice(arena, slice_text(age));
}

/* The first recipient, and how many more there are. */
static struct slice recipients_text(const struct index_record *record, struct arena *arena)
{
	if (record->recipient_count == 0)
		return slice_make("", 0);
	if (record->recipient_count == 1)
		return record->recipients[0];
	return slice_text(arena_format(arena, "%.*s +%zu", SLICE_ARGS(record->recipients[0]),
				       record->recipient_count - 1));
}

/* One that a template makes stands in the file alone. */
static struct slice subject_text(struct list *list, const struct look_row *row)
{
	struct slice subject = row->record->subject;
	struct look look;
	struct err err = {0};

	if (row->record->template.n && look_open_row(list->queue, row, &look, &err)) {
		subject = look_subject(&look, &list->arena);
		look_close(&look);
	}
	return subject;
}

static void tell(struct list *list, const struct look_row *row, struct slice fields[FIELDS])
{
	const struct index_record *record = row->record;
	struct arena *arena = &list->arena;
	bool trouble = row->status != STATUS_SENT && record->last_error.n;

	fields[ID] = slice_text(record->id);
	fields[ORGANIZATION] = record->organization;
	fields[STATUS] = slice_text(status_public_name(row->status));
	fields[STATE] = slice_text(state_name(row->state));
	fields[WHERE] = row->status == STATUS_SENDING ? fields[STATUS] : fields[STATE];
	fields[UPDATED] = updated_text(record, arena);
	fields[AGE] = age_text(record, arena);
	fields[ATTEMPTS] = slice_text(arena_format(arena, "%u", record->attempts));
	fields[TO] = recipients_text(record, arena);
	fields[SUBJECT] = subject_text(list, row);
	fields[ERROR] = record->last_error;
	fields[ABOUT] = trouble ? record->last_error : fields[SUBJECT];
}

/* A pipe: everything, with a tab between. */
static void show_tabs(struct list *list, const struct look_page *page)
{
	static const enum field shown[] = {ID,       ORGANIZATION, STATUS,  STATE, UPDATED,
					   ATTEMPTS, TO,           SUBJECT, ERROR};
	struct slice fields[FIELDS];

	for (size_t i = 0; i < page->count; i++) {
		tell(list, &page->rows[i], fields);
		for (size_t j = 0; j < sizeof shown / sizeof *shown; j++) {
			if (j > 0)
				putc('\t', list->print.out);
			print_text(&list->print, fields[shown[j]], SIZE_MAX);
		}
		putc('\n', list->print.out);
	}
}

/* A terminal: what fits. */
/* clang-format off */
static const struct column {
	const char *title;
	enum field field;
	size_t most; /* 0: as much as is left of the line */
} columns[COLUMNS] = {
	{"ID",           ID,           ID_LENGTH},
	{"ORGANIZATION", ORGANIZATION, 16},
	{"STATE",        WHERE,        9},
	{"AGE",          AGE,          6},
	{"TRIES",        ATTEMPTS,     5},
	{"TO",           TO,           40},
	{"ABOUT",        ABOUT,        0},
};
/* clang-format on */

/* One organization needs no column to say so. */
static bool is_shown(const struct list *list, const struct column *column)
{
	return column->field != ORGANIZATION ||
	       (!list->organization.n && list->queue->conf->organization_count > 1);
}

static void widen(struct list *list, size_t column, struct slice text)
{
	size_t width = print_width(text);

	if (width > columns[column].most)
		width = columns[column].most;
	if (width > list->widths[column])
		list->widths[column] = width;
}

static void show_line(struct list *list, const struct slice *cells)
{
	size_t left = list->print.columns;

	for (size_t i = 0; i < COLUMNS; i++) {
		size_t width = list->widths[i];
		if (!is_shown(list, &columns[i]))
			continue;
		if (columns[i].field == TO && width > left / 2)
			width = left / 2;
		if (!columns[i].most || left < width + PRINT_GAP) {
			print_text(&list->print, cells[i], left);
			break;
		}
		print_cell(&list->print, cells[i], width);
		left -= width + PRINT_GAP;
	}
	putc('\n', list->print.out);
}

static void show_titles(struct list *list)
{
	struct slice titles[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++) {
		titles[i] = slice_text(columns[i].title);
		widen(list, i, titles[i]);
	}
	print_colour(&list->print, PRINT_STRONG);
	show_line(list, titles);
	print_colour(&list->print, PRINT_PLAIN);
}

static void show_table(struct list *list, const struct look_page *page)
{
	struct slice fields[FIELDS], cells[PAGE][COLUMNS];

	for (size_t i = 0; i < page->count; i++) {
		tell(list, &page->rows[i], fields);
		for (size_t j = 0; j < COLUMNS; j++) {
			cells[i][j] = fields[columns[j].field];
			widen(list, j, cells[i][j]);
		}
	}
	if (page->count && !list->began)
		show_titles(list);
	list->began |= page->count > 0;
	for (size_t i = 0; i < page->count; i++)
		show_line(list, cells[i]);
}

/* --- all pages --- */

static bool show_all(struct list *list, struct err *err)
{
	struct look_page page = {.more = true};

	while (page.more && list->left) {
		list->query.limit =
			!list->domain && list->left < PAGE ? (unsigned)list->left : PAGE;
		arena_reset(&list->arena);
		if (!look_list(list->queue, &list->query, &list->arena, &page, err))
			return false;
		keep_matching(list, &page);
		list->show(list, &page);
		list->left -= page.count;
		list->query.after = &page.last;
	}
	return print_close(&list->print, err);
}

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct list list = {.left = UINT64_MAX, .print = print_open(stdout)};
	struct conf *conf;
	struct err err = {0};

	list.show = list.print.columns ? show_table : show_tabs;
	for (int c; (c = options_next(&options)) != -1;)
		read_option(&list, c, &options);
	options_no_operands(&options);

	if (!(conf = conf_load(options.conf_path, &err)) ||
	    !(list.queue = queue_open(conf, QUEUE_WORK, &err)) ||
	    (list.organization.n && !look_organization(list.queue, list.organization, &err)))
		err_exit(&err);
	if (index_is_stale(list.queue->index))
		fputs("mailq-list: the index is being made anew: some messages may be missing\n",
		      stderr);
	if (!show_all(&list, &err))
		err_exit(&err);

	arena_free(&list.arena);
	arena_free(&list.domain_arena);
	buf_free(&list.line);
	queue_close(list.queue);
	conf_free(conf);
	return list.code;
}
