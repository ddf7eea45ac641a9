/*
 * name.h: names of organizations, connectors and templates.
 *
 * They become file names and parts of keys, so they are plain: [a-z0-9][a-z0-9_.-]{0,62}. That
 * leaves no empty name, no "..", no hidden file, no slash, no option.
 */
#ifndef MESSAGE_NAME_H
#define MESSAGE_NAME_H

#include "base/slice.h"

#define NAME_MOST 63

bool name_valid(struct slice name);

#endif
