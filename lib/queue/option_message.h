/*
 * option_message.h: one message from options, as mailq-enqueue takes it: --to, --subject, --attach.
 *
 *     option_message_add(&message, option, value);     // for each, in their order
 *     option_message_open(&message);                   // as whoever calls
 *     ... become the spool's owner ...
 *     request = option_message_request(&message, &err);
 *     intake_add_files(intake, request, state, message.files, message.n_files, id, &err);
 *     option_message_free(&message);
 *
 * The options become the same JSON that others write by hand, so that one reader checks both. A
 * text or context may be `@file`, or `-` for standard input; a context also `file`. What cannot be
 * opened or read, or is no header, ends the program, as a wrong command line does.
 */
#ifndef QUEUE_OPTION_MESSAGE_H
#define QUEUE_OPTION_MESSAGE_H

#include "message/request.h"

/* What options_next returns for them. */
enum option_part {
	OPT_FROM = 256,
	OPT_TO,
	OPT_CC,
	OPT_BCC,
	OPT_SUBJECT,
	OPT_HTML,
	OPT_TEXT,
	OPT_TEMPLATE,
	OPT_CONTEXT,
	OPT_ATTACH,
	OPT_HEADER,
	OPT_CONNECTOR,
	OPT_PRIORITY,
	OPT_AT,
	OPT_KEY,
	OPT_END, /* behind the last */
};

struct option_given {
	int option;
	const char *value;
};

struct option_message {
	const char *org;                     /* -o; or NULL */
	const struct request_limits *limits; /* needed by option_message_request, as the arena is */
	struct arena *arena;

	struct option_given *given;
	size_t n_given;
	int *files; /* the attachments, opened */
	size_t n_files;
};

void option_message_add(struct option_message *message, int option, const char *value);
void option_message_open(struct option_message *message);
struct request *option_message_request(struct option_message *message, struct err *err);
void option_message_free(struct option_message *message);

#endif
