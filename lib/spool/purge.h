/*
 * purge.h: a message's file without its bodies: the one rewrite in a file's life.
 *
 *     spool_take(spool, &place, id, &file, &err);         // of a final state
 *     if (!spool_is_purged(&file.entries))
 *         spool_purge_bodies(&file, now_ms, &err);
 *     spool_release(&file);
 *
 * What goes: `message`, `parts`, `raw`, and of `request` the bodies and the context. What stays is
 * the story: the envelope, the subject, every route, attempt and event. In place of the first entry
 * that goes stands `purged`.
 *
 * The new file is written under .tmp/, locked, flushed and renamed over the old one, so that one of
 * the two stands there whatever happens. Whoever waits for the old one's lock finds that the path
 * names another file and looks again.
 */
#ifndef SPOOL_PURGE_H
#define SPOOL_PURGE_H

#include "spool/spool.h"

bool spool_is_purged(const struct entry_list *entries);

/* Adds what stays of a `request` entry. False: it is none. */
bool spool_strip_request(struct slice json, struct arena *arena, struct buf *out, struct err *err);

/* False: 65 when the file is damaged, else as for all writing; then the old file stands. Afterwards
 * the new one is in hand, read. The directory is not synced. */
bool spool_purge_bodies(struct spool_file *file, int64_t now_ms, struct err *err);

#endif
