/*
 * left.h: whether a process died while it moved messages, so that the index does not know of them:
 * what it wrote into .run/moving/ (mailq-spool(7)) is still there, and nobody has the file's lock.
 */
#ifndef SUPER_LEFT_H
#define SUPER_LEFT_H

#include <stdbool.h>

bool left_any(int spool);

#endif
