/*
 * conf.h: the configuration as the programs see it: checked, merged, read-only.
 *
 *     struct conf *conf = conf_load(options.conf_path, &err);
 *     const struct organization *org = conf_organization(conf, slice_text("acme"));
 *     const struct connector *via = organization_default(org);
 *     conf_free(conf);
 *
 * Everything reached from a struct conf belongs to it and is freed with it. mailq.yaml(5) is the
 * manual of the files; the tables in lib/conf/tables.h name every key.
 *
 * A loop that runs for long asks conf_changed now and then, loads anew, and keeps the old
 * configuration where the new one is wrong.
 *
 * Errors are EX_CONFIG and begin with the file and line: "mailq.yaml:4: unknown key 'colour'".
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

struct yaml;

/* What an organization may set for itself; merged: organization, environment, mailq.yaml, default.
 * A message's own fields go before all of them and are not in here. */
struct settings {
	unsigned queue_batch_size; /* messages of one claim */
	unsigned max_attempts;
	unsigned retry_backoff_seconds; /* at least 1, never more than the next */
	unsigned retry_backoff_max_seconds;
	unsigned fallback_after; /* refusals by one connector until its fallback is taken */
	unsigned max_lateness_seconds;
	unsigned max_recipients;
	int64_t max_message_bytes;
};

struct text_list {
	const char *const *text;
	size_t count;
};

/* One key of a connector's `config`. What it means is known to the connector's kind alone. */
struct connector_key {
	const char *key;
	const char *value;     /* as written, secrets unresolved; NULL when a list was written */
	struct text_list list; /* the list; of a single value, that value */
	unsigned line;         /* in the connector's file */
};

enum on_uncertain {
	UNCERTAIN_RETRY,
	UNCERTAIN_HOLD,
};

/* Which text a file has: another text, another revision. */
#define CONF_REVISION_SIZE 17

struct connector {
	const char *id;
	const char *name; /* for people; the id when none is given */
	const char *kind; /* mailq-send-KIND */
	bool is_default;
	const char *fallback; /* id of a connector of the same organization, or NULL */
	unsigned max_connections;
	double rate; /* messages a second; 0: no limit */
	enum on_uncertain on_uncertain;
	unsigned timeout_seconds;
	unsigned pause_seconds;             /* the first, of a server that cannot be reached */
	const struct connector_key *config; /* in the order of the file */
	size_t config_count;
	const char *file;
	bool managed;                      /* the app may write the file */
	char revision[CONF_REVISION_SIZE]; /* of the file's text */
	const struct yaml *yaml;           /* the file as it was read, for messages with a line */
};

/* Which connector a message takes. Every condition that is set must hold; a list holds when one of
 * its texts does. Organizations keep their rules in order; the first that holds is taken. */
struct rule {
	const char *name;                   /* for people, or NULL */
	struct text_list recipient_domains; /* "acme.example", "*.acme.example"; all recipients */
	struct text_list tags;
	struct text_list templates;
	int min_priority, max_priority;
	int64_t min_bytes, max_bytes; /* of the rendered message */
	const char *connector;        /* its id; it exists */
	unsigned line;                /* in organization.yaml */
};

/* Keeps a staging system's mail at home. Nothing is set: nothing is guarded. */
struct guard {
	struct text_list deliver_only_to; /* addresses or patterns like *@acme.example */
	const char *redirect_to;          /* everything goes to this address instead; or NULL */
};

struct organization {
	const char *id;           /* its directory's name */
	const char *name;         /* for people; the id when none is given */
	struct text_list domains; /* A-labels in lower case */
	const char *from_email;   /* else `from` of its default connector; or NULL */
	const char *failures_to;  /* or NULL */
	const char *locale;       /* "fr-CA": of messages that name none; or NULL */
	struct settings settings;
	const struct connector *connectors; /* sorted by id */
	size_t connector_count;
	const struct rule *rules; /* in the order of the file */
	size_t rule_count;
	struct guard guard;
	const char *directory; /* organizations/<id> */
	const char *file;      /* organizations/<id>/organization.yaml */
	bool managed;
	const struct yaml *yaml;
};

/* How many processes a stage gets: render, route, or a kind. */
struct workers {
	const char *stage;
	unsigned count;
};

/* Who may submit for whom: a user's name, or a group's behind '%'. Root may for all. */
struct submitter {
	const char *who;
	struct text_list organizations; /* they exist */
};

/* Whose mail it is, by the sender's domain. */
struct conf_domain {
	const char *domain; /* A-labels in lower case */
	const struct organization *organization;
};

