/*
 * net.h: libcurl's multi interface on the sender's event loop.
 *
 * Nothing of the environment counts: no proxy, no log of TLS keys; and no .netrc, no cookies.
 *
 * For kinds that use libcurl, to open connections or for whole transfers; a kind that does not
 * include this does not link it. Made at the first transfer, freed with the sender.
 *
 * Follows libcurl-multi(3), curl_multi_socket_action(3).
 */
#ifndef SENDER_NET_H
#define SENDER_NET_H

#include <curl/curl.h>

#include "sender/sender.h"

struct net_transfer {
	CURL *easy; /* the caller's; its CURLOPT_PRIVATE and CURLOPT_ERRORBUFFER are ours */
	void (*done)(void *context, CURLcode code);
	void *context;
	char error[CURL_ERROR_SIZE];
};

/* Starts; done is called once, from the loop. */
bool net_start(struct sender *sender, struct net_transfer *transfer, struct err *err);

/* Ends one whose done was not called yet, or (CURLOPT_CONNECT_ONLY) lets its connection go. */
void net_stop(struct sender *sender, struct net_transfer *transfer);

/* The words for a failure, once it is told: libcurl's own details where they say something. */
const char *net_error(struct net_transfer *transfer, CURLcode code);

#endif
