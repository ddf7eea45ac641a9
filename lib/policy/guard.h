/*
 * guard.h: keeps a staging system's mail at home.
 *
 * deliver_only_to holds a message that has any recipient outside the patterns; redirect_to sends
 * everything that is not held to one address instead, once. Pure.
 */
#ifndef POLICY_GUARD_H
#define POLICY_GUARD_H

#include "conf/conf.h"

/* An address against "*@acme.example", "alice@acme.example", "*@*.acme.example": '*' is any run of
 * characters; letters alike in both cases. */
bool guard_matches(struct slice address, const char *pattern);

/* The first of the addresses that may not be delivered to; an empty slice when all may. */
struct slice guard_stops(const struct guard *guard, const struct slice *addresses, size_t count);

#endif
