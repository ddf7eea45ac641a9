#include "policy/slow.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

bool slow_is(const uint32_t *took_ms, size_t n, unsigned timeout_s, uint32_t *half_ms)
{
	uint32_t sorted[SLOW_ATTEMPTS_MOST];
	uint64_t tenth_ms = (uint64_t)timeout_s * 1000 / 10;

	*half_ms = 0;
	if (n < SLOW_ATTEMPTS)
		return false;
	n = n < SLOW_ATTEMPTS_MOST ? n : SLOW_ATTEMPTS_MOST;
	memcpy(sorted, took_ms, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, compare);
	*half_ms = sorted[n / 2];
	return *half_ms > (tenth_ms && tenth_ms < SLOW_MS ? tenth_ms : SLOW_MS);
}
