/*
 * http_proxy.h: the way to a server through a proxy. Private to lib/sender.
 *
 * Whatever the proxy, what is sent goes through a tunnel (CONNECT of RFC 9110, 9.3.6, or SOCKS5 of
 * RFC 1928): it learns the server's name and nothing of the request. Its own password it gets as
 * the scheme has it: in the clear, but to https://.
 */
#ifndef SENDER_HTTP_PROXY_H
#define SENDER_HTTP_PROXY_H

#include "sender/http.h"

/* For the request that was begun: by the connector's `proxy`, which may be none. EX_CONFIG. */
bool http_use_proxy(struct http *http, struct err *err);

#endif
