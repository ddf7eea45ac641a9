#!/bin/sh
# The kinds that speak HTTP, through a proxy: which learns the server's name and no more, and whose
# no is nobody's message's.
. "${0%/*}/../tool/lib.sh"
# shellcheck source=certificates.sh
. "$top/tests/system/certificates.sh"
# shellcheck source=http.sh
. "$top/tests/system/http.sh"

command -v openssl >/dev/null || skip_all 'no openssl'

proxies=
trap 'kill $fake $proxies 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme
cd "$work" || exit 1
authority
certificate good
certificate elsewhere
export KEY=SG.top-secret PASSWORD=pr0xy-secret

mkdir provider
python3 "$top/tests/system/http_fake.py" provider 0 elsewhere.pem >provider.port &
fake=$!
wait_for 10 test -s provider.port
answer answer 202 <<end
X-Message-Id: one

end

proxy() { # name, login, certificate
	python3 -B "$top/tests/system/proxy_fake.py" "$(cat provider.port)" "$1.log" "$2" ${3:+"$3"} >"$1.port" &
	proxies="$proxies $!"
	wait_for 10 test -s "$1.port"
}
proxy open -
proxy shut "me:$PASSWORD"
proxy secure "me:$PASSWORD" good.pem

# through NAME PROXY [HOST [MORE]]: what becomes of a message, and what the proxy was asked for.
through() {
	rm -f ./*.log
	connector acme "$1" sendgrid "api_key: \$ENV:KEY, ca_file: $work/authority.pem, proxy: \"$2\", base_url: \"https://${3:-elsewhere.example}\"${4:+, $4}"
	deliver sendgrid "$(message)"
	echo "$(told result) $(cat ./*.log 2>/dev/null)"
}
login="proxy_username: me, proxy_password: \$ENV:PASSWORD"
wrong="proxy_username: me, proxy_password: \$ENV:KEY"

is 'by CONNECT' "$(through one "http://127.0.0.1:$(cat open.port)")" 'sent connect elsewhere.example:443 in'
is 'with a login' "$(through two "http://127.0.0.1:$(cat shut.port)" '' "$login")" \
	'sent connect elsewhere.example:443 in'
is 'over TLS' "$(through three "https://localhost:$(cat secure.port)" '' "$login")" \
	'sent connect elsewhere.example:443 in'
is 'by SOCKS5, which looks the name up' "$(through four "socks5h://127.0.0.1:$(cat open.port)")" \
	'sent socks5 elsewhere.example:443 in'
is 'with a login, too' "$(through five "socks5h://127.0.0.1:$(cat shut.port)" '' "$login")" \
	'sent socks5 elsewhere.example:443 in'
is 'each has arrived' "$(requests)" 5
is 'and none was to the proxy' "$(grep -il '^proxy-' provider/*.head)" ''

through again "http://127.0.0.1:$(cat shut.port)" '' "$login" >/dev/null
mailq-connector test again --to ops@acme.example >told 2>&1
is 'a trial tells its course' "$(grep -c 'CONNECT elsewhere.example\|HTTP/1.1 202' told)" 2
is 'but no login' "$(grep -cF -e pr0xy-secret -e top-secret -e "$(printf 'me:%s' "$PASSWORD" | base64)" told)" 0

pause() { # of the connector, as the log has it
	grep -o 'event=connector.*' log | grep -o 'result=[a-z]*'
}
is 'a login that is wrong is no message'"'"'s fault' \
	"$(through six "http://127.0.0.1:$(cat shut.port)" '' "$wrong") $(pause)" \
	'untried connect elsewhere.example:443 wrong result=unreachable'
mailq-list -q -s queued | mailq-cancel
is 'nor is a tunnel that is refused' \
	"$(through seven "http://127.0.0.1:$(cat open.port)" refused.example) $(pause)" \
	'untried connect refused.example:443 refused result=unreachable'
mailq-list -q -s queued | mailq-cancel
# shellcheck disable=SC2086 # a list of processes
kill $proxies
proxies=
is 'nor a proxy that is away' "$(through eight "http://127.0.0.1:$(cat open.port)") $(pause)" \
	'untried  result=unreachable'
mailq-list -q -s queued | mailq-cancel
is 'of which none has arrived' "$(requests)" 7

for bad in proxy.example:3128 ftp://proxy.example:21 http://proxy.example http://me:x@proxy.example:1 \
	http://proxy.example:1/path http://:1 socks5://proxy.example:1 http://proxy.example:99999; do
	connector acme nine sendgrid "api_key: \$ENV:KEY, proxy: \"$bad\""
	mailq-connector check >out 2>&1
	is "no proxy is $bad" "$(grep -o 'config.proxy .*' out)" \
		'config.proxy must be http://, https:// or socks5h://, a host and a port'
done
connector acme nine sendgrid "api_key: \$ENV:KEY, proxy: \"http://127.0.0.1:1\", proxy_username: me"
deliver sendgrid "$(message)"
is 'a name without its password is told' "$(grep -o 'config.proxy_password is missing' log | head -n 1)" \
	'config.proxy_password is missing'
mailq-list -q -s queued | mailq-cancel

# What is on this machine needs none.
provider
answer answer 202 <<end
X-Message-Id: one

end
connector acme ten sendgrid "api_key: \$ENV:KEY, proxy: \"http://127.0.0.1:1\", base_url: $url"
deliver sendgrid "$(message)"
is 'this machine is reached without' "$(told result) $(requests)" 'sent 1'

is 'no secret is in a file or the log' "$(grep -rlF -e pr0xy-secret -e "$(printf 'me:%s' "$PASSWORD" | base64)" spool log organizations out)" ''

done_testing
