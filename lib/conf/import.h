/*
 * import.h: XML records (conf/records.h) as files of this configuration.
 *
 *     struct import import;
 *     if (import_connector(conf, record, organization, &arena, &import, &err) &&
 *         conf_write_files(import.files, import.file_count, &err))
 *             ...
 *     // the configuration has changed: load it again before the next record
 *
 * Nothing is written here. A record whose file would not be a good one is EX_DATAERR.
 */
#ifndef CONF_IMPORT_H
#define CONF_IMPORT_H

#include "conf/conf.h"
#include "conf/records.h"
#include "conf/write.h"

struct import {
	const struct organization *organization;
	const char *id;
	struct conf_file files[2]; /* what the record changes, in the order to write */
	size_t file_count;
	bool replaces;        /* the last of them is there already */
	bool unmanaged;       /* and not marked as one that programs may change */
	const char *cleared;  /* the connector that is no longer the default, or NULL */
	const char *left_out; /* fields that mean nothing here, "a, b", or NULL */
};

/*
 * The model ir.connector: fields are named as the keys of a connector's file; config is an eval
 * dictionary. organization: as -o says, or NULL: the record's organization_id, a reference whose
 * last part is the organization ("res.organization.acme"), else the default one.
 */
bool import_connector(const struct conf *conf, const struct record *record,
		      const char *organization, struct arena *arena, struct import *import,
		      struct err *err);

/* The model mail.template, likewise: fields are named as the keys of a template's file. */
bool import_template(const struct conf *conf, const struct record *record, const char *organization,
		     struct arena *arena, struct import *import, struct err *err);

/*
 * Hands the records of a file ("-": standard input) to take, in their order, until it fails; of
 * those of another model only standard error hears. err gets the file and the record's line.
 */
typedef bool import_take(void *context, const struct record *record, struct err *err);
bool import_each(const char *path, const char *model, import_take *take, void *context,
		 struct err *err);

/* Says what an import did that is written now: "organization<TAB>id", and on standard error what
 * else changed and what was left out. */
void import_tell(const struct import *import);

#endif
