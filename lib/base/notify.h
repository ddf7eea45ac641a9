/*
 * notify.h: what a program that keeps running tells whoever started it: sd_notify(3), without
 * libsystemd.
 *
 * mailq-supervise speaks it to its stages, systemd to the supervisor, or to a stage that it runs by
 * itself; so a stage says the same whoever runs it:
 *
 *     struct notify notify = notify_open();
 *     notify_tell(&notify, "READY=1");
 *     for (;;) {
 *             notify_alive(&notify); // at least every third of the time that silence is borne
 *             ...
 *     }
 *     notify_close(&notify);
 *
 * Started by hand, nobody listens, and all of this does nothing. It never waits and never fails:
 * a word that finds no room is lost, and the next one is not.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdint.h>

struct notify {
	int fd;           /* -1: nobody listens */
	int64_t bears_ms; /* how long silence is borne before we are killed; 0: for ever */
	int64_t next_ms;  /* when notify_alive has something to say next, in boot time */
};

/* From $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. */
struct notify notify_open(void);
void notify_close(struct notify *notify);

/* One or several lines NAME=value. */
void notify_tell(const struct notify *notify, const char *lines);

/* "I go on working." Cheap: to be called in every turn of a loop, and in long work. */
void notify_alive(struct notify *notify);

#endif
