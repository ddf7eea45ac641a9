/*
 * submitter.h: for which organizations somebody may submit, and whose a message of theirs is.
 *
 *     struct submitter_rights rights = submitter_of_user(conf, uid, &arena);
 *     const struct organization *org = submitter_choose(conf, &rights, given, domain, &err);
 */
#ifndef CONF_SUBMITTER_H
#define CONF_SUBMITTER_H

#include <sys/types.h>

#include "base/arena.h"
#include "conf/conf.h"

struct submitter_rights {
	bool all;
	struct text_list organizations; /* where not all; empty: for none */
};

/*
 * What `submitters` says of a local user: what stands at the name and at all its groups together.
 * Root may for all, and so may whoever runs this program. The lists are the arena's and conf's.
 */
struct submitter_rights submitter_of_user(const struct conf *conf, uid_t uid, struct arena *arena);

/*
 * The organization of a message: the one given, else the one that has the sender's domain, else the
 * default, else the first that the rights name. Empty slices for what is not known. NULL and err:
 * EX_NOPERM when it is none of theirs, otherwise as conf_choose_organization.
 */
const struct organization *submitter_choose(const struct conf *conf,
					    const struct submitter_rights *rights,
					    struct slice given, struct slice sender_domain,
					    struct err *err);

#endif
