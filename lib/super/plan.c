#include "super/plan.h"

#define BESIDE_KINDS 5 /* render, route, pickup, smtpd, httpd */

/* Every kind in use, once, in order. */
static const char **kinds_in_use(const struct conf *conf, struct arena *arena, size_t *count)
{
	size_t connectors = 0, n = 0, once = 0;

	for (size_t i = 0; i < conf->organization_count; i++)
		connectors += conf->organizations[i].connector_count;
	const char **kinds = arena_alloc(arena, (connectors + 1) * sizeof *kinds);
	for (size_t i = 0; i < conf->organization_count; i++)
		for (size_t j = 0; j < conf->organizations[i].connector_count; j++)
			kinds[n++] = conf->organizations[i].connectors[j].kind;

	slice_sort_texts(kinds, n);
	for (size_t i = 0; i < n; i++)
		if (once == 0 || strcmp(kinds[once - 1], kinds[i]) != 0)
			kinds[once++] = kinds[i];
	*count = once;
	return kinds;
}

static bool smtpd_listens(const struct smtpd *smtpd)
{
	return smtpd->listen.count || smtpd->listen_tls.count || smtpd->socket;
}

static bool httpd_listens(const struct httpd *httpd)
{
	return httpd->listen.count || httpd->socket;
}

/* An address is listened on by one process, whatever `workers` says. */
static unsigned workers_of(const struct conf *conf, const char *stage)
{
	unsigned workers = conf_workers(conf, stage);
	bool listens = strcmp(stage, "smtpd") == 0 || strcmp(stage, "httpd") == 0;

	return listens && workers > 1 ? 1 : workers;
}

static void add_stage(struct plan *plan, const struct conf *conf, const char *stage,
		      const char *program, const char **env)
{
	plan->stages[plan->count++] = (struct plan_stage){
		.stage = stage,
		.program = program,
		.workers = workers_of(conf, stage),
		.env = env,
	};
}

bool plan_make(struct plan *plan, const struct conf *conf, bool drop, const char *const *own,
	       struct err *err)
{
	struct arena *arena = &plan->arena;
	size_t kinds;

	*plan = (struct plan){0};
	const char **file = environment_from_file(conf, arena, err);
	if (!file) {
		plan_free(plan);
		return false;
	}

	const char **plain = environment_of(conf, NULL, own, file, arena);
	const char **kind = kinds_in_use(conf, arena, &kinds);
	plan->stages = arena_alloc(arena, (BESIDE_KINDS + kinds) * sizeof *plan->stages);
	add_stage(plan, conf, "render", "mailq-render", plain);
	add_stage(plan, conf, "route", "mailq-route", plain);
	if (drop)
		add_stage(plan, conf, "pickup", "mailq-pickup", plain);
	if (smtpd_listens(&conf->smtpd))
		add_stage(plan, conf, "smtpd", "mailq-smtpd", plain);
	if (httpd_listens(&conf->httpd))
		add_stage(plan, conf, "httpd", "mailq-httpd", plain);
	for (size_t i = 0; i < kinds; i++)
		add_stage(plan, conf, arena_text(arena, kind[i]),
			  arena_format(arena, "mailq-send-%s", kind[i]),
			  environment_of(conf, kind[i], own, file, arena));
	return true;
}

void plan_free(struct plan *plan)
{
	arena_free(&plan->arena);
	*plan = (struct plan){0};
}
