/*
 * connector_test.h: a real message through one connector, to see what the remote says to it; or
 * without a message, as far as signing in, where the kind has that ability ("sign-in").
 *
 * The kind's own program does it (`mailq-send-KIND --test`, `--sign-in`), so that secrets are
 * resolved there alone, and whoever asks links no transport. It works on a connector as it is
 * configured, and on a definition that is in no file yet.
 *
 *     struct connector_test_plan plan = {.conf = conf, .organization = org, .connector = connector,
 *                                        .to = "ops@acme.example", .output = -1};
 *     struct connector_test test;
 *     if (!connector_test_start(&plan, &test, &err))
 *             ...
 *     // test.output is readable: poll it, or watch it in a loop
 *     while (connector_test_read(&test, &dialogue))
 *             ...
 *     code = connector_test_end(&test);
 *
 * The dialogue is lines of text, at most CONNECTOR_TEST_BYTES:
 *
 *     * Connected to mail.example (192.0.2.1) port 587
 *     > EHLO mailq.example
 *     < 250 mail.example
 *     * delivered to ops@acme.example as 4cX2vk1
 *
 * `>` is what we said, `<` what the remote said, `*` what is known of the connection and the end of
 * it; no secret is in it. What went wrong is the last line, `mailq-send-KIND: ...`. The code is of
 * sysexits.h: 0 taken, or let in; 64 not without a message; 65 refused for good; 69 cannot be
 * reached; 75 not now, slower, or without an answer; 77 our credentials are refused, or the address
 * is kept back by deliver_only_to; 78 the connector is wrong.
 */
#ifndef CONF_CONNECTOR_TEST_H
#define CONF_CONNECTOR_TEST_H

#include "base/buf.h"
#include "base/child.h"
#include "base/json.h"
#include "conf/conf.h"

#define CONNECTOR_TEST_BYTES 131072

struct connector_test_plan {
	const struct conf *conf;
	const struct organization *organization;
	const struct connector *connector; /* of the organization, or parsed (connector_parse) */
	struct slice definition;           /* what it was parsed from; else p == NULL */
	const char *to;                    /* NULL: to sign in only */
	const char *from;                  /* NULL: the organization's from_email */
	int output; /* a descriptor that the dialogue goes to; -1: a pipe is made */
};

struct connector_test {
	struct child child; /* its fd is readable once it has ended */
	int output;         /* never blocks; -1: none was made, or it has ended */
	size_t read;
};

/* The environment of the program has the variables that the connector names, from ours and from
 * environment_file. */
bool connector_test_start(const struct connector_test_plan *plan, struct connector_test *test,
			  struct err *err);

/* Adds what has come. False: no more will. */
bool connector_test_read(struct connector_test *test, struct buf *dialogue);

/* Waits for the program, after connector_test_read has returned false; before, it is killed (which
 * is code 75). */
int connector_test_end(struct connector_test *test);

/* Whether a kind, by its description (conf/describe.h), can be tried without a message. */
bool connector_test_signs_in(const struct json *description);

#endif
