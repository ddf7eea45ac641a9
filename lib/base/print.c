#include "base/print.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"

#define USUAL_COLUMNS 80

struct print print_open(FILE *out)
{
	struct print print = {.out = out};
	const char *no_colour = getenv("NO_COLOR");
	struct winsize size = {0};

	if (!isatty(fileno(out)))
		return print;
	print.colours = !no_colour || !*no_colour;
	print.columns = USUAL_COLUMNS;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		print.columns = size.ws_col;
	return print;
}

/* Controls, and what overrides the direction of writing. */
static bool is_harmful(uint32_t point)
{
	return utf8_is_control(point) || (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == UTF8_BAD;
}

size_t print_width(struct slice text)
{
	size_t width = 0;

	for (size_t n; text.n; text = slice_after(text, n), width++)
		utf8_decode(text, &n);
	return width;
}

static void put_points(struct print *print, struct slice text, size_t count)
{
	for (size_t n; count > 0; text = slice_after(text, n), count--) {
		if (is_harmful(utf8_decode(text, &n)))
			putc('?', print->out);
		else
			fwrite(text.p, 1, n, print->out);
	}
}

size_t print_text(struct print *print, struct slice text, size_t most)
{
	static const char cut[] = "...";
	size_t width = print_width(text);

	if (width <= most) {
		put_points(print, text, width);
		return width;
	}
	put_points(print, text, most > 3 ? most - 3 : 0);
	fprintf(print->out, "%.*s", (int)(most > 3 ? 3 : most), cut);
	return most;
}

/* The bytes of the longest start that fits and ends before a space, behind whatever spaces it
 * begins with; else the first word. All of it: it fits. */
static size_t first_line(struct slice text, size_t room)
{
	size_t columns = 0, last = 0;
	bool in_words = false;

	for (size_t at = 0, n; at < text.n; at += n, columns++) {
		bool is_space = text.p[at] == ' ';
		if (is_space && in_words && (columns <= room || !last))
			last = at;
		if (columns >= room && last)
			return last;
		in_words |= !is_space;
		utf8_decode(slice_after(text, at), &n);
	}
	return text.n;
}

void print_wrapped(struct print *print, struct slice text, size_t at, size_t indent)
{
	for (;;) {
		size_t n = print->columns > at ? first_line(text, print->columns - at) : text.n;
		struct slice line = slice_first(text, n);
		text = slice_after(text, n);
		while (text.n && line.n && line.p[line.n - 1] == ' ')
			line.n--;
		print_text(print, line, SIZE_MAX);
		while (text.n && *text.p == ' ')
			text = slice_after(text, 1);
		if (!text.n)
			return;
		fprintf(print->out, "\n%*s", (int)indent, "");
		at = indent;
	}
}

void print_cell(struct print *print, struct slice text, size_t width)
{
	size_t used = print_text(print, text, width);

	fprintf(print->out, "%*s", (int)(width - used + PRINT_GAP), "");
}

void print_colour(struct print *print, enum print_colour colour)
{
	static const char *const codes[] = {"0", "1", "32", "33", "31"};

	if (print->colours)
		fprintf(print->out, "\033[%sm", codes[colour]);
}

bool print_close(struct print *print, struct err *err)
{
	if (fflush(print->out) == EOF || ferror(print->out))
		return err_sys(err, EX_IOERR, "standard output");
	return true;
}
