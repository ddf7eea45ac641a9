#include "base/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* The time that silence is borne, where it is us that the watchdog means. */
static int64_t silence_borne_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t n;

	if (!usec || !slice_number(slice_text(usec), INT64_MAX, &n))
		return 0;
	if (pid && strtol(pid, NULL, 10) != getpid())
		return 0;
	return (int64_t)(n / 1000);
}

struct notify notify_open(void)
{
	struct notify notify = {.fd = -1};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;

	if (n == 0 || n >= sizeof to.sun_path)
		return notify;
	memcpy(to.sun_path, path, n);
	if (*path == '@') /* an abstract name */
		to.sun_path[0] = '\0';

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, length) == 0)
		return (struct notify){.fd = fd, .bears_ms = silence_borne_ms()};
	if (fd >= 0)
		close(fd);
	return notify;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

void notify_tell(const struct notify *notify, const char *lines)
{
	if (notify->fd >= 0)
		send(notify->fd, lines, strlen(lines), MSG_NOSIGNAL);
}

void notify_alive(struct notify *notify)
{
	int64_t now = clock_boot_ms();

	if (notify->fd < 0 || !notify->bears_ms || now < notify->next_ms)
		return;
	notify->next_ms = now + notify->bears_ms / 6;
	notify_tell(notify, "WATCHDOG=1");
}
