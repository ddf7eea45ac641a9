/*
 * process.h: whether a process does anything at all.
 */
#ifndef SUPER_PROCESS_H
#define SUPER_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* Processor time that it has used, in ticks (proc_pid_stat(5)); 0 when it is gone. One that is
 * stopped, or waits for what does not come, uses none. */
uint64_t process_time_used(pid_t pid);

#endif
