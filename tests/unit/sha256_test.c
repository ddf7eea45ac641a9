#include "base/sha256.h"

#include <check.h>

/* The examples of FIPS 180-4 and of NIST's test vectors. */
static const struct {
	const char *text, *digest;
} cases[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
	 "m"
	 "nopqrsmnopqrstnopqrstu",
	 "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

START_TEST(gives_the_digests_of_the_standard)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(slice_text(cases[_i].text), hex);
	ck_assert_str_eq(hex, cases[_i].digest);
}
END_TEST

/* A million times 'a', in pieces that never fit a block. */
START_TEST(pieces_give_the_same_as_the_whole)
{
	static const unsigned char wanted[4] = {0xcd, 0xc7, 0x6e, 0x5c};
	unsigned char digest[SHA256_BYTES];
	char piece[1000];
	struct sha256 sha;

	memset(piece, 'a', sizeof piece);
	sha256_begin(&sha);
	for (int i = 0; i < 1000; i++)
		sha256_add(&sha, slice_make(piece, sizeof piece));
	sha256_end(&sha, digest);
	ck_assert_mem_eq(digest, wanted, sizeof wanted);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base/sha256");
	TCase *t = tcase_create("sha256");

	tcase_add_loop_test(t, gives_the_digests_of_the_standard, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, pieces_give_the_same_as_the_whole);
	suite_add_tcase(s, t);
	return s;
}
