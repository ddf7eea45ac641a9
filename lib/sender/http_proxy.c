#include "sender/http_proxy.h"

#include "conf/check.h"
#include "conf/secret.h"

static bool log_in(struct http *http, const struct connector *connector, struct err *err)
{
	const char *username = connector_value(connector, "proxy_username");
	struct buf password = {0};

	if (!username)
		return true;
	bool ok = connector_secret(connector, "proxy_password", &password, err);
	if (ok && !password.n)
		ok = err_set(err, EX_CONFIG, "%s: config.proxy_password is missing",
			     connector->file);
	if (ok) {
		curl_easy_setopt(http->transfer.easy, CURLOPT_PROXYUSERNAME, username);
		curl_easy_setopt(http->transfer.easy, CURLOPT_PROXYPASSWORD, password.p);
		http_secret(http, buf_slice(&password));
	}
	secret_wipe(&password);
	return ok;
}

bool http_use_proxy(struct http *http, struct err *err)
{
	const struct connector *connector = http->channel.connector;
	const char *proxy = connector ? connector_value(connector, "proxy") : NULL;
	CURL *easy = http->transfer.easy;

	/* Never what http_proxy and the like name: it would be told what is not under TLS. */
	curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "");
	if (!proxy)
		return true;
	if (!check_proxy(proxy))
		return err_set(err, EX_CONFIG, "%s: config.proxy " CHECK_PROXY_IS, connector->file);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	const char *ca_file = connector_value(connector, "ca_file");
	if (ca_file) {
		curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, ca_file);
		curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	}
	return log_in(http, connector, err);
}
