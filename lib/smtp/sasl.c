#include "smtp/sasl.h"

#include "base/base64.h"

/* Of what a response stands for: a token and a name have a hundredth of it. */
#define RESPONSE_MAX 2048

static void wipe(struct buf *buf)
{
	if (buf->p)
		explicit_bzero(buf->p, buf->room);
	buf_free(buf);
}

void smtp_sasl_wipe(struct smtp_sasl *sasl)
{
	wipe(&sasl->user);
	wipe(&sasl->secret);
	sasl->has_user = false;
}

/* RFC 4616: authorization identity, NUL, authentication identity, NUL, password. */
static bool take_plain(struct smtp_sasl *sasl, struct slice response)
{
	struct slice as, user;

	if (!slice_next(&response, '\0', &as) || !slice_next(&response, '\0', &user))
		return false;
	if (user.n == 0 || response.n == 0 || slice_find(response, '\0') < response.n)
		return false;
	buf_add_slice(&sasl->user, user);
	buf_add_slice(&sasl->secret, response);
	return as.n == 0 || slice_equal(as, user);
}

static enum smtp_sasl_step take_response(struct smtp_sasl *sasl, struct slice response,
					 const char **reply)
{
	if (sasl->login && !sasl->has_user) {
		buf_add_slice(&sasl->user, response);
		sasl->has_user = true;
		*reply = "334 UGFzc3dvcmQ6"; /* "Password:" */
		return SMTP_SASL_MORE;
	}
	if (sasl->login) {
		buf_add_slice(&sasl->secret, response);
		return SMTP_SASL_DONE;
	}
	if (take_plain(sasl, response))
		return SMTP_SASL_DONE;
	*reply = "535 5.7.8 that is no identity with its password";
	return SMTP_SASL_BAD;
}

enum smtp_sasl_step smtp_sasl_line(struct smtp_sasl *sasl, struct slice line, const char **reply)
{
	struct buf response = {0};
	enum smtp_sasl_step step = SMTP_SASL_BAD;

	if (slice_is(line, "*"))
		*reply = "501 5.7.0 given up, as you asked";
	else if (line.n > RESPONSE_MAX || !base64_decode(line, &response))
		*reply = "501 5.5.2 that is no base64";
	else
		step = take_response(sasl, buf_slice(&response), reply);
	wipe(&response);
	return step;
}

enum smtp_sasl_step smtp_sasl_begin(struct smtp_sasl *sasl, struct slice arguments,
				    const char **reply)
{
	struct slice mechanism = {0};

	smtp_sasl_wipe(sasl);
	slice_next(&arguments, ' ', &mechanism);
	sasl->login = slice_is_nocase(mechanism, "LOGIN");
	if (!sasl->login && !slice_is_nocase(mechanism, "PLAIN")) {
		*reply = "504 5.5.4 a mechanism that this server does not know";
		return SMTP_SASL_BAD;
	}
	arguments = slice_trim(arguments);
	if (slice_is(arguments, "=")) /* RFC 4954 4: an empty response */
		return take_response(sasl, (struct slice){0}, reply);
	if (arguments.n)
		return smtp_sasl_line(sasl, arguments, reply);
	*reply = sasl->login ? "334 VXNlcm5hbWU6" /* "Username:" */ : "334 ";
	return SMTP_SASL_MORE;
}
