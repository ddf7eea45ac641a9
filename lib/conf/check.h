/*
 * check.h: a connector's config held against what its kind says of itself (conf/describe.h).
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "base/json.h"
#include "conf/conf.h"

/* False and err (EX_CONFIG, file and line) at the first key that is unknown, of the wrong type, or
 * missing. Values that are references pass: connector_check_secrets looks at those. */
bool connector_check(const struct connector *connector, const struct json *describe,
		     struct err *err);

/* False and err when the organization has connectors but no default one. */
bool organization_check(const struct organization *org, struct err *err);

#endif
