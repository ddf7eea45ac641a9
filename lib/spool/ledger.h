/*
 * ledger.h: what is about to leave this machine, and what came of it.
 *
 * Each sender owns one write-ahead file in .ledger/. A turn of its loop:
 *
 *     ledger_try(ledger, &line);       // for each message about to go
 *     ledger_attempt(ledger, &line);   // for each verdict that came
 *     ledger_flush(ledger, &err);      // one write, one fdatasync, for all of them
 *     ...                              // only now may the bytes of those tries leave; and the
 *                                      // verdicts are appended to their messages, which are moved
 *     if (ledger_wants_checkpoint(ledger, now))
 *         ledger_checkpoint(ledger, &err);
 *
 * A try line carries the `attempt` entry that its message gets if no verdict is ever known: result
 * "uncertain", with where that leads. So a replay decides nothing: it appends what stands here.
 *
 * When a flush fails, nothing of that turn may leave and the sender ends: what was durable before
 * stays so, and the next owner replays it.
 */
#ifndef SPOOL_LEDGER_H
#define SPOOL_LEDGER_H

#include "spool/spool.h"

struct ledger;

struct ledger_line {
	const char *org;
	const char *id;
	unsigned n;           /* counts the message's tries over its whole life */
	int64_t time_ms;      /* the time of the entry that results */
	struct slice attempt; /* the `attempt` entry's JSON */
};

/* name: what the sender is called, its kind. The file is locked, preallocated and durable before
 * this returns. NULL and err. */
struct ledger *ledger_open(struct spool *spool, const char *name, struct err *err);

void ledger_try(struct ledger *ledger, const struct ledger_line *line);
void ledger_attempt(struct ledger *ledger, const struct ledger_line *line);
bool ledger_flush(struct ledger *ledger, struct err *err);

/* Due by size or by age, which counts from the first line: else the first message after a lull
 * would wait for a checkpoint of nothing. */
bool ledger_wants_checkpoint(const struct ledger *ledger, int64_t boot_ms);

/* When one is due by age, for whoever has time then; INT64_MAX: none will be, as things are. */
int64_t ledger_checkpoint_at(const struct ledger *ledger);

/*
 * All verdicts written so far stand in their messages, and those were moved: begins a new file with
 * the open tries in it, and lets the old one go once a syncfs has made those messages durable. The
 * syncfs waits for the disk's neighbours, so it has a thread of its own. False: the old file stays
 * in use.
 */
bool ledger_checkpoint(struct ledger *ledger, struct err *err);

/* A verdict could not be written into its message: from now on no checkpoint is wanted, and the
 * file stays for a replay. */
void ledger_keep(struct ledger *ledger);

/* With no try open, and all verdicts in their messages: syncs them and removes the file. With tries
 * open, or kept, the file stays for a replay. */
void ledger_close(struct ledger *ledger);

/* --- reading --- */

/* One line, as read; it points into the walk. */
struct ledger_entry {
	struct slice id, org;
	unsigned n;
	bool is_try;
	int64_t time_ms;
	struct slice attempt;
};

/*
 * All ledgers as they are now. Those without an owner are locked by us until ledger_walk_end, so
 * that nobody else replays them; `done` removes them.
 */
struct ledger_walk {
	struct ledger_entry *at; /* the lines of ownerless ledgers, then those of owned ones */
	size_t ownerless;        /* how many of the lines are of ownerless ledgers */
	size_t count;
	size_t n_ownerless; /* ledgers without an owner */
	struct ledger_walk_file *files;
	size_t n_files;
	struct spool *spool;
	struct arena arena;
};

bool ledger_walk_begin(struct spool *spool, struct ledger_walk *walk, struct err *err);
void ledger_walk_end(struct ledger_walk *walk, bool done);

enum ledger_naming {
	LEDGER_SILENT,    /* no ledger has a try of it without a verdict */
	LEDGER_OWNED,     /* one has, and its sender lives */
	LEDGER_OWNERLESS, /* one has, and its sender is dead: replay */
};

enum ledger_naming ledger_walk_names(const struct ledger_walk *walk, const char *id);

#endif
