#include "super/machine.h"

#include <assert.h>
#include <stddef.h>

const struct machine_times machine_standard_times = {
	.silence_ms = 25000, /* with a look every 4 s, nobody stands still for 30 */
	.busy_ms = 600000,
	.stop_ms = 45000, /* a sender gives its connections 30 s */
	.first_delay_ms = 100,
	.most_delay_ms = 10000,
	.healthy_ms = 10000,
};

/* What becomes of the deadline. */
enum timing {
	KEEP,
	NEVER,
	AT_ONCE,
	SILENCE,
	PATIENCE,
	LIMIT,
	DELAY,
};

struct step {
	enum worker_state state;
	enum machine_event event;
	enum worker_state next;
	enum machine_action action;
	enum timing timing;
};

/* What is not here cannot happen. */
/* clang-format off */
static const struct step steps[] = {
	{WORKER_WAITING,    EVENT_DUE,      WORKER_RUNNING,    ACTION_START,     SILENCE},
	{WORKER_WAITING,    EVENT_WANTED,   WORKER_WAITING,    ACTION_NONE,      KEEP},
	{WORKER_WAITING,    EVENT_CHANGED,  WORKER_WAITING,    ACTION_NONE,      AT_ONCE},
	{WORKER_WAITING,    EVENT_UNWANTED, WORKER_GONE,       ACTION_NONE,      NEVER},
	{WORKER_WAITING,    EVENT_HURRY,    WORKER_GONE,       ACTION_NONE,      NEVER},

	{WORKER_RUNNING,    EVENT_DUE,      WORKER_KILLED,     ACTION_KILL,      NEVER},
	{WORKER_RUNNING,    EVENT_ALIVE,    WORKER_RUNNING,    ACTION_NONE,      SILENCE},
	{WORKER_RUNNING,    EVENT_BUSY,     WORKER_RUNNING,    ACTION_NONE,      PATIENCE},
	{WORKER_RUNNING,    EVENT_FAILED,   WORKER_WAITING,    ACTION_NONE,      DELAY},
	{WORKER_RUNNING,    EVENT_ENDED,    WORKER_WAITING,    ACTION_NONE,      DELAY},
	{WORKER_RUNNING,    EVENT_WANTED,   WORKER_RUNNING,    ACTION_NONE,      KEEP},
	{WORKER_RUNNING,    EVENT_CHANGED,  WORKER_RESTARTING, ACTION_TERMINATE, LIMIT},
	{WORKER_RUNNING,    EVENT_UNWANTED, WORKER_ENDING,     ACTION_TERMINATE, LIMIT},
	{WORKER_RUNNING,    EVENT_HURRY,    WORKER_DYING,      ACTION_KILL,      NEVER},

	{WORKER_RESTARTING, EVENT_DUE,      WORKER_KILLED,     ACTION_KILL,      NEVER},
	{WORKER_RESTARTING, EVENT_ALIVE,    WORKER_RESTARTING, ACTION_NONE,      KEEP},
	{WORKER_RESTARTING, EVENT_BUSY,     WORKER_RESTARTING, ACTION_NONE,      KEEP},
	{WORKER_RESTARTING, EVENT_ENDED,    WORKER_WAITING,    ACTION_NONE,      AT_ONCE},
	{WORKER_RESTARTING, EVENT_WANTED,   WORKER_RESTARTING, ACTION_NONE,      KEEP},
	{WORKER_RESTARTING, EVENT_CHANGED,  WORKER_RESTARTING, ACTION_NONE,      KEEP},
	{WORKER_RESTARTING, EVENT_UNWANTED, WORKER_ENDING,     ACTION_NONE,      KEEP},
	{WORKER_RESTARTING, EVENT_HURRY,    WORKER_DYING,      ACTION_KILL,      NEVER},

	{WORKER_KILLED,     EVENT_ALIVE,    WORKER_KILLED,     ACTION_NONE,      KEEP},
	{WORKER_KILLED,     EVENT_BUSY,     WORKER_KILLED,     ACTION_NONE,      KEEP},
	{WORKER_KILLED,     EVENT_ENDED,    WORKER_WAITING,    ACTION_NONE,      DELAY},
	{WORKER_KILLED,     EVENT_WANTED,   WORKER_KILLED,     ACTION_NONE,      KEEP},
	{WORKER_KILLED,     EVENT_CHANGED,  WORKER_KILLED,     ACTION_NONE,      KEEP},
	{WORKER_KILLED,     EVENT_UNWANTED, WORKER_DYING,      ACTION_NONE,      KEEP},
	{WORKER_KILLED,     EVENT_HURRY,    WORKER_DYING,      ACTION_NONE,      KEEP},

	{WORKER_ENDING,     EVENT_DUE,      WORKER_DYING,      ACTION_KILL,      NEVER},
	{WORKER_ENDING,     EVENT_ALIVE,    WORKER_ENDING,     ACTION_NONE,      KEEP},
	{WORKER_ENDING,     EVENT_BUSY,     WORKER_ENDING,     ACTION_NONE,      KEEP},
	{WORKER_ENDING,     EVENT_ENDED,    WORKER_GONE,       ACTION_NONE,      NEVER},
	{WORKER_ENDING,     EVENT_WANTED,   WORKER_RESTARTING, ACTION_NONE,      KEEP},
	{WORKER_ENDING,     EVENT_CHANGED,  WORKER_RESTARTING, ACTION_NONE,      KEEP},
	{WORKER_ENDING,     EVENT_UNWANTED, WORKER_ENDING,     ACTION_NONE,      KEEP},
	{WORKER_ENDING,     EVENT_HURRY,    WORKER_DYING,      ACTION_KILL,      NEVER},

	{WORKER_DYING,      EVENT_ALIVE,    WORKER_DYING,      ACTION_NONE,      KEEP},
	{WORKER_DYING,      EVENT_BUSY,     WORKER_DYING,      ACTION_NONE,      KEEP},
	{WORKER_DYING,      EVENT_ENDED,    WORKER_GONE,       ACTION_NONE,      NEVER},
	{WORKER_DYING,      EVENT_WANTED,   WORKER_KILLED,     ACTION_NONE,      KEEP},
	{WORKER_DYING,      EVENT_CHANGED,  WORKER_KILLED,     ACTION_NONE,      KEEP},
	{WORKER_DYING,      EVENT_UNWANTED, WORKER_DYING,      ACTION_NONE,      KEEP},
	{WORKER_DYING,      EVENT_HURRY,    WORKER_DYING,      ACTION_NONE,      KEEP},
};
/* clang-format on */

