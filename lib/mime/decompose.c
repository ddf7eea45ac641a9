#include "mime/decompose.h"

#include "mime/decode.h"
#include "mime/parameter.h"
#include "mime/scan.h"
#include "mime/words.h"

struct walker {
	struct mime_message *message;
	struct arena *arena;
	struct err *err;
	struct mime_field **fields_end;
	struct mime_leaf **files_end;
	struct slice boundaries[MIME_DEPTH_MOST]; /* of the multiparts that are open */
	unsigned depth;
	struct mime_leaf *leaf; /* that is open */
	const char *begin;      /* where its content begins */
	bool is_attachment;     /* it says so */
	unsigned n_leaves;
};

/* --- the header --- */

static struct slice keep(struct arena *arena, struct buf *text)
{
	struct slice kept = arena_slice(arena, buf_slice(text));

	buf_free(text);
	return kept;
}

/* What is given out is one line: CR, LF and NUL, which a coded name may spell out, end no field
 * elsewhere. */
static struct slice one_line(struct slice text, struct arena *arena)
{
	char *copy = arena_alloc(arena, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = strchr("\r\n", text.p[i]) ? ' ' : text.p[i];
	return slice_make(copy, text.n);
}

static struct slice unfolded(struct slice value, struct arena *arena)
{
	struct buf text = {0};

	mime_header_unfold(value, &text);
	struct slice kept = one_line(buf_slice(&text), arena);
	buf_free(&text);
	return kept;
}

static struct slice decoded(struct slice value, struct arena *arena)
{
	struct buf text = {0};

	mime_words_decode(unfolded(value, arena), &text);
	return keep(arena, &text);
}

bool mime_read_addresses(struct slice value, struct arena *arena, struct address_list *list,
			 struct err *err)
{
	if (!address_list_parse(unfolded(value, arena), arena, list, err))
		return false;
	for (size_t i = 0; i < list->n; i++)
		list->at[i].name = decoded(list->at[i].name, arena);
	return true;
}

static bool read_list(struct walker *walker, const char *name, const struct mime_header *field,
		      struct address_list *list)
{
	if (list->n)
		return err_set(walker->err, EX_DATAERR, "%s: stands twice", name);
	return mime_read_addresses(field->value, walker->arena, list, walker->err) ||
	       err_at(walker->err, "%s", name);
}

/* What the parts say themselves, and what is about the way so far. */
static bool is_left_out(struct slice name)
{
	static const char *const out[] = {
		"MIME-Version", "Content-Type",  "Content-Transfer-Encoding",
		"Content-ID",   "Content-MD5",   "Content-Disposition",
		"Bcc",          "Return-Path",   "Content-Length",
		"Received",     "DKIM-Signature"};

	for (size_t i = 0; i < sizeof out / sizeof *out; i++)
		if (slice_is_nocase(name, out[i]))
			return true;
	return false;
}

static void keep_field(struct walker *walker, const struct mime_header *header)
{
	struct mime_field *field = arena_alloc(walker->arena, sizeof *field);

	field->name = header->name;
	field->value = unfolded(header->value, walker->arena);
	*walker->fields_end = field;
	walker->fields_end = &field->next;
}

static bool read_header(struct walker *walker, struct slice wire)
{
	struct mime_message *message = walker->message;
	struct address_list from = {0};
	struct mime_header field;
	struct slice rest = mime_header_start(wire);
	struct {
		const char *name;
		struct address_list *list;
	} lists[] = {{"From", &from},
		     {"Reply-To", &message->reply_to},
		     {"To", &message->to},
		     {"Cc", &message->cc}};

	while (mime_header_next(&rest, &field)) {
		size_t i = 0;
		while (i < 4 && !slice_is_nocase(field.name, lists[i].name))
			i++;
		if (i < 4 && !read_list(walker, lists[i].name, &field, lists[i].list))
			return false;
		if (slice_is_nocase(field.name, "Subject"))
			message->subject = decoded(field.value, walker->arena);
		else if (i == 4 && !is_left_out(field.name))
			keep_field(walker, &field);
	}
	if (from.n != 1)
		return err_set(walker->err, EX_DATAERR, "From: one address is needed, not %zu",
			       from.n);
	message->from = from.at[0];
	return true;
}

/* --- a part --- */

static struct slice parameter(struct walker *walker, struct slice value, const char *name)
{
	struct buf text = {0};

