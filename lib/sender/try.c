/* A claimed message, for as long as it is ours. */
#include <stdlib.h>

#include "base/clock.h"
#include "policy/route.h"
#include "sender/internal.h"

bool try_has_expired(const struct sender_try *try)
{
	return route_has_expired(try->story.request, clock_now_ms());
}

void try_free(struct sender_try *try)
{
	spool_release(&try->file);
	arena_free(&try->arena);
	free(try->attempt);
	free(try);
}
