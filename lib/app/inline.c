#include "app/inline.h"

#include "base/base64.h"
#include "base/hex.h"
#include "mime/decode.h"

#define ID_MOST 998 /* a line of a header */

/* By its first bytes; or NULL. */
static const char *type_of(struct slice bytes)
{
	static const struct {
		const char *type;
		size_t at;
		struct slice mark;
	} types[] = {
		{"image/png", 0, SLICE("\x89PNG\r\n\x1a\n")},
		{"image/jpeg", 0, SLICE("\xff\xd8\xff")},
		{"image/gif", 0, SLICE("GIF87a")},
		{"image/gif", 0, SLICE("GIF89a")},
		{"image/webp", 8, SLICE("WEBP")},
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_equal(slice_first(slice_after(bytes, types[i].at), types[i].mark.n),
				types[i].mark))
			return types[i].type;
	return NULL;
}

/* --- which one --- */

/* As it stands in a URL: %XX is one byte. */
static bool names(struct slice url, struct slice id)
{
	size_t n = 0;

	for (size_t i = 0; i < url.n; i++, n++) {
		int byte = url.p[i] == '%' ? hex_byte(slice_after(url, i + 1)) : -1;
		char c = byte >= 0 ? (char)byte : url.p[i];
		i += byte >= 0 ? 2 : 0;
		if (n >= id.n || id.p[n] != c)
			return false;
	}
	return n == id.n && n > 0;
}

static const struct mime_leaf *find(const struct mime_message *message, struct slice url)
{
	for (const struct mime_leaf *leaf = message->files; leaf; leaf = leaf->next)
		if (names(url, leaf->content_id))
			return leaf;
	return NULL;
}

/* The URL behind "cid:", up to what ends it in an attribute or a style. */
static struct slice url_behind(struct slice rest)
{
	size_t n = 0;

	while (n < rest.n && n < ID_MOST && (unsigned char)rest.p[n] > ' ' &&
	       !strchr("\"'<>()", rest.p[n]))
		n++;
	return slice_first(rest, n);
}

/* --- in its place --- */

/* What it takes up is counted whether it is an image or not: looking is what costs. */
static bool put_image(const struct mime_leaf *leaf, struct buf *out, size_t *room)
{
	size_t cost = leaf->content.n + leaf->content.n / 3 + 64;
	struct buf bytes = {0};
	const char *type = NULL;

	if (cost > *room)
		return false;
	*room -= cost;
	if (mime_decode(leaf->content, leaf->encoding, &bytes))
		type = type_of(buf_slice(&bytes));
	if (type) {
		buf_addf(out, "data:%s;base64,", type);
		base64_encode(buf_slice(&bytes), out);
	}
	buf_free(&bytes);
	return type != NULL;
}

static bool begins(struct slice html, size_t at)
{
	return at > 0 && strchr("\"'=(", html.p[at - 1]) &&
	       slice_is_nocase(slice_first(slice_after(html, at), 4), "cid:");
}

void inline_images(struct slice html, const struct mime_message *message, struct buf *out)
{
	size_t from = 0, room = INLINE_BYTES_MOST;

	for (size_t at = 0; at < html.n; at++) {
		if ((html.p[at] | 0x20) != 'c' || !begins(html, at))
			continue;
		struct slice url = url_behind(slice_after(html, at + 4));
		const struct mime_leaf *leaf = find(message, url);
		buf_add_slice(out, slice_first(slice_after(html, from), at - from));
		from = at;
		if (leaf && put_image(leaf, out, &room))
			from = at + 4 + url.n;
		at += 3 + url.n;
	}
	buf_add_slice(out, slice_after(html, from));
}
