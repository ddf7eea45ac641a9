#!/bin/sh
# mailq-httpd: what a command does, a path does; and each shows in the other at once.
# shellcheck disable=SC2317 # value's expressions
. "${0%/*}/lib.sh"
. "$top/tests/tool/api.sh"

spool_with acme globex
printf 'tokens: %s/tokens\nsecrets: %s/secrets\n' "$work" "$work" >>"$MAILQ_CONF"
chmod 755 "$work"
cd "$work" || exit 1
token=$(mailq-token create --all --role admin)
serve

in_api() { # id
	call GET "/outbox/$1" >/dev/null
	value 'b.get("state", b.get("status"))' 2>/dev/null
}

in_command() { # id
	mailq-show --json "$1" 2>/dev/null | grep -o '"state":"[a-z]*"' | head -n 1 | cut -d '"' -f 4
}

new() { # further options of mailq-enqueue
	message | mailq-enqueue "$@"
}

# Its template is wrong, which shows when it is rendered.
failed() {
	message template_id='"wrong"' subject= body_text= | mailq-enqueue >id
	mailq-render 2>>log
	cat id
}
echo 'subject: "{{ no end"' >organizations/acme/templates/wrong.yaml

# --- messages: verb, what leads to where it applies, where it leads ---

while read -r verb before to; do
	case $before in
	draft) one=$(new --draft) two=$(new --draft) ;;
	failed) one=$(failed) two=$(failed) ;;
	*) one=$(new) two=$(new) ;;
	esac
	[ "$before" != held ] || mailq-hold "$one" "$two"
	ok "mailq-$verb" "mailq-$verb" -r 'by hand' "$one"
	is 'shows in the API' "$(in_api "$one")" "$to"
	if [ "$verb" = delete ]; then
		answers "DELETE" 204 DELETE "/outbox/$two" -d '{"reason":"by hand"}'
		is 'for a reason that the log keeps' "$(grep -c "event=delete id=$two .* reason=\"by hand\"" log)" 1
	else
		answers "POST .../$verb" 200 POST "/outbox/$two/$verb" -d '{"reason":"by hand"}'
		is 'answers with the same' "$(value 'b["state"]')" "$to"
		is 'both for a reason' "$(mailq-show "$one" "$two" | grep -c "$verb by .*: by hand\$")" 2
	fi
	is 'and shows in the command' "$(in_command "$two")" "${to#404}"
	call GET '/outbox?limit=500' >/dev/null
	mailq-list --json | grep -o '"id":"[^"]*","status":"[a-z]*","state":"[a-z]*"' >listed
	is "so that both list the same" "$(value '"\n".join("\"id\":\"%s\",\"status\":\"%s\",\"state\":\"%s\"" % (m["id"], m["status"], m["state"]) for m in b["messages"])')" "$(cat listed)"
done <<'end'
hold queued held
release held queued
cancel queued cancelled
queue draft queued
send-now held queued
retry failed queued
delete failed 404
end

id=$(new)
call GET /stats >/dev/null
is 'mailq-status counts as GET /stats' "$(value '"%(queued)d %(cancelled)d %(draft)d" % b["organizations"][0]')" \
	"$(mailq-status --json -o acme | python3 -c 'import json, sys
b = json.load(sys.stdin)
b = b["organizations"][0] if "organizations" in b else b
print(b["queued"], b["cancelled"], b["draft"])')"
call GET "/outbox/$id/explain" >/dev/null
ageless() { # or the second could be another one for each of them
	sed 's/([^()]* ago)/(ago)/g'
}
is 'mailq-explain says what /explain says' "$(ageless <body)" "$(mailq-explain --json "$id" | ageless)"
answers 'POST /queue?draft=true' 202 POST '/queue?draft=true' -d "$(message)"
is 'makes what mailq-enqueue --draft makes' "$(in_command "$(value 'b["id"]')")" draft

# --- templates and connectors ---

rm organizations/acme/templates/wrong.yaml

template='{"id":"hello","subject":"Hello","body_text":"Hello.\n"}'
printf '%s\n' "$template" | mailq-template -o acme put >written
is 'a template that mailq-template puts' "$(call GET /templates/hello)" 200
answers 'and one that is posted' 201 POST /templates -d '{"id":"bye","subject":"Bye","body_text":"Bye.\n"}'
is 'are there for both' "$(mailq-template -o acme list --json 2>/dev/null | grep -o '"id": *"[a-z]*"' | tr -d ' ' | sort | tr '\n' ' ')" '"id":"bye" "id":"hello" '
mailq-template -o acme delete bye
is 'until one takes it away' "$(call GET /templates/bye) $(call DELETE /templates/hello) $(mailq-template -o acme list | wc -l)" '404 204 0'

relay='{"id":"relay","kind":"smtp","config":{"host":"127.0.0.1","port":25,"security":"none"}}'
echo "$relay" | mailq-connector -o acme put >written
is 'a connector that mailq-connector puts' "$(call GET /connectors/relay)" 200
mailq-connector -o acme pause relay --reason 'by hand'
call GET /connectors/relay/health >/dev/null
is 'is paused' "$(value 'b["paused"]')" true
is 'for both' "$(call POST /connectors/relay/resume) $(mailq-connector -o acme resume relay 2>/dev/null || echo $?)" '200 65'
is 'and gone for both' "$(call DELETE /connectors/relay) $(mailq-connector -o acme show relay 2>/dev/null || echo $?)" '204 66'

done_with_api
