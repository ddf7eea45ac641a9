#include "message/dsn.h"

#include "message/address.h"

static const struct {
	enum dsn_notify bit;
	const char *name;
} words[] = {
	{DSN_NEVER, "never"},
	{DSN_SUCCESS, "success"},
	{DSN_FAILURE, "failure"},
	{DSN_DELAY, "delay"},
};
#define WORDS (sizeof words / sizeof *words)

unsigned dsn_notify_named(struct slice word)
{
	for (size_t i = 0; i < WORDS; i++)
		if (slice_is_nocase(word, words[i].name))
			return words[i].bit;
	return 0;
}

bool dsn_notify_valid(unsigned notify)
{
	return notify == DSN_NEVER || (notify && !(notify & DSN_NEVER));
}

static bool is_visible(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] >= 0x7f)
			return false;
	return true;
}

bool dsn_envid_valid(struct slice envid)
{
	return envid.n && envid.n <= DSN_ENVID_MOST && is_visible(envid);
}

bool dsn_orcpt_valid(struct slice orcpt)
{
	size_t type = slice_find(orcpt, ';');

	for (size_t i = 0; i < type && i < orcpt.n; i++) {
		char c = orcpt.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-'))
			return false;
	}
	return type > 0 && type < orcpt.n && orcpt.n <= DSN_ORCPT_MOST && is_visible(orcpt);
}

struct dsn_recipient dsn_for(const struct dsn *dsn, struct slice email)
{
	struct dsn_recipient found = {.email = email};

	for (size_t i = 0; i < dsn->n; i++)
		if (address_equal(dsn->recipients[i].email, email)) {
			found = dsn->recipients[i];
			break;
		}
	if (!found.notify)
		found.notify = dsn->notify;
	return found;
}

bool dsn_wants_failure(const struct dsn *dsn, struct slice email)
{
	unsigned notify = dsn_for(dsn, email).notify;

	return !notify || notify & DSN_FAILURE;
}

static void write_notify(struct json_out *out, unsigned notify)
{
	if (!notify)
		return;
	json_open(out, "notify", '[');
	for (size_t i = 0; i < WORDS; i++)
		if (notify & words[i].bit)
			json_put_text(out, NULL, words[i].name);
	json_close(out, ']');
}

static void write_recipients(struct json_out *out, const struct dsn *dsn)
{
	if (dsn->n == 0)
		return;
	json_open(out, "recipients", '[');
	for (size_t i = 0; i < dsn->n; i++) {
		json_open(out, NULL, '{');
		json_put_slice(out, "email", dsn->recipients[i].email);
		write_notify(out, dsn->recipients[i].notify);
		if (dsn->recipients[i].orcpt.n)
			json_put_slice(out, "orcpt", dsn->recipients[i].orcpt);
		json_close(out, '}');
	}
	json_close(out, ']');
}

void dsn_write(struct json_out *out, const struct dsn *dsn)
{
	if (!dsn->notify && !dsn->ret && !dsn->envid.n && !dsn->n)
		return;
	json_open(out, "dsn", '{');
	write_notify(out, dsn->notify);
	if (dsn->ret)
		json_put_text(out, "ret", dsn->ret == DSN_RET_FULL ? "full" : "hdrs");
	if (dsn->envid.n)
		json_put_slice(out, "envid", dsn->envid);
	write_recipients(out, dsn);
	json_close(out, '}');
}
