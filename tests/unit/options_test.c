#include "base/ids.h"
#include "base/options.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct usage usage = {
	.synopsis = "test [-C file] [-o org] [-q] [--json] [--limit n] [id ...]",
	.about = "Tests.",
	.options = "o:q",
	.long_options = (const struct option[]){{"json", no_argument, NULL, 'j'},
						{"limit", required_argument, NULL, 256},
						{0}},
};

/* The words of a line, ended by NULL; of one line at a time. */
static char **split(const char *line, int *argc)
{
	static char words[256];
	static char *argv[16];

	*argc = 0;
	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[(*argc)++] = word;
	argv[*argc] = NULL;
	return argv;
}

/* Reads a command line and writes what it found: "o=acme j 256=5 | id1 id2". */
static const char *read_line(const char *line)
{
	static char found[512];
	int argc;
	char **argv = split(line, &argc);
	struct options options = options_init(argc, argv, &usage);

	found[0] = '\0';
	for (int c; (c = options_next(&options)) != -1;) {
		char one[64];
		snprintf(one, sizeof one, c < 256 ? "%c" : "%d", c);
		strcat(found, one);
		if (options.value)
			strcat(strcat(found, "="), options.value);
		strcat(found, " ");
	}
	strcat(found, "|");
	for (char **operand = options.operands; *operand; operand++)
		strcat(strcat(found, " "), *operand);
	return found;
}

static const struct {
	const char *line, *found;
} lines[] = {
	{"test", "|"},
	{"test -o acme id1 id2", "o=acme | id1 id2"},
	{"test id1 --json id2", "j | id1 id2"},
	{"test -qo acme --limit 5 --json", "q o=acme 256=5 j |"},
	{"test --limit=5", "256=5 |"},
	{"test -- -q --json", "| -q --json"},
	{"test -C some.yaml -", "| -"},
};

START_TEST(reads_letters_words_and_operands)
{
	ck_assert_str_eq(read_line(lines[_i].line), lines[_i].found);
}
END_TEST

static const char *const wrong_lines[] = {
	"test -x", "test --colour", "test -o", "test --limit", "test --json=5", "test -C",
};

START_TEST(a_wrong_command_line_exits_64)
{
	read_line(wrong_lines[_i]);
}
END_TEST

START_TEST(help_and_version_exit_0)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
	read_line(_i ? "test --help" : "test --version");
}
END_TEST

START_TEST(the_configuration_is_the_option_then_the_environment_then_the_default)
{
	int argc;
	char **argv = split("test -C mine.yaml", &argc);
	struct options options;

	setenv("MAILQ_CONF", "theirs.yaml", 1);
	options = options_init(argc, argv, &usage);
	ck_assert_int_eq(options_next(&options), -1);
	ck_assert_str_eq(options.conf_path, "mine.yaml");

	argv = split("test", &argc);
	options = options_init(argc, argv, &usage);
	ck_assert_str_eq(options.conf_path, "theirs.yaml");
	unsetenv("MAILQ_CONF");
	options = options_init(argc, argv, &usage);
	ck_assert_str_eq(options.conf_path, "/etc/mailq/mailq.yaml");
}
END_TEST

START_TEST(a_number_is_read_within_its_bounds)
{
	ck_assert_int_eq(options_number(&(struct options){.value = "10"}, 1, 10), 10);
	ck_assert_int_eq(options_number(&(struct options){.value = "-3"}, -10, 10), -3);
}
END_TEST

static const char *const no_numbers[] = {"-11", "11", "", "x", "5x", "99999999999999999999"};

START_TEST(what_is_no_such_number_exits_64)
{
	options_number(&(struct options){.value = no_numbers[_i]}, -10, 10);
}
END_TEST

START_TEST(an_operand_where_none_is_taken_exits_64)
{
	int argc;

	options_no_operands(&(struct options){.operands = split("id", &argc)});
}
END_TEST

static int do_nothing(struct task *task)
{
	(void)task;
	return 0;
}

static const struct action actions[] = {
	{"list", do_nothing, 0},
	{"show", do_nothing, 1},
	{"drop", do_nothing, -1},
};

static const struct {
	const char *operands, *action, *left;
} actions_asked[] = {
	{"list", "list", NULL},
	{"show", "show", NULL},
	{"show a", "show", "a"},
	{"drop a b c d", "drop", "a"},
};

static const struct action *action_of(const char *operands, struct options *options)
{
	int argc;

	*options = (struct options){.operands = split(operands, &argc)};
	return options_action(options, actions, sizeof actions / sizeof *actions);
}

