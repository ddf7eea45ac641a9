/* What a request says that nobody else is to read: an answer may repeat it. */
#include <assert.h>

#include "conf/secret.h"
#include "sender/dialogue.h"
#include "sender/http.h"

void http_secret(struct http *http, struct slice secret)
{
	assert(http->n_secrets < HTTP_SECRETS_MOST);
	buf_add_slice(&http->secrets[http->n_secrets++], secret);
	dialogue_hide(http->channel.sender, secret);
}

void http_forget_secrets(struct http *http)
{
	while (http->n_secrets)
		secret_wipe(&http->secrets[--http->n_secrets]);
}

void http_blank(const struct http *http, struct slice text)
{
	for (unsigned i = 0; i < http->n_secrets; i++)
		secret_blank(buf_slice(&http->secrets[i]), (char *)(uintptr_t)text.p, text.n);
}

struct slice http_blanked(struct http *http, struct slice text)
{
	struct slice copy = arena_slice(http->channel.mail->arena, text);

	http_blank(http, copy);
	return copy;
}
