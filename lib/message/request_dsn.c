#include "message/request_private.h"
#include "message/text.h"

#define RECIPIENTS_MOST 10000

static bool read_notify(struct request_reader *r, const struct json *value, unsigned *notify)
{
	if (!request_want(r, value, JSON_ARRAY))
		return false;
	for (const struct json *item = value->first; item; item = item->next) {
		unsigned bit = item->type == JSON_STRING ? dsn_notify_named(item->text) : 0;
		if (!bit)
			return request_refuse(r, "one of never, success, failure, delay");
		*notify |= bit;
	}
	return dsn_notify_valid(*notify) ||
	       request_refuse(r, *notify ? "never stands alone" : "is empty");
}

static bool read_ret(struct request_reader *r, const struct json *value, enum dsn_ret *ret)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	if (slice_is(value->text, "full"))
		*ret = DSN_RET_FULL;
	else if (slice_is(value->text, "hdrs"))
		*ret = DSN_RET_HDRS;
	return *ret || request_refuse(r, "must be \"full\" or \"hdrs\"");
}

static bool read_envid(struct request_reader *r, const struct json *value, struct slice *envid)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	*envid = value->text;
	return dsn_envid_valid(*envid) ||
	       request_refuse(r, "must be 1 to %d characters of ASCII", DSN_ENVID_MOST);
}

static bool read_orcpt(struct request_reader *r, const struct json *value, struct slice *orcpt)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	*orcpt = value->text;
	return dsn_orcpt_valid(*orcpt) || request_refuse(r, "must be like rfc822;bo@b.example");
}

static bool unknown(struct request_reader *r, const struct json *member)
{
	return r->stored ||
	       request_refuse(r, "unknown member \"%.*s\"", SLICE_ARGS(text_cut(member->key, 100)));
}

static bool read_recipient(struct request_reader *r, const struct json *value,
			   struct dsn_recipient *recipient)
{
	if (!request_want(r, value, JSON_OBJECT))
		return false;
	for (const struct json *member = value->first; member; member = member->next) {
		bool ok;
		if (slice_is(member->key, "email"))
			ok = request_want(r, member, JSON_STRING) &&
			     address_parse_email(member->text, r->arena, &recipient->email, r->err);
		else if (slice_is(member->key, "notify"))
			ok = read_notify(r, member, &recipient->notify);
		else if (slice_is(member->key, "orcpt"))
			ok = read_orcpt(r, member, &recipient->orcpt);
		else
			ok = unknown(r, member);
		if (!ok)
			return false;
	}
	return recipient->email.n || request_refuse(r, "has no email");
}

static bool read_recipients(struct request_reader *r, const struct json *value, struct dsn *dsn)
{
	size_t i = 0;

	if (!request_want(r, value, JSON_ARRAY))
		return false;
	if (value->count > RECIPIENTS_MOST)
		return request_refuse(r, "more than %d", RECIPIENTS_MOST);
	dsn->recipients = arena_alloc(r->arena, (value->count + 1) * sizeof *dsn->recipients);
	for (const struct json *item = value->first; item; item = item->next, i++)
		if (!read_recipient(r, item, &dsn->recipients[i]))
			return request_where(r, ".recipients[%zu]", i);
	dsn->n = i;
	return true;
}

static bool read_member(struct request_reader *r, const struct json *member, struct dsn *dsn)
{
	if (slice_is(member->key, "notify"))
		return read_notify(r, member, &dsn->notify);
	if (slice_is(member->key, "ret"))
		return read_ret(r, member, &dsn->ret);
	if (slice_is(member->key, "envid"))
		return read_envid(r, member, &dsn->envid);
	if (slice_is(member->key, "recipients"))
		return read_recipients(r, member, dsn);
	return unknown(r, member);
}

bool request_read_dsn(struct request_reader *r, const struct json *value)
{
	if (!request_want(r, value, JSON_OBJECT))
		return false;
	for (const struct json *member = value->first; member; member = member->next)
		if (!read_member(r, member, &r->request->dsn))
			return *r->where ? false
					 : request_where(r, ".%.*s",
							 SLICE_ARGS(text_cut(member->key, 80)));
	return true;
}
