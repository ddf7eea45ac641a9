/*
 * plan.h: what is to run, by the configuration: which stages, how many workers of each, and with
 * what environment.
 *
 * mailq-render and mailq-route always; mailq-pickup where there is a .drop/; mailq-smtpd, once,
 * where the configuration has something to listen on; mailq-send-KIND for every kind that some
 * connector of some organization uses. `workers` says how many of each, 0 included.
 */
#ifndef SUPER_PLAN_H
#define SUPER_PLAN_H

#include "conf/environment.h"

struct plan_stage {
	const char *stage;   /* render, route, pickup, or a kind */
	const char *program; /* mailq-render, mailq-send-smtp */
	unsigned workers;
	const char **env;
};

struct plan {
	struct arena arena; /* all of it */
	struct plan_stage *stages;
	size_t count;
};

/* drop: whether there is a .drop/. own: the supervisor's environment. Fails (EX_CONFIG) when
 * environment_file does. */
bool plan_make(struct plan *plan, const struct conf *conf, bool drop, const char *const *own,
	       struct err *err);
void plan_free(struct plan *plan);

#endif