/* What mailq-smtpd listens on. Without any of the three it is not started. */
struct smtpd {
	struct text_list listen;     /* ADDRESS:PORT */
	struct text_list listen_tls; /* the same, TLS from the first byte */
	const char *socket;          /* or NULL */
	const char *certificate;     /* PEM file; or NULL: no TLS */
	const char *key;             /* or NULL: in the certificate's file */
	bool trust_loopback;         /* on an address of loopback nobody has to log in */
	unsigned max_sessions;
};

/* What mailq-httpd listens on. Without one of the first two it is not started. */
struct httpd {
	struct text_list listen; /* ADDRESS:PORT */
	const char *socket;      /* or NULL */
	const char *certificate; /* PEM file; or NULL: no TLS, and loopback alone */
	const char *key;         /* or NULL: in the certificate's file */
	unsigned rate;           /* requests a second of each token; 0: as many as it likes */
};

/* The app that mailq-httpd serves. */
struct conf_app {
	const char *prefix;               /* "/mail": what a proxy takes off its paths; or NULL */
	struct text_list frame_ancestors; /* who may show it in a frame, as in a CSP */
};

struct conf {
	const char *file; /* mailq.yaml itself */
	const char *spool;
	const char *organizations_directory;
	const char *default_organization; /* or NULL; it exists */
	int64_t min_free_bytes;
	const char *tokens;           /* file */
	const char *secrets;          /* directory */
	const char *environment_file; /* or NULL */
	bool mask_addresses;          /* in the log */
	struct smtpd smtpd;
	struct httpd httpd;
	struct conf_app app;
	struct settings settings; /* without any organization's */
	const struct workers *workers;
	size_t workers_count;
	const struct submitter *submitters;
	size_t submitter_count;
	const struct organization *organizations; /* sorted by id */
	size_t organization_count;
	const struct conf_domain *domains; /* of all organizations, sorted */
	size_t domain_count;
	struct conf_sources *sources; /* private: the memory, and what it was read from */
};

/*
 * Reads mailq.yaml and every organization. path: the -C option or NULL: then $MAILQ_CONF, then
 * /etc/mailq/mailq.yaml. In a set-gid program (AT_SECURITY) path and environment are ignored.
 * No secret is resolved. NULL and err when anything is wrong.
 */
struct conf *conf_load(const char *path, struct err *err);

/* mailq.yaml alone: for programs of users who may not read what organizations keep secret. There
 * are no organizations, and their names in mailq.yaml are not looked up. */
struct conf *conf_load_without_organizations(const char *path, struct err *err);

void conf_free(struct conf *conf);

/* True when a file or directory that it was read from is no longer the same. A few stat(2). */
bool conf_changed(const struct conf *conf);

/* NULL when there is none of that id. */
const struct organization *conf_organization(const struct conf *conf, struct slice id);

/* The one that has the domain, or NULL. */
const struct organization *conf_organization_of_domain(const struct conf *conf,
						       struct slice domain);

/*
 * The organization of a submission: the one given, else the one that has the sender's domain, else
 * the default or the only one. Empty slices for what is not known. NULL and err: EX_DATAERR when
 * the one given does not exist, EX_CONFIG when nothing decides.
 */
const struct organization *conf_choose_organization(const struct conf *conf, struct slice given,
						    struct slice sender_domain, struct err *err);

/* The same for a command, which knows no sender: -o's, or NULL. */
const struct organization *conf_given_organization(const struct conf *conf, const char *given,
						   struct err *err);

/* Processes of a stage; 1 when the configuration does not say. */
unsigned conf_workers(const struct conf *conf, const char *stage);

#define CONNECTOR_BYTES 1048576 /* of a definition, at most */

/*
 * A connector that is in no file yet: a form that is to be tried, before it is saved. text: what
 * the file would hold; JSON is YAML too. file: what errors call it, borrowed. Its id is the one
 * that the text gives, else "new". Its fallback is not looked up.
 */
bool connector_parse(struct slice text, const char *file, struct arena *arena,
		     struct connector *connector, struct err *err);

/* NULL when there is none. */
const struct connector *organization_connector(const struct organization *org, struct slice id);
const struct connector *organization_default(const struct organization *org);

/* A key of config, or NULL. */
const struct connector_key *connector_config(const struct connector *connector, const char *key);

/* A config key's value, or NULL when it is absent or a list; its list, empty when it is absent. */
const char *connector_value(const struct connector *connector, const char *key);
struct text_list connector_list(const struct connector *connector, const char *key);

#endif
