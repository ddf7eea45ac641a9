#include "conf/conf.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/auxv.h>

#include "base/mem.h"
#include "conf/tables.h"
#include "message/name.h"

#define DEFAULT_FILE "/etc/mailq/mailq.yaml"

#define AT(field) offsetof(struct conf, field)

static bool read_workers(const struct key *key, const struct yaml *value, void *field,
			 struct arena *arena, struct err *err)
{
	struct conf *conf = field;
	struct workers *workers;

	if (value->type != YAML_MAP)
		return yaml_error(value, err, "%s must be a map, not %s", key->name,
				  yaml_type_name(value));
	workers = arena_alloc(arena, (value->count + 1) * sizeof *workers);
	conf->workers = workers;
	for (const struct yaml *child = value->first; child; child = child->next) {
		struct workers *stage = &workers[conf->workers_count++];
		struct key count = {.name = arena_format(arena, "workers.%s", child->key),
				    .least = 0,
				    .most = 64};
		stage->stage = child->key;
		if (!name_valid(slice_text(child->key)))
			return yaml_error(child, err, "workers: '%s' is no stage", child->key);
		if (!key_unsigned(&count, child, &stage->count, arena, err))
			return false;
	}
	return true;
}

static bool read_submitters(const struct key *key, const struct yaml *value, void *field,
			    struct arena *arena, struct err *err)
{
	struct conf *conf = field;
	struct submitter *submitters;

	if (value->type != YAML_MAP)
		return yaml_error(value, err, "%s must be a map, not %s", key->name,
				  yaml_type_name(value));
	submitters = arena_alloc(arena, (value->count + 1) * sizeof *submitters);
	conf->submitters = submitters;
	for (const struct yaml *child = value->first; child; child = child->next) {
		struct submitter *submitter = &submitters[conf->submitter_count++];
		struct key organizations = {
			.name = arena_format(arena, "submitters.%s", child->key)};
		submitter->who = child->key;
		if (!key_names(&organizations, child, &submitter->organizations, arena, err))
			return false;
	}
	return true;
}

static bool read_smtpd(const struct key *key, const struct yaml *value, void *field,
		       struct arena *arena, struct err *err)
{
	struct key_set set = {smtpd_keys, field};
	(void)key;

	return keys_read(value, &set, 1, arena, err);
}

static bool read_httpd(const struct key *key, const struct yaml *value, void *field,
		       struct arena *arena, struct err *err)
{
	struct key_set set = {httpd_keys, field};
	(void)key;

	return keys_read(value, &set, 1, arena, err);
}

static bool read_app(const struct key *key, const struct yaml *value, void *field,
		     struct arena *arena, struct err *err)
{
	struct key_set set = {app_keys, field};
	(void)key;

	return keys_read(value, &set, 1, arena, err);
}

