/*
 * seen.h: when each token was last used here, since the program began: in memory. Pure: the caller
 * brings the time. Private to lib/app.
 *
 * Of too many tokens the one that was used longest ago is forgotten.
 */
#ifndef APP_SEEN_H
#define APP_SEEN_H

#include <stdint.h>

#define SEEN_MOST 256

struct seen {
	struct seen_token {
		char id[80]; /* "": not in use */
		int64_t at_ms;
	} tokens[SEEN_MOST];
};

void seen_note(struct seen *seen, const char *id, int64_t now_ms);

/* 0: not since the program began, or it is forgotten. */
int64_t seen_last(const struct seen *seen, const char *id);

#endif
