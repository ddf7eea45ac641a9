#!/bin/sh
# The staging guard: who is not to be written to is not, and everything can go to one address.
. "${0%/*}/lib.sh"

spool_with acme
smtp_fake -l "$work/taken" >"$work/port" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/port")"

send() {
	mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
}

cat >>"$work/organizations/acme/organization.yaml" <<end
guard: {deliver_only_to: ["*@acme.example"]}
end
in=$(message 'to_emails=["bob@acme.example"]' | mailq-enqueue)
out=$(message 'to_emails=["bob@acme.example","alice@example.com"]' | mailq-enqueue)
send
is 'an allowed recipient is served' "$(state_of "$in")" sent
is 'one that is not allowed holds the message' "$(state_of "$out")" held
is 'and is named' "$(grep -c 'deliver_only_to does not allow alice@example.com' "$(path_of "$out")")" 1
is 'nobody got it' "$(grep -c "$out" "$work/taken")" 0

sed -i 's/^guard:.*/guard: {redirect_to: test@acme.example}/' "$work/organizations/acme/organization.yaml"
all=$(message 'to_emails=["ann@example.com","bob@example.com"]' | mailq-enqueue)
send
is 'redirected: one address got it' "$(grep "$all" "$work/taken" | cut -f 3)" test@acme.example
is 'it is sent' "$(state_of "$all")" sent
is 'and its history says where it went' "$(grep -c 'redirected to test@acme.example' "$(path_of "$all")")" 1

done_testing