	mime_parameter(value, name, &text);
	return keep(walker->arena, &text);
}

static struct slice lower(struct slice text, struct arena *arena)
{
	char *copy = arena_alloc(arena, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		copy[i] =
			text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] | 0x20) : text.p[i];
	return slice_make(copy, text.n);
}

static struct slice without_angles(struct slice id)
{
	if (slice_starts(id, "<") && slice_ends(id, ">"))
		return slice_make(id.p + 1, id.n - 2);
	return id;
}

static bool open_multipart(struct walker *walker, struct slice type, struct slice value)
{
	struct slice boundary = parameter(walker, value, "boundary");

	if (slice_is(type, "multipart/signed") || slice_is(type, "multipart/encrypted"))
		return err_set(walker->err, EX_DATAERR,
			       "Content-Type: a message that is %s cannot be taken apart",
			       type.p + strlen("multipart/"));
	if (!boundary.n)
		return err_set(walker->err, EX_DATAERR,
			       "Content-Type: a multipart without "
			       "boundary");
	if (walker->depth == MIME_DEPTH_MOST)
		return err_set(walker->err, EX_DATAERR, "more than %d multiparts in each other",
			       MIME_DEPTH_MOST);
	walker->boundaries[walker->depth++] = boundary;
	return true;
}

static bool open_leaf(struct walker *walker, struct slice type, struct slice value,
		      struct slice part)
{
	struct mime_leaf *leaf = arena_alloc(walker->arena, sizeof *leaf);
	struct slice encoding = mime_header_find(part, "Content-Transfer-Encoding");
	struct slice disposition = mime_header_find(part, "Content-Disposition");
	struct slice how = mime_parameter_main(disposition);

	if (++walker->n_leaves > MIME_LEAVES_MOST)
		return err_set(walker->err, EX_DATAERR, "more than %d parts", MIME_LEAVES_MOST);
	if (!mime_encoding_named(encoding, &leaf->encoding))
		return err_set(walker->err, EX_DATAERR,
			       "part %u: Content-Transfer-Encoding: "
			       "%.*s is not known",
			       walker->n_leaves, SLICE_ARGS(encoding));
	leaf->type = one_line(type, walker->arena);
	leaf->charset = parameter(walker, value, "charset");
	leaf->content_id =
		without_angles(unfolded(mime_header_find(part, "Content-ID"), walker->arena));
	leaf->filename = parameter(walker, disposition, "filename");
	if (!leaf->filename.n)
		leaf->filename = parameter(walker, value, "name");
	leaf->filename = one_line(leaf->filename, walker->arena);
	walker->is_attachment = leaf->filename.n || slice_is_nocase(how, "attachment");
	leaf->is_inline = leaf->content_id.n && !slice_is_nocase(how, "attachment");
	walker->leaf = leaf;
	return true;
}

/* part: header and all behind it; *rest is where its body begins. */
static bool open_part(struct walker *walker, struct slice part, struct slice *rest)
{
	struct slice value = mime_header_find(part, "Content-Type");
	struct slice type = lower(mime_parameter_main(value), walker->arena);
	struct mime_header field;

	*rest = part;
	while (mime_header_next(rest, &field))
		;
	walker->begin = rest->p;
	if (!type.n)
		type = slice_text("text/plain");
	return slice_starts(type, "multipart/") ? open_multipart(walker, type, value)
						: open_leaf(walker, type, value, part);
}

/* The first text and the first HTML that are no files are the message's own. */
static void close_leaf(struct walker *walker, const char *end)
{
	struct mime_message *message = walker->message;
	struct mime_leaf *leaf = walker->leaf;

	if (!leaf)
		return;
	walker->leaf = NULL;
	leaf->content =
		slice_make(walker->begin, end > walker->begin ? (size_t)(end - walker->begin) : 0);
	if (!walker->is_attachment && !message->text && slice_is(leaf->type, "text/plain")) {
		message->text = leaf;
	} else if (!walker->is_attachment && !message->html && slice_is(leaf->type, "text/html")) {
		message->html = leaf;
	} else {
		if (!leaf->filename.n)
			leaf->filename = slice_text(
				arena_format(walker->arena, "part-%u", walker->n_leaves));
		*walker->files_end = leaf;
		walker->files_end = &leaf->next;
	}
}

/* --- from boundary to boundary --- */

struct delimiter {
	const char *line;  /* where its line begins */
	struct slice rest; /* what stands behind the line */
	unsigned level;    /* whose it is */
	bool closing;
};

