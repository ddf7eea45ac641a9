#!/bin/sh
# mailq-httpd: numbers for monitoring, and whether all is well.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"

command -v curl >/dev/null || skip_all 'no curl'

get() { # path, token
	curl -s --unix-socket socket -H "Authorization: Bearer $2" -D head -w '%{http_code}' -o body "http://x$1"
}

value() { # series
	grep -F "$1 " body | cut -d ' ' -f 2
}

trap 'kill $pid $relay 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme globex
printf 'tokens: %s/tokens\nsecrets: %s/secrets\n' "$work" "$work" >>"$MAILQ_CONF"
chmod 755 "$work"
cd "$work" || exit 1
all=$(mailq-token create --all --role read)
acme=$(mailq-token create -o acme --role read)
submit=$(mailq-token create --all)
mailq-httpd --socket "$work/socket" 2>>log &
pid=$!
wait_for 30 curl -s --unix-socket socket http://x/healthz

message | mailq-enqueue -o acme >/dev/null
message | mailq-enqueue -o acme >/dev/null
message | mailq-enqueue -o globex >/dev/null
mailq-render 2>>log && mailq-route 2>>log && mailq-send-maildir 2>>log
mailq-cancel "$(message | mailq-enqueue -o globex)"
message | mailq-enqueue -o globex >waits

is 'there are numbers' "$(get /metrics "$all")" 200
is 'of a type' "$(grep -ic '^content-type: text/plain; version=0.0.4' head)" 1
is 'what was accepted' "$(value 'mailq_accepted_total{org="globex"}')" 3
is 'what was sent' "$(value 'mailq_messages_total{org="acme",transport="local",status="sent"}')" 2
is 'what was cancelled' "$(value 'mailq_messages_total{org="globex",transport="",status="cancelled"}')" 1
is 'by which attempts' "$(value 'mailq_attempts_total{org="acme",transport="local",outcome="sent",code=""}')" 2
is 'how long it took' "$(value 'mailq_delivery_duration_seconds_count{org="acme"}')" 2
is 'what waits' "$(value 'mailq_queue_messages{org="globex",status="ready"}')" 1
is 'one that needs no token of its own' "$(grep -c '^mailq_oauth_token_expiry_seconds' body)" 0
is 'a connector that is well' "$(value 'mailq_breaker_state{org="acme",transport="local"}')" 0

cat >check.py <<'end'
"""What promtool check metrics looks at."""
import re, sys
types, seen, histograms = {}, set(), {}
for line in sys.stdin.read().splitlines():
    head = re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line)
    if head:
        if head[1] == "TYPE":
            assert head[2] not in types, line
            types[head[2]] = head[3]
        continue
    sample = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? ([0-9.]+)', line)
    assert sample, line
    assert sample[1] + (sample[2] or "") not in seen, line
    seen.add(sample[1] + (sample[2] or ""))
    base = re.sub(r"_(bucket|sum|count)$", "", sample[1])
    kind = types.get(sample[1]) or types[base]
    assert (kind == "counter") == sample[1].endswith("_total"), line
    if kind == "histogram" and sample[1].endswith("_bucket"):
        labels, bound = re.fullmatch(r'(.*),le="([^"]*)"\}', sample[2]).groups()
        histograms.setdefault(base + labels, []).append((float(bound), float(sample[3])))
for name, buckets in histograms.items():
    assert buckets == sorted(buckets) and [b[1] for b in buckets] == sorted(b[1] for b in buckets), name
    assert buckets[-1][0] == float("inf") and any(b[0] == 86400 for b in buckets), name
print(len(types), "metrics")
end
is 'in the format of Prometheus' "$(python3 check.py <body)" '12 metrics'
is 'with no address and no id' "$(grep -c "@\|$(cat waits)" body)" 0
is 'with a token' "$(get /metrics none)" 401
get /metrics "$acme" >/dev/null
is 'for its organization' "$(grep -c globex body)" 0

# --- what the remote says ---

smtp_fake -l taken -f 'mail%3=421 4.7.0 slow down' >port &
relay=$!
wait_for 30 test -s port
connector acme relay smtp "host: 127.0.0.1, port: $(cat port), security: none"
mkdir secrets
touch -d '1 hour' secrets/acme:relay.token
touch -d '1 hour ago' secrets/globex:local.token
for to in reject-550-5.1.1-nobody defer-451-4.3.0-later; do
	message to_emails="[\"$to@example.com\"]" | mailq-enqueue -o acme >/dev/null
done
mailq-render 2>>log && mailq-route 2>>log && mailq-send-smtp 2>>log
knows() { # series, value
	get /metrics "$all" >/dev/null
	[ "$(value "$1")" = "$2" ]
}
attempts='mailq_attempts_total{org="acme",transport="relay",outcome'
get /metrics "$all" >/dev/null
is 'why it refused' "$(value "$attempts=\"failed\",code=\"550\"}")" 1
is 'or put off' "$(value "$attempts=\"deferred\",code=\"451\"}")" 1
message | mailq-enqueue -o acme >/dev/null
mailq-render 2>>log && mailq-route 2>>log && mailq-send-smtp 2>>log
wait_for 30 knows 'mailq_throttled_total{org="acme",transport="relay"}' 1
report $? 'that it asked to slow down'
is 'for which no attempt counts' "$(grep -c 'code="421"' body)" 0
knows_expiry() {
	get /metrics "$all" >/dev/null
	grep -q 'mailq_oauth_token_expiry_seconds.*relay' body
}
wait_for 30 knows_expiry
expiry=$(value 'mailq_oauth_token_expiry_seconds{org="acme",transport="relay"}')
is 'how long a token is good' "$((${expiry%.*} > 3000 && ${expiry%.*} <= 3600))" 1
is 'or that it is not' "$(value 'mailq_oauth_token_expiry_seconds{org="globex",transport="local"}')" 0.000
connector acme local maildir "path: $work/maildir"
mailq-list -o acme -s queued -q | mailq-cancel

# --- they stay, and begin anew ---

kill "$pid" && wait "$pid"
mailq-httpd --socket "$work/socket" 2>>log &
pid=$!
wait_for 30 curl -s --unix-socket socket http://x/healthz
get /metrics "$all" >/dev/null
is 'they outlive the server' "$(value 'mailq_accepted_total{org="globex"}')" 3
mailq-index rebuild 2>>log
get /metrics "$all" >/dev/null
is 'and begin anew with the index' "$(grep -c '^mailq_accepted_total' body)" 0
is 'in which the messages are' "$(value 'mailq_queue_messages{org="acme",status="sent"}')" 2

# --- health ---

is 'all is well' "$(get /healthz '')" 200
sed -i 's/^min_free_bytes:.*/min_free_bytes: 1000000000000000/' "$MAILQ_CONF"
kill "$pid" && wait "$pid"
mailq-httpd --socket "$work/socket" 2>>log &
pid=$!
unwell() {
	[ "$(get /healthz '')" = 503 ]
}
wait_for 30 unwell
report $? 'or not'
is 'and it says why' "$(cat body)" '{"status":"unwell","alarms":["space"]}'
is 'takes no message' "$(message | curl -s --unix-socket socket -H "Authorization: Bearer $submit" \
	-o body -w '%{http_code}' -d @- http://x/api/email/queue)" 503
is 'and still shows what there is' "$(get /metrics "$all")" 200

done_testing
