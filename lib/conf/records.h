/*
 * records.h: XML files of records, as applications bring their templates and connectors in.
 *
 *     <record id="tpl_welcome" model="mail.template">
 *       <field name="subject">Welcome to {{ org.name }}</field>
 *       <field name="body_html"><p>Hi {{ partner.name }},</p></field>
 *       <field name="organization_id" ref="res.organization.acme"/>
 *       <field name="config" eval="{'api_key': '$ENV:API_KEY'}"/>
 *     </record>
 *
 * A file holds any number of them, with or without elements around them, whatever those are called.
 * Markup inside a field is its value as it stands in the file, byte by byte; without markup, the
 * value is the text, entities resolved and CDATA opened. `eval` is read by conf/literal.h. What the
 * fields mean is for the caller.
 *
 * Read by libxml2, which gets no file, no network and no entities of the document's own: a document
 * type declaration is refused. Programs that call this link libxml2; no others do.
 */
#ifndef CONF_RECORDS_H
#define CONF_RECORDS_H

#include "base/json.h"

#define RECORDS_BYTES 4194304
#define RECORDS_MOST 1000       /* records in a file */
#define RECORDS_FIELDS_MOST 100 /* fields of a record */

struct record_field {
	const char *name;
	struct slice text;       /* the value; empty with ref or eval */
	bool is_markup;          /* it has elements */
	const char *ref;         /* or NULL */
	const struct json *eval; /* or NULL */
	unsigned line;
	struct record_field *next;
};

struct record {
	const char *id;
	const char *model;
	struct record_field *fields; /* in the order of the file */
	unsigned line;
	struct record *next;
};

/*
 * The records of a file in their order, in the arena. NULL and err (EX_DATAERR): "file:line: ".
 * name is for the messages. A file without any record is an error.
 */
struct record *records_parse(struct slice source, const char *name, struct arena *arena,
			     struct err *err);

/* The same of a file by its path; "-" is standard input. */
struct record *records_read(const char *path, struct arena *arena, struct err *err);

/* The field of that name, or NULL. */
const struct record_field *record_field(const struct record *record, const char *name);

#endif
