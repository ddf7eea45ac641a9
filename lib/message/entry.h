/*
 * entry.h: one entry of a message's file, as lib/spool reads it (man/mailq-spool.7).
 *
 * Name and body point into the file's bytes.
 */
#ifndef MESSAGE_ENTRY_H
#define MESSAGE_ENTRY_H

#include <stdint.h>

#include "base/slice.h"

#define ENTRY_REQUEST "request"
#define ENTRY_PARTS "parts"
#define ENTRY_RAW "raw"
#define ENTRY_MESSAGE "message"
#define ENTRY_ROUTE "route"
#define ENTRY_ATTEMPT "attempt"
#define ENTRY_EVENT "event"
#define ENTRY_PURGED "purged" /* its bodies are gone for good */
#define ENTRY_ORIGIN "origin" /* who brought it from .drop/: lib/queue/pickup.h */

struct entry {
	struct slice name;
	int64_t time_ms;
	struct slice body;
};

#endif
