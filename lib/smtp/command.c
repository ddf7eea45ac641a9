#include "smtp/command.h"

#include "base/utf8.h"
#include "message/address.h"

static const char bad_value[] = "501 5.5.4 a parameter's value is not what its RFC allows";

/* What a parameter of the command fills in. */
struct target {
	struct smtp_mail *mail;
	struct smtp_rcpt *rcpt;
	struct arena *memory;
};

/* --- parameters: each takes the value behind the "=", and says whether it is one --- */

static bool take_size(struct target *target, struct slice value)
{
	return slice_number(value, UINT64_MAX, &target->mail->size);
}

static bool take_body(struct target *target, struct slice value)
{
	target->mail->eight_bit = slice_is_nocase(value, "8BITMIME");
	return target->mail->eight_bit || slice_is_nocase(value, "7BIT");
}

static bool take_smtputf8(struct target *target, struct slice value)
{
	target->mail->smtputf8 = true;
	return value.n == 0;
}

static bool take_ret(struct target *target, struct slice value)
{
	if (slice_is_nocase(value, "FULL"))
		target->mail->ret = DSN_RET_FULL;
	else if (slice_is_nocase(value, "HDRS"))
		target->mail->ret = DSN_RET_HDRS;
	return target->mail->ret != DSN_RET_NONE;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3461 section 4: "+3D" is "=". What it stands for must be visible again, or a space. */
static bool decode_xtext(struct slice text, struct arena *memory, struct slice *decoded)
{
	char *out = arena_alloc(memory, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		int c = (unsigned char)text.p[i];
		if (c == '+') {
			if (i + 2 >= text.n || hex_value(text.p[i + 1]) < 0 ||
			    hex_value(text.p[i + 2]) < 0)
				return false;
			c = hex_value(text.p[i + 1]) * 16 + hex_value(text.p[i + 2]);
			i += 2;
		}
		if (c < 0x20 || c >= 0x7f)
			return false;
		out[n++] = (char)c;
	}
	*decoded = slice_make(out, n);
	return true;
}

static bool take_envid(struct target *target, struct slice value)
{
	return value.n > 0 && value.n <= DSN_ENVID_MOST &&
	       decode_xtext(value, target->memory, &target->mail->envid);
}

static bool take_auth(struct target *target, struct slice value)
{
	(void)target;
	return value.n > 0;
}

static bool take_notify(struct target *target, struct slice value)
{
	unsigned *notify = &target->rcpt->notify;
	struct slice word;

	while (slice_next(&value, ',', &word)) {
		unsigned bit = dsn_notify_named(word);
		if (bit == 0)
			return false;
		*notify |= bit;
	}
	return dsn_notify_valid(*notify);
}

static bool take_orcpt(struct target *target, struct slice value)
{
	struct slice address, type = slice_first(value, slice_find(value, ';'));

	if (value.n > DSN_ORCPT_MOST || type.n == value.n ||
	    !decode_xtext(slice_after(value, type.n + 1), target->memory, &address))
		return false;
	target->rcpt->orcpt = slice_text(
		arena_format(target->memory, "%.*s;%.*s", SLICE_ARGS(type), SLICE_ARGS(address)));
	return dsn_orcpt_valid(target->rcpt->orcpt);
}

struct parameter {
	const char *name;
	bool (*take)(struct target *target, struct slice value);
};

static const struct parameter mail_parameters[] = {
	{"SIZE", take_size},         /* RFC 1870 */
	{"BODY", take_body},         /* RFC 6152 */
	{"SMTPUTF8", take_smtputf8}, /* RFC 6531 */
	{"RET", take_ret},           /* RFC 3461 4.3 */
	{"ENVID", take_envid},       /* RFC 3461 4.4 */
	{"AUTH", take_auth}, /* RFC 4954 5: forgotten, as from a client not trusted to say it */
};

static const struct parameter rcpt_parameters[] = {
	{"NOTIFY", take_notify}, /* RFC 3461 4.1 */
	{"ORCPT", take_orcpt},   /* RFC 3461 4.2 */
};

static const char *take_parameter(const struct parameter *known, size_t count, struct slice word,
				  struct target *target)
{
	struct slice name = slice_first(word, slice_find(word, '='));
	struct slice value = slice_after(word, name.n + 1);

	for (size_t i = 0; i < count; i++)
		if (slice_is_nocase(name, known[i].name))
			return known[i].take(target, value) ? NULL : bad_value;
	return "555 5.5.4 a parameter that this server does not know";
}

static const char *take_parameters(const struct parameter *known, size_t count, struct slice rest,
				   struct target *target)
{
	struct slice word;

	while (slice_next(&rest, ' ', &word)) {
		const char *refusal = word.n ? take_parameter(known, count, word, target) : NULL;
		if (refusal)
			return refusal;
	}
	return NULL;
}

/* --- the path --- */

/* Takes "FROM:<path>" and the space behind it off the arguments. */
static bool take_path(struct slice *arguments, const char *word, struct slice *path)
{
	struct slice rest = *arguments;
	size_t n = strlen(word);

	if (!slice_is_nocase(slice_first(rest, n), word))
		return false;
	rest = slice_trim(slice_after(rest, n)); /* "FROM: <a@b>" is wrong, and common */
	if (rest.n == 0 || *rest.p != '<')
		return false;
	rest = slice_after(rest, 1);
	*path = slice_first(rest, slice_find(rest, '>'));
	if (path->n == rest.n)
		return false;
	*arguments = slice_after(rest, path->n + 1);
	return arguments->n == 0 || *arguments->p == ' ';
}

static const char *take_address(struct slice path, bool smtputf8, struct arena *memory,
				const char *code, struct slice *address)
{
	struct err err = {0};

	if (!smtputf8 && !utf8_is_ascii(path))
		return "553 5.6.7 an address outside ASCII needs SMTPUTF8";
	if (!address_parse_email(path, memory, address, &err))
		return arena_format(memory, "%s %s", code, err.text);
	return NULL;
}

const char *smtp_mail_parse(struct slice arguments, struct arena *memory, struct smtp_mail *mail)
{
	struct target target = {.mail = mail, .memory = memory};
	struct slice path;
	const char *refusal;

	*mail = (struct smtp_mail){0};
	if (!take_path(&arguments, "FROM:", &path))
		return "501 5.5.4 it is MAIL FROM:<address>";
	refusal = take_parameters(mail_parameters, sizeof mail_parameters / sizeof *mail_parameters,
				  arguments, &target);
	if (refusal || path.n == 0)
		return refusal;
	return take_address(path, mail->smtputf8, memory, "553 5.1.7", &mail->sender);
}

const char *smtp_rcpt_parse(struct slice arguments, bool smtputf8, struct arena *memory,
			    struct smtp_rcpt *rcpt)
{
	struct target target = {.rcpt = rcpt, .memory = memory};
	struct slice path;
	const char *refusal;

	*rcpt = (struct smtp_rcpt){0};
	if (!take_path(&arguments, "TO:", &path))
		return "501 5.5.4 it is RCPT TO:<address>";
	refusal = take_parameters(rcpt_parameters, sizeof rcpt_parameters / sizeof *rcpt_parameters,
				  arguments, &target);
	if (refusal)
		return refusal;
	return take_address(path, smtputf8, memory, "553 5.1.3", &rcpt->recipient);
}
