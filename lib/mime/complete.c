#include "mime/complete.h"

/* One address of a list, as far as it was copied. */
struct mailbox {
	size_t atoms;
	bool in_atom;
	bool has_at;
	bool in_angle;
	size_t end; /* of its last atom, in the copy */
};

/* A quoted string or a comment at the start of s, or a single character. */
static size_t token_length(struct slice s)
{
	char open = *s.p, close = open == '(' ? ')' : open;
	size_t depth = 1;

	if (open != '"' && open != '(')
		return open == '\\' && s.n > 1 ? 2 : 1;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == close && --depth == 0)
			return i + 1;
		else if (s.p[i] == '(' && open == '(')
			depth++;
	}
	return s.n;
}

static void insert_domain(struct buf *out, size_t at, struct slice domain)
{
	size_t n = domain.n + 1;

	buf_reserve(out, n + 1);
	memmove(out->p + at + n, out->p + at, out->n - at + 1); /* with the NUL behind it */
	out->p[at] = '@';
	memcpy(out->p + at + 1, domain.p, n - 1);
	out->n += n;
}

/* At the end of an address, or of what stands in its <>. */
static bool complete(const struct mailbox *box, struct slice domain, struct buf *out)
{
	if (box->atoms != 1 || box->has_at || domain.n == 0)
		return false;
	insert_domain(out, box->end, domain);
	return true;
}

bool mime_complete_list(struct slice list, struct slice domain, struct buf *out)
{
	struct mailbox box = {0};
	bool any = false;

	while (list.n) {
		char c = *list.p;
		size_t n = token_length(list);
		bool in_atom = false;

		if (c == '<' || c == ':') { /* what stood before was a name, or a group's */
			box = (struct mailbox){.in_angle = c == '<'};
		} else if (c == '>' && box.in_angle) {
			any |= complete(&box, domain, out);
			box = (struct mailbox){.has_at = true};
		} else if ((c == ',' || c == ';') && !box.in_angle) {
			any |= complete(&box, domain, out);
			box = (struct mailbox){0};
		} else if (c == '@') {
			box.has_at = true;
		} else if (c == '"') {
			box.atoms += 2; /* a name; never a local part alone */
		} else if (c != ' ' && c != '\t' && c != '(') {
			box.atoms += !box.in_atom;
			box.end = out->n + n;
			in_atom = true;
		}
		box.in_atom = in_atom;
		buf_add(out, list.p, n);
		list = slice_after(list, n);
	}
	return complete(&box, domain, out) || any;
}