static bool is_delimiter(const struct walker *walker, struct slice line,
			 struct delimiter *delimiter)
{
	line = slice_trim(slice_after(line, 2));
	for (unsigned i = walker->depth; i-- > 0;) {
		size_t n = walker->boundaries[i].n;
		struct slice tail = slice_after(line, n);
		if (!slice_equal(slice_first(line, n), walker->boundaries[i]) ||
		    !(tail.n == 0 || slice_is(tail, "--")))
			continue;
		delimiter->level = i;
		delimiter->closing = tail.n != 0;
		return true;
	}
	return false;
}

/* The next one; rest begins at a line's start. */
static bool find_delimiter(const struct walker *walker, struct slice rest,
			   struct delimiter *delimiter)
{
	while (rest.n) {
		if (slice_starts(rest, "--")) {
			size_t n = slice_find(rest, '\n');
			if (is_delimiter(walker, slice_first(rest, n), delimiter)) {
				delimiter->line = rest.p;
				delimiter->rest = slice_after(rest, n + 1);
				return true;
			}
		}
		const char *next = memmem(rest.p, rest.n, "\n--", 3);
		if (!next)
			return false;
		rest = slice_after(rest, (size_t)(next - rest.p) + 1);
	}
	return false;
}

/* The line's end before a delimiter is the delimiter's. */
static const char *content_end(const char *start, const char *line)
{
	if (line > start && line[-1] == '\n')
		line--;
	if (line > start && line[-1] == '\r')
		line--;
	return line;
}

static bool walk(struct walker *walker, struct slice rest)
{
	const char *start = rest.p, *end = rest.p + rest.n;
	struct delimiter delimiter;

	while (find_delimiter(walker, rest, &delimiter)) {
		close_leaf(walker, content_end(start, delimiter.line));
		walker->depth = delimiter.level + !delimiter.closing;
		rest = delimiter.rest;
		if (!delimiter.closing && !open_part(walker, rest, &rest))
			return false;
	}
	/* A part never goes on in the next piece of the wire, which begins with a boundary. */
	close_leaf(walker, walker->depth ? content_end(start, end) : end);
	return true;
}

bool mime_decompose(const struct slice *wire, size_t n_wire, struct arena *arena,
		    struct mime_message *message, struct err *err)
{
	struct walker walker = {.message = message, .arena = arena, .err = err};
	struct slice rest;

	*message = (struct mime_message){0};
	walker.fields_end = &message->fields;
	walker.files_end = &message->files;
	if (!read_header(&walker, wire[0]) ||
	    !open_part(&walker, mime_header_start(wire[0]), &rest) || !walk(&walker, rest))
		return false;
	for (size_t i = 1; i < n_wire; i++)
		if (!walk(&walker, wire[i]))
			return false;
	return true;
}

/* --- who and what --- */

void mime_recipients(const struct address_list *to, const struct address_list *cc,
		     const struct slice *emails, size_t n, struct arena *arena,
		     struct mime_recipients *recipients)
{
	recipients->to = (struct address_list){arena_alloc(arena, (n + 1) * sizeof *to->at), 0};
	recipients->cc = (struct address_list){arena_alloc(arena, (n + 1) * sizeof *to->at), 0};
	recipients->hidden = (struct address_list){arena_alloc(arena, (n + 1) * sizeof *to->at), 0};
	for (size_t i = 0; i < n; i++) {
		const struct address *shown = address_list_find(to, emails[i]);
		struct address_list *list = &recipients->to;
		if (!shown) {
			shown = address_list_find(cc, emails[i]);
			list = shown ? &recipients->cc : &recipients->hidden;
		}
		list->at[list->n++] = shown ? *shown : (struct address){.email = emails[i]};
	}
}

bool mime_leaf_text(const struct mime_leaf *leaf, struct buf *out, struct err *err)
{
	struct buf bytes = {0};
	bool ok = mime_decode(leaf->content, leaf->encoding, &bytes) ||
		  err_set(err, EX_DATAERR, "%.*s: not base64", SLICE_ARGS(leaf->type));

	ok = ok && (mime_decode_text(buf_slice(&bytes), leaf->charset, out) ||
		    err_set(err, EX_DATAERR, "%.*s: the character set %.*s is not known",
			    SLICE_ARGS(leaf->type), SLICE_ARGS(leaf->charset)));
	buf_free(&bytes);
	return ok;
}
