# shellcheck shell=sh
#
# What tests of the app stand on, beside lib.sh: a server of this test alone, and curl with the
# cookies of whoever is signed in, by the name in $jar; $csrf is the test's to set.
# shellcheck disable=SC2154 # lib.sh has the rest

command -v curl >/dev/null || skip_all 'no curl'

app_with() { # as spool_with
	spool_with "$@"
	printf '%s\n' "tokens: $work/tokens" "secrets: $work/secrets" >>"$MAILQ_CONF"
}

httpd() {
	mailq-httpd --listen "127.0.0.1:$port" 2>>"$work/log" &
	pid=$!
	wait_for 30 curl -s "$url/healthz"
}

# The status of the answer; its header and body are in $work/head and $work/body.
get() { # path, curl's further arguments
	path=$1
	shift
	curl -sS -b "$work/$jar" -c "$work/$jar" -D "$work/head" -o "$work/body" -w '%{http_code}' "$@" "$url$path"
}

answers() { # name, status, path, ...
	name=$1 wanted=$2
	shift 2
	is "$name" "$(get "$@")" "$wanted"
}

body_has() { # name, text
	cp "$work/body" "$work/out"
	prints "$@"
}

head_has() { # name, text
	tr -d '\r' <"$work/head" >"$work/out"
	prints "$@"
}

sign_in() { # token, jar
	jar=$2
	get /email/sign-in -d "token=$1" >"$work/code"
}

csrf() { # of the last page
	grep -o 'name="csrf" value="[^"]*"' "$work/body" | head -n 1 | cut -d '"' -f 4
}

change() { # path, form, curl's further arguments
	path=$1 form=$2
	shift 2
	get "$path" -d "csrf=$csrf&$form" "$@"
}

trap 'kill $pid 2>/dev/null; rm -rf "$work"' EXIT
port=$(free_port)
url=http://127.0.0.1:$port
