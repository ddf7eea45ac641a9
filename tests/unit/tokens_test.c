#include "conf/tokens.h"

#include <fcntl.h>

#include "files.h"

static struct tokens tokens;
static struct err err;

static void enter(void)
{
	files_enter();
	tokens = (struct tokens){0};
	err = (struct err){0};
}

static void leave(void)
{
	tokens_free(&tokens);
	files_leave();
}

#define HASH_OF_SECRET "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
#define TIME "2026-11-24T09:30:00.123Z"

START_TEST(only_the_right_secret_is_verified)
{
	static const struct {
		const char *text;
		const char *organization; /* NULL: refused */
	} cases[] = {
		{"3f9c2ab81d04.secret", "acme"},
		{"3f9c2ab81d04.secret ", NULL},
		{"3f9c2ab81d04.Secret", NULL},
		{"3f9c2ab81d04.", NULL},
		{"3f9c2ab81d04", NULL},
		{"000000000000.secret", NULL},
		{".secret", NULL},
		{"secret", NULL},
		{"", NULL},
		{"3f9c2ab81d04." HASH_OF_SECRET, NULL},
	};

	files_put("tokens",
		  "# a comment\n\n3f9c2ab81d04 acme submit " TIME " " HASH_OF_SECRET "\n");
	ck_assert_msg(tokens_read("tokens", &tokens, &err), "%s", err.text);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct token *token = tokens_verify(&tokens, slice_text(cases[i].text));
		ck_assert_msg(!token == !cases[i].organization, "%s", cases[i].text);
		if (token)
			ck_assert_str_eq(token->organization, cases[i].organization);
	}
}
END_TEST

START_TEST(what_was_made_is_verified_until_it_is_revoked)
{
	char text[TOKEN_SIZE], id[13];

	struct token like = {.role = TOKEN_SUBMIT, .name = "The shop, Zürich"};
	ck_assert_msg(tokens_create("tokens", &like, text, &err), "%s", err.text);
	ck_assert_uint_eq(strlen(text), TOKEN_SIZE - 1);
	ck_assert(tokens_read("tokens", &tokens, &err));
	const struct token *token = tokens_verify(&tokens, slice_text(text));
	ck_assert_ptr_nonnull(token);
	ck_assert_ptr_null(token->organization);
	ck_assert_str_eq(token->name, like.name);
	ck_assert_int_gt(token->created_ms, 0);
	snprintf(id, sizeof id, "%s", token->id);
	tokens_free(&tokens);

	ck_assert(tokens_revoke("tokens", id, &err));
	ck_assert(tokens_read("tokens", &tokens, &err));
	ck_assert_ptr_null(tokens_verify(&tokens, slice_text(text)));
	ck_assert(!tokens_revoke("tokens", id, &err));
	ck_assert_int_eq(err.code, EX_NOINPUT);
}
END_TEST

START_TEST(a_name_is_one_line)
{
	static const char *const names[] = {
		"a\nb",
		"a\x1b[1m",
		" a",
		"a ",
		"\xff",
		"01234567890123456789012345678901234567890123456789"
		"012345678901234567890123456789012345678901234567890",
	};
	char text[TOKEN_SIZE];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct token like = {.name = names[i]};
		ck_assert_msg(!tokens_create("tokens", &like, text, &err), "%s", names[i]);
		ck_assert_int_eq(err.code, EX_DATAERR);
	}
	ck_assert_int_eq(access("tokens", F_OK), -1);
}
END_TEST

START_TEST(a_role_covers_its_own_and_the_higher_cover_the_lower)
{
	static const bool covers[][4] = {
		[TOKEN_SUBMIT] = {true, false, false, false},
		[TOKEN_READ] = {false, true, false, false},
		[TOKEN_OPERATE] = {true, true, true, false},
		[TOKEN_ADMIN] = {true, true, true, true},
	};

	for (int role = TOKEN_SUBMIT; role <= TOKEN_ADMIN; role++)
		for (int asked = TOKEN_SUBMIT; asked <= TOKEN_ADMIN; asked++)
			ck_assert_int_eq(token_role_covers((enum token_role)role,
							   (enum token_role)asked),
					 covers[role][asked]);
}
END_TEST

