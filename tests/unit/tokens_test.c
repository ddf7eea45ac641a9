#include "conf/tokens.h"

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
		{         "3f9c2ab81d04.secret", "acme"},
		{        "3f9c2ab81d04.secret ",   NULL},
		{         "3f9c2ab81d04.Secret",   NULL},
		{               "3f9c2ab81d04.",   NULL},
		{                "3f9c2ab81d04",   NULL},
		{         "000000000000.secret",   NULL},
		{		     ".secret",   NULL},
		{		      "secret",   NULL},
		{			    "",   NULL},
		{"3f9c2ab81d04." HASH_OF_SECRET,   NULL},
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

	ck_assert_msg(tokens_create("tokens", NULL, TOKEN_SUBMIT, text, &err), "%s", err.text);
	ck_assert_uint_eq(strlen(text), TOKEN_SIZE - 1);
	ck_assert(tokens_read("tokens", &tokens, &err));
	const struct token *token = tokens_verify(&tokens, slice_text(text));
	ck_assert_ptr_nonnull(token);
	ck_assert_ptr_null(token->organization);
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

START_TEST(a_role_covers_its_own_and_the_higher_cover_the_lower)
{
	static const bool covers[][4] = {
		[TOKEN_SUBMIT] = { true, false, false, false},
		[TOKEN_READ] = {false,  true, false, false},
		[TOKEN_OPERATE] = { true,  true,  true, false},
		[TOKEN_ADMIN] = { true,  true,  true,  true},
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
		"3f9c2ab81d04 acme submit " TIME " " HASH_OF_SECRET " more",
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

Suite *suite(void)
{
	Suite *s = suite_create("conf/tokens");
	TCase *t = tcase_create("tokens");

	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, only_the_right_secret_is_verified);
	tcase_add_test(t, what_was_made_is_verified_until_it_is_revoked);
	tcase_add_test(t, a_role_covers_its_own_and_the_higher_cover_the_lower);
	tcase_add_test(t, a_line_that_is_no_token_is_refused);
	suite_add_tcase(s, t);
	return s;
}
