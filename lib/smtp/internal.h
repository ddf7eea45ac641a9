/*
 * internal.h: what the files of server.h share. server_input.c takes what clients send apart,
 * server_commands.c knows what the lines among it mean, server.c holds the session and replies.
 */
#ifndef SMTP_INTERNAL_H
#define SMTP_INTERNAL_H

#include "smtp/server.h"

static inline bool smtp_is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Adds one reply to the output, cut and without control characters. */
void smtp_server_say(struct smtp_server *server, const char *reply);

/* As smtp_server_say; a 5xx counts as an error, and the last of them ends the session. */
void smtp_server_refuse(struct smtp_server *server, const char *reply);

/* Fills in the request's type; nothing goes on until it is answered. */
void smtp_server_ask(struct smtp_server *server, struct smtp_request *request,
		     enum smtp_request_type type);

/* Forgets sender, recipients and what there is of a message. */
void smtp_server_reset(struct smtp_server *server);

/* What follows from one line: a command, without its end, or a response to AUTH. */
void smtp_server_obey(struct smtp_server *server, struct slice line, struct smtp_request *request);
void smtp_server_respond(struct smtp_server *server, struct slice line,
			 struct smtp_request *request);

#endif
