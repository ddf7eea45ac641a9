/*
 * mailq-token: the tokens that programs log in with.
 *
 * Manual: man/mailq-token.1.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/print.h"
#include "conf/conf.h"
#include "conf/tokens.h"

static const struct usage usage = {
	.synopsis =
		"mailq-token [-C file] create -o organization | --all [--role role] [--name text]\n"
		"       mailq-token [-C file] list [--json]\n"
		"       mailq-token [-C file] revoke [id ...]",
	.about = "create  makes a token and prints it, this once\n"
		 "list    one line for each token, without its secret\n"
		 "revoke  ends tokens; with no id, reads ids from standard input",
	.options = "o:",
	.long_options = (const struct option[]){{"all", no_argument, NULL, 'a'},
						{"role", required_argument, NULL, 'r'},
						{"name", required_argument, NULL, 'n'},
						{"json", no_argument, NULL, 'j'},
						{0}},
};

/* What was asked for. */
struct task {
	const struct conf *conf;
	struct token like; /* what is to be made: its organization, role and name */
	bool all;
	bool json;
	struct options *options;
};

static int create(struct task *task)
{
	struct print print = print_open(stdout);
	char text[TOKEN_SIZE];
	struct err err = {0};

	const char *organization = task->like.organization;
	if (!organization == !task->all)
		options_misuse("create takes -o or --all");
	if (organization && !conf_given_organization(task->conf, organization, &err))
		err_exit(&err);
	if (!tokens_create(task->conf->tokens, &task->like, text, &err))
		err_exit(&err);
	puts(text);
	bool printed = print_close(&print, &err);
	if (!printed) { /* nobody will ever know it */
		struct err ignored;
		text[strcspn(text, ".")] = '\0';
		tokens_revoke(task->conf->tokens, text, &ignored);
	}
	explicit_bzero(text, sizeof text);
	if (!printed)
		err_exit(&err);
	return 0;
}

static void print_json(const struct token *token, const char *created)
{
	struct buf buf = {0};
	struct json_out out = {.buf = &buf};

	json_open(&out, NULL, '{');
	json_put_text(&out, "id", token->id);
	json_put_text(&out, "organization_id", token->organization);
	json_put_text(&out, "role", token_role_name(token->role));
	json_put_text(&out, "created_at", created);
	json_put_text(&out, "name", *token->name ? token->name : NULL);
	json_close(&out, '}');
	puts(buf.p);
	buf_free(&buf);
}

static int list(struct task *task)
{
	struct tokens tokens;
	struct err err = {0};

	if (!tokens_read(task->conf->tokens, &tokens, &err))
		err_exit(&err);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.all[i];
		char created[CLOCK_TEXT_SIZE];
		clock_format(token->created_ms, created);
		if (task->json)
			print_json(token, created);
		else
			printf("%s\t%s\t%s\t%s\t%s\n", token->id,
			       token->organization ? token->organization : "*",
			       token_role_name(token->role), created, token->name);
	}
	tokens_free(&tokens);
	return 0;
}

static int revoke(struct task *task)
{
	struct ids ids = ids_open(task->options);
	struct err err = {0};

	for (const char *id; (id = ids_next(&ids));)
		ids_report(&ids, tokens_revoke(task->conf->tokens, id, &err), &err);
	return ids_close(&ids);
}

/* clang-format off */
static const struct action actions[] = {
	{"create", create, 0},
	{"list", list, 0},
	{"revoke", revoke, -1},
};
/* clang-format on */

int main(int argc, char **argv)
{
	struct options options = options_init(argc, argv, &usage);
	struct print print = print_open(stdout);
	struct task task = {.like.role = TOKEN_SUBMIT, .options = &options};
	struct err err = {0};

	for (int c; (c = options_next(&options)) != -1;) {
		if (c == 'o')
			task.like.organization = options.value;
		else if (c == 'a')
			task.all = true;
		else if (c == 'j')
			task.json = true;
		else if (c == 'n')
			task.like.name = options.value;
		else if (!token_role_named(slice_text(options.value), &task.like.role))
			options_misuse("no such role: %s", options.value);
	}
	const struct action *action =
		options_action(&options, actions, sizeof actions / sizeof *actions);

	struct conf *conf = conf_load(options.conf_path, &err);
	if (!conf)
		err_exit(&err);
	task.conf = conf;
	int status = action->run(&task);
	if (!print_close(&print, &err))
		err_exit(&err);
	conf_free(conf);
	return status;
}
