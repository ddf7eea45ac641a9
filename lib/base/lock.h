/*
 * lock.h: who holds a flock(2), for those who have to name or end the holder.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <sys/types.h>

/*
 * The process that holds an exclusive flock on the open file; 0 when none does, or none that can be
 * seen: it needs /proc/locks, and the right to look at the holder's descriptors. Two processes on
 * two devices with the same inode number are told apart.
 */
pid_t lock_holder(int fd);

#endif
