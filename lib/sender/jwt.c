#include "sender/jwt.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"

/* Without padding (RFC 7515, 2). */
static void add_base64url(struct slice bytes, struct buf *out)
{
	size_t start = out->n;

	base64_encode_url(bytes, out);
	while (out->n > start && out->p[out->n - 1] == '=')
		out->n--;
}

static void add_header(struct slice key_id, struct buf *out)
{
	struct buf text = {0};
	struct json_out json = {.buf = &text};

	json_open(&json, NULL, '{');
	json_put_text(&json, "alg", "RS256");
	json_put_text(&json, "typ", "JWT");
	if (key_id.n)
		json_put_slice(&json, "kid", key_id);
	json_close(&json, '}');
	add_base64url(buf_slice(&text), out);
	buf_free(&text);
}

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *text, int size, int writing, void *context)
{
	(void)text, (void)size, (void)writing, (void)context;
	return 0;
}

static EVP_PKEY *read_key(struct slice pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (key && EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static bool add_signature(EVP_PKEY *key, struct slice text, struct buf *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = (size_t)EVP_PKEY_size(key);
	unsigned char *signature = mem_zero(n);
	bool ok =
		context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestSign(context, signature, &n, (const unsigned char *)text.p, text.n) == 1;

	if (ok)
		add_base64url(slice_make(signature, n), out);
	free(signature);
	EVP_MD_CTX_free(context);
	return ok;
}

bool jwt_sign(struct slice claims, struct slice key, struct slice key_id, struct buf *out,
	      struct err *err)
{
	EVP_PKEY *private = read_key(key);
	struct buf text = {0};

	if (!private)
		return err_set(err, EX_CONFIG, "private_key: no RSA key in PEM");
	add_header(key_id, &text);
	buf_add_char(&text, '.');
	add_base64url(claims, &text);
	buf_add_slice(out, buf_slice(&text));
	buf_add_char(out, '.');
	bool ok = add_signature(private, buf_slice(&text), out) ||
		  err_set(err, EX_CONFIG, "private_key: cannot sign with it");
	EVP_PKEY_free(private);
	buf_free(&text);
	return ok;
}
