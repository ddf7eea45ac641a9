#include "queue/health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "queue/pause.h"
#include "queue/run_file.h"

#define DIRECTORY ".run/connector"
#define BYTES_MOST 4096

static void file_name(char name[], size_t size, const char *org, const char *connector)
{
	snprintf(name, size, DIRECTORY "/%s.%s", org, connector);
}

static int64_t get_time(const struct json *object, const char *key)
{
	int64_t ms = 0;

	clock_parse(json_get_text(object, key), &ms);
	return ms;
}

void health_read_found(const struct queue *queue, const char *org, const char *connector,
		       struct health *health)
{
	char name[2 * PLACE_NAME_SIZE + 32];
	struct buf text = {0};
	struct arena arena = {0};
	struct err ignored = {0};

	*health = (struct health){0};
	file_name(name, sizeof name, org, connector);
	if (run_file_read(queue, name, &text, BYTES_MOST, &ignored)) {
		const struct json *object = json_parse(buf_slice(&text), &arena, &ignored);
		struct slice why = json_get_text(object, "why");
		health->breaker.why = breaker_why_from_name(why.p, why.n);
		health->breaker.failures = (unsigned)json_get_int(object, "failures", 0);
		health->breaker.until_ms = get_time(object, "until");
		/* written before the clock was set back */
		if (health->breaker.until_ms > clock_now_ms() + BREAKER_LONGEST_MS)
			health->breaker.until_ms = 0;
		health->since_ms = get_time(object, "since");
		snprintf(health->text, sizeof health->text, "%.*s",
			 SLICE_ARGS(json_get_text(object, "text")));
	}
	arena_free(&arena);
	buf_free(&text);
}

void health_read(const struct queue *queue, const char *org, const char *connector,
		 struct health *health)
{
	struct pause pause;

	if (!pause_read(queue, org, connector, &pause)) {
		health_read_found(queue, org, connector, health);
		return;
	}
	*health = (struct health){.since_ms = pause.since_ms};
	breaker_stop(&health->breaker);
	memcpy(health->text, pause.text, sizeof health->text);
}

static int64_t change_ns(const struct queue *queue, const char *directory)
{
	struct stat st;

	if (fstatat(spool_fd(queue->spool), directory, &st, 0) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

int64_t health_stamp(const struct queue *queue)
{
	int64_t found = change_ns(queue, DIRECTORY), by_hand = change_ns(queue, QUEUE_PAUSES);

	return found > by_hand ? found : by_hand;
}

static void put_time(struct json_out *out, const char *key, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(ms, text);
	json_put_text(out, key, text);
}

static void write_json(const struct health *health, struct buf *text)
{
	struct json_out out = {.buf = text};

	json_open(&out, NULL, '{');
	json_put_text(&out, "why", breaker_why_name(health->breaker.why));
	json_put_int(&out, "failures", health->breaker.failures);
	put_time(&out, "until", health->breaker.until_ms);
	put_time(&out, "since", health->since_ms);
	json_put_text(&out, "text", health->text);
	json_close(&out, '}');
	buf_add_char(text, '\n');
}

void health_write(struct queue *queue, const char *org, const char *connector,
		  const struct health *health)
{
	char name[2 * PLACE_NAME_SIZE + 32];
	struct buf text = {0};
	struct err err = {0};

	file_name(name, sizeof name, org, connector);
	if (!health->breaker.failures) {
		unlinkat(spool_fd(queue->spool), name, 0);
		return;
	}
	write_json(health, &text);
	if (mkdirat(spool_fd(queue->spool), DIRECTORY, 0700) < 0 && errno != EEXIST)
		io_err(&err, "mkdir " DIRECTORY);
	else
		run_file_write(queue, name, buf_slice(&text), &err);
	if (err.code)
		queue_log_failure(queue, "health", NULL, &err);
	buf_free(&text);
}
