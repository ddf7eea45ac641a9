# shellcheck shell=sh
#
# Puts the API's document between a test and mailq-httpd: source it after lib.sh.
#
#     between PORT     hands what comes to $between on to PORT; needs python3-jsonschema
#     as_documented N  two lines of the test: no exchange was other than the document says, and there
#                      were N or more
#
# shellcheck disable=SC2154 # $work, $top and others are lib.sh's

python='' between_pid=''
for candidate in /usr/bin/python3 python3; do # Debian's package is its own Python's
	if "$candidate" -c 'import jsonschema' 2>/dev/null; then
		python=$candidate
		break
	fi
done

between() {
	"$python" -B "$top/tests/system/openapi.py" "$1" "$work/exchanges" >"$work/between" &
	between_pid=$!
	wait_for 30 test -s "$work/between"
	# shellcheck disable=SC2034 # the test's
	between=$(cat "$work/between")
}

as_documented() {
	is 'all of it was as the document says' "$(grep -v '^ok$' "$work/exchanges" | sort -u | head -n 20)" ''
	is 'which is about something' "$([ "$(grep -c '^ok$' "$work/exchanges")" -ge "$1" ] && echo yes)" yes
	kill "$between_pid"
	between_pid=
}
