#include "conf/submitter.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

#define GROUPS_MOST 65536 /* as the kernel has it */

static gid_t *groups_of(const struct passwd *user, int *count)
{
	gid_t *groups;

	*count = 64;
	groups = mem_array((size_t)*count, sizeof *groups);
	if (getgrouplist(user->pw_name, user->pw_gid, groups, count) >= 0)
		return groups;
	if (*count > GROUPS_MOST)
		*count = GROUPS_MOST;
	groups = mem_resize(groups, (size_t)*count, sizeof *groups);
	if (getgrouplist(user->pw_name, user->pw_gid, groups, count) < 0)
		*count = 0; /* it changes under our eyes: the name alone counts */
	return groups;
}

static bool is_group(const char *name, const gid_t *groups, int count)
{
	const struct group *group = getgrnam(name);

	for (int i = 0; group && i < count; i++)
		if (groups[i] == group->gr_gid)
			return true;
	return false;
}

static struct text_list joined(struct text_list a, struct text_list b, struct arena *arena)
{
	const char **text = arena_alloc(arena, (a.count + b.count + 1) * sizeof *text);

	for (size_t i = 0; i < a.count; i++)
		text[i] = a.text[i];
	for (size_t i = 0; i < b.count; i++)
		text[a.count + i] = b.text[i];
	return (struct text_list){.text = text, .count = a.count + b.count};
}

struct submitter_rights submitter_of_user(const struct conf *conf, uid_t uid, struct arena *arena)
{
	struct submitter_rights rights = {.all = uid == 0 || uid == geteuid()};
	const struct passwd *user;
	int count;

	if (rights.all || !(user = getpwuid(uid)))
		return rights;
	gid_t *groups = groups_of(user, &count);
	for (size_t i = 0; i < conf->submitter_count; i++) {
		const struct submitter *submitter = &conf->submitters[i];
		bool is_meant = *submitter->who == '%' ? is_group(submitter->who + 1, groups, count)
						       : strcmp(submitter->who, user->pw_name) == 0;
		if (is_meant)
			rights.organizations =
				joined(rights.organizations, submitter->organizations, arena);
	}
	free(groups);
	return rights;
}

static bool may(const struct submitter_rights *rights, const struct organization *org)
{
	bool found = rights->all;

	for (size_t i = 0; !found && i < rights->organizations.count; i++)
		found = strcmp(rights->organizations.text[i], org->id) == 0;
	return found;
}

/* What is not given and has no domain of ours: the default where it is allowed, else the first. */
static const struct organization *fall_back(const struct conf *conf,
					    const struct submitter_rights *rights)
{
	const struct organization *org = NULL;

	if (conf->default_organization)
		org = conf_organization(conf, slice_text(conf->default_organization));
	if (org && may(rights, org))
		return org;
	return conf_organization(conf, slice_text(rights->organizations.text[0]));
}

const struct organization *submitter_choose(const struct conf *conf,
					    const struct submitter_rights *rights,
					    struct slice given, struct slice sender_domain,
					    struct err *err)
{
	const struct organization *org = NULL;

	if (!rights->all && rights->organizations.count == 0) {
		err_set(err, EX_NOPERM, "may submit for no organization");
		return NULL;
	}
	if (!rights->all && !given.n && !(org = conf_organization_of_domain(conf, sender_domain)))
		org = fall_back(conf, rights);
	if (!org)
		org = conf_choose_organization(conf, given, sender_domain, err);
	if (org && !may(rights, org)) {
		err_set(err, EX_NOPERM, "may not submit for organization %s", org->id);
		return NULL;
	}
	return org;
}
