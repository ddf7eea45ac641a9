#!/bin/sh
# The index is a cache: made anew from the files, it gives the same answers as the one that was kept
# along the way. Random histories over several organizations, through the real programs; then the
# same with programs that are killed. SEED=N repeats a history.
. "${0%/*}/../tool/lib.sh"

seed=${SEED:-$(date +%s)}
steps=${STEPS:-25}
echo "# SEED=$seed"

spool_with acme globex initech umbrella hooli
retry_soon
relay_for acme globex initech
rm "$work/organizations/hooli/connectors/"* # nothing to send by: its messages are held

random() { # n: sets $chance to 0 ... n - 1
	seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
	chance=$(((seed >> 8) % $1))
}

# Most are delivered; an address can be deferred or refused; some have a time, few attempts, words
# longer than an index keeps.
messages() { # how many
	random 1000000
	awk -v n="$1" -v seed="$chance" '
		function any(n) { return int(rand() * n) }
		function address() {
			kind = any(10)
			return (kind < 2 ? "defer-451-" : kind < 3 ? "reject-550-" : "") "u" any(40) "@Example.com"
		}
		function list(n,   i, text) {
			for (i = 0; i < n; i++)
				text = text (i ? "," : "") "\"" address() "\""
			return "[" text "]"
		}
		function words(n,   i, text) {
			for (i = 0; i < n; i++)
				text = text (i ? " " : "") vocabulary[1 + any(5)]
			return text
		}
		BEGIN {
			srand(seed)
			split("acme globex initech umbrella hooli", orgs, " ")
			split("your café invoice is über-ready", vocabulary, " ")
			for (i = 0; i < n; i++) {
				printf "{\"organization_id\":\"%s\",\"to_emails\":%s", orgs[1 + any(5)], list(1 + any(3))
				if (any(4) == 0)
					printf ",\"cc_emails\":%s,\"bcc_emails\":%s", list(1), list(1)
				if (any(3) == 0)
					printf ",\"max_attempts\":%d", 1 + any(3)
				if (any(4) == 0)
					printf ",\"priority\":%d", any(21) - 10
				if (any(8) == 0)
					printf ",\"scheduled_at\":\"2100-01-01T00:00:%02d.%03dZ\"", any(60), any(1000)
				else if (any(8) == 0)
					printf ",\"scheduled_at\":\"2020-01-01T00:00:00Z\""
				printf ",\"subject\":\"%s\",\"body_text\":\"Hello.\"}\n", words(any(12) ? any(8) : 60)
			}
		}'
}

# What the index says, and what is told with its help.
tell() { # into which file
	{
		mailq-index dump
		mailq-list --json
		mailq-status --json
	} >"$1" 2>"$work/err"
}

# The same, made anew from a copy of the files.
tell_anew() {
	rm -rf "$work/copy"
	cp -a "$spool" "$work/copy"
	rm -rf "$work/copy/.index"
	MAILQ_SPOOL=$work/copy tell "$1"
}

agrees() {
	tell "$work/kept"
	tell_anew "$work/anew"
	cmp -s "$work/kept" "$work/anew"
}

differences() {
	diff "$work/kept" "$work/anew" | cut -c 1-300 | head -n 20 | note
}

# A verb on some of the messages, whether it applies to them or not.
operate() {
	random 7
	verb=$(echo hold release cancel queue retry send-now delete | cut -d ' ' -f $((chance + 1)))
	for _ in 1 2 3 4 5; do
		random "$(($(wc -l <"$work/ids") + 1))"
		id=$(sed -n "$((chance + 1))p" "$work/ids")
		if [ -n "$id" ] && "mailq-$verb" "$id" && [ "$verb" = delete ]; then
			echo "$id" >>"$work/deleted"
		fi
	done
}

step() { # what the stages are run by
	random 10
	case $chance in
	0 | 1 | 2) messages 20 | mailq-enqueue >>"$work/ids" ;;
	3) messages 3 | mailq-enqueue --draft >>"$work/ids" ;;
	4) "$@" mailq-render ;;
	5) "$@" mailq-route ;;
	6) "$@" mailq-send-smtp ;;
	7) "$@" mailq-send-maildir ;;
	8 | 9) operate ;;
	esac 2>>"$work/log"
}

remaining() { # of the ids that were printed
	sort "$work/ids" "$work/deleted" "$work/deleted" | uniq -u
}

# --- nobody dies ---

touch "$work/ids" "$work/deleted"
i=0 agreed=0
while [ $i -lt "$steps" ]; do
	step
	i=$((i + 1))
	if agrees; then
		agreed=$((agreed + 1))
	else
		differences
	fi
done
is 'the index agrees with the files after each step' "$agreed" "$steps"
{
	messages 60 | mailq-enqueue
	messages 3 | mailq-enqueue --draft
} >>"$work/ids"
for stage in mailq-render mailq-route mailq-send-smtp mailq-send-maildir; do
	$stage 2>>"$work/log"
done
is 'every message is listed' "$(mailq-list -q | sort | cksum)" "$(remaining | cksum)"
for status in draft ready deferred held sent failed; do
	[ -n "$(mailq-list -q -s $status --limit 1)" ]
	report $? "some are $status"
done

agrees
cp "$work/kept" "$work/before"
rm -rf "$spool/.index"
ok 'a deleted index is made anew' mailq-index rebuild
tell "$work/kept"
cmp -s "$work/before" "$work/kept"
report $? 'and says the same in the same place'

# --- stages are killed, at any moment; what they had claimed lapses ---

# shellcheck disable=SC2317 # called by name
dies_soon() {
	random 25
	timeout -s KILL "$(printf '0.%03d' $((chance + 2)))" "$@"
}

i=0
while [ $i -lt $((3 * steps)) ]; do
	step dies_soon
	i=$((i + 1))
done 2>>"$work/log"

# A minute and a half later, by the clock that claims are counted in.
if ! unshare --time --boottime 90 true 2>>"$work/log"; then
	report 0 'agrees after deaths # SKIP no time namespaces here'
	done_testing
fi
later() {
	unshare --time --boottime 90 "$@"
}

settled=1 i=0
while [ $settled -ne 0 ] && [ $i -lt 30 ]; do
	for stage in mailq-render mailq-route mailq-send-smtp mailq-send-maildir; do
		later $stage
	done
	i=$((i + 1))
	agrees
	settled=$?
done 2>>"$work/log"
echo "# settled after $i rounds"
report $settled 'the index agrees with the files after deaths'
[ $settled -eq 0 ] || differences
is 'every message is in one place' "$(find "$spool" -type f -name '01????????????????????????' -printf '%f\n' | sort | cksum)" \
	"$(remaining | cksum)"

done_testing
