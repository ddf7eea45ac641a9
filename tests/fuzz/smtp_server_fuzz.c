/* A client that says anything at all: what the caller sees is in order and within its limits, and
 * every reply is one. The first bytes of the input choose the circumstances. */
#include "smtp/server.h"

#include <assert.h>

#define SIZE_LIMIT 64

struct watch {
	struct smtp_server server;
	struct smtp_reply_reader reader; /* of what the server says */
	bool begun;
	size_t size;
	char last; /* byte of the message */
	uint8_t answers;
};

/* Yes or no, by the bits of a byte of the input. */
static void answer(struct watch *watch, const char *yes, const char *no)
{
	bool refuse = watch->answers & 1;

	watch->answers = (uint8_t)(watch->answers >> 1 | watch->answers << 7);
	smtp_server_answer(&watch->server, "%s", refuse ? no : yes);
}

static void check_chunk(struct watch *watch, struct slice bytes)
{
	assert(watch->begun && bytes.n > 0);
	for (size_t i = 0; i < bytes.n; i++) {
		assert((watch->last == '\r') == (bytes.p[i] == '\n'));
		watch->last = bytes.p[i];
	}
	watch->size += bytes.n;
	assert(watch->size <= SIZE_LIMIT);
}

static void deal_with(struct watch *watch, const struct smtp_request *request)
{
	switch (request->type) {
	case SMTP_NO_REQUEST:
		assert(!"a request of no type");
		break;
	case SMTP_ASK_AUTH:
		assert(request->user.n <= 2048 && request->secret.n <= 2048);
		answer(watch, "235 2.7.0 yes", "535 5.7.8 no");
		break;
	case SMTP_ASK_MAIL:
		assert(request->mail.size <= SIZE_LIMIT);
		answer(watch, "250 2.1.0 yes", "550 5.1.0 no");
		break;
	case SMTP_ASK_RCPT:
		assert(request->rcpt.recipient.n > 0);
		answer(watch, "250 2.1.5 yes", "550 5.1.1 no");
		break;
	case SMTP_ASK_BEGIN:
		assert(!watch->begun);
		watch->begun = !(watch->answers & 1);
		watch->size = 0;
		watch->last = '\n';
		answer(watch, "354 yes", "452 4.3.1 no");
		break;
	case SMTP_CHUNK:
		check_chunk(watch, request->bytes);
		break;
	case SMTP_ASK_END:
		assert(watch->begun && watch->last != '\r');
		watch->begun = false;
		answer(watch, "250 2.0.0 yes", "451 4.3.0 no");
		break;
	case SMTP_ABORT:
		assert(watch->begun);
		watch->begun = false;
		break;
	case SMTP_TLS:
		break;
	}
}

static void check_replies(struct watch *watch)
{
	struct slice out, rest;
	struct smtp_reply reply;
	enum smtp_read read = SMTP_READ_REPLY;

	if (!smtp_server_output(&watch->server, &out))
		return;
	/* 334 is a reply too, whatever is behind it. */
	for (rest = out; rest.n && read == SMTP_READ_REPLY;)
		read = smtp_reply_read(&watch->reader, &rest, &reply);
	assert(read == SMTP_READ_REPLY);
	smtp_server_sent(&watch->server, out.n);
}

static void hear(struct watch *watch, struct slice input)
{
	struct smtp_request request;

	do {
		while (smtp_server_next(&watch->server, &input, &request))
			deal_with(watch, &request);
		check_replies(watch);
		if (watch->server.state == SMTP_STATE_TLS)
			smtp_server_secured(&watch->server);
	} while (input.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct watch watch = {0};
	struct smtp_request request;

	if (size < 3)
		return 0;
	struct smtp_server_config config = {.hostname = "mq",
					    .size_limit = SIZE_LIMIT,
					    .recipients_max = 3,
					    .errors_max = 10,
					    .starttls = data[0] & 1,
					    .auth = data[0] & 2,
					    .auth_in_clear = data[0] & 4,
					    .auth_required = data[0] & 8};
	struct slice input = slice_make(data + 3, size - 3);

	watch.answers = data[2];
	smtp_server_init(&watch.server, &config);
	while (input.n) {
		hear(&watch, slice_first(input, data[1] + 1u));
		input = slice_after(input, data[1] + 1u);
	}
	smtp_server_end(&watch.server, "421 4.4.2 gone");
	while (smtp_server_next(&watch.server, &input, &request))
		deal_with(&watch, &request);
	assert(!watch.begun);
	check_replies(&watch);
	smtp_server_free(&watch.server);
	return 0;
}
