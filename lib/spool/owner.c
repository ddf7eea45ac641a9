#include "spool/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

bool spool_trust(const char *path, enum spool_trust *trust, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return io_err(err, "spool %s", path);
	*trust = geteuid() == 0 || geteuid() == st.st_uid ? SPOOL_TRUSTED : SPOOL_UNTRUSTED;
	return true;
}

/* Only root may give a directory to a group that it is not in. Failing leaves none behind: then
 * nobody can drop, and mailq-sendmail says so. */
static void make_drop(int spool, const struct stat *owner)
{
	struct stat st;

	if (fstatat(spool, ".drop", &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return;
	const struct group *group = getgrnam(SPOOL_DROP_GROUP);
	if (!group || mkdirat(spool, ".drop", 0700) < 0)
		return;
	if (fchownat(spool, ".drop", owner->st_uid, group->gr_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(spool, ".drop", 01730, 0) < 0)
		unlinkat(spool, ".drop", AT_REMOVEDIR);
}

static bool give_up_root(const struct stat *owner, struct err *err)
{
	const struct passwd *user = getpwuid(owner->st_uid);
	gid_t group = user ? user->pw_gid : owner->st_gid;

	if ((user ? initgroups(user->pw_name, group) : setgroups(0, NULL)) < 0 ||
	    setresgid(group, group, group) < 0 ||
	    setresuid(owner->st_uid, owner->st_uid, owner->st_uid) < 0)
		return err_sys(err, EX_OSERR, "become the spool's owner, uid %u", owner->st_uid);
	return true;
}

bool spool_become_owner(const char *path, struct err *err)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	int spool = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (spool < 0)
		return io_err(err, "spool %s", path);
	bool ok = fstat(spool, &st) == 0 || io_err(err, "stat %s", path);
	if (ok) {
		make_drop(spool, &st);
		ok = st.st_uid == 0 || give_up_root(&st, err);
	}
	close(spool);
	return ok;
}
