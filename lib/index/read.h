/*
 * read.h: what queries share. Private to lib/index.
 */
#ifndef INDEX_READ_H
#define INDEX_READ_H

#include "index/env.h"
#include "index/query.h"
#include "index/record.h"

/*
 * Shows the keys of a table from `from` on (NULL: from the first) to the visitor, until it returns
 * false. Returns 0, or what LMDB answered. The bytes are LMDB's, good for the length of the visit.
 */
typedef bool table_visit(void *arg, MDB_val name, MDB_val value);
int table_each(struct index *index, MDB_txn *mdb, enum table table, const struct key *from,
	       table_visit *visit, void *arg);

/* A stored record, its texts good until the transaction ends: 0, MDB_NOTFOUND or a failure. */
int record_find(struct index *index, MDB_txn *mdb, const char *id, struct stored *stored);

/* The ids that senders have leased, sorted. */
struct sending {
	char (*ids)[ID_SIZE];
	size_t n;
	size_t room;
};
int sending_load(struct index *index, MDB_txn *mdb, struct sending *sending);
void sending_free(struct sending *sending);

/* The status that users are told. */
enum status sending_status(const struct sending *sending, const struct index_record *record);

#endif
