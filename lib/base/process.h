/*
 * process.h: what a program that others may run with more rights than theirs does first.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/*
 * Whoever closes 0, 1 or 2 for us means that there is nothing to read or nobody to listen; the next
 * file that is opened, one of the spool's, must not take their place. Here /dev/null takes it, the
 * wrong way round, so that who reads or prints is told. Standard error swallows what it gets.
 * options_init does this for every program.
 */
void process_fill_gaps(void);

/*
 * We may be set-gid, and whoever calls chose all of this: closed descriptors that a spool file
 * would get, the mode of what we make, signals that end us in the middle of it. Afterwards 0, 1 and
 * 2 are open, umask is 077, and a broken pipe or a limit on file sizes is a failed write.
 */
void process_settle(void);

#endif
