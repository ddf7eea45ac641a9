#include "conf/records.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/io.h"
#include "base/utf8.h"
#include "conf/literal.h"

/* Around the source, since records may stand side by side; on its first line, so that line numbers
 * are the file's. Inside an element no document type can be declared. */
#define BEFORE "<records>"
#define AFTER "</records>"

struct parse {
	xmlParserCtxtPtr parser;
	struct slice document; /* BEFORE, the source, AFTER */
	const char *name;
	struct arena *arena;
	struct err *err; /* the first failure counts */

	struct record *first, **next_record;
	size_t record_count;
	struct record *record; /* the one that is open, or NULL */
	struct record_field **next_field;
	size_t field_count;
	struct record_field *field; /* the one that is open, or NULL */
	unsigned depth;             /* of the elements open inside it */
	struct buf text;            /* its text so far */
	size_t content_at;          /* where its content begins in the document */
};

static unsigned line_of(const struct parse *p)
{
	return (unsigned)xmlSAX2GetLineNumber(p->parser);
}

static void refuse(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void refuse(struct parse *p, const char *fmt, ...)
{
	char what[256];
	va_list args;

	if (p->err->code)
		return;
	va_start(args, fmt);
	vsnprintf(what, sizeof what, fmt, args);
	va_end(args);
	err_set(p->err, EX_DATAERR, "%s:%u: %s", p->name, line_of(p), what);
	xmlStopParser(p->parser);
}

/* What libxml2 hands over of a start tag: five pointers an attribute. */
struct attributes {
	const xmlChar **at;
	int count;
};

static const char *attribute(const struct parse *p, struct attributes attributes, const char *name)
{
	for (int i = 0; i < attributes.count; i++) {
		const xmlChar **a = &attributes.at[(size_t)i * 5];
		if (strcmp((const char *)a[0], name) == 0 && !a[1])
			return arena_slice(p->arena, slice_make(a[3], (size_t)(a[4] - a[3]))).p;
	}
	return NULL;
}

static void open_record(struct parse *p, struct attributes attributes)
{
	struct record *record = arena_alloc(p->arena, sizeof *record);

	record->id = attribute(p, attributes, "id");
	record->model = attribute(p, attributes, "model");
	record->line = line_of(p);
	if (!record->id || !record->model)
		refuse(p, "a record needs the attributes id and model");
	else if (++p->record_count > RECORDS_MOST)
		refuse(p, "more than %d records", RECORDS_MOST);
	p->record = *p->next_record = record;
	p->next_record = &record->next;
	p->next_field = &record->fields;
	p->field_count = 0;
}

static void read_eval(struct parse *p, struct record_field *field, const char *literal)
{
	struct err err;

	if (!(field->eval = literal_parse(slice_text(literal), p->arena, &err)))
		refuse(p, "eval of %s: %s", field->name, err.text);
}

/* When a start tag is told, its last '>' or "/>" has not been read. */
static void open_field(struct parse *p, struct attributes attributes)
{
	struct record_field *field = arena_alloc(p->arena, sizeof *field);
	const char *eval = attribute(p, attributes, "eval");

	field->name = attribute(p, attributes, "name");
	field->ref = attribute(p, attributes, "ref");
	field->line = line_of(p);
	p->field = *p->next_field = field;
	p->next_field = &field->next;
	p->depth = 0;
	p->content_at = (size_t)xmlByteConsumed(p->parser) + 1;
	buf_clear(&p->text);
	if (!field->name)
		refuse(p, "a field needs the attribute name");
	else if (++p->field_count > RECORDS_FIELDS_MOST)
		refuse(p, "more than %d fields", RECORDS_FIELDS_MOST);
	else if (attribute(p, attributes, "search") || attribute(p, attributes, "file"))
		refuse(p, "field %s: search and file are not read", field->name);
	else if (eval)
		read_eval(p, field, eval);
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
			  const xmlChar *uri, int n_spaces, const xmlChar **spaces,
			  int n_attributes, int n_defaulted, const xmlChar **at)
{
	struct parse *p = context;
	struct attributes attributes = {at, n_attributes};
	bool is_record = strcmp((const char *)name, "record") == 0;
	bool is_field = strcmp((const char *)name, "field") == 0;
	(void)prefix, (void)uri, (void)n_spaces, (void)spaces, (void)n_defaulted;

	if (p->field) {
		p->field->is_markup = true;
		p->depth++;
	} else if (p->record && is_field) {
		open_field(p, attributes);
	} else if (p->record || is_field) {
		refuse(p, "<%s> stands where it cannot", (const char *)name);
	} else if (is_record) {
		open_record(p, attributes);
	}
}

/* The bytes between the field's tags; its end tag has been read. */
static struct slice content_of(const struct parse *p)
{
	const char *content = p->document.p + p->content_at;
	const char *behind = p->document.p + xmlByteConsumed(p->parser);
	const char *end = memrchr(content, '<', (size_t)(behind - content));

	return slice_make(content, end ? (size_t)(end - content) : 0);
}

static void close_field(struct parse *p)
{
	struct slice text = p->field->is_markup ? content_of(p) : buf_slice(&p->text);

	p->field->text = arena_slice(p->arena, text);
	p->field = NULL;
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
			const xmlChar *uri)
{
	struct parse *p = context;
	(void)name, (void)prefix, (void)uri;

	if (p->field && p->depth)
		p->depth--;
	else if (p->field)
		close_field(p);
	else
		p->record = NULL; /* or an element around records ends */
}

static void text(void *context, const xmlChar *bytes, int n)
{
	struct parse *p = context;
	struct slice s = slice_make(bytes, (size_t)n);

	if (p->field)
		buf_add_slice(&p->text, s);
	else if (slice_trim(s).n)
		refuse(p, "text outside a field");
}

/* The first error counts: those that follow are about the element that is not the file's. A prefix
 * without a namespace is an error too, but not one of form. */
static void syntax(void *context, const char *format, ...)
{
	struct parse *p = context;
	const xmlError *error = xmlCtxtGetLastError(p->parser);
	(void)format;

	if (!error || error->level != XML_ERR_FATAL || p->err->code)
		return;
	err_set(p->err, EX_DATAERR, "%s:%d: %.*s", p->name, error->line,
		SLICE_ARGS(slice_trim(slice_text(error->message))));
}

/* A declaration is for the beginning of a document, and all it could say is checked otherwise. */
static void blank_declaration(struct buf *document)
{
	struct slice rest = slice_after(buf_slice(document), strlen(BEFORE));
	const char *end;

	if (!slice_starts(rest, "<?xml ") || !(end = memmem(rest.p, rest.n, "?>", 2)))
		return;
	for (char *p = document->p + strlen(BEFORE); p < end + 2; p++)
		if (*p != '\n')
			*p = ' ';
}

static bool check_source(struct slice source, const char *name, struct err *err)
{
	if (source.n > RECORDS_BYTES)
		return err_set(err, EX_DATAERR, "%s: larger than %d bytes", name, RECORDS_BYTES);
	if (utf8_check(source) < source.n)
		return err_set(err, EX_DATAERR, "%s: byte %zu: not UTF-8", name,
			       utf8_check(source) + 1);
	return true;
}

static void parse_document(struct parse *p)
{
	static const xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = start_element,
		.endElementNs = end_element,
		.characters = text,
		.cdataBlock = text,
		.error = syntax,
		.fatalError = syntax,
	};

	p->parser = xmlCreateMemoryParserCtxt(p->document.p, (int)p->document.n);
	if (!p->parser) {
		err_set(p->err, EX_TEMPFAIL, "%s: out of memory", p->name);
		return;
	}
	*p->parser->sax = handler;
	p->parser->userData = p;
	xmlCtxtUseOptions(p->parser, XML_PARSE_NONET);
	xmlParseDocument(p->parser);
	if (!p->parser->wellFormed && !p->err->code)
		err_set(p->err, EX_DATAERR, "%s: not XML", p->name);
	xmlFreeParserCtxt(p->parser);
}

