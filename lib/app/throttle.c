#include "app/throttle.h"

#include <stdio.h>

static const struct throttle_client *find(const struct throttle *throttle, const char *address)
{
	for (size_t i = 0; i < THROTTLE_CLIENTS; i++)
		if (throttle->clients[i].wrong &&
		    strcmp(throttle->clients[i].address, address) == 0)
			return &throttle->clients[i];
	return NULL;
}

int64_t throttle_wait_ms(const struct throttle *throttle, const char *address, int64_t now_ms)
{
	const struct throttle_client *client = find(throttle, address);

	if (!client || client->wrong < THROTTLE_TRIES || now_ms - client->last_ms >= THROTTLE_MS)
		return 0;
	return client->last_ms + THROTTLE_MS - now_ms;
}

static size_t find_room(const struct throttle *throttle)
{
	size_t quiet = 0;

	for (size_t i = 0; i < THROTTLE_CLIENTS; i++) {
		if (!throttle->clients[i].wrong)
			return i;
		if (throttle->clients[i].last_ms < throttle->clients[quiet].last_ms)
			quiet = i;
	}
	return quiet;
}

void throttle_wrong(struct throttle *throttle, const char *address, int64_t now_ms)
{
	const struct throttle_client *known = find(throttle, address);
	size_t at = known ? (size_t)(known - throttle->clients) : find_room(throttle);
	struct throttle_client *client = &throttle->clients[at];

	if (!known || now_ms - client->last_ms >= THROTTLE_MS)
		client->wrong = 0;
	snprintf(client->address, sizeof client->address, "%s", address);
	client->wrong++;
	client->last_ms = now_ms;
}

void throttle_right(struct throttle *throttle, const char *address)
{
	const struct throttle_client *known = find(throttle, address);

	if (known)
		throttle->clients[known - throttle->clients].wrong = 0;
}
