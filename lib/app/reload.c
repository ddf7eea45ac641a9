#include "app/app.h"
#include "app/post.h"

bool app_reload(struct app *app, struct err *err)
{
	struct conf *fresh;

	if (!conf_changed(app->conf))
		return true;
	if (!(fresh = conf_load(app->conf->file, err)))
		return false;
	posts_flush(app->posts); /* what was taken in this turn points into the old one */
	app->queue->conf = fresh;
	conf_free(app->conf);
	app->conf = fresh;
	return true;
}
