#include "super/gate.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/lock.h"
#include "super/process.h"

static pid_t gate_holder(int spool)
{
	int fd = openat(spool, ".index/gate", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	pid_t holder = 0;

	if (fd >= 0) {
		holder = lock_holder(fd);
		close(fd);
	}
	return holder;
}

pid_t gate_look(struct gate_watch *watch, int spool, unsigned most)
{
	pid_t holder = gate_holder(spool);
	uint64_t used = holder ? process_time_used(holder) : 0;

	if (!holder || holder != watch->holder || used != watch->used) {
		*watch = (struct gate_watch){.holder = holder, .used = used};
		return 0;
	}
	return ++watch->looks >= most ? holder : 0;
}
