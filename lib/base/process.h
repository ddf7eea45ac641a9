/*
 * process.h: what a program that others may run with more rights than theirs does first.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/*
 * We may be set-gid, and whoever calls chose all of this: closed descriptors that a spool file
 * would get, the mode of what we make, signals that end us in the middle of it. Afterwards 0, 1 and
 * 2 are open, umask is 077, and a broken pipe or a limit on file sizes is a failed write.
 */
void process_settle(void);

#endif