static const struct step *find_step(enum worker_state state, enum machine_event event)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i].state == state && steps[i].event == event)
			return &steps[i];
	return NULL;
}

struct machine machine_new(int64_t now_ms)
{
	return (struct machine){.state = WORKER_WAITING, .deadline_ms = now_ms};
}

/* The delay before the next start, longer with each that did not live long. */
static int64_t next_delay(const struct machine *machine, int64_t now_ms,
			  const struct machine_times *times)
{
	if (!machine->delay_ms || now_ms - machine->started_ms >= times->healthy_ms)
		return times->first_delay_ms;
	if (machine->delay_ms > times->most_delay_ms / 2)
		return times->most_delay_ms;
	return machine->delay_ms * 2;
}

/* The end of our patience with a busy one, which may have stood still since just after the last
 * look; a word that it said bears longer. */
static int64_t end_of_patience(const struct machine *machine, int64_t now_ms,
			       const struct machine_times *times)
{
	int64_t last = machine->word_ms + times->busy_ms;
	int64_t at = now_ms + times->silence_ms - times->silence_ms / MACHINE_LOOKS;

	if (at > last)
		at = last;
	return at > machine->deadline_ms ? at : machine->deadline_ms;
}

static void set_deadline(struct machine *machine, enum timing timing, int64_t now_ms,
			 const struct machine_times *times)
{
	switch (timing) {
	case KEEP:
		break;
	case NEVER:
		machine->deadline_ms = INT64_MAX;
		break;
	case AT_ONCE:
		machine->deadline_ms = now_ms;
		break;
	case SILENCE:
		machine->word_ms = now_ms;
		machine->deadline_ms = now_ms + times->silence_ms;
		break;
	case PATIENCE:
		machine->deadline_ms = end_of_patience(machine, now_ms, times);
		break;
	case LIMIT:
		machine->deadline_ms = now_ms + times->stop_ms;
		break;
	case DELAY:
		machine->delay_ms = next_delay(machine, now_ms, times);
		machine->deadline_ms = now_ms + machine->delay_ms;
		break;
	}
}

enum machine_action machine_step(struct machine *machine, enum machine_event event, int64_t now_ms,
				 const struct machine_times *times)
{
	/* Much too late, it was us who slept (stopped, or with the machine), and what the worker
	 * said meanwhile may be lost: it gets its time anew. */
	if (event == EVENT_DUE && machine->state == WORKER_RUNNING &&
	    now_ms - machine->deadline_ms > times->silence_ms / 2)
		event = EVENT_ALIVE;

	const struct step *step = find_step(machine->state, event);
	assert(step);
	machine->state = step->next;
	set_deadline(machine, step->timing, now_ms, times);
	if (step->action == ACTION_START)
		machine->started_ms = now_ms;
	return step->action;
}

const char *machine_state_name(enum worker_state state)
{
	static const char *const names[WORKER_STATES] = {
		[WORKER_WAITING] = "waiting",
		[WORKER_RUNNING] = "running",
		[WORKER_RESTARTING] = "restarting",
		[WORKER_KILLED] = "killed",
		[WORKER_ENDING] = "ending",
		[WORKER_DYING] = "dying",
		[WORKER_GONE] = "gone",
	};

	return names[state];
}
