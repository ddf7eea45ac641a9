/*
 * super.h: the supervisor: keeps the stages running, and decides nothing about mail.
 *
 *     struct super *super = super_open(&options, &err);  // EX_TEMPFAIL: another one is there
 *     ok = super_run(super, &err);                       // until SIGTERM, SIGINT or `stop`
 *     super_close(super);
 *
 * It follows the configuration (by itself, on SIGHUP, when told `reload`; a wrong one changes
 * nothing but what status and log say), restarts what ends, kills what is silent or holds the
 * index's gate for too long, and runs `mailq-index check` at the start, every hour, and when it is
 * wanted, and `mailq-index recover` when a process died while it moved messages. SIGTERM asks the
 * stages to end and gives them a limit; a second one gives none.
 *
 * It opens no message and no index, and reads nothing that came from outside.
 */
#ifndef SUPER_SUPER_H
#define SUPER_SUPER_H

#include "base/err.h"
#include "super/machine.h"

struct super;

struct super_options {
	const char *conf_path;
	struct machine_times times;
};

struct super *super_open(const struct super_options *options, struct err *err);
bool super_run(struct super *super, struct err *err);
void super_close(struct super *super);

#endif
