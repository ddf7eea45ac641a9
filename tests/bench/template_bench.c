/*
 * template_bench: how many renders of one template a second.
 *
 *     template_bench TEMPLATE CONTEXT SECONDS
 *
 * Prints the bytes of one render, renders per second of processor time, and how often in that time
 * the text of the context can be escaped and the output be copied: the least that any engine does.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "template/run.h"
#include "template/template.h"

struct bench {
	struct template *t;
	struct json *context;
	struct buf out, copy;
};

static void render(struct bench *b)
{
	struct template_error error = {0};

	buf_clear(&b->out);
	if (!template_render(b->t, b->context, &b->out, &error))
		errx(error.err.code, "%s", error.err.text);
}

static void escape_texts(struct run *run, const struct json *value)
{
	if (value->type == JSON_STRING)
		put_escaped(run, value->text);
	for (const struct json *child = value->first; child; child = child->next)
		escape_texts(run, child);
}

static void escape_and_copy(struct bench *b)
{
	struct run run = {.out = &b->copy, .out_most = SIZE_MAX, .limits = {.output = SIZE_MAX}};

	buf_clear(&b->copy);
	escape_texts(&run, b->context);
	buf_add_slice(&b->copy, buf_slice(&b->out));
}

static double per_second(struct bench *b, void (*f)(struct bench *b), double seconds)
{
	clock_t start = clock(), spent;
	uint64_t n = 0;

	do {
		for (int i = 0; i < 1000; i++)
			f(b);
		n += 1000;
		spent = clock() - start;
	} while ((double)spent < seconds * CLOCKS_PER_SEC);
	return (double)n * CLOCKS_PER_SEC / (double)spent;
}

static void read_file(const char *path, struct buf *buf)
{
	struct err err = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !io_read_all(fd, buf, 1 << 20, path, &err))
		errx(66, "%s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	struct template_options options = {.autoescape = true};
	struct template_env *env = template_env_open(&options, NULL);
	struct template_error error = {0};
	struct buf source = {0}, json = {0};
	struct arena arena = {0};
	struct bench b = {0};

	if (argc != 4)
		errx(64, "usage: template_bench template context seconds");
	read_file(argv[1], &source);
	read_file(argv[2], &json);
	b.context = json_parse(buf_slice(&json), &arena, &error.err);
	b.t = template_compile(env, argv[1], buf_slice(&source), &error);
	if (!b.context || !b.t)
		errx(65, "%s", error.err.text);

	double seconds = atof(argv[3]), renders = per_second(&b, render, seconds);
	printf("%zu %.0f %.0f\n", b.out.n, renders, per_second(&b, escape_and_copy, seconds / 4));

	template_free(b.t);
	template_env_close(env);
	arena_free(&arena);
	buf_free(&source);
	buf_free(&json);
	buf_free(&b.out);
	buf_free(&b.copy);
	return 0;
}