START_TEST(the_first_operand_names_an_action_and_the_others_are_left_to_it)
{
	struct options options;

	ck_assert_str_eq(action_of(actions_asked[_i].operands, &options)->name,
			 actions_asked[_i].action);
	ck_assert_pstr_eq(*options.operands, actions_asked[_i].left);
}
END_TEST

static const char *const no_actions[] = {"", "a", "lis", "list a", "show a b"};

START_TEST(no_action_another_one_and_an_operand_too_many_exit_64)
{
	struct options options;

	action_of(no_actions[_i], &options);
}
END_TEST

/* Gives the text as standard input and writes the ids found, "a,b,". */
static const char *ids_in(const char *text, size_t n, int *code)
{
	static char found[1024];
	char *none[] = {NULL};
	FILE *file = tmpfile();

	fwrite(text, 1, n, file);
	rewind(file);
	dup2(fileno(file), 0);
	clearerr(stdin);
	struct ids ids = ids_open(&(struct options){.operands = none});
	found[0] = '\0';
	for (const char *id; (id = ids_next(&ids));)
		strcat(strcat(found, id), ",");
	*code = ids_close(&ids);
	return found;
}

static const struct {
	const char *text, *ids;
} inputs[] = {
	{"", ""},
	{"a\nb\n", "a,b,"},
	{"a\nb", "a,b,"},
	{"\n\n a \r\n\t\n", "a,"},
	{"one two\n", "one two,"},
};

START_TEST(ids_are_the_lines_of_standard_input)
{
	int code;

	ck_assert_str_eq(ids_in(inputs[_i].text, strlen(inputs[_i].text), &code), inputs[_i].ids);
	ck_assert_int_eq(code, 0);
}
END_TEST

START_TEST(a_line_too_long_is_told_and_the_others_stand)
{
	char text[5000];
	int code;

	memset(text, 'x', sizeof text);
	memcpy(text, "a\n", 2);
	memcpy(text + sizeof text - 3, "\nb\n", 3);
	ck_assert_str_eq(ids_in(text, sizeof text, &code), "a,b,");
	ck_assert_int_eq(code, EX_DATAERR);
}
END_TEST

START_TEST(the_first_failure_is_the_exit_status)
{
	int argc;
	struct ids ids = ids_open(&(struct options){.operands = split("a b c", &argc)});
	struct err err = {0};

	ck_assert_str_eq(ids_next(&ids), "a");
	ids_report(&ids, true, &err);
	ck_assert_str_eq(ids_next(&ids), "b");
	ids_report(&ids, err_set(&err, EX_NOINPUT, "no such message"), &err);
	ck_assert_str_eq(ids_next(&ids), "c");
	ids_report(&ids, err_set(&err, EX_TEMPFAIL, "being sent"), &err);
	ck_assert_ptr_null(ids_next(&ids));
	ck_assert_int_eq(ids_close(&ids), EX_NOINPUT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/options");
	TCase *t = tcase_create("options");

	tcase_add_loop_test(t, reads_letters_words_and_operands, 0, sizeof lines / sizeof *lines);
	tcase_add_loop_exit_test(t, a_wrong_command_line_exits_64, EX_USAGE, 0,
				 sizeof wrong_lines / sizeof *wrong_lines);
	tcase_add_loop_exit_test(t, help_and_version_exit_0, 0, 0, 2);
	tcase_add_test(t, the_configuration_is_the_option_then_the_environment_then_the_default);
	tcase_add_test(t, a_number_is_read_within_its_bounds);
	tcase_add_loop_exit_test(t, what_is_no_such_number_exits_64, EX_USAGE, 0,
				 sizeof no_numbers / sizeof *no_numbers);
	tcase_add_exit_test(t, an_operand_where_none_is_taken_exits_64, EX_USAGE);
	tcase_add_loop_test(t, the_first_operand_names_an_action_and_the_others_are_left_to_it, 0,
			    sizeof actions_asked / sizeof *actions_asked);
	tcase_add_loop_exit_test(t, no_action_another_one_and_an_operand_too_many_exit_64, EX_USAGE,
				 0, sizeof no_actions / sizeof *no_actions);
	suite_add_tcase(s, t);

	t = tcase_create("ids");
	tcase_add_loop_test(t, ids_are_the_lines_of_standard_input, 0,
			    sizeof inputs / sizeof *inputs);
	tcase_add_test(t, a_line_too_long_is_told_and_the_others_stand);
	tcase_add_test(t, the_first_failure_is_the_exit_status);
	suite_add_tcase(s, t);
	return s;
}
