#!/bin/sh
# The kinds that speak HTTP, over TLS to an nginx that offers HTTP/2: many messages share one
# connection, and a certificate that is not trusted gets none of them.
. "${0%/*}/../tool/lib.sh"
# shellcheck source=certificates.sh
. "$top/tests/system/certificates.sh"

command -v nginx >/dev/null || skip_all 'there is no nginx'
nginx -V 2>&1 | grep -q http_v2_module || skip_all 'this nginx has no HTTP/2'

spool_with acme
authority
certificate good
certificate elsewhere
port=$(free_port)
inner=$(free_port)

nginx_with() { # certificate, what the server offers besides TLS, what it does with a request
	[ -z "$relay" ] || { kill "$relay" && wait "$relay"; } 2>/dev/null
	cat >nginx.conf <<-end
		daemon off;
		pid $work/nginx.pid;
		error_log stderr crit;
		events { worker_connections 256; }
		http {
			log_format one '\$server_protocol \$connection \$status \$request_length \$request_method';
			access_log $work/requests one;
			client_body_buffer_size 32m;
			client_max_body_size 64m;
			server {
				listen 127.0.0.1:$port ssl $2;
				ssl_certificate $work/$1.pem;
				ssl_certificate_key $work/$1.pem;
				location / { $3; }
			}
			server {
				listen 127.0.0.1:$inner;
				access_log off;
				location / { add_header X-Message-Id one; return 202; }
			}
		}
	end
	: >requests
	nginx -p "$work" -c "$work/nginx.conf" -e stderr 2>nginx.log &
	relay=$!
	wait_for 30 curl -s -o /dev/null --cacert authority.pem "https://localhost:$port/" || note <nginx.log
	: >requests
}

# The messages among the requests, but not what asked whether nginx was there.
posts() {
	grep POST requests
}

send() { # how many
	# shellcheck disable=SC2034
	for i in $(seq "$1"); do
		message
	done | mailq-enqueue >ids
	mailq-render && mailq-route && mailq-send-sendgrid 2>log
}

export KEY=a-secret-key
connect() { # id
	# shellcheck disable=SC2016 # the configuration's reference, not the shell's
	connector acme "$1" sendgrid 'api_key: $ENV:KEY, base_url: "https://localhost:'"$port"'", ca_file: '"$work/authority.pem"
	echo 'pause_seconds: 1' >>"organizations/acme/connectors/$1.yaml"
	mailq-list -q -s queued | mailq-cancel 2>/dev/null
}

whole="proxy_pass http://127.0.0.1:$inner"
nginx_with good http2 "$whole"
connect two
export SSLKEYLOGFILE="$work/tls-keys"
send 200
is 'all are sent' "$(grep -c 'to=sent' log)" 200
is 'over HTTP/2' "$(posts | cut -d ' ' -f 1 | sort | uniq -c | tr -s ' ')" ' 200 HTTP/2.0'
ok 'over few connections' test "$(posts | cut -d ' ' -f 2 | sort -u | wc -l)" -le 2

ok 'the keys of TLS are logged nowhere' test ! -e tls-keys

python3 -c '
import base64, json
print(json.dumps({"to_emails": ["a@example.com"], "subject": "large", "body_text": "x",
                  "attachments": [{"filename": "a", "content": base64.b64encode(bytes(9000000)).decode()}]}))' |
	mailq-enqueue >ids
mailq-render && mailq-route && mailq-send-sendgrid 2>log
is 'a large one too' "$(grep -c 'to=sent' log)" 1
ok 'in whole' test "$(posts | tail -n 1 | cut -d ' ' -f 4)" -gt 12000000

# It says yes without a look at the body, and resets the stream: a yes all the same. (Now and then
# libcurl comes upon the reset before it has looked at the answer, and drops that: who knows then?)
nginx_with good http2 'add_header X-Message-Id one; return 202'
connect early
send 50
ok 'an answer that comes before its time is one' test "$(grep -c 'to=sent' log)" -gt 0
is 'or in doubt' "$(grep -c -e 'to=sent' -e 'result=uncertain' log)" 50

nginx_with good '' "$whole"
connect one
send 20
is 'what offers HTTP/1.1 alone is served as well' \
	"$(grep -c 'to=sent' log) $(posts | cut -d ' ' -f 1 | sort -u)" '20 HTTP/1.1'

nginx_with elsewhere http2 "$whole"
connect strange
send 3
is 'a certificate of another name: nothing is sent' "$(grep -c 'to=sent' log) $(posts | wc -l)" '0 0'
is 'and no attempt is spent' "$(xargs mailq-show --json <ids | grep -c '"attempts":0')" 3
is 'the connector pauses' "$(grep -c 'event=connector.*result=unreachable' log)" 1

done_testing