START_TEST(a_line_that_is_no_token_is_refused)
{
	static const char *const lines[] = {
		"3f9c2ab81d04",
		"3f9c2ab81d04 acme submit " TIME,
		"3f9c2ab81d04 acme submit " TIME " 2bb8",
		"3f9c2ab81d04 acme submit " TIME " " HASH_OF_SECRET " a\tname",
		"3f9c2ab81d04 acme submit yesterday " HASH_OF_SECRET,
		"3f9c2ab81d04 acme king " TIME " " HASH_OF_SECRET,
		"3f9c2ab81d04 .. submit " TIME " " HASH_OF_SECRET,
		"3F9C2AB81D04 acme submit " TIME " " HASH_OF_SECRET,
		"3f9c2ab81d04  acme submit " TIME " " HASH_OF_SECRET,
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		files_put("tokens", lines[i]);
		ck_assert_msg(!tokens_read("tokens", &tokens, &err), "%s", lines[i]);
		ck_assert_int_eq(err.code, EX_CONFIG);
		ck_assert_str_eq(err.text, "tokens:1: not a token");
	}
}
END_TEST

static struct tokens_kept kept;

/* One token of that id, as long as any other, and in a file of the same time. */
static void put_token(const char *path, const char *id)
{
	static const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char line[200];

	snprintf(line, sizeof line, "%s acme submit " TIME " " HASH_OF_SECRET "\n", id);
	files_put(path, line);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* The only one that is looked up now. */
static const char *looked_up(void)
{
	const struct tokens *now = tokens_look(&kept, "tokens", &err);

	ck_assert_msg(now && now->count == 1, "%s", err.text);
	return now->all[0].id;
}

START_TEST(what_was_just_written_is_read_again)
{
	put_token("tokens", "3f9c2ab81d04");
	ck_assert_str_eq(looked_up(), "3f9c2ab81d04");
	ck_assert(!kept.settled);
	put_token("tokens",
		  "3f9c2ab81d05"); /* in place, within a tick of the file system's clock */
	ck_assert_str_eq(looked_up(), "3f9c2ab81d05");
	tokens_forget(&kept);
}
END_TEST

START_TEST(what_has_long_been_the_same_is_kept_until_another_takes_its_place)
{
	put_token("tokens", "3f9c2ab81d04");
	const char *first = looked_up();
	kept.settled = true; /* as two seconds later */
	ck_assert_ptr_eq(looked_up(), first);
	for (unsigned i = 0; i < 10; i++) { /* inodes are used again */
		char id[13];

		snprintf(id, sizeof id, "3f9c2ab81d%02x", i);
		put_token("another", id);
		ck_assert_int_eq(rename("another", "tokens"), 0);
		ck_assert_str_eq(looked_up(), id);
		kept.settled = true;
	}
	ck_assert_int_eq(unlink("tokens"), 0);
	ck_assert_uint_eq(tokens_look(&kept, "tokens", &err)->count, 0);
	files_put("tokens", "no token\n");
	ck_assert_ptr_null(tokens_look(&kept, "tokens", &err));
	ck_assert_str_eq(err.text, "tokens:1: not a token");
	tokens_forget(&kept);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("conf/tokens");
	TCase *t = tcase_create("tokens");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, only_the_right_secret_is_verified);
	tcase_add_test(t, what_was_made_is_verified_until_it_is_revoked);
	tcase_add_test(t, a_name_is_one_line);
	tcase_add_test(t, a_role_covers_its_own_and_the_higher_cover_the_lower);
	tcase_add_test(t, a_line_that_is_no_token_is_refused);
	tcase_add_test(t, what_was_just_written_is_read_again);
	tcase_add_test(t, what_has_long_been_the_same_is_kept_until_another_takes_its_place);
	suite_add_tcase(s, t);
	return s;
}
