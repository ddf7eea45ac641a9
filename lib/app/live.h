/*
 * live.h: tells open pages that what they show may have changed (server-sent events). A page then
 * asks for its own address again, and takes over what is different: one rendering only.
 *
 *     id: 1764000000000123
 *     event: changed
 *     data: {}
 *
 * The id is the last change that the index has kept. However much happens, a page hears of it at
 * most once in LIVE_GATHER_MS; and though nothing happens, once in LIVE_AGAIN_MS, since what it
 * says of rates and of how long ago something was grows old. While nobody follows, nothing is
 * looked at. Private to lib/app.
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include "http/request.h"

#define LIVE_LOOK_MS 150   /* how often is looked whether there is something new */
#define LIVE_GATHER_MS 750 /* between two events of one page: a row follows within a second */
#define LIVE_AGAIN_MS 30000

struct app;
struct live;

struct live *live_open(struct app *app);
void live_close(struct live *live); /* after the streams; NULL does nothing */

void live_follow(struct http_request *request); /* GET /email/{}/live */

#endif
