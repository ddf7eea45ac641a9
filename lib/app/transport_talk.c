#include "app/transport_talk.h"

#include "app/words.h"
#include "base/clock.h"

/* --- a line, an end --- */

static const struct end {
	int code;
	const char *class, *word, *hint;
} ends[] = {
	{0, "sent", "Taken", ""},
	{EX_TEMPFAIL, "deferred", "Not now", ""},
	{EX_DATAERR, "failed", "Refused for good", ""},
	{EX_UNAVAILABLE, "failed", "It cannot be reached",
	 "Most often the host or the port is another, or a firewall stands between."},
	{EX_NOPERM, "failed", "Not allowed",
	 "Most often the password was changed at the server. Replace it, test, save; waiting mail "
	 "leaves by itself."},
	{EX_CONFIG, "failed", "The connector is wrong", ""},
	{-1, "failed", "Not now", ""},
};

static const struct end *end_of(int code)
{
	const struct end *end = ends;

	while (end->code >= 0 && end->code != code)
		end++;
	return end;
}

struct line {
	char who; /* '<' them, '>' us, '*' neither */
	bool no;  /* they refuse */
	struct slice text;
};

/* "< 250 mail.example" */
static struct line read_line(struct slice said)
{
	bool marked = said.n > 1 && said.p[1] == ' ';
	struct line line = {
		.who = marked ? said.p[0] : '*',
		.text = marked ? slice_after(said, 2) : said,
	};

	line.no =
		line.who == '<' && line.text.n && (line.text.p[0] == '4' || line.text.p[0] == '5');
	if (slice_starts(line.text, "mailq-send-")) /* the last word, with the program's name */
		line.text = slice_after(line.text, slice_find(line.text, ':') + 2);
	return line;
}

/* The program's last word, where they have said the same. */
static bool is_repeated(const struct trial_talk *talk, size_t i)
{
	return i > 0 && slice_starts(talk->lines[i].text, "mailq-send-") &&
	       slice_equal(read_line(talk->lines[i].text).text,
			   read_line(talk->lines[i - 1].text).text);
}

static void put_line(struct json_out *out, const struct trial_line *said, struct arena *arena)
{
	struct line line = read_line(said->text);

	json_open(out, NULL, '{');
	json_put_text(out, "who", line.who == '<' ? "them" : line.who == '>' ? "us" : "");
	json_put_bool(out, "no", line.no);
	json_put_text(out, "at", words_duration(said->at_ms, arena));
	json_put_slice(out, "text", line.text);
	json_close(out, '}');
}

/* Where it was they who refused, and not we. */
static const char *hint_of(const struct trial_talk *talk)
{
	const struct end *end = end_of(talk->code);
	bool said = talk->code != EX_NOPERM;

	for (size_t i = 0; i < talk->n; i++)
		said = said || read_line(talk->lines[i].text).no;
	return said ? end->hint : "";
}

static const char *word_of(const struct trial_talk *talk)
{
	if (!talk->ended)
		return "Under way";
	return talk->signs_in && talk->code == 0 ? "Ready to send" : end_of(talk->code)->word;
}

static void put_verdict(struct json_out *out, const struct trial_talk *talk, struct arena *arena)
{
	const struct end *end = end_of(talk->code);
	int64_t now_ms = clock_now_ms();

	json_put_bool(out, "ended", talk->ended);
	json_put_text(out, "class", talk->ended ? end->class : "sending");
	json_put_text(out, "word", word_of(talk));
	json_put_text(out, "took", words_duration(talk->took_ms, arena));
	json_put_text(out, "hint", talk->ended ? hint_of(talk) : "");
	words_put_time(out, "time", now_ms, now_ms, arena);
}

/* --- for the page --- */

void transport_talk_put(struct page *page, const struct trial_talk *talk)
{
	struct json_out *out = &page->out;

	json_open(out, "test", '{');
	put_verdict(out, talk, page->arena);
	json_open(out, "lines", '[');
	for (size_t i = 0; i < talk->n; i++)
		if (!is_repeated(talk, i))
			put_line(out, &talk->lines[i], page->arena);
	json_close(out, ']');
	json_close(out, '}');
}

/* --- as it happens --- */

void transport_talk_tell(struct http_request *request, const struct trial_talk *talk,
			 struct buf *data)
{
	bool line = talk->told < talk->n;
	struct buf values = {0};
	struct json_out out = {.buf = &values};

	if (line && is_repeated(talk, talk->told))
		return;
	json_open(&out, NULL, '{');
	json_put_text(&out, "piece", line ? "line" : talk->ended ? "end" : "begin");
	json_open(&out, "test", '{');
	put_verdict(&out, talk, &request->arena);
	json_open(&out, "lines", '[');
	if (line)
		put_line(&out, &talk->lines[talk->told], &request->arena);
	json_close(&out, ']');
	json_close(&out, '}');
	page_render_piece(request, "talk.html", &values, data);
}