/* Both end up in headers and links: nothing that means something there. */
static bool has_only(const char *text, const char *extra)
{
	static const char common[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";

	while (*text && (strchr(common, *text) || strchr(extra, *text)))
		text++;
	return !*text;
}

static bool read_prefix(const struct key *key, const struct yaml *value, void *field,
			struct arena *arena, struct err *err)
{
	const char **prefix = field;

	if (!key_text(key, value, field, arena, err))
		return false;
	if ((*prefix)[0] == '/' && (*prefix)[1] != '/' && has_only(*prefix, "~") &&
	    !slice_ends(slice_text(*prefix), "/"))
		return true;
	return yaml_error(value, err, "%s: not a path like /mail", key->name);
}

static bool read_ancestors(const struct key *key, const struct yaml *value, void *field,
			   struct arena *arena, struct err *err)
{
	const struct text_list *list = field;

	if (!key_texts(key, value, field, arena, err))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (!has_only(list->text[i], "'*:[]"))
			return yaml_error(value, err, "%s: not a source of frames: %s", key->name,
					  list->text[i]);
	return true;
}

/* clang-format off */
const struct key app_keys[] = {
	{"prefix", read_prefix, .at = offsetof(struct conf_app, prefix)},
	{"frame_ancestors", read_ancestors, .at = offsetof(struct conf_app, frame_ancestors)},
	{0},
};

const struct key smtpd_keys[] = {
	{"listen", key_texts, .at = offsetof(struct smtpd, listen)},
	{"listen_tls", key_texts, .at = offsetof(struct smtpd, listen_tls)},
	{"socket", key_path, .at = offsetof(struct smtpd, socket)},
	{"certificate", key_path, .at = offsetof(struct smtpd, certificate)},
	{"key", key_path, .at = offsetof(struct smtpd, key)},
	{"trust_loopback", key_bool, .at = offsetof(struct smtpd, trust_loopback),
	 .standard = "true"},
	{"max_sessions", key_unsigned, .at = offsetof(struct smtpd, max_sessions), .least = 1,
	 .most = 10000, .standard = "100"},
	{0},
};

const struct key httpd_keys[] = {
	{"listen", key_texts, .at = offsetof(struct httpd, listen)},
	{"socket", key_path, .at = offsetof(struct httpd, socket)},
	{"certificate", key_path, .at = offsetof(struct httpd, certificate)},
	{"key", key_path, .at = offsetof(struct httpd, key)},
	{"rate", key_unsigned, .at = offsetof(struct httpd, rate), .most = 1000000,
	 .standard = "0"},
	{0},
};

const struct key mailq_keys[] = {
	{"spool", key_path, .at = AT(spool), .standard = "/var/spool/mailq",
	 .environment = "MAILQ_SPOOL"},
	{"organizations", key_path, .at = AT(organizations_directory),
	 .standard = "/etc/mailq/organizations"},
	{"default_organization", key_name, .at = AT(default_organization)},
	{"min_free_bytes", key_bytes, .at = AT(min_free_bytes), .most = INT64_MAX,
	 .standard = "268435456"},
	{"workers", read_workers, .at = 0},
	{"submitters", read_submitters, .at = 0},
	{"tokens", key_path, .at = AT(tokens), .standard = "/etc/mailq/tokens"},
	{"secrets", key_path, .at = AT(secrets), .standard = "/var/lib/mailq/secrets"},
	{"environment_file", key_path, .at = AT(environment_file)},
	{"mask_addresses", key_bool, .at = AT(mask_addresses), .standard = "false"},
	{"smtpd", read_smtpd, .at = AT(smtpd)},
	{"httpd", read_httpd, .at = AT(httpd)},
	{"app", read_app, .at = AT(app)},
	{0},
};
/* clang-format on */

/* What -C and the environment of a set-gid program's caller say must not count. */
static bool is_privileged(void)
{
	return getauxval(AT_SECURE) != 0;
}

static const char *choose_file(const char *path)
{
	const char *environment = getenv("MAILQ_CONF");

	if (is_privileged())
		return DEFAULT_FILE;
	if (path)
		return path;
	return environment && *environment ? environment : DEFAULT_FILE;
}

static const struct yaml *read_file(struct conf *conf, struct err *err)
{
	struct key_set own = {mailq_keys, conf}, shared = {settings_keys, &conf->settings};
	struct key_set sets[] = {own, shared};
	struct arena *arena = &conf->sources->arena;
	struct slice text;

	keys_defaults(own, arena);
	keys_defaults(shared, arena);
	keys_defaults((struct key_set){smtpd_keys, &conf->smtpd}, arena);
	if (!sources_read(conf->sources, conf->file, YAML_BYTES, &text, err))
		return NULL;
	const struct yaml *root = yaml_parse(text, conf->file, arena, err);
	if (!root || !keys_read(root, sets, 2, arena, err))
		return NULL;
	if (!is_privileged() &&
	    (!keys_environment(own, arena, err) || !keys_environment(shared, arena, err)))
		return NULL;
	settings_settle(&conf->settings);
	return root;
}

static bool read_organizations(struct conf *conf, struct err *err)
{
	struct conf_sources *sources = conf->sources;
	const char *directory = conf->organizations_directory;
	struct organization *orgs;
	const char *const *names;
	struct stat st;
	size_t count;

	if (!sources_list(sources, directory, &names, &count, err))
		return false;
	orgs = arena_alloc(&sources->arena, (count + 1) * sizeof *orgs);
	conf->organizations = orgs;
	for (size_t i = 0; i < count; i++) {
		const char *path = arena_format(&sources->arena, "%s/%s", directory, names[i]);
		if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		if (!name_valid(slice_text(names[i])))
			return err_set(err, EX_CONFIG,
				       "%s: a name is small letters, digits, '_', '.' and '-'",
				       path);
		struct organization *org = &orgs[conf->organization_count];
		if (organization_load(sources, directory, names[i], &conf->settings, org, err))
			conf->organization_count++;
		else if (err->code)
			return false;
	}
	return true;
}

static int compare_domains(const void *a, const void *b)
{
	const struct conf_domain *x = a, *y = b;
	int order = strcmp(x->domain, y->domain);

	return order ? order : strcmp(x->organization->id, y->organization->id);
}

/* All domains, sorted; a sender's domain must lead to one organization. */
static bool index_domains(struct conf *conf, struct err *err)
{
	struct conf_domain *all;
	size_t n = 0;

	for (size_t i = 0; i < conf->organization_count; i++)
		n += conf->organizations[i].domains.count;
	conf->domains = all = arena_alloc(&conf->sources->arena, (n + 1) * sizeof *all);
	for (size_t i = 0; i < conf->organization_count; i++) {
		const struct organization *org = &conf->organizations[i];
		for (size_t d = 0; d < org->domains.count; d++)
			all[conf->domain_count++] = (struct conf_domain){org->domains.text[d], org};
	}
	qsort(all, n, sizeof *all, compare_domains);
	for (size_t i = 1; i < n; i++)
		if (strcmp(all[i].domain, all[i - 1].domain) == 0)
			return yaml_error(yaml_get(all[i].organization->yaml, "domains"), err,
					  "domain '%s' belongs to organization '%s' already",
					  all[i].domain, all[i - 1].organization->id);
	return true;
}

static bool check_names(const struct conf *conf, const struct yaml *root, struct err *err)
{
	const struct yaml *at = yaml_get(root, "default_organization");

	if (at && !conf_organization(conf, at->text))
		return yaml_error(at, err, "default_organization '%s': no such organization",
				  at->text.p);
	const struct yaml *submitters = yaml_get(root, "submitters");
	for (at = submitters ? submitters->first : NULL; at; at = at->next)
		for (const struct yaml *name = at->first; name; name = name->next)
			if (!conf_organization(conf, name->text))
				return yaml_error(name, err,
						  "submitters: no such organization '%s'",
						  name->text.p);
	return true;
}

static struct conf *load(const char *path, bool with_organizations, struct err *err)
{
	struct conf *conf = mem_zero(sizeof *conf);

	*err = (struct err){0};
	conf->sources = mem_zero(sizeof *conf->sources);
	conf->file = arena_text(&conf->sources->arena, choose_file(path));
	const struct yaml *root = read_file(conf, err);
	bool good = root && (!with_organizations ||
			     (read_organizations(conf, err) && index_domains(conf, err) &&
			      check_names(conf, root, err)));
	if (good)
		return conf;
	conf_free(conf);
	return NULL;
}

struct conf *conf_load(const char *path, struct err *err)
{
	return load(path, true, err);
}

struct conf *conf_load_without_organizations(const char *path, struct err *err)
{
	return load(path, false, err);
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	sources_free(conf->sources);
	free(conf->sources);
	free(conf);
}

bool conf_changed(const struct conf *conf)
{
	return sources_changed(conf->sources);
}

static int compare_id(const void *id, const void *org)
{
	return slice_compare(*(const struct slice *)id,
			     slice_text(((const struct organization *)org)->id));
}

const struct organization *conf_organization(const struct conf *conf, struct slice id)
{
	if (conf->organization_count == 0)
		return NULL;
	return bsearch(&id, conf->organizations, conf->organization_count,
		       sizeof *conf->organizations, compare_id);
}

static int compare_domain(const void *sought, const void *entry)
{
	const struct slice *domain = sought;
	const char *other = ((const struct conf_domain *)entry)->domain;
	int order = strncasecmp(domain->p, other, domain->n);

	return order ? order : domain->n < strlen(other) ? -1 : 0;
}

const struct organization *conf_organization_of_domain(const struct conf *conf, struct slice domain)
{
	if (conf->domain_count == 0 || domain.n == 0)
		return NULL;
	const struct conf_domain *found = bsearch(&domain, conf->domains, conf->domain_count,
						  sizeof *conf->domains, compare_domain);

	return found ? found->organization : NULL;
}

const struct organization *conf_choose_organization(const struct conf *conf, struct slice given,
						    struct slice sender_domain, struct err *err)
{
	const struct organization *org = NULL;

	if (given.n) {
		if (!(org = conf_organization(conf, given)))
			err_set(err, EX_DATAERR, "no such organization '%.*s'", SLICE_ARGS(given));
		return org;
	}
	if (sender_domain.n)
		org = conf_organization_of_domain(conf, sender_domain);
	if (!org && conf->default_organization)
		org = conf_organization(conf, slice_text(conf->default_organization));
	if (!org && conf->organization_count == 1)
		org = &conf->organizations[0];
	if (!org)
		err_set(err, EX_CONFIG,
			"%s: no organization is given, and there is no default_organization",
			conf->file);
	return org;
}

const struct organization *conf_given_organization(const struct conf *conf, const char *given,
						   struct err *err)
{
	return conf_choose_organization(conf, slice_text(given), (struct slice){0}, err);
}

unsigned conf_workers(const struct conf *conf, const char *stage)
{
	for (size_t i = 0; i < conf->workers_count; i++)
		if (strcmp(conf->workers[i].stage, stage) == 0)
			return conf->workers[i].count;
	return 1;
}
