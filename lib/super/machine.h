/*
 * machine.h: what becomes of one worker (one process of a stage), as a table of state and event.
 *
 * Pure: no process is started or signalled here, and no clock is read. The supervisor tells what
 * happened and when; the machine says what to do now, and when to come back:
 *
 *     struct machine machine = machine_new(now);          // waiting, due at once
 *     enum machine_action action = machine_step(&machine, EVENT_DUE, now, &times);
 *     start a timer for machine.deadline_ms                // EVENT_DUE when it passes
 *
 *               DUE                    ENDED, FAILED
 *     waiting -------> running -------------------------> waiting, a little later each time
 *                         |  silent             ENDED
 *                         +---------> killed ----------> waiting
 *                         |  CHANGED              ENDED
 *                         +---------> restarting -------> waiting, due at once
 *                         |  UNWANTED             ENDED
 *                         +---------> ending -----------> gone
 *
 * What was asked to end and does not within a limit is killed: restarting becomes killed, ending
 * becomes dying. All times are boot time in milliseconds.
 */
#ifndef SUPER_MACHINE_H
#define SUPER_MACHINE_H

#include <stdint.h>

enum worker_state {
	WORKER_WAITING,    /* no process; the deadline is when it starts */
	WORKER_RUNNING,    /* the deadline is the end of the silence we bear */
	WORKER_RESTARTING, /* asked to end, and to be started again */
	WORKER_KILLED,     /* killed, and to be started again */
	WORKER_ENDING,     /* asked to end, for good */
	WORKER_DYING,      /* killed, for good */
	WORKER_GONE,       /* no process, and none to come: to be forgotten */
	WORKER_STATES,
};

enum machine_event {
	EVENT_DUE,      /* the deadline has passed */
	EVENT_ALIVE,    /* the process said that it goes on working */
	EVENT_BUSY,     /* it did not, but has used processor time since the last look */
	EVENT_FAILED,   /* it could not be started */
	EVENT_ENDED,    /* it ended, for whatever reason */
	EVENT_WANTED,   /* the configuration has a place for it */
	EVENT_CHANGED,  /* it is to run with another environment */
	EVENT_UNWANTED, /* the configuration has no place for it, or all is to stop */
	EVENT_HURRY,    /* all is to stop at once */
	WORKER_EVENTS,
};

enum machine_action {
	ACTION_NONE,
	ACTION_START,
	ACTION_TERMINATE, /* SIGTERM */
	ACTION_KILL,      /* SIGKILL */
};

struct machine_times {
	int64_t silence_ms;     /* who says nothing and does nothing for so long is killed */
	int64_t busy_ms;        /* who says nothing for so long is killed, however busy */
	int64_t stop_ms;        /* what it has to end when asked to */
	int64_t first_delay_ms; /* before the first restart; doubled with each */
	int64_t most_delay_ms;
	int64_t healthy_ms; /* after running for so long the delay begins anew */
};

/* EVENT_BUSY is looked for at least so many times within silence_ms. */
#define MACHINE_LOOKS 6

/* 25 s, 10 min, 45 s; 0.1 s to 10 s, 10 s. */
extern const struct machine_times machine_standard_times;

struct machine {
	enum worker_state state;
	int64_t deadline_ms; /* INT64_MAX: none */
	int64_t started_ms;
	int64_t word_ms;  /* when it spoke last; at first, when it was started */
	int64_t delay_ms; /* before the restart we wait for */
};

struct machine machine_new(int64_t now_ms);

/* An event that cannot happen in a state is a bug of the caller's. */
enum machine_action machine_step(struct machine *machine, enum machine_event event, int64_t now_ms,
				 const struct machine_times *times);

/* In the words of the picture above. */
const char *machine_state_name(enum worker_state state);

#endif
