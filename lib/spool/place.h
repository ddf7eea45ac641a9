/*
 * place.h: where a message stands: organization, state and, where the state has them, kind and day.
 *
 *     acme/queued/01jddxv7q8zkj3m5n6p7r8s9t0
 *     acme/routed/smtp/01jddxv7q8zkj3m5n6p7r8s9t0
 *     acme/sent/2026-11-24/01jddxv7q8zkj3m5n6p7r8s9t0
 *
 * The day is the UTC day in the id, so a path follows from organization, state, kind and id alone.
 *
 * The transitions a file can make stand in one table here; mailq-spool(7) has the same table with
 * the crash case of each, and a test holds the two to one another.
 */
#ifndef SPOOL_PLACE_H
#define SPOOL_PLACE_H

#include "message/id.h"
#include "message/name.h"
#include "message/status.h"

#define PLACE_NAME_SIZE (NAME_MOST + 1)

struct place {
	enum state state;
	char org[PLACE_NAME_SIZE];
	char kind[PLACE_NAME_SIZE]; /* of STATE_ROUTED, else "" */
};

#define PLACE_PATH_SIZE (2 * PLACE_NAME_SIZE + 64)

struct place place_make(const char *org, enum state state, const char *kind);
bool place_equal(const struct place *a, const struct place *b);

/* The directory, relative to the spool; day from the id. */
void place_dir(const struct place *place, const char *id, char path[PLACE_PATH_SIZE]);

/* The file, relative to the spool. */
void place_path(const struct place *place, const char *id, char path[PLACE_PATH_SIZE]);

/* Who moves a file, and what makes the move durable. */
struct transition {
	enum state from, to;
	const char *by;      /* the program, or "verb" */
	const char *durable; /* "ledger", "none" (done again after a crash), "fsync" */
};

extern const struct transition place_transitions[];
extern const size_t place_transition_count;

/* Whether the table has it. */
bool place_may_move(enum state from, enum state to);

#endif
