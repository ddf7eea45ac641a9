/*
 * door.h: the way into the app: signing in with a token or a link, sessions, signing out.
 *
 * A session is a random id in a cookie (HttpOnly, SameSite=Strict, Secure behind TLS). Private to
 * lib/app.
 */
#ifndef APP_DOOR_H
#define APP_DOOR_H

#include "http/request.h"

/* The caller of a page, by his cookie; else he is sent to the door. */
bool door_admit(struct http_request *request, int role);

void door_lead(struct http_request *request);     /* GET /: to the app */
void door_home(struct http_request *request);     /* GET /email, /email/{organization} */
void door_slash(struct http_request *request);    /* GET of a page's path with a slash behind */
void door_show(struct http_request *request);     /* GET /email/sign-in; with a key it signs in */
void door_sign_in(struct http_request *request);  /* POST /email/sign-in */
void door_sign_out(struct http_request *request); /* POST /email/sign-out */
void door_theme(struct http_request *request);    /* POST /email/theme */
void door_link(struct http_request *request);     /* POST /api/email/sign-in-link */
void door_manifest(struct http_request *request); /* GET /email/manifest.json */

#endif
