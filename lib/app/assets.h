/*
 * assets.h: the app's own files, carried in the program: templates of html/, the stylesheet, the
 * script. Private to lib/app.
 */
#ifndef APP_ASSETS_H
#define APP_ASSETS_H

#include "base/slice.h"

struct asset {
	const char *name; /* "base.html"; NULL ends the table */
	const char *begin, *end;
};

extern const struct asset assets[]; /* assets.S */

/* p == NULL: there is none of that name. */
struct slice asset_find(struct slice name);

#endif
