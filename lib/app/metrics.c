#include "app/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "app/app.h"
#include "base/clock.h"
#include "index/meter.h"
#include "queue/health.h"
#include "queue/look.h"

/* --- the format --- */

static void put_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

struct label {
	const char *name; /* NULL ends a list of them */
	struct slice value;
};

static void put_label(struct buf *out, const struct label *label)
{
	buf_addf(out, "%s=\"", label->name);
	for (size_t i = 0; i < label->value.n; i++) {
		char c = label->value.p[i];
		if (c == '\n')
			buf_add_text(out, "\\n");
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else
			buf_add_char(out, c);
	}
	buf_add_char(out, '"');
}

static void put_name(struct buf *out, const char *name, const struct label *labels)
{
	buf_add_text(out, name);
	for (const struct label *label = labels; label->name; label++) {
		buf_add_char(out, label == labels ? '{' : ',');
		put_label(out, label);
	}
	buf_add_text(out, labels->name ? "} " : " ");
}

static void put_count(struct buf *out, const char *name, const struct label *labels, uint64_t value)
{
	put_name(out, name, labels);
	buf_addf(out, "%" PRIu64 "\n", value);
}

static void put_seconds(struct buf *out, const char *name, const struct label *labels, int64_t ms)
{
	put_name(out, name, labels);
	buf_addf(out, "%" PRId64 ".%03" PRId64 "\n", ms / 1000, ms % 1000);
}

/* --- what the index has counted --- */

/* clang-format off */
static const struct series {
	const char *name, *type, *help;
	const char *connector_label, *status_label, *code_label; /* NULL: there is none */
} series[] = {
	[METER_MESSAGES] = {"mailq_messages_total", "counter",
		"Messages that came to a final status.", "transport", "status", NULL},
	[METER_ATTEMPTS] = {"mailq_attempts_total", "counter",
		"Delivery attempts, by where each led, and what the remote said where it did not take all.",
		"transport", "outcome", "code"},
	[METER_ACCEPTED] = {"mailq_accepted_total", "counter",
		"Messages accepted.", NULL, NULL, NULL},
	[METER_WAITING] = {"mailq_time_in_queue_seconds", "histogram",
		"From acceptance, or when it was due, to the first attempt.", NULL, NULL, NULL},
	[METER_DELIVERY] = {"mailq_delivery_duration_seconds", "histogram",
		"From acceptance, or when it was due, to sent.", NULL, NULL, NULL},
	[METER_LAPSED] = {"mailq_leases_expired_total", "counter",
		"Messages taken over from a stage that had claimed them and was not done in time.",
		"stage", NULL, NULL},
	[METER_THROTTLED] = {"mailq_throttled_total", "counter",
		"Answers that asked to slow down, for which no attempt counts.", "transport", NULL, NULL},
};
/* clang-format on */

static void put_histogram(struct buf *out, const char *name, const struct index_meter *meter)
{
	struct label labels[3] = {{"org", meter->organization}, {"le", {0}}};
	char bucket[64], bound[32];
	uint64_t sum = 0;

	snprintf(bucket, sizeof bucket, "%s_bucket", name);
	for (int i = 0; i <= METER_BOUNDS; i++) {
		sum += meter->number[i];
		snprintf(bound, sizeof bound, "%g",
			 i < METER_BOUNDS ? (double)meter_bounds_ms[i] / 1000 : 0);
		labels[1].value = slice_text(i < METER_BOUNDS ? bound : "+Inf");
		put_count(out, bucket, labels, sum);
	}
	labels[1] = (struct label){0};
	snprintf(bucket, sizeof bucket, "%s_sum", name);
	put_seconds(out, bucket, labels, (int64_t)meter->number[METER_SUM]);
	snprintf(bucket, sizeof bucket, "%s_count", name);
	put_count(out, bucket, labels, sum);
}

static void put_meter(struct buf *out, const struct index_meter *meter)
{
	const struct series *row = &series[meter->meter];
	struct label labels[5] = {{"org", meter->organization}};
	size_t n = 1;
	char code[12] = "";

	if (strcmp(row->type, "histogram") == 0) {
		put_histogram(out, row->name, meter);
		return;
	}
	if (meter->code)
		snprintf(code, sizeof code, "%u", meter->code);
	if (row->connector_label)
		labels[n++] = (struct label){row->connector_label, meter->connector};
	if (row->status_label)
		labels[n++] =
			(struct label){row->status_label, slice_text(status_name(meter->status))};
	if (row->code_label)
		labels[n] = (struct label){row->code_label, slice_text(code)};
	put_count(out, row->name, labels, meter->number[0]);
}

static bool put_meters(struct http_request *request, struct buf *out, struct err *err)
{
	const struct app *app = request->context;
	struct index_meter *meters;
	size_t n, i = 0;

	if (!index_meters(app->queue->index, app_scope(request), &request->arena, &meters, &n, err))
		return false;
	for (size_t meter = 0; meter < sizeof series / sizeof *series; meter++) {
		put_head(out, series[meter].name, series[meter].type, series[meter].help);
		while (i < n && meters[i].meter < meter)
			i++;
		for (; i < n && meters[i].meter == meter; i++)
			put_meter(out, &meters[i]);
	}
	return true;
}

