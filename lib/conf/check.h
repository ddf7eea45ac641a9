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

/* Whether that is a proxy's place: a scheme that is known, a host and a port, and no more; and what
 * is said of one that is not. */
#define CHECK_PROXY_IS "must be http://, https:// or socks5h://, a host and a port"
bool check_proxy(const char *url);

/* Whether that is one machine's place, and no port, user or path with it: a name, perhaps an
 * international one, or an IP address, one of version 6 with or without brackets. */
#define CHECK_HOST_IS "must be a name or an IP address, and no more"
bool check_host(const char *host);

/* False and err when the organization has connectors but no default one. */
bool organization_check(const struct organization *org, struct err *err);

#endif
