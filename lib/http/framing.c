#include "http/framing.h"

static bool is_token(struct slice name)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i], letter = (char)(c | 0x20);
		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
		    (!c || !strchr(others, c)))
			return false;
	}
	return name.n;
}

void framing_add(struct framing *framing, struct slice name, struct slice value)
{
	if (!is_token(name))
		framing->odd_name = true;
	if (slice_is_nocase(name, "Content-Length"))
		framing->lengths++;
	if (slice_is_nocase(name, "Host"))
		framing->hosts++;
	if (!slice_is_nocase(name, "Transfer-Encoding"))
		return;
	framing->encodings++;
	framing->chunked = slice_is_nocase(value, "chunked");
}

const char *framing_fault(const struct framing *framing, const char *version)
{
	if (framing->odd_name)
		return "a header's name is none";
	if (framing->lengths > 1)
		return "more than one Content-Length";
	if (framing->hosts > 1)
		return "more than one Host";
	if (framing->lengths && framing->encodings)
		return "both Content-Length and Transfer-Encoding";
	if (framing->encodings > 1 || (framing->encodings && !framing->chunked))
		return "Transfer-Encoding: only chunked is known";
	if (framing->encodings && strcmp(version, "HTTP/1.1") != 0)
		return "Transfer-Encoding: not in this version";
	return NULL;
}