struct record *records_parse(struct slice source, const char *name, struct arena *arena,
			     struct err *err)
{
	struct parse p = {.name = name, .arena = arena, .err = err};
	struct buf document = {0};

	*err = (struct err){0};
	p.next_record = &p.first;
	if (slice_starts(source, "\xef\xbb\xbf"))
		source = slice_after(source, 3);
	if (!check_source(source, name, err))
		return NULL;
	buf_add_text(&document, BEFORE);
	buf_add_slice(&document, source);
	buf_add_text(&document, AFTER);
	blank_declaration(&document);
	p.document = buf_slice(&document);
	parse_document(&p);
	if (!err->code && !p.first)
		err_set(err, EX_DATAERR, "%s: no record", name);
	buf_free(&p.text);
	buf_free(&document);
	return err->code ? NULL : p.first;
}

const struct record_field *record_field(const struct record *record, const char *name)
{
	for (const struct record_field *field = record->fields; field; field = field->next)
		if (strcmp(field->name, name) == 0)
			return field;
	return NULL;
}

struct record *records_read(const char *path, struct arena *arena, struct err *err)
{
	struct buf source = {0};
	struct record *records = NULL;

	if (io_read_path(path, RECORDS_BYTES, &source, err))
		records = records_parse(arena_slice(arena, buf_slice(&source)), path, arena, err);
	buf_free(&source);
	return records;
}
