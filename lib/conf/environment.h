/*
 * environment.h: the variables that a stage is given, and no others.
 *
 * Every stage gets PATH, TZ, LANG and what begins with MAILQ_ or EMAIL_. A sender gets, besides,
 * those that the connectors of its kind name as `$ENV:NAME`. They come from the supervisor's own
 * environment; what that has not, from `environment_file`: lines NAME=value, the value perhaps in
 * quotes, '#' before a comment; the last line of a name counts.
 */
#ifndef CONF_ENVIRONMENT_H
#define CONF_ENVIRONMENT_H

#include "base/arena.h"
#include "conf/conf.h"

/*
 * What conf->environment_file says, as an array like environ, in the arena; empty when there is
 * none. NULL and err (EX_CONFIG, with file and line) when it cannot be read.
 */
const char **environment_from_file(const struct conf *conf, struct arena *arena, struct err *err);

/*
 * For a stage; kind is NULL for one that uses no connector. own and file are arrays like environ.
 * The result is sorted, ended by NULL, and lives in the arena.
 */
const char **environment_of(const struct conf *conf, const char *kind, const char *const *own,
			    const char *const *file, struct arena *arena);

/* For a sender that serves one connector, which need not be of the configuration (yet). */
const char **environment_of_connector(const struct connector *connector, const char *const *own,
				      const char *const *file, struct arena *arena);

bool environment_equal(const char *const *a, const char *const *b);

#endif
