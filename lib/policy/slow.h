/*
 * slow.h: when a connector that works is called slow, so that a person may look before it fails.
 *
 * It is when half of its last attempts took more than SLOW_MS each, or more than a tenth of its
 * timeout_seconds where that is less. Of less than SLOW_ATTEMPTS nothing is said. Pure.
 */
#ifndef POLICY_SLOW_H
#define POLICY_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOW_MS 3000
#define SLOW_ATTEMPTS 5 /* at least; of more than SLOW_ATTEMPTS_MOST the first count */
#define SLOW_ATTEMPTS_MOST 64

/* half_ms: half of them took as long, or longer; 0: there are too few. */
bool slow_is(const uint32_t *took_ms, size_t n, unsigned timeout_s, uint32_t *half_ms);

#endif
