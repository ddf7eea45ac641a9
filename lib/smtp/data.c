#include "smtp/data.h"

/* How much of s belongs to the message as it is: up to a dot that starts a line, or a CR or LF that
 * stands alone, with which *bare is set. */
static size_t measure(enum smtp_data_state *state, struct slice s, bool stop_at_dot, bool *bare)
{
	size_t at = 0;

	while (at < s.n) {
		if (*state == SMTP_DATA_AT_CR) {
			if (s.p[at] != '\n')
				break;
			at++;
			*state = SMTP_DATA_AT_START;
			continue;
		}
		if (*state == SMTP_DATA_AT_START && stop_at_dot && s.p[at] == '.')
			return at;
		struct slice rest = slice_after(s, at);
		size_t cr = slice_find(rest, '\r');
		size_t lf = slice_find(slice_first(rest, cr), '\n');
		if (lf < cr) {
			at += lf;
			break;
		}
		*state = cr < rest.n ? SMTP_DATA_AT_CR : SMTP_DATA_IN_LINE;
		at += cr < rest.n ? cr + 1 : rest.n;
	}
	*bare = at < s.n;
	return at;
}

enum smtp_data_read smtp_data_read(struct smtp_data *data, struct slice *input, struct slice *chunk)
{
	bool bare = false;

	if (input->n && data->state == SMTP_DATA_AT_START && *input->p == '.') {
		*input = slice_after(*input, 1);
		data->state = SMTP_DATA_AT_DOT;
	}
	if (input->n && data->state == SMTP_DATA_AT_DOT) {
		data->state = *input->p == '\r' ? SMTP_DATA_AT_END : SMTP_DATA_IN_LINE;
		if (data->state == SMTP_DATA_AT_END)
			*input = slice_after(*input, 1);
	}
	if (input->n && data->state == SMTP_DATA_AT_END) {
		if (*input->p != '\n')
			return SMTP_DATA_BARE;
		*input = slice_after(*input, 1);
		return SMTP_DATA_END;
	}
	if (input->n == 0)
		return SMTP_DATA_MORE;
	*chunk = slice_first(*input, measure(&data->state, *input, true, &bare));
	*input = slice_after(*input, chunk->n);
	return bare ? SMTP_DATA_BARE : SMTP_DATA_CHUNK;
}

bool smtp_data_check(struct smtp_data *data, struct slice bytes)
{
	bool bare = false;

	measure(&data->state, bytes, false, &bare);
	return !bare;
}
