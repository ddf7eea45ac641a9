/*
 * yaml_write.h: YAML that yaml_parse reads back as the same text.
 *
 *     yaml_put_text(&buf, 0, "name", slice_text("The office: relay"));
 *     yaml_put_plain(&buf, 0, "is_default", "true");
 *     yaml_put_map(&buf, 0, "config");
 *     yaml_put_text(&buf, 1, "host", host);
 *
 * depth: how many maps the key stands in. Text stands as plainly as it can: without quotes, else as
 * a block where it has lines, else in quotes. It is UTF-8 without NUL.
 */
#ifndef CONF_YAML_WRITE_H
#define CONF_YAML_WRITE_H

#include "base/json.h"

void yaml_put_text(struct buf *buf, unsigned depth, const char *key, struct slice text);

/* What is no text: a number, true, false. */
void yaml_put_plain(struct buf *buf, unsigned depth, const char *key, const char *word);

/* Opens a map or a list; what follows stands at depth + 1. */
void yaml_put_map(struct buf *buf, unsigned depth, const char *key);

/* A JSON value that says the same; maps inside of lists stand on one line. */
void yaml_put_value(struct buf *buf, unsigned depth, const char *key, const struct json *value);

#endif
