#include "spool/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define DROP ".drop"

bool spool_trust(const char *path, enum spool_trust *trust, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return io_err(err, "spool %s", path);
	*trust = geteuid() == 0 || geteuid() == st.st_uid ? SPOOL_TRUSTED : SPOOL_UNTRUSTED;
	return true;
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
	if (stat(path, &st) < 0)
		return io_err(err, "spool %s", path);
	return st.st_uid == 0 || give_up_root(&st, err);
}

/* Only root may give a directory to a group that it is not in. A failure leaves none behind. */
static bool give_to_group(int spool, const struct stat *owner, gid_t group, struct err *err)
{
	if (mkdirat(spool, DROP, 0700) < 0)
		return errno == EEXIST || io_err(err, "mkdir " DROP);
	if (fchownat(spool, DROP, owner->st_uid, group, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fchmodat(spool, DROP, 01730, 0) == 0)
		return true;
	io_err(err, "chown " DROP);
	unlinkat(spool, DROP, AT_REMOVEDIR);
	return false;
}

bool spool_make_drop(const char *path, struct err *err)
{
	const struct group *group = geteuid() == 0 ? getgrnam(SPOOL_DROP_GROUP) : NULL;
	struct stat owner;

	if (!group)
		return true;
	int spool = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (spool < 0)
		return io_err(err, "spool %s", path);
	bool ok = fstat(spool, &owner) < 0 ? io_err(err, "stat %s", path)
					   : give_to_group(spool, &owner, group->gr_gid, err);
	close(spool);
	return ok;
}
