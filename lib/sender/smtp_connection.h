/*
 * smtp_connection.h: a connection to an SMTP server, up to where mail may go on it.
 *
 * libcurl opens it (CURLOPT_CONNECT_ONLY): name, TLS, EHLO, AUTH, with a token where the connector
 * has what one can be got with (sender/oauth.h).
 *
 *     connection = (struct smtp_connection){.channel = channel, .up = begin, .tokens = {...}};
 *     smtp_connection_open(&connection);     // calls up, or sender_down(channel, why, text)
 *     ... curl_easy_recv and curl_easy_send on connection.transfer.easy, when connection.fd is
 *         ready; connection.ehlo.features is what the server offered ...
 *     smtp_connection_close(&connection);    // also of one that never came up
 *
 * Of the connector's config it reads host, port, security, ca_file, helo, username, password, auth,
 * and what oauth.h reads. Follows CURLOPT_CONNECT_ONLY(3), RFC 4954, RFC 7628.
 */
#ifndef SENDER_SMTP_CONNECTION_H
#define SENDER_SMTP_CONNECTION_H

#include "sender/net.h"
#include "sender/oauth.h"
#include "smtp/ehlo.h"

struct smtp_connection {
	struct sender_channel *channel;
	void (*up)(struct sender_channel *channel);
	struct oauth_plan tokens; /* without its two functions */

	curl_socket_t fd; /* once it is up; CURL_SOCKET_BAD before, and when it was lost at once */
	struct smtp_ehlo ehlo;
	struct net_transfer transfer;
	struct oauth oauth; /* opened where the connector logs in by a token */
};

void smtp_connection_open(struct smtp_connection *connection);
void smtp_connection_close(struct smtp_connection *connection);

#endif
