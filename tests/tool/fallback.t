#!/bin/sh
# Fallback: when the next connector is taken, and when it is not.
. "${0%/*}/lib.sh"

spool_with acme
retry_soon
smtp_fake -l "$work/taken" -f 'end*1=take reset' >"$work/port" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/port")"
printf '%s\n' 'fallback: local' 'pause_seconds: 60' >>"$work/organizations/acme/connectors/relay.yaml"
cat >"$work/organizations/acme/connectors/local.yaml" <<end
id: local
kind: maildir
config: {path: $work/maildir}
end

# What became of the first is not known: it is not given to another.
doubt=$(message | mailq-enqueue)
mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
is 'in doubt' "$(grep -c '"result":"uncertain"' "$(path_of "$doubt")")" 1

kill $server
wait $server 2>/dev/null
id=$(message | mailq-enqueue)
more=$(message | mailq-enqueue)
mailq-render && mailq-route
is 'routed to the first' "$(state_of "$id")" routed
mailq-send-smtp 2>"$work/log"
mailq-send-smtp 2>>"$work/log"
is 'which is away: back to be routed' "$(state_of "$id")" rendered
mailq-route
is 'to its fallback' "$(path_of "$id")" "$spool/acme/routed/maildir/$id"
is 'with the reason' "$(grep -c '"reason":"fallback: relay is paused"' "$(path_of "$id")")" 1
mailq-send-maildir 2>"$work/log"
is 'which delivers' "$(state_of "$id")$(state_of "$more")" sentsent
is 'no attempt was spent on the first' "$(grep -c '^%attempt' "$(path_of "$id")")" 1

wait_for 30 sh -c "mailq-route && find $spool/acme/routed -name $doubt | grep -q ."
is 'the one in doubt waits for the first' "$(path_of "$doubt")" "$spool/acme/routed/smtp/$doubt"
mailq-send-smtp 2>"$work/log"
is 'as long as that is paused' "$(path_of "$doubt")" "$spool/acme/routed/smtp/$doubt"

done_testing
