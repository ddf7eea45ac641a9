/* What the readers of fields share: values of the right type, and what is said of others. */
#include <stdarg.h>
#include <stdio.h>

#include "message/request_private.h"
#include "message/text.h"

bool request_refuse(struct request_reader *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(r->err, EX_DATAERR, "%s", text);
}

bool request_where(struct request_reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->where, sizeof r->where, fmt, ap);
	va_end(ap);
	return false;
}

bool request_want(struct request_reader *r, const struct json *value, enum json_type type)
{
	return value->type == type || request_refuse(r, "must be %s, not %s", json_type_name(type),
						     json_type_name(value->type));
}

bool request_text(struct request_reader *r, const struct json *value, size_t most,
		  struct slice *text)
{
	if (!request_want(r, value, JSON_STRING))
		return false;
	if (value->text.n > most)
		return request_refuse(r, "more than %zu bytes", most);

	size_t at = text_control(value->text);
	if (at < value->text.n)
		return request_refuse(r, "a control character at byte %zu", at + 1);
	*text = value->text;
	return true;
}
