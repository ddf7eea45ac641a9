#include "app/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/hex.h"
#include "base/mem.h"

#define LINKS_MOST 100

struct link {
	char key[SESSION_KEY_SIZE]; /* "": was followed, or never made */
	char token[SESSION_TOKEN_SIZE];
	int64_t made_ms;
};

struct sessions {
	struct session all[SESSIONS_MOST];
	struct link links[LINKS_MOST];
	size_t next_link; /* where the next is made: the oldest goes */
};

struct sessions *sessions_open(void)
{
	return mem_zero(sizeof(struct sessions));
}

void sessions_close(struct sessions *sessions)
{
	if (!sessions)
		return;
	explicit_bzero(sessions, sizeof *sessions);
	free(sessions);
}

static void make_key(char key[SESSION_KEY_SIZE])
{
	unsigned char bytes[32];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		abort(); /* never of so few, once the machine is up */
	hex_write(bytes, sizeof bytes, key);
}

bool session_key_is(struct slice given, const char *key)
{
	size_t n = strlen(key);
	unsigned char differ = 0;

	if (given.n != n || n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(given.p[i] ^ key[i]);
	return differ == 0;
}

static bool is_over(const struct session *session, int64_t now_ms)
{
	return !*session->id || now_ms - session->used_ms >= SESSION_IDLE_MS ||
	       now_ms - session->begun_ms >= SESSION_LIFE_MS;
}

static struct session *find_room(struct sessions *sessions, int64_t now_ms)
{
	struct session *oldest = &sessions->all[0];

	for (size_t i = 0; i < SESSIONS_MOST; i++) {
		if (is_over(&sessions->all[i], now_ms))
			return &sessions->all[i];
		if (sessions->all[i].used_ms < oldest->used_ms)
			oldest = &sessions->all[i];
	}
	return oldest;
}

const struct session *session_begin(struct sessions *sessions, const char *token, int64_t now_ms)
{
	struct session *session = find_room(sessions, now_ms);

	*session = (struct session){.begun_ms = now_ms, .used_ms = now_ms};
	make_key(session->id);
	make_key(session->csrf);
	snprintf(session->token, sizeof session->token, "%s", token);
	return session;
}

static struct session *find(struct sessions *sessions, struct slice id)
{
	for (size_t i = 0; i < SESSIONS_MOST; i++)
		if (session_key_is(id, sessions->all[i].id))
			return &sessions->all[i];
	return NULL;
}

const struct session *session_find(struct sessions *sessions, struct slice id, int64_t now_ms)
{
	struct session *session = find(sessions, id);

	if (!session || is_over(session, now_ms))
		return NULL;
	session->used_ms = now_ms;
	return session;
}

void session_end(struct sessions *sessions, struct slice id)
{
	struct session *session = find(sessions, id);

	if (session)
		explicit_bzero(session, sizeof *session);
}

/* --- notices --- */

void session_tell(struct sessions *sessions, struct slice id, const char *class, const char *lead,
		  const char *text)
{
	struct session *session = find(sessions, id);

	if (!session)
		return;
	struct session_notice *notice = &session->notice;
	snprintf(notice->class, sizeof notice->class, "%s", class);
	snprintf(notice->lead, sizeof notice->lead, "%s", lead);
	snprintf(notice->text, sizeof notice->text, "%s", text);
}

struct session_notice session_told(struct sessions *sessions, struct slice id)
{
	struct session *session = find(sessions, id);
	struct session_notice told = session ? session->notice : (struct session_notice){0};

	if (session)
		session->notice = (struct session_notice){0};
	return told;
}

/* --- links --- */

void session_link(struct sessions *sessions, const char *token, int64_t now_ms,
		  char key[SESSION_KEY_SIZE])
{
	struct link *link = &sessions->links[sessions->next_link++ % LINKS_MOST];

	make_key(link->key);
	snprintf(link->token, sizeof link->token, "%s", token);
	link->made_ms = now_ms;
	memcpy(key, link->key, SESSION_KEY_SIZE);
}

const char *session_follow(struct sessions *sessions, struct slice key, int64_t now_ms)
{
	for (size_t i = 0; i < LINKS_MOST; i++) {
		struct link *link = &sessions->links[i];
		if (!session_key_is(key, link->key))
			continue;
		*link->key = '\0';
		return now_ms - link->made_ms < SESSION_LINK_MS ? link->token : NULL;
	}
	return NULL;
}
