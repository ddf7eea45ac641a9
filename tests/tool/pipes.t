#!/bin/sh
# Programs in a pipeline: what they do when nobody listens, when there is nothing to read, and when
# the environment is odd. A descriptor that is closed is never a file of the spool.
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/lib.sh"

spool_with acme
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
message >m.json
id=$(mailq-enqueue m.json)

messages() {
	find "$spool" -name '01*' -type f | wc -l | tr -d ' '
}

nobody_listens() { "$@" >&-; }
disk_is_full() { "$@" >/dev/full; }

# --- standard output ---

while read -r command; do
	# shellcheck disable=SC2086 # a list of words
	for where in nobody_listens disk_is_full; do
		exits 74 "$where: $command" $where $command
		is 'says so in one line' "$(grep -c '^[a-z-]*: .*standard output: \|^write standard output: ' "$work/err") $(wc -l <"$work/err" | tr -d ' ')" '1 1'
	done
done <<end
mailq-list
mailq-list --json
mailq-show $id
mailq-show --json $id
mailq-explain $id
mailq-status
mailq-connector list
mailq-connector show
mailq-index check
mailq-index dump
mailq-purge --older-than 1d
mailq-route --explain m.json
mailq-template render --template m.json
mailq-token create --all
mailq-send-smtp --describe
mailq-list --help
mailq-list --version
end
is 'a token that nobody has seen is none' "$(mailq-token list)" ''
exits 74 'sendmail, too' disk_is_full mailq-sendmail -bv bo@b.example
says 'and says so' 'standard output: '

before=$(messages)
exits 74 'no message is taken whose id nobody can see' nobody_listens mailq-enqueue m.json
is 'not even in part' "$(messages)" "$before"
exits 74 'nor said to be taken on a full disk' disk_is_full mailq-enqueue m.json

# --- all three closed: the log and ids must not end in a file of the spool ---

closed() { "$@" <&- >&- 2>&-; }
while read -r command; do
	# shellcheck disable=SC2086
	closed $command
done <<end
mailq-render
mailq-route
mailq-send-maildir
mailq-enqueue m.json
mailq-cancel
mailq-list
mailq-sendmail -bv bo@b.example
end
ok 'with nothing open a message is sent all the same' test "$(state_of "$id")" = sent
is 'and the index holds the same as the files' "$(mailq-index dump >a && mailq-index rebuild && mailq-index dump | cmp - a)" ''
exits 74 'ids are read from what is open' sh -c 'mailq-show <&-'
says 'and that it is not is told' 'standard input: '

# --- input ---

is 'ids may have blanks and CR around them, and lines may be empty' \
	"$(printf ' %s \r\n\n%s' "$id" "$id" | mailq-show --json | wc -l | tr -d ' ')" 2
exits 66 'what is no id is told harmlessly' sh -c "printf '\033[2J\n../x\n' | mailq-show"
says 'by its name' '../x: no such message'
is 'without what a terminal would obey' "$(head -n 1 "$work/err")" 'mailq-show: ?[2J: no such message'
exits 64 'nor is it said of an option' mailq-list "--$(printf 'x\033[2J')"
says 'which is told' 'unknown option --x?[2J'

# --- a reader that goes ---

for _ in $(seq 3000); do cat m.json; done >many.json
ended() { # the status of what was in front of the pipe
	{ "$@" 2>"$work/err"; echo $? >code; } | head -n 1 >first
	cat code
}
is 'who writes to nobody ends by the signal' "$(ended mailq-enqueue many.json)" 141
is 'without a word' "$(cat "$work/err")" ''
ok 'and what is in the queue is whole' mailq-index check

# --- the environment ---

ok 'an odd locale changes nothing' env LC_ALL=tr_TR.UTF-8 LANG=xx_YY TZ=Nowhere/Here mailq-show --json "$id"
cp out odd
ok 'nor does none' env -i PATH="$PATH" MAILQ_CONF="$MAILQ_CONF" mailq-show --json "$id"
cp out none
ok 'byte for byte' cmp odd none
ok 'a home that is not there is not needed' env HOME=/nonexistent mailq-list
for mask in 000 027 077; do
	ok "takes a message with umask $mask" sh -c "umask $mask && mailq-enqueue m.json"
	is 'in a file for the queue alone' "$(stat -c %a "$(path_of "$(cat "$work/out")")")" 600
done
ok 'few descriptors are enough' sh -c 'ulimit -n 16 && mailq-enqueue m.json m.json && mailq-render && mailq-route && mailq-list'
{ printf 'Subject: long\n\n' && yes 'a line of text' | head -n 100000; } >long.eml
exits 73 'a large message with no place to wait' env TMPDIR="$work/none" mailq-sendmail bo@b.example <long.eml
says 'is told of it, and can come again' "temporary file in $work/none: "
yes "$id" | head -n 5000 >ids
ok 'thousands of arguments are taken' xargs -n 5000 mailq-show --json <ids
is 'each' "$(wc -l <out | tr -d ' ')" 5000

done_testing
