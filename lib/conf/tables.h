/*
 * tables.h: every key of every file, for those who hold the tables against mailq.yaml(5), and the
 * readers of the files, for conf_load. Private to this room and its tests.
 */
#ifndef CONF_TABLES_H
#define CONF_TABLES_H

#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/source.h"

extern const struct key mailq_keys[];        /* mailq.yaml: struct conf */
extern const struct key httpd_keys[];        /* mailq.yaml, httpd: struct httpd */
extern const struct key smtpd_keys[];        /* mailq.yaml, smtpd: struct smtpd */
extern const struct key app_keys[];          /* mailq.yaml, app: struct conf_app */
extern const struct key settings_keys[];     /* mailq.yaml, organization.yaml: struct settings */
extern const struct key organization_keys[]; /* organization.yaml: struct organization */
extern const struct key guard_keys[];        /* organization.yaml, guard: struct guard */
extern const struct key rule_keys[];         /* organization.yaml, rules: struct rule */
extern const struct key connector_keys[];    /* connectors/<id>.yaml: struct connector */

/* templates/<id>.yaml: struct template_file and what it holds */
extern const struct key template_keys[];
extern const struct key template_text_keys[];
extern const struct key attachment_keys[];
extern const struct key variable_keys[];

/* Brings settings that were read one by one within one another's bounds. */
void settings_settle(struct settings *settings);

/* Reads organizations/<id> with all in it. False without err->code: the directory is none (yet). */
bool organization_load(struct conf_sources *sources, const char *directory, const char *id,
		       const struct settings *inherited, struct organization *org, struct err *err);

/* Reads one connector's file; id is the file's name without ".yaml". */
bool connector_load(struct conf_sources *sources, const char *file, const char *id,
		    struct connector *connector, struct err *err);

/* The same from text that need not be in a file yet. */
bool connector_read(const struct yaml *root, const char *id, struct arena *arena,
		    struct connector *connector, struct err *err);

#endif
