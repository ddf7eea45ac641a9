#include "base/ids.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct ids ids_open(const struct options *options)
{
	return (struct ids){
		.operands = options->operands,
		.lines = options->operands[0] ? NULL : stdin,
	};
}

static void fail(struct ids *ids, const char *id, int code, const char *text)
{
	struct err said; /* without control characters */

	err_set(&said, code, "%s: %s", id, text);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, said.text);
	if (!ids->code)
		ids->code = code;
}

/* One line without the white space around it, which may leave nothing. False at the end. */
static bool read_line(struct ids *ids, bool *too_long)
{
	size_t n = 0;
	int c;

	*too_long = false;
	while ((c = getc(ids->lines)) != EOF && c != '\n') {
		if (n == 0 && isspace(c))
			continue;
		if (n < IDS_LINE_MAX)
			ids->line[n++] = c ? (char)c : '?';
		else if (!isspace(c))
			*too_long = true;
	}
	while (n && isspace((unsigned char)ids->line[n - 1]))
		n--;
	ids->line[n] = '\0';
	return c != EOF || n;
}

static const char *next_line(struct ids *ids)
{
	bool too_long;

	while (read_line(ids, &too_long)) {
		if (too_long)
			fail(ids, "standard input", EX_DATAERR, "a line too long for an id");
		else if (ids->line[0])
			return ids->line;
	}
	if (ferror(ids->lines))
		fail(ids, "standard input", EX_IOERR, strerror(errno));
	return NULL;
}

const char *ids_next(struct ids *ids)
{
	if (ids->lines)
		ids->current = next_line(ids);
	else if ((ids->current = *ids->operands))
		ids->operands++;
	return ids->current;
}

void ids_report(struct ids *ids, bool ok, const struct err *err)
{
	if (!ok)
		fail(ids, ids->current, err->code, err->text);
}

int ids_close(struct ids *ids)
{
	return ids->code;
}
