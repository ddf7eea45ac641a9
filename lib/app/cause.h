/*
 * cause.h: failed messages put into groups: by why they failed, or by connector, recipient domain
 * or template. Pure; private to lib/app.
 *
 * Two messages failed for the same cause when their last words are the same once addresses, numbers
 * and ids are taken out, and they went through the same connector.
 */
#ifndef APP_CAUSE_H
#define APP_CAUSE_H

#include "base/arena.h"
#include "index/index.h"

enum cause_by {
	CAUSE_BY_CAUSE,
	CAUSE_BY_CONNECTOR,
	CAUSE_BY_DOMAIN,
	CAUSE_BY_TEMPLATE,
};
#define CAUSE_BY_COUNT 4

enum cause_kind {
	CAUSE_TEMPORARY, /* a retry is likely to work */
	CAUSE_PERMANENT, /* it will most likely hear the same */
	CAUSE_TEMPLATE,  /* it could not be rendered */
};

#define CAUSE_GROUPS_MOST 100
#define CAUSE_NAMES_MOST 40 /* different ones that are counted in a group */
#define CAUSE_ID_SIZE 17    /* 16 hex digits and a NUL */

struct cause_names {
	struct slice at[CAUSE_NAMES_MOST];
	size_t n;
};

struct cause {
	uint64_t key;
	char id[CAUSE_ID_SIZE];
	const char *name;  /* "Mailbox does not exist" */
	struct slice said; /* of the newest, verbatim */
	enum cause_kind kind;
	struct cause_names connectors, domains, templates;
	size_t count;
	int64_t first_ms, last_ms;
	unsigned hours[24]; /* how many of the last 24 hours, the newest last */
};

struct causes {
	struct arena *arena; /* the caller's */
	enum cause_by by;
	int64_t now_ms;
	struct cause *all;
	size_t n;
	size_t count, temporary, left_out; /* messages; left_out: in groups beyond the most */
};

void causes_add(struct causes *causes, const struct index_record *record);

/* The largest first. */
void causes_sort(struct causes *causes);

/* Whether a retry is likely to work. */
enum cause_kind cause_kind(const struct index_record *record);

/* Which group a record is in: its id as a number, which is written as 16 hex digits. */
uint64_t cause_key(enum cause_by by, const struct index_record *record);

/* "cause", "connector", "domain", "template"; for another word, by cause. */
enum cause_by cause_by_named(struct slice word);
const char *cause_by_name(enum cause_by by);

#endif
