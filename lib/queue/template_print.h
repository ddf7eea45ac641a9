/*
 * template_print.h: stored templates, or their drafts, as commands print them, added to a buffer.
 */
#ifndef QUEUE_TEMPLATE_PRINT_H
#define QUEUE_TEMPLATE_PRINT_H

#include "queue/template_edit.h"

#define TEMPLATE_FILE_MOST (4 << 20)

struct template_print {
	bool draft; /* in place of what is published */
	bool json;
};

/* A line of a list: organization, id and name; of a draft organization, id, when and by whom. False
 * and err as template_file_of and template_draft_of. */
bool template_print_line(struct buf *out, const struct template_print *how,
			 const struct organization *org, const char *id, struct err *err);

/* The whole: the file as it stands, or as an object what was read from it. */
bool template_print_file(struct buf *out, const struct template_print *how,
			 const struct organization *org, const char *id, struct err *err);

/* What one makes of a context: a field (NULL: the body), or all of them as an object. False and err
 * as template_try; EX_DATAERR where it has no such field. */
bool template_print_rendered(struct buf *out, const struct template_print *how,
			     const struct template_preview *preview, const char *field,
			     struct err *err);

#endif
