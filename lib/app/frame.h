/*
 * frame.h: what a template was rendered to, kept for the frame that shows the HTML: the frame has
 * an address of its own, so that the page's policy does not hold for it, nor its own for the page.
 * And for the page, which shows it again as long as what is typed cannot be rendered. Private to
 * lib/app.
 *
 * In memory, FRAMES_BYTES of it at most: the oldest go first, and whoever looks at one that is gone
 * is told to render it again.
 */
#ifndef APP_FRAME_H
#define APP_FRAME_H

#include "base/sha256.h"
#include "http/request.h"

#define FRAMES_MOST 64
#define FRAMES_BYTES 16777216

struct frames;

struct frames *frames_open(void);
void frames_close(struct frames *frames);

/* What one holds: the HTML, empty where there was none, and what a page wants to show beside it
 * again. */
struct frame_kept {
	struct slice html, beside;
	int64_t at_ms;
};

/* Its key; the same of the same organization has the same. False: it is too large. */
bool frame_keep(struct frames *frames, const char *organization, const struct frame_kept *kept,
		char key[SHA256_HEX_SIZE]);

/* False: it is not kept, or belongs to another organization. Good until the next is kept. */
bool frame_find(const struct frames *frames, const char *organization, struct slice key,
		struct frame_kept *kept);

/* GET of one: /email/{organization}/frames/{key}. */
void frame_show(struct http_request *request);

#endif