/* --- as it is now --- */

static void put_messages(struct buf *out, const struct look_counts *counts, size_t n)
{
	put_head(out, "mailq_queue_messages", "gauge", "Messages, by status.");
	for (size_t i = 0; i < n; i++)
		for (enum status status = 0; status < STATUS_COUNT; status++) {
			const struct label labels[] = {
				{"org", counts[i].organization},
				{"status", slice_text(status_name(status))},
				{0},
			};
			put_count(out, "mailq_queue_messages", labels, counts[i].count[status]);
		}
}

static void put_ages(struct buf *out, const struct look_counts *counts, size_t n)
{
	int64_t now_ms = clock_now_ms();

	put_head(out, "mailq_queue_oldest_age_seconds", "gauge",
		 "For how long the oldest message that could go has been waiting.");
	for (size_t i = 0; i < n; i++) {
		const struct label labels[] = {{"org", counts[i].organization}, {0}};
		int64_t since_ms = counts[i].oldest_ready_ms;
		int64_t age_ms = since_ms && since_ms < now_ms ? now_ms - since_ms : 0;
		put_seconds(out, "mailq_queue_oldest_age_seconds", labels, age_ms);
	}
}

static bool put_counts(struct http_request *request, struct buf *out, struct err *err)
{
	const struct app *app = request->context;
	struct look_counts *counts;
	size_t n;

	if (!look_counts(app->queue, app_scope(request), &request->arena, &counts, &n, err))
		return false;
	put_messages(out, counts, n);
	put_ages(out, counts, n);
	return true;
}

/* --- of each connector --- */

static void put_breaker(struct buf *out, const char *name, const struct queue *queue,
			const struct label *labels)
{
	struct health health;

	health_read(queue, labels[0].value.p, labels[1].value.p, &health);
	put_count(out, name, labels, health.breaker.until_ms > clock_now_ms());
}

/* The file of a token says by its time when it ends (sender/token.h), so nobody reads it here. */
static void put_expiry(struct buf *out, const char *name, const struct queue *queue,
		       const struct label *labels)
{
	int64_t now_ms = clock_now_ms(), until_ms;
	char path[4096];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s:%s.token", queue->conf->secrets, labels[0].value.p,
		 labels[1].value.p);
	if (stat(path, &st) < 0)
		return;
	until_ms = (int64_t)st.st_mtim.tv_sec * 1000;
	put_seconds(out, name, labels, until_ms > now_ms ? until_ms - now_ms : 0);
}

static const struct gauge {
	const char *name, *help;
	void (*put)(struct buf *out, const char *name, const struct queue *queue,
		    const struct label *labels);
} gauges[] = {
	{"mailq_breaker_state", "1 while the connector is paused, else 0.", put_breaker},
	{"mailq_oauth_token_expiry_seconds",
	 "For how long the connector's access token is good yet; 0: the next message asks for one.",
	 put_expiry},
};

static void put_gauge_of(const struct gauge *gauge, struct buf *out, const struct queue *queue,
			 const struct organization *org)
{
	for (size_t i = 0; i < org->connector_count; i++) {
		const struct label labels[] = {
			{"org", slice_text(org->id)},
			{"transport", slice_text(org->connectors[i].id)},
			{0},
		};
		gauge->put(out, gauge->name, queue, labels);
	}
}

static void put_gauge(struct http_request *request, const struct gauge *gauge, struct buf *out)
{
	const struct app *app = request->context;
	const struct conf *conf = app->queue->conf;

	put_head(out, gauge->name, "gauge", gauge->help);
	for (size_t i = 0; i < conf->organization_count; i++)
		if (app_is_in_scope(request, slice_text(conf->organizations[i].id)))
			put_gauge_of(gauge, out, app->queue, &conf->organizations[i]);
}

static void put_disk(struct http_request *request, struct buf *out)
{
	const struct app *app = request->context;
	const struct label none[] = {{0}};
	struct statvfs fs;

	if (fstatvfs(spool_fd(app->queue->spool), &fs) < 0)
		return;
	put_head(out, "mailq_disk_free_bytes", "gauge", "Free space where the spool is.");
	put_count(out, "mailq_disk_free_bytes", none, (uint64_t)fs.f_bavail * fs.f_frsize);
}

void metrics_show(struct http_request *request)
{
	struct buf *out = http_content(request, 200, "text/plain; version=0.0.4; charset=utf-8");
	struct err err = {0};

	if (!put_meters(request, out, &err) || !put_counts(request, out, &err)) {
		app_refuse(request, app_status(&err), &err);
		return;
	}
	for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++)
		put_gauge(request, &gauges[i], out);
	put_disk(request, out);
}
