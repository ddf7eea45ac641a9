/*
 * page.h: a page of the app: its values as JSON, put into a template of html/. Private to lib/app.
 *
 *     struct page page;
 *     if (!page_begin(&page, request, "queue"))
 *             return;   // another organization's: it has answered 404
 *     json_put_text(&page.out, "title", "Queue");
 *     ...
 *     page_render(&page, 200, "queue.html");
 *
 * page_begin puts what base.html needs. Templates are compiled once, at the start, and escape what
 * they print by themselves. Every answer has a Content-Security-Policy and
 * what goes with it.
 *
 * Paths: /email/{organization}/..., and /email/-/... for all organizations. `app` is what stands
 * before that for the browser: a proxy's prefix and /email.
 */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "app/app.h"

struct pages;

/* False where a template is wrong: a bug, or it was changed by hand. */
struct pages *pages_open(struct err *err);
void pages_close(struct pages *pages);

struct page {
	struct http_request *request;
	const struct app *context;
	struct arena *arena;       /* the request's */
	struct json_out out;       /* the template's values: an object that is open */
	struct buf values;         /* private */
	struct slice organization; /* empty: all */
	const char *app;           /* "/email" */
	const char *at;            /* "/email/acme" */
	int64_t now_ms;
	bool may_operate, may_manage;
};

bool page_begin(struct page *page, struct http_request *request, const char *section);
void page_render(struct page *page, unsigned status, const char *name);
void page_drop(struct page *page); /* begun, and not to be rendered */

/* A page without a layout, for those who are not signed in: values is an open object. */
void page_render_bare(struct http_request *request, unsigned status, const char *name,
		      struct buf *values);

/* A piece of one, for a page that is open; nothing where it cannot be rendered, which is logged. */
void page_render_piece(struct http_request *request, const char *name, struct buf *values,
		       struct buf *out);

/* A page that says what is wrong, for who is signed in. */
void page_error(struct http_request *request, unsigned status, const char *title, const char *text);
void page_refuse(struct http_request *request, const struct err *err);

/* The organization in the path: false, and it has answered, where it is none of the caller's. */
bool page_organization(struct http_request *request, struct slice *organization);

const char *page_app(const struct http_request *request);
/* What stands before "/api/email" for whoever has asked: "https://mail.example", with a prefix. */
const char *page_server(const struct http_request *request);
const char *page_theme(const struct http_request *request); /* "light", "dark", "" */

/* GET of a file of the app's own; the route's data is the name. */
void page_file(struct http_request *request);

/* Who may show a page in a frame: of frame-ancestors; `least` where nobody is configured. */
const char *page_ancestors(const struct http_request *request, const char *least);

/* A cookie of the app's own pages, that no script reads and no other site's request brings along.
 */
void page_set_cookie(struct http_request *request, const char *name, const char *value,
		     long long age_s);
#define PAGE_CHOICE_AGE_S 31536000 /* of how somebody wants to see pages */

/* 303 to a path of the app's own, as page_is_ours says. */
void page_go(struct http_request *request, const char *path);
bool page_is_ours(const struct http_request *request, struct slice path);

/* page_go, and the page there tells once what came of it; class: the notice's, of app.css. */
void page_tell(struct http_request *request, const char *class, const char *lead, const char *text,
	       const char *where);

/* Where a form was sent from, with its query; else the organization's queue. */
const char *page_back(struct http_request *request);

/*
 * A change asked for by a form. The route's handler is page_change, and the change its data: it is
 * called when the form brought the session's CSRF token along, and answers.
 */
struct page_change {
	void (*make)(struct http_request *request);
};
void page_change(struct http_request *request);

#endif
