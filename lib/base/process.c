#include "base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

void process_fill_gaps(void)
{
	static const int ways[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", ways[fd]) != fd)
			exit(EX_OSERR);
}

void process_settle(void)
{
	for (;;) {
		int fd = open("/dev/null", O_RDWR);
		if (fd > STDERR_FILENO) {
			close(fd);
			break;
		}
		if (fd < 0)
			exit(EX_OSERR);
	}
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}
