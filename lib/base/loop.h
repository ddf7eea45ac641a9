/*
 * loop.h: one thread waiting for many things: descriptors, times, signals.
 *
 * The caller owns the watches and timers and keeps them where they are while they are with the
 * loop. Callbacks may add, change and remove any of them, their own included, and may free what
 * they removed: a callback of something removed is never called.
 *
 *     struct loop *loop = loop_open(&err);
 *     struct loop_timer tick = {.fn = on_tick, .context = &state};
 *     loop_start_timer(loop, &tick, clock_boot_ms() + 1000);
 *     while (wanted && loop_step(loop, -1, &err))
 *             ;
 *     loop_close(loop);
 *
 * Times are boot time in milliseconds (base/clock.h). Follows epoll(7) and signalfd(2).
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;

enum {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
	LOOP_GONE = 4, /* only told, not asked for: the other side hung up, or an error */
};

struct loop_watch {
	int fd;
	void (*fn)(void *context, int events);
	void *context;
};

struct loop_timer {
	void (*fn)(void *context);
	void *context;
	int64_t at;  /* private */
	size_t slot; /* private; 0: not started */
};

struct loop *loop_open(struct err *err);

/* Forgets what is still watched; descriptors stay open, signals stay blocked. */
void loop_close(struct loop *loop);

/* Waits for events (LOOP_READ, LOOP_WRITE, both, or 0 for LOOP_GONE alone) on watch->fd. */
bool loop_watch(struct loop *loop, struct loop_watch *watch, int events, struct err *err);
bool loop_change(struct loop *loop, struct loop_watch *watch, int events, struct err *err);

/* Before the descriptor is closed. */
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/* Calls timer->fn once, at `at` or as soon after as can be. A running one is set anew. */
void loop_start_timer(struct loop *loop, struct loop_timer *timer, int64_t at);

/* One that is not running is fine. */
void loop_stop_timer(struct loop *loop, struct loop_timer *timer);

static inline bool loop_timer_runs(const struct loop_timer *timer)
{
	return timer->slot != 0;
}

/* From now on the signal is blocked and comes as a call. Children get their own mask (child.h). */
bool loop_signal(struct loop *loop, int signo, void (*fn)(void *context, int signo), void *context,
		 struct err *err);

/* One turn: waits until something happens, at most wait_ms (-1: as long as it takes), and makes
 * the calls that are due. */
bool loop_step(struct loop *loop, int64_t wait_ms, struct err *err);

#endif
