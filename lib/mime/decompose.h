/*
 * decompose.h: a message taken apart again: for remotes that want addresses, texts and files, not
 * RFC 5322.
 *
 *     if (!mime_decompose(wire, n_wire, &arena, &message, &err))
 *             ... EX_DATAERR: what cannot be taken apart, and where
 *     mime_recipients(&message, emails, n, &arena, &recipients);
 *
 * It reads what mime/compose.h wrote and what came whole from elsewhere. Nothing is lost on the
 * way: what is no address, subject, text or HTML is in `fields` or `files`. A signed or encrypted
 * message is refused: its parts mean nothing without each other.
 *
 * Contents are not decoded and not copied: they point into the wire, which has to outlive them, so
 * that base64 can go on as it came. All else is in the arena.
 */
#ifndef MIME_DECOMPOSE_H
#define MIME_DECOMPOSE_H

#include "base/arena.h"
#include "base/err.h"
#include "message/address.h"
#include "mime/encode.h"

#define MIME_DEPTH_MOST 16    /* multiparts in each other */
#define MIME_LEAVES_MOST 2000 /* parts that are no multipart */

/* A header field that nothing else here stands for; unfolded, encoded words as they are. */
struct mime_field {
	struct slice name, value;
	struct mime_field *next;
};

struct mime_leaf {
	struct slice type;       /* "image/png", in lower case */
	struct slice charset;    /* empty: not told */
	struct slice filename;   /* UTF-8; a name is made where none was given */
	struct slice content_id; /* without <>; empty: none */
	bool is_inline;          /* shown within the HTML, by its content_id */
	enum mime_encoding encoding;
	struct slice content; /* as it stands in the wire */
	struct mime_leaf *next;
};

struct mime_message {
	struct address from;
	struct address_list reply_to, to, cc; /* names decoded */
	struct slice subject;                 /* decoded */
	struct mime_field *fields;            /* in their order */
	const struct mime_leaf *text, *html;  /* or NULL */
	struct mime_leaf *files;              /* in their order */
};

/* Whom a try is for, sorted by where the header shows them. */
struct mime_recipients {
	struct address_list to, cc;
	struct address_list hidden; /* shown nowhere: Bcc, and others of the envelope */
};

bool mime_decompose(const struct slice *wire, size_t n_wire, struct arena *arena,
		    struct mime_message *message, struct err *err);

void mime_recipients(const struct address_list *to, const struct address_list *cc,
		     const struct slice *emails, size_t n, struct arena *arena,
		     struct mime_recipients *recipients);

/* The addresses of a header field's value, names decoded. */
bool mime_read_addresses(struct slice value, struct arena *arena, struct address_list *list,
			 struct err *err);

/* Appends a text/plain or text/html leaf as UTF-8, its lines ended by LF. */
bool mime_leaf_text(const struct mime_leaf *leaf, struct buf *out, struct err *err);

#endif
