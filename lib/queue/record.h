/*
 * record.h: what the index keeps of a message, out of its story.
 *
 * One function for both roads, a message just accepted and a file found by a rebuild, so that a
 * rebuilt index is equal to one kept along the way. Only facts that stand in `request`, `attempt`
 * and `event` entries enter it: what the stages do in between is not recorded one by one.
 */
#ifndef QUEUE_RECORD_H
#define QUEUE_RECORD_H

#include "index/work.h"
#include "message/story.h"
#include "spool/place.h"

/* Everything in the record is the arena's; the story may go. */
struct index_record record_of(const struct story *story, const char *id, const char *org,
			      enum state state, struct arena *arena);

/* The story of a message just accepted, before it is read from anywhere. */
struct story record_new_story(const struct request *request, uint64_t size, int64_t now_ms,
			      struct arena *arena);

/* Where a message enters the work of the stage that is to have it next. */
struct record_work {
	char stage[INDEX_STAGE_SIZE];
	char lane[INDEX_LANE_SIZE];
	char id[ID_SIZE];
	enum state state;
	bool waits; /* until at_ms; else it is ready, and at_ms orders it */
	int64_t at_ms;
};

/* connector: of the lane, where the place is routed. False for states in which nothing happens by
 * itself, and for sending, where a sender has it. */
bool record_work_of(const struct story *story, const char *id, const struct place *place,
		    struct slice connector, struct record_work *work);
void record_work_enter(struct index_txn *txn, const struct record_work *work);

#endif
