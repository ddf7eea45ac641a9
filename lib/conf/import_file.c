#include <stdio.h>
#include <string.h>

#include "conf/import.h"

static void pass_over(const char *path, const char *model, const struct record *record)
{
	const char *dot = strrchr(model, '.');

	fprintf(stderr, "%s:%u: %s is no %s\n", path, record->line, record->model,
		dot ? dot + 1 : model);
}

bool import_each(const char *path, const char *model, import_take *take, void *context,
		 struct err *err)
{
	struct arena arena = {0};
	const struct record *record = records_read(path, &arena, err);
	bool ok = record;

	for (; ok && record; record = record->next) {
		if (strcmp(record->model, model) != 0)
			pass_over(path, model, record);
		else if (!take(context, record, err))
			ok = err_at(err, "%s:%u", path, record->line);
	}
	arena_free(&arena);
	return ok;
}

void import_tell(const struct import *import)
{
	const char *org = import->organization->id;

	printf("%s\t%s\n", org, import->id);
	if (import->cleared)
		fprintf(stderr, "%s: %s is the default now, %s no longer\n", org, import->id,
			import->cleared);
	if (import->left_out)
		fprintf(stderr, "%s: %s: left out: %s\n", org, import->id, import->left_out);
}
