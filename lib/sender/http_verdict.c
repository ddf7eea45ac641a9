/* What an answer means, or that there was none; http.c acts on it. */
#include <stdlib.h>

#include "base/mem.h"
#include "sender/http.h"

#define WORDS_MOST 300        /* bytes of an answer that is no JSON */
#define WAIT_MOST_MS 86400000 /* whoever asks for more is asked again after that */

/* clang-format off */
static const struct {
	long status;
	enum http_meaning meaning;
} known[] = {
	{401, HTTP_CREDENTIALS},
	{402, HTTP_CREDENTIALS},   /* the account has to be put in order */
	{403, HTTP_CREDENTIALS},
	{404, HTTP_MISCONFIGURED}, /* we ask for nothing that is the message's, */
	{405, HTTP_MISCONFIGURED},
	{406, HTTP_MISCONFIGURED}, /* in a form that is none of its either */
	{407, HTTP_CREDENTIALS},
	{408, HTTP_TRANSIENT},
	{410, HTTP_MISCONFIGURED},
	{415, HTTP_MISCONFIGURED},
	{425, HTTP_TRANSIENT},
	{429, HTTP_THROTTLED},
	{504, HTTP_UNCERTAIN},     /* who passed it on heard no answer */
};
/* clang-format on */

enum http_meaning http_meaning_of(long status, bool has_retry_after)
{
	if (has_retry_after && status == 503)
		return HTTP_THROTTLED;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].meaning;
	if (status >= 500)
		return HTTP_TRANSIENT;
	if (status >= 400)
		return HTTP_REFUSED;
	return status / 100 == 2 ? HTTP_ACCEPTED : HTTP_MISCONFIGURED;
}

struct slice http_words(struct http *http, struct slice message)
{
	if (!message.n)
		message = slice_first(slice_trim(buf_slice(&http->text)), WORDS_MOST);
	char *words = arena_format(http->channel.mail->arena, "%ld %.*s", http->status,
				   SLICE_ARGS(message));
	for (char *p = words; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	return slice_text(words);
}

struct http_verdict http_judge(struct http *http)
{
	return (struct http_verdict){
		.meaning = http_meaning_of(http->status, http->retry_after_ms > 0),
		.text = http_words(http, slice_make("", 0)),
		.retry_after_ms = http->retry_after_ms,
	};
}

struct http_verdict http_judge_failure(struct http *http, CURLcode code)
{
	const char *why = net_error(&http->transfer, code);
	struct http_verdict verdict = {.meaning = HTTP_UNTRIED, .text = slice_text(why)};

	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		verdict.meaning = HTTP_MISCONFIGURED;
	else if (http->is_message && http->sent)
		verdict.meaning = http->sent < http->size ? HTTP_TRANSIENT : HTTP_UNCERTAIN;
	return verdict;
}

int64_t http_wait_ms(struct slice retry_after, int64_t now_ms)
{
	uint64_t seconds;
	int64_t wait_ms;

	if (slice_number(retry_after, UINT32_MAX, &seconds)) {
		wait_ms = (int64_t)seconds * 1000;
	} else {
		char *date = mem_copy(retry_after.p, retry_after.n);
		wait_ms = (int64_t)curl_getdate(date, NULL) * 1000 - now_ms;
		free(date);
	}
	if (wait_ms <= 0)
		return 0;
	return wait_ms < WAIT_MOST_MS ? wait_ms : WAIT_MOST_MS;
}
