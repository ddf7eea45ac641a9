#include "app/seen.h"

#include <stdio.h>
#include <string.h>

void seen_note(struct seen *seen, const char *id, int64_t now_ms)
{
	struct seen_token *oldest = &seen->tokens[0];

	for (size_t i = 0; i < SEEN_MOST; i++) {
		struct seen_token *token = &seen->tokens[i];
		if (strcmp(token->id, id) == 0) {
			token->at_ms = now_ms;
			return;
		}
		if (token->at_ms < oldest->at_ms)
			oldest = token;
	}
	snprintf(oldest->id, sizeof oldest->id, "%s", id);
	oldest->at_ms = now_ms;
}

int64_t seen_last(const struct seen *seen, const char *id)
{
	for (size_t i = 0; i < SEEN_MOST; i++)
		if (strcmp(seen->tokens[i].id, id) == 0)
			return seen->tokens[i].at_ms;
	return 0;
}
