#include "queue/template_edit.h"

bool template_import(const struct conf *conf, const struct record *record,
		     const struct template_import *how, struct err *err)
{
	struct templates *templates;
	struct arena arena = {0};
	struct import import;
	bool ok = import_template(conf, record, how->organization, &arena, &import, err);

	if (ok && import.unmanaged && !how->force)
		ok = err_set(err, EX_CANTCREAT, "%s is there, and not managed: --force replaces it",
			     import.files[0].path);
	ok = ok && conf_write_files(import.files, import.file_count, err);
	if (ok) {
		import_tell(&import);
		templates = template_open_checked(false);
		template_check(templates, import.organization, slice_text(import.id), how->say,
			       NULL);
		templates_close(templates);
	}
	arena_free(&arena);
	return ok;
}
