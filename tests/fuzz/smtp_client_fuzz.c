/* A server that says anything at all: the client stays within the protocol, and its verdicts within
 * what can have happened. The first bytes of the input choose the circumstances. */
#include "smtp/client.h"

#include <assert.h>

static const struct slice message = SLICE("Subject: x\r\n\r\n.a\r\nb\r\n");

static const struct slice recipients[] = {SLICE("a@x"), SLICE("\303\274@x"), SLICE("c@x"),
					  SLICE("d@x")};

static void check_result(const struct smtp_client *client)
{
	const struct smtp_result *result = smtp_client_result(client);
	bool delivered = false;

	for (unsigned i = 0; i < result->count; i++) {
		const struct smtp_outcome *outcome = &result->recipients[i];
		assert(outcome->verdict != SMTP_PENDING);
		assert(outcome->reply.text.n <= SMTP_REPLY_TEXT_MAX);
		if (outcome->verdict == SMTP_DELIVERED || outcome->verdict == SMTP_UNCERTAIN)
			assert(result->committed);
		if (outcome->verdict == SMTP_UNCERTAIN)
			assert(!result->reusable && outcome->reply.code == 0);
		delivered |= outcome->verdict == SMTP_DELIVERED;
	}
	assert(!result->untried || !delivered);
	assert(!delivered || (!result->throttled && !result->credentials));
	assert(result->queue_id.n == 0 || delivered);
	assert(!result->reusable || client->unsent.n == 0);
}

/* Sends what there is to send, or with a limit only its beginning. */
static void send(struct smtp_client *client, size_t most)
{
	struct slice out;

	while (most && smtp_client_output(client, &out)) {
		size_t n = out.n < most ? out.n : most;
		assert(out.n > 0);
		most -= n;
		smtp_client_sent(client, n);
	}
}

static void transact(struct smtp_client *client, struct slice *server, size_t most)
{
	struct smtp_envelope envelope = {.sender = SLICE("s@y"),
					 .recipients = recipients,
					 .count = 4,
					 .size = message.n};

	smtp_client_begin(client, &envelope, &message, 1);
	while (!smtp_client_is_done(client) && server->n) {
		/* Never more than a byte at once, so that what is behind belongs to the next one.
		 */
		struct slice some = slice_first(*server, 1);
		*server = slice_after(*server, 1);
		send(client, most);
		smtp_client_input(client, some);
	}
	smtp_client_timeout(client);
	assert(smtp_client_is_done(client));
	check_result(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_client client;
	struct slice server;

	if (size < 2)
		return 0;
	struct smtp_features features = {.pipelining = data[0] & 1,
					 .size = data[0] & 2,
					 .smtputf8 = data[0] & 4,
					 .dsn = data[0] & 8,
					 .size_limit = data[0] & 16 ? 1 : 0};
	server = slice_make(data + 2, size - 2);
	smtp_client_init(&client, &features);
	do
		transact(&client, &server, data[1] ? data[1] : 100000);
	while (smtp_client_phase(&client) != SMTP_CLOSED && server.n);
	smtp_client_free(&client);
	return 0;
}
