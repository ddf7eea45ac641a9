/*
 * man/mailq.yaml.5 and the tables say the same: every key in its section, in the same order, with
 * its bounds, its default and its variable. And the example in conf/ is one.
 */
#include "conf/tables.h"
#include "conf/template_file.h"

#include "files.h"

/* clang-format off */
static const struct {
	const char *heading;
	const struct key *keys;
} sections[] = {
	{"\n.Sh MAILQ.YAML\n",        mailq_keys},
	{"\n.Sh SMTPD\n",             smtpd_keys},
	{"\n.Sh HTTPD\n",             httpd_keys},
	{"\n.Sh APP\n",               app_keys},
	{"\n.Sh SETTINGS\n",          settings_keys},
	{"\n.Sh ORGANIZATION.YAML\n", organization_keys},
	{"\n.Sh RULES\n",             rule_keys},
	{"\n.Sh GUARD\n",             guard_keys},
	{"\n.Sh CONNECTORS\n",        connector_keys},
	{"\n.Sh TEMPLATES\n",         template_keys},
	{"\n.Ss Texts\n",             template_text_keys},
	{"\n.Ss Attachments\n",       attachment_keys},
	{"\n.Ss Variables\n",         variable_keys},
};
/* clang-format on */

#define ITEM "\n.It Ic "

/* Where the text begins in s, or at its end. */
static size_t find(struct slice s, const char *text)
{
	const char *at = memmem(s.p, s.n, text, strlen(text));

	return at ? (size_t)(at - s.p) : s.n;
}

static struct slice section_of(const char *manual, const char *heading)
{
	struct slice s = slice_text(manual);

	s = slice_after(s, find(s, heading));
	ck_assert_msg(s.n > 0, "no section %s", heading);
	s = slice_after(s, strlen(heading));
	return slice_first(s, find(s, "\n.El\n"));
}

static void must_say(struct slice entry, const struct key *key, const char *text)
{
	ck_assert_msg(find(entry, text) < entry.n, "%s: the manual does not say '%s'", key->name,
		      text);
}

static void check_entry(struct slice entry, const struct key *key)
{
	char text[256];
	bool bounded = key->most > 0 && key->most < INT64_MAX;

	snprintf(text, sizeof text, "%s :", key->name);
	ck_assert_msg(slice_starts(entry, text), "'%s' expected, not '%.*s'", key->name, 30,
		      entry.p);
	snprintf(text, sizeof text, "From %lld to %lld.", (long long)key->least,
		 (long long)key->most);
	if (bounded)
		must_say(entry, key, text);
	snprintf(text, sizeof text, "Default: %s.", key->standard ? key->standard : "");
	if (key->standard)
		must_say(entry, key, text);
	snprintf(text, sizeof text, "Environment:\n.Ev %s .",
		 key->environment ? key->environment : "");
	if (key->environment)
		must_say(entry, key, text);
	if (key->required)
		must_say(entry, key, "Required.");
	if (key->alias)
		must_say(entry, key, key->alias);
	for (size_t i = 0; key->words && key->words[i]; i++)
		must_say(entry, key, key->words[i]);
}

START_TEST(manual_and_table_say_the_same)
{
	struct slice rest = section_of(files_get("man/mailq.yaml.5"), sections[_i].heading);

	for (const struct key *key = sections[_i].keys; key->name; key++) {
		rest = slice_after(rest, find(rest, ITEM) + strlen(ITEM));
		ck_assert_msg(rest.n > 0, "%s is not in the manual", key->name);
		check_entry(slice_first(rest, find(rest, ITEM)), key);
	}
	ck_assert_msg(find(rest, ITEM) == rest.n, "the manual has a key that is in no table");
}
END_TEST

START_TEST(the_example_is_a_configuration)
{
	struct err err = {0};
	struct conf *conf = conf_load("conf/mailq.yaml", &err);

	ck_assert_msg(conf != NULL, "%s", err.text);
	ck_assert_uint_eq(conf->organization_count, 1);
	ck_assert_str_eq(organization_default(&conf->organizations[0])->id, "relay");
	conf_free(conf);
}
END_TEST

START_TEST(the_example_has_a_template)
{
	struct arena arena = {0};
	struct err err = {0};
	const struct template_file *file =
		template_file_read("conf/organizations/acme/templates/tpl_welcome.yaml",
				   "tpl_welcome", &arena, &err);

	ck_assert_msg(file != NULL, "%s", err.text);
	ck_assert_str_eq(template_file_fields(file, slice_text("fr-CA")).subject,
			 "Bienvenue chez {{ org.name }}");
	ck_assert_uint_eq(file->sample_count, 1);
	arena_free(&arena);
}
END_TEST

/* "key:" or "# key:" on a line of its own. */
static bool example_has(const char *example, const char *name)
{
	char plain[64], comment[64];

	snprintf(plain, sizeof plain, "\n%s:", name);
	snprintf(comment, sizeof comment, "\n# %s:", name);
	return strstr(example, plain) || strstr(example, comment);
}

START_TEST(the_example_has_every_key_of_mailq_yaml)
{
	const char *example = files_get("conf/mailq.yaml");

	for (const struct key *key = mailq_keys; key->name; key++)
		ck_assert_msg(example_has(example, key->name), "%s is missing", key->name);
	for (const struct key *key = settings_keys; key->name; key++)
		ck_assert_msg(example_has(example, key->name), "%s is missing", key->name);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/manual");
	TCase *t = tcase_create("manual");

	tcase_add_loop_test(t, manual_and_table_say_the_same, 0,
			    sizeof sections / sizeof *sections);
	tcase_add_test(t, the_example_is_a_configuration);
	tcase_add_test(t, the_example_has_a_template);
	tcase_add_test(t, the_example_has_every_key_of_mailq_yaml);
	suite_add_tcase(s, t);
	return s;
}
