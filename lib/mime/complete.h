/*
 * complete.h: addresses that are only a user's name, as local programs write them: `To: root`.
 */
#ifndef MIME_COMPLETE_H
#define MIME_COMPLETE_H

#include "base/buf.h"

/*
 * Appends the list (RFC 5322, 3.4; unfolded) to *out, "@domain" put behind every address that is a
 * single word: `root`, `<root>`, `root (Cron Daemon)`. All else is copied as it stands, also what
 * is no address. True when there was one to complete.
 */
bool mime_complete_list(struct slice list, struct slice domain, struct buf *out);

#endif
