/*
 * frame.h: HTML that a draft was rendered to, kept for the frame that shows it: the frame has an
 * address of its own, so that the page's policy does not hold for it, nor its own for the page.
 * Private to lib/app.
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

/* Its key; the same HTML of the same organization has the same. False: it is too large. */
bool frame_keep(struct frames *frames, const char *organization, struct slice html,
		char key[SHA256_HEX_SIZE]);

/* p == NULL: it is not kept, or belongs to another organization. Good until the next is kept. */
struct slice frame_find(const struct frames *frames, const char *organization, struct slice key);

/* GET of one: /email/{organization}/frames/{key}. */
void frame_show(struct http_request *request);

#endif
