/*
 * fleet.h: the workers that run, and their way to the plan.
 *
 *     struct fleet fleet = {.loop = loop, .log = &log, .times = machine_standard_times,
 *                           .conf_path = path, .socket = "/var/spool/mailq/.run/notify"};
 *     fleet_follow(&fleet, &plan);           // starts, stops and restarts what differs
 *     fleet_alive(&fleet, pid);              // this process said that it goes on
 *     fleet_look(&fleet);                    // several times within times.silence_ms
 *     fleet_tell(&fleet, EVENT_UNWANTED);    // end; until fleet_is_empty, the loop has to turn
 *
 * A worker is `PROGRAM -C conf_path --follow`. It is expected to tell by notify_alive
 * (base/notify.h) that it goes on. What becomes of it is decided in machine.h and done here.
 */
#ifndef SUPER_FLEET_H
#define SUPER_FLEET_H

#include <sys/types.h>

#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "super/machine.h"
#include "super/plan.h"

struct worker;

struct fleet {
	struct loop *loop;
	struct log *log;
	struct machine_times times;
	const char *conf_path;
	const char *socket;   /* where the workers' words are heard */
	struct worker *first; /* private: by stage as they came, then by number */
};

void fleet_follow(struct fleet *fleet, const struct plan *plan);
void fleet_tell(struct fleet *fleet, enum machine_event event);
void fleet_alive(struct fleet *fleet, pid_t pid);

/* Looks which workers have done something since the last look. */
void fleet_look(struct fleet *fleet);
bool fleet_is_empty(const struct fleet *fleet);

/* An array of what each worker does. */
void fleet_status(const struct fleet *fleet, struct json_out *out, const char *key);

#endif
