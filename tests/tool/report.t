#!/bin/sh
# failures_to: whoever is to know of failures gets a DSN for each, once, and none for a DSN.
. "${0%/*}/lib.sh"

spool_with acme
relay_for acme
yaml=$work/organizations/acme/organization.yaml

send() {
	mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
}
reports() { # how many messages the null sender has sent or is to send
	mailq-list -q --to "${1:-ops@acme.example}" | wc -l | tr -d ' '
}

id=$(message 'to_emails=["reject-550-bob@example.net"]' | mailq-enqueue)
send && mailq-route
is 'nobody is to know' "$(grep -c '"dsn"' "$(path_of "$id")")" 0
echo 'failures_to: ops@acme.example' >>"$yaml"
mailq-index rebuild 2>"$work/log"

message 'to_emails=["alice@example.com"]' | mailq-enqueue >"$work/id"
two=$(message 'to_emails=["reject-550-eve@example.net","alice@example.com"]' 'subject="Für Eve"' | mailq-enqueue)
send
is 'somebody is: a report is accepted by mailq-route' "$(reports)" 1
mailq-route
is 'for each that failed, also before' "$(reports)" 2
is 'noted in its story' "$(grep -c '"name":"dsn"' "$(path_of "$two")")" 1
send && mailq-route
is 'once' "$(reports)" 2
mailq-retry "$id" && send && mailq-route
is 'also when it is tried again, and fails again' "$(status_of "$id") $(reports)" 'failed 2'
grep ops@acme.example "$work/taken" | cut -f 2 >"$work/senders"
is 'from the null sender' "$(sort -u "$work/senders")" '<>'

dsn=$(grep -o 'reported to ops@acme.example: [0-9a-z]*' "$(path_of "$two")" | cut -d ' ' -f 4)
is 'under the key of what failed' "$(mailq-show --json "$dsn" | grep -o '"idempotency_key":"[^"]*"')" \
	"\"idempotency_key\":\"$two\""
mailq-show --message "$dsn" >"$work/dsn"
python3 -B - "$work/dsn" "$two" >"$work/out" <<'end'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
words, status, header = m.get_payload()
print(m.get_content_type(), m.get_param("report-type"), len(m.defects))
print(m["subject"])
print(m["auto-submitted"], m["message-id"] == "<%s.dsn@acme.example>" % sys.argv[2])
print("alice" in words.get_content(), "eve" in words.get_content())
for group in status.get_payload():
    print(" ".join("%s=%s" % (k, v) for k, v in group.items() if k not in ("X-Mailq-Id", "Arrival-Date")))
print(header.get_content_type(), "Subject:" in header.get_payload())
end
is 'is a report for people and machines' "$(cat "$work/out")" "\
multipart/report delivery-status 0
Undelivered: Für Eve
auto-replied True
False True
Reporting-MTA=dns; acme.example
Final-Recipient=rfc822; reject-550-eve@example.net Action=failed Status=5.0.0 Diagnostic-Code=smtp; 550  as you asked
text/rfc822-headers True"

# A crash between accepting the report and noting it: the event is cut off again.
path=$(path_of "$two")
whole=$(grep -abo '^%event' "$path" | tail -n 1 | cut -d : -f 1)
head -c "$whole" "$path" >"$work/cut" && cat "$work/cut" >"$path"
mailq-index rebuild 2>"$work/log"
mailq-route
is 'done again it is the same report' "$(reports)" 2
is 'and noted' "$(grep -c "reported to ops@acme.example: $dsn" "$path")" 1

# Others that fail, and those of whom nobody is told.
message 'expires_at="2001-01-01T00:00:00Z"' | mailq-enqueue >"$work/id"
mailq-render && mailq-route
is 'one that expired' "$(reports)" 3
sed -i 's/^failures_to:.*/failures_to: reject-550-ops@acme.example/' "$yaml"
message 'to_emails=["reject-550-bob@example.net"]' | mailq-enqueue >"$work/id"
send && mailq-route && send && mailq-route && send
is 'a report that fails is not reported' "$(reports reject-550-ops@acme.example)" 1
is 'but has failed' "$(status_of "$(mailq-list -q --to reject-550-ops@acme.example)")" failed

# What the sender does not want to hear of, nobody hears of (RFC 3461).
sed -i 's/^failures_to:.*/failures_to: ops@acme.example/' "$yaml"
mailq-route
before=$(reports)
message 'to_emails=["reject-550-x@example.net"]' 'dsn={"notify":["never"]}' | mailq-enqueue >"$work/id"
message 'to_emails=["reject-550-x@example.net"]' 'dsn={"notify":["success"]}' | mailq-enqueue >"$work/id"
three=$(message 'to_emails=["reject-550-x@example.net","reject-550-y@example.net"]' \
	'dsn={"envid":"job 7","recipients":[{"email":"reject-550-x@example.net","notify":["never"]},{"email":"reject-550-y@example.net","orcpt":"rfc822;team@example.net"}]}' | mailq-enqueue)
send && mailq-route
is 'a report that nobody wants is not made' "$(reports)" $((before + 1))
dsn=$(grep -o 'reported to ops@acme.example: [0-9a-z]*' "$(path_of "$three")" | cut -d ' ' -f 4)
mailq-show --message "$dsn" | tr -d '\r' >"$work/dsn"
is 'nor is one recipient named who is not to be' "$(grep -c '^  reject-550-x' "$work/dsn")" 0
is 'the others are, by the names they were given' "$(grep -E '^(Original|Final)-' "$work/dsn")" "\
Original-Envelope-Id: job 7
Original-Recipient: rfc822;team@example.net
Final-Recipient: rfc822; reject-550-y@example.net"

# A key is for anyone to take. Then the story says that nobody was told.
taken=$(message 'to_emails=["reject-550-z@example.net"]' | mailq-enqueue)
message "idempotency_key=\"$taken\"" | mailq-enqueue >"$work/id"
send && mailq-route
ok 'a key that somebody else took' mailq-show "$taken"
prints 'is told' 'dsn by mailq-route: not reported: idempotency_key: used before'

done_testing
