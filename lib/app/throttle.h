/*
 * throttle.h: whoever signs in with wrong tokens has to wait. Pure: the caller brings the time.
 * Private to lib/app.
 *
 * After THROTTLE_TRIES wrong ones an address is shut out until THROTTLE_MS after the last of them.
 * Of too many addresses at once the one that was quiet for longest is forgotten.
 */
#ifndef APP_THROTTLE_H
#define APP_THROTTLE_H

#include <stdint.h>

#include "base/slice.h"

#define THROTTLE_TRIES 10
#define THROTTLE_MS 300000
#define THROTTLE_CLIENTS 256

struct throttle {
	struct throttle_client {
		char address[46];
		unsigned wrong;
		int64_t last_ms;
	} clients[THROTTLE_CLIENTS];
};

/* How many milliseconds the address has to wait; 0: it may try. */
int64_t throttle_wait_ms(const struct throttle *throttle, const char *address, int64_t now_ms);

void throttle_wrong(struct throttle *throttle, const char *address, int64_t now_ms);
void throttle_right(struct throttle *throttle, const char *address);

#endif
