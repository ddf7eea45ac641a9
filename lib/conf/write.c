#include "conf/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/sha256.h"

void conf_revision(struct slice text, char revision[CONF_REVISION_SIZE])
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(text, hex);
	snprintf(revision, CONF_REVISION_SIZE, "%.*s", CONF_REVISION_SIZE - 1, hex);
}

/* One file on its way. */
struct writing {
	const struct conf_file *file;
	int directory; /* -1: not open yet */
	bool is_new;   /* the directory */
	const char *name;
	char *draft; /* the other name; NULL: not there (any more) */
};

static bool open_directory(struct writing *w, struct err *err)
{
	const char *slash = strrchr(w->file->path, '/');
	char *path = slash ? mem_copy(w->file->path, (size_t)(slash - w->file->path) + 1)
			   : mem_text(".");

	w->name = slash ? slash + 1 : w->file->path;
	w->is_new = mkdir(path, 0755) == 0;
	if (w->is_new || errno == EEXIST)
		w->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->directory < 0)
		io_err(err, "%s", path);
	free(path);
	return w->directory >= 0;
}

/* Best effort for the owners: without privileges a file belongs to who writes it. */
static bool set_owners(const struct writing *w, int fd, struct err *err)
{
	struct stat st;
	mode_t mode = w->file->mode ? w->file->mode : 0640;
	uid_t owner = (uid_t)-1;

	if (fstatat(w->directory, w->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
		mode = st.st_mode & 07777;
		owner = st.st_uid;
	} else if (fstat(w->directory, &st) < 0) {
		return io_err(err, "%s", w->file->path);
	} else if (w->file->mode) {
		owner = st.st_uid;
	}
	if (fchown(fd, owner, st.st_gid) < 0 && errno != EPERM)
		return io_err(err, "%s", w->file->path);
	return fchmod(fd, mode) == 0 || io_err(err, "%s", w->file->path);
}

static bool write_draft(struct writing *w, struct err *err)
{
	if (!open_directory(w, err))
		return false;
	w->draft = mem_format(".%s.new", w->name);
	unlinkat(w->directory, w->draft, 0);
	int fd = openat(w->directory, w->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_err(err, "%s", w->file->path);
	bool good = set_owners(w, fd, err) && io_write_all(fd, w->file->text, w->file->path, err) &&
		    (fsync(fd) == 0 || io_err(err, "fsync %s", w->file->path));
	close(fd);
	return good;
}

static bool put_in_place(struct writing *w, struct err *err)
{
	if (renameat(w->directory, w->draft, w->directory, w->name) < 0)
		return io_err(err, "rename %s", w->file->path);
	free(w->draft);
	w->draft = NULL;
	return true;
}

static bool flush_directory(const struct writing *w, struct err *err)
{
	int above = w->is_new ? openat(w->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool good = fsync(w->directory) == 0 && (!w->is_new || (above >= 0 && fsync(above) == 0));

	if (!good)
		io_err(err, "fsync the directory of %s", w->file->path);
	if (above >= 0)
		close(above);
	return good;
}

static void finish(struct writing *w)
{
	if (w->draft)
		unlinkat(w->directory, w->draft, 0);
	free(w->draft);
	if (w->directory >= 0)
		close(w->directory);
}

bool conf_write_files(const struct conf_file *files, size_t count, struct err *err)
{
	struct writing *all = mem_array(count, sizeof *all);
	bool good = true;

	for (size_t i = 0; i < count; i++)
		all[i] = (struct writing){.file = &files[i], .directory = -1};
	for (size_t i = 0; good && i < count; i++)
		good = write_draft(&all[i], err);
	for (size_t i = 0; good && i < count; i++)
		good = put_in_place(&all[i], err);
	for (size_t i = 0; good && i < count; i++)
		good = flush_directory(&all[i], err);
	for (size_t i = 0; i < count; i++)
		finish(&all[i]);
	free(all);
	return good;
}

bool conf_remove_file(const char *path, struct err *err)
{
	const struct conf_file file = {.path = path};
	struct writing w = {.file = &file, .directory = -1};
	bool good = open_directory(&w, err) &&
		    (unlinkat(w.directory, w.name, 0) == 0 || io_err(err, "%s", path)) &&
		    flush_directory(&w, err);

	finish(&w);
	return good;
}
