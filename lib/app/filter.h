/*
 * filter.h: which messages a list of the app is asked for: by the address's query, or by the
 * hidden fields of a form that acts on all of them. Private to lib/app.
 *
 *     status     a word of status_set; "" for all
 *     q          a whole address: messages to it; else a part of subject, address or id
 *     template, connector
 *     tag        one of the message's tags, in the same letters
 *     waits      a connector of the organization: what waits for its turn there
 *     since      when it changed: "1h", "24h", "7d"; or "range", and
 *     from, until  two times, in UTC: "2026-11-24T09:30", "2026-11-24T09:30:00Z"
 *     cause      a group of failures: "cause.0123456789abcdef", "domain...." (cause.h);
 *                "retry.likely", "retry.unlikely": whether one is likely to work
 *
 * What the index does not answer by itself is held against its records one by one; a call examines
 * at most FILTER_EXAMINED of them: a page may be short and not the last.
 */
#ifndef APP_FILTER_H
#define APP_FILTER_H

#include "app/cause.h"
#include "app/page.h"
#include "queue/look.h"

#define FILTER_EXAMINED 5000

enum filter_field {
	FILTER_STATUS,
	FILTER_Q,
	FILTER_TEMPLATE,
	FILTER_CONNECTOR,
	FILTER_TAG,
	FILTER_WAITS,
	FILTER_SINCE,
	FILTER_FROM,
	FILTER_UNTIL,
	FILTER_CAUSE,
	FILTER_FIELDS
};

struct filter {
	const struct app *app;
	struct arena *arena;
	struct slice organization;         /* empty: all */
	struct slice field[FILTER_FIELDS]; /* as given; empty: any */
	enum cause_by by;
	uint64_t cause;
	char stage[INDEX_STAGE_SIZE], lane[INDEX_LANE_SIZE]; /* of what it waits for; or "" */
	struct index_query query;
	struct index_record after; /* where the query goes on */
};

/* Words that mean nothing count as not given. */
void filter_read(struct filter *filter, struct http_request *request, struct slice organization,
		 bool from_form);

bool filter_is_set(const struct filter *filter); /* beyond the status */

/* The next messages, at most `limit`, in the arena; more: there may be others behind the last. */
struct filter_page {
	struct look_row *rows;
	size_t count;
	bool more;
	unsigned examined;
};
bool filter_next(struct filter *filter, size_t limit, struct filter_page *page, struct err *err);

/* How many there are in all, as the index knows them. False: it would take too long to tell. */
bool filter_count(const struct filter *filter, uint64_t *n);

/* Where the next page begins: "1764000000000.01jd..."; and back. */
const char *filter_cursor(const struct filter *filter);
bool filter_seek(struct filter *filter, struct slice cursor);

/* The query that asks for the same, without a cursor: "?status=held&q=a%40b", or "". */
const char *filter_text(const struct filter *filter);

void filter_put(struct json_out *out, const char *key, const struct filter *filter);

#endif
