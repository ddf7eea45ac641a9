#include "template/directory.h"

#include "base/io.h"

static bool is_below(struct slice name)
{
	struct slice part;

	if (name.n == 0 || name.p[name.n - 1] == '/')
		return false;
	while (slice_next(&name, '/', &part))
		if (part.n == 0 || *part.p == '.')
			return false;
	return true;
}

bool template_directory_load(void *data, struct slice name, struct buf *source, struct err *err)
{
	const struct template_directory *directory = data;
	char path[256];

	if (directory->fd < 0 || !is_below(name) || name.n >= sizeof path ||
	    memchr(name.p, '\0', name.n))
		return err_set(err, EX_NOINPUT, "template '%.*s' not found", SLICE_ARGS(name));
	memcpy(path, name.p, name.n);
	path[name.n] = '\0';
	return io_read_file_at(directory->fd, path, source, directory->limit, err);
}
