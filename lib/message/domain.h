/*
 * domain.h: domain expressions: conditions on messages, as applications write them.
 *
 *     [["status","=","failed"],["organization_id","=","acme"]]         both must hold
 *     ["|",["attempts",">",3],["last_error","ilike","mailbox full"]]   either
 *     ["!",["to_emails","in",["a@b.example","c@d.example"]]]           not
 *
 * A list of terms [field, operator, value] and of the prefix operators & | !, in prefix notation;
 * between terms that no operator joins stands &. Fields are those of the read-back JSON (mailq.7),
 * a dot goes into an object (metadata.order). Operators: = != < <= > >= in, not in, like, ilike,
 * not ilike; like and ilike look for a text anywhere, ilike in both cases alike, with % and _ as in
 * SQL where there are any.
 *
 * A field that is a list holds when one of its elements does (for != and the "not" operators: when
 * none equals). A field that a message does not have is null. Times compare as texts, since all are
 * RFC 3339 in UTC.
 *
 * Pure. An expression is checked whole when it is read, and bounded: DOMAIN_TERMS_MOST terms,
 * DOMAIN_PATTERN_MOST bytes to look for.
 */
#ifndef MESSAGE_DOMAIN_H
#define MESSAGE_DOMAIN_H

#include "base/json.h"

#define DOMAIN_TERMS_MOST 200
#define DOMAIN_PATTERN_MOST 256

struct domain;

/*
 * Lives in the arena, and points into the text. NULL and EX_DATAERR: which term is wrong, and why.
 * An empty list holds for every message.
 *
 * fields: which there are, with a space between, each that is an object with a dot behind it,
 * "status metadata."; NULL: any.
 */
const struct domain *domain_parse(struct slice text, const char *fields, struct arena *arena,
				  struct err *err);

/* message: a read-back object. */
bool domain_holds(const struct domain *domain, const struct json *message);

/* Whether it may hold for a message of which only some members are at hand: one that is not there
 * is unknown. */
bool domain_may_hold(const struct domain *domain, const struct json *part);

/* What the field has to be for the expression to hold, where a term says so: [field, "=", value],
 * joined to all the rest by &. NULL: anything. For an index to look only there. */
const struct json *domain_requires(const struct domain *domain, const char *field);

#endif
