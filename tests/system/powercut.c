/*
 * powercut: cuts the power of a mounted ext4 or XFS: what is not on the disk yet never gets there.
 *
 *     powercut MOUNTPOINT
 *
 * The file system's own shutdown, without flushing its log; every later call on it fails with EIO
 * until it is unmounted and mounted again.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define SHUTDOWN 0x8004587d /* EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN */
#define NO_LOG_FLUSH 2

int main(int argc, char **argv)
{
	uint32_t how = NO_LOG_FLUSH;

	if (argc != 2)
		errx(64, "usage: powercut MOUNTPOINT");
	int fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, SHUTDOWN, &how) < 0)
		err(74, "%s", argv[1]);
	return 0;
}
