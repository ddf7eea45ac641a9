#include "base/spill.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"

static bool open_file(struct spill *spill, struct err *err)
{
	const char *directory = secure_getenv("TMPDIR");

	if (!directory || !*directory)
		directory = "/var/tmp";
	spill->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	spill->in_file = spill->fd >= 0;
	if (spill->in_file)
		return true;
	io_err(err, "temporary file in %s", directory);
	if (!err_is_temporary(err)) /* it is no input that is missing, and the message is good */
		err->code = EX_CANTCREAT;
	return false;
}

static void unmap(struct spill *spill)
{
	if (spill->map)
		munmap(spill->map, spill->mapped);
	spill->map = NULL;
}

bool spill_add(struct spill *spill, struct slice bytes, struct err *err)
{
	if (!spill->in_file && spill->memory.n + bytes.n <= SPILL_MEMORY) {
		buf_add_slice(&spill->memory, bytes);
		spill->n += bytes.n;
		return true;
	}
	unmap(spill);
	if (!spill->in_file) {
		if (!open_file(spill, err) ||
		    !io_write_all(spill->fd, buf_slice(&spill->memory), "temporary file", err))
			return false;
		buf_free(&spill->memory);
	}
	if (!io_write_all(spill->fd, bytes, "temporary file", err))
		return false;
	spill->n += bytes.n;
	return true;
}

/* Shared: what is changed goes to the file, and takes no memory either. */
bool spill_text(struct spill *spill, char **bytes, struct err *err)
{
	if (!spill->in_file) {
		buf_reserve(&spill->memory, 1);
		*bytes = spill->memory.p;
		return true;
	}
	if (!spill->map) {
		void *map = mmap(NULL, spill->n, PROT_READ | PROT_WRITE, MAP_SHARED, spill->fd, 0);
		if (map == MAP_FAILED)
			return io_err(err, "map a temporary file");
		spill->map = map;
		spill->mapped = spill->n;
	}
	*bytes = spill->map;
	return true;
}

bool spill_bytes(struct spill *spill, struct slice *bytes, struct err *err)
{
	char *text = NULL;

	if (!spill_text(spill, &text, err))
		return false;
	*bytes = slice_make(text, spill->n);
	return true;
}

void spill_clear(struct spill *spill)
{
	unmap(spill);
	if (spill->in_file)
		close(spill->fd);
	buf_free(&spill->memory);
	*spill = (struct spill){0};
}
