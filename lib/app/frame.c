#include "app/frame.h"

#include <stdlib.h>

#include "app/content.h"
#include "app/page.h"
#include "base/mem.h"

struct frames {
	struct frame {
		char key[SHA256_HEX_SIZE];
		char organization[64];
		struct buf text; /* the HTML, and what is beside it */
		size_t n_html;
		int64_t at_ms;
	} all[FRAMES_MOST];
	size_t next; /* the oldest */
	size_t bytes;
};

struct frames *frames_open(void)
{
	return mem_zero(sizeof(struct frames));
}

void frames_close(struct frames *frames)
{
	for (size_t i = 0; frames && i < FRAMES_MOST; i++)
		buf_free(&frames->all[i].text);
	free(frames);
}

static void drop(struct frames *frames, struct frame *frame)
{
	frames->bytes -= frame->text.n;
	buf_free(&frame->text);
	*frame = (struct frame){0};
}

static void make_key(const struct frame_kept *kept, char key[SHA256_HEX_SIZE])
{
	struct buf both = {0};

	buf_addf(&both, "%zu ", kept->html.n);
	buf_add_slice(&both, kept->html);
	buf_add_slice(&both, kept->beside);
	sha256_hex(buf_slice(&both), key);
	buf_free(&both);
}

static struct frame *find(const struct frames *frames, const char *organization, struct slice key)
{
	for (size_t i = 0; i < FRAMES_MOST; i++) {
		const struct frame *frame = &frames->all[i];
		if (*frame->key && slice_is(key, frame->key) &&
		    strcmp(frame->organization, organization) == 0)
			return (struct frame *)frame;
	}
	return NULL;
}

bool frame_keep(struct frames *frames, const char *organization, const struct frame_kept *kept,
		char key[SHA256_HEX_SIZE])
{
	size_t n = kept->html.n + kept->beside.n;
	struct frame *frame;

	if (n > FRAMES_BYTES / 4)
		return false;
	make_key(kept, key);
	if ((frame = find(frames, organization, slice_text(key)))) {
		frame->at_ms = kept->at_ms;
		return true;
	}
	frame = &frames->all[frames->next];
	drop(frames, frame);
	for (size_t i = 1; i < FRAMES_MOST && frames->bytes + n > FRAMES_BYTES; i++)
		drop(frames, &frames->all[(frames->next + i) % FRAMES_MOST]);
	frames->next = (frames->next + 1) % FRAMES_MOST;
	memcpy(frame->key, key, sizeof frame->key);
	strncpy(frame->organization, organization, sizeof frame->organization - 1);
	buf_add_slice(&frame->text, kept->html);
	buf_add_slice(&frame->text, kept->beside);
	frame->n_html = kept->html.n;
	frame->at_ms = kept->at_ms;
	frames->bytes += frame->text.n;
	return true;
}

bool frame_find(const struct frames *frames, const char *organization, struct slice key,
		struct frame_kept *kept)
{
	const struct frame *frame = find(frames, organization, key);

	*kept = (struct frame_kept){0};
	if (!frame)
		return false;
	struct slice text = buf_slice(&frame->text);
	*kept = (struct frame_kept){.html = slice_first(text, frame->n_html),
				    .beside = slice_after(text, frame->n_html),
				    .at_ms = frame->at_ms};
	return true;
}

void frame_show(struct http_request *request)
{
	const struct app *app = request->context;
	struct slice organization;
	struct frame_kept kept;

	if (!page_organization(request, &organization))
		return;
	if (!frame_find(app->frames, arena_slice(&request->arena, organization).p, request->args[1],
			&kept)) {
		page_error(request, 404, "No longer kept", "Render the preview again.");
		return;
	}
	struct buf *out = http_content(request, 200, "text/html; charset=utf-8");
	buf_add_slice(out, kept.html);
	buf_add_char(out, '\n'); /* there is something, even of nothing */
	content_keep_inside(request, "");
}
