/*
 * page_import.h: templates and connectors that are imported, from XML records. Private to lib/app.
 *
 * Each record is taken as if it were typed in its editor: nothing of this machine is named, nothing
 * unsound comes in, and only what is managed is replaced. Those before one that is refused stand.
 */
#ifndef APP_PAGE_IMPORT_H
#define APP_PAGE_IMPORT_H

#include "app/page.h"

/* GET of the forms, /email/{organization}/import-templates and .../import-transports; the route's
 * data says which. */
void import_show(struct http_request *request);

/* POST of them: page_changes. */
void import_templates(struct http_request *request);
void import_transports(struct http_request *request);

/* POST /templates/import, POST /connectors/import: the body is the XML. */
void import_post_templates(struct http_request *request);
void import_post_connectors(struct http_request *request);

#endif
