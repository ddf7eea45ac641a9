#include "app/frame.h"

#include <stdlib.h>

#include "app/content.h"
#include "app/page.h"
#include "base/mem.h"

struct frames {
	struct frame {
		char key[SHA256_HEX_SIZE];
		char organization[64];
		struct buf html;
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
		buf_free(&frames->all[i].html);
	free(frames);
}

static void drop(struct frames *frames, struct frame *frame)
{
	frames->bytes -= frame->html.n;
	buf_free(&frame->html);
	*frame = (struct frame){0};
}

bool frame_keep(struct frames *frames, const char *organization, struct slice html,
		char key[SHA256_HEX_SIZE])
{
	if (html.n > FRAMES_BYTES / 4)
		return false;
	sha256_hex(html, key);
	if (frame_find(frames, organization, slice_text(key)).p)
		return true;
	struct frame *frame = &frames->all[frames->next];
	drop(frames, frame);
	for (size_t i = 1; i < FRAMES_MOST && frames->bytes + html.n > FRAMES_BYTES; i++)
		drop(frames, &frames->all[(frames->next + i) % FRAMES_MOST]);
	frames->next = (frames->next + 1) % FRAMES_MOST;
	memcpy(frame->key, key, sizeof frame->key);
	strncpy(frame->organization, organization, sizeof frame->organization - 1);
	buf_add_slice(&frame->html, html);
	buf_add_char(&frame->html, '\n'); /* there is something, even of nothing */
	frames->bytes += frame->html.n;
	return true;
}

struct slice frame_find(const struct frames *frames, const char *organization, struct slice key)
{
	for (size_t i = 0; i < FRAMES_MOST; i++) {
		const struct frame *frame = &frames->all[i];
		if (*frame->key && slice_is(key, frame->key) &&
		    strcmp(frame->organization, organization) == 0)
			return buf_slice(&frame->html);
	}
	return (struct slice){0};
}

void frame_show(struct http_request *request)
{
	const struct app *app = request->context;
	struct slice organization;

	if (!page_organization(request, &organization))
		return;
	struct slice html = frame_find(app->frames, arena_slice(&request->arena, organization).p,
				       request->args[1]);
	if (!html.p) {
		page_error(request, 404, "No longer kept", "Render the preview again.");
		return;
	}
	struct buf *out = http_content(request, 200, "text/html; charset=utf-8");
	buf_add_slice(out, html);
	content_keep_inside(request, "");
}
