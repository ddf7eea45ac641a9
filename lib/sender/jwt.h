/*
 * jwt.h: a signed claim (RFC 7519), by which a service account asks for a token (RFC 7523).
 */
#ifndef SENDER_JWT_H
#define SENDER_JWT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends header.claims.signature, signed with RS256 (RFC 7518, 3.3). claims: JSON; key: a private
 * RSA key as PEM; key_id: goes into the header, unless it is empty. EX_CONFIG: no such key.
 */
bool jwt_sign(struct slice claims, struct slice key, struct slice key_id, struct buf *out,
	      struct err *err);

#endif
