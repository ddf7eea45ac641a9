#!/bin/sh
# mailq-supervise: what it starts and with what, what it restarts, kills and stops. The stages are
# small scripts beside a copy of it, so that only the supervisor is tested.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/lib.sh"

mkdir "$work/bin"
cp "$build/bin/mailq-supervise" "$work/bin"
PATH=$work/bin:/usr/bin:/bin # no real stage is found
supervisor=0
trap 'kill -KILL $supervisor 2>/dev/null; rm -rf "$work"' EXIT

# A stage: tells its start and end in told, its environment in env.STAGE, and that it goes on to the
# supervisor. With a file deaf.STAGE it does not end when asked to; with mute.STAGE it says nothing.
stage() {
	cat >"$work/bin/$1" <<-'end'
		#!/usr/bin/perl
		use Socket;
		my ($work, $name) = $0 =~ m{(.*)/bin/mailq-(.*)} or die;
		sub note { open my $f, ">>", "$work/told"; print $f "$name @_\n" }
		open my $env, ">", "$work/env.$name.new" or die;
		print $env map { "$_=$ENV{$_}\n" } sort keys %ENV;
		close $env;
		rename "$work/env.$name.new", "$work/env.$name";
		socket my $to, AF_UNIX, SOCK_DGRAM, 0 or die;
		connect $to, pack_sockaddr_un($ENV{NOTIFY_SOCKET}) or die "$ENV{NOTIFY_SOCKET}: $!";
		$SIG{TERM} = -e "$work/deaf.$name" ? "IGNORE" : sub { note "ended"; exit 0 };
		note @ARGV;
		for (;;) {
			send $to, "WATCHDOG=1", 0 unless -e "$work/mute.$name";
			select undef, undef, undef, 0.2;
		}
	end
	chmod +x "$work/bin/$1"
}

supervise() {
	mailq-supervise --silence 5 --stop-within 5 2>>"$work/log" &
	supervisor=$!
}

workers() {
	mailq-supervise status | tr '{' '\n' | grep '^"stage"'
}

pid_of() { # stage [worker]
	workers | grep "\"stage\":\"$1\",\"worker\":${2:-1}," | grep -o '"pid":[0-9]*' | cut -d : -f 2
}

are_running() {
	[ "$(workers | grep -c '"state":"running"')" -eq "$1" ] && [ "$(workers | wc -l)" -eq "$1" ]
}

runs_anew() { # stage, its old process
	[ -n "$(pid_of "$1")" ] && [ "$(pid_of "$1")" != "$2" ]
}

told() { # how many times, which line
	[ "$(grep -c -- "$2" "$work/told")" -eq "$1" ]
}

logged() {
	grep -q -- "$1" "$work/log"
}

is_gone() {
	! kill -0 "$1"
}

for program in mailq-render mailq-route mailq-pickup mailq-send-maildir; do
	stage $program
done
cat >"$work/bin/mailq-index" <<'end'
#!/bin/sh
echo "index $*" >>"${0%/bin/*}/told"
end
chmod +x "$work/bin/mailq-index"
spool_with acme
mkdir "$spool/.drop"
cd /
export SECRET=secret RELAY_PASSWORD=open-sesame TZ=UTC

# --- before it runs ---

exits 69 'nobody to ask' mailq-supervise status
says 'says so' 'no supervisor runs'
exits 64 'a word that it does not know' mailq-supervise dance
exits 64 'a limit that is none' mailq-supervise --stop-within 0
exits 66 'a spool that is not there' env MAILQ_SPOOL="$work/nowhere" mailq-supervise
echo 'environment_file: /nowhere/at/all' >>"$MAILQ_CONF"
exits 78 'an environment file that is not there' mailq-supervise
says 'says which' '/nowhere/at/all'
sed -i '$d' "$MAILQ_CONF"

# --- it runs ---

supervise
ok 'starts the stages' wait_for 30 are_running 4
ok 'each follows the configuration' wait_for 30 told 4 "^[a-z-]* -C $MAILQ_CONF --follow\$"
ok 'checks the index' wait_for 30 told 1 "^index -C $MAILQ_CONF check\$"
exits 75 'two supervisors of one spool' mailq-supervise
says 'names the other' "process $supervisor supervises this spool already"

is 'a stage has no secret' "$(grep -c -e SECRET -e RELAY "$work/env.render")" 0
is 'a stage has the time zone' "$(grep TZ "$work/env.render")" TZ=UTC

# --- what dies ---

old=$(pid_of render)
kill -KILL "$old"
ok 'a stage that dies is started anew' wait_for 30 runs_anew render "$old"
ok 'its death is told' logged "event=stage-ended stage=render worker=1 pid=$old result=\"signal 9\""

old=$(pid_of route)
kill -STOP "$old"
ok 'a stage that is stopped is killed and started anew' wait_for 30 runs_anew route "$old"
ok 'and the log says why' logged "event=stage-killed stage=route worker=1 pid=$old reason=silent"

touch "$work/mute.route"
old=$(pid_of route)
ok 'a stage that says nothing is killed' wait_for 30 runs_anew route "$old"
rm "$work/mute.route"

mkdir -p "$spool/.index"
perl -e 'use Fcntl ":flock"; open my $gate, ">", shift or die; flock $gate, LOCK_EX or die;
	kill "STOP", $$' "$spool/.index/gate" &
holder=$!
ok 'who stands in the gate is killed' wait_for 30 logged "event=gate-holder-killed pid=$holder"
wait "$holder" 2>/dev/null

# --- what changes ---

stage mailq-send-smtp
cat >"$work/organizations/acme/connectors/relay.yaml" <<'end'
id: relay
kind: smtp
config: {host: relay.example, password: $ENV:RELAY_PASSWORD}
end
ok 'a new kind is started by itself' wait_for 30 are_running 5
ok 'with the variable that its connector names' wait_for 30 grep -qx RELAY_PASSWORD=open-sesame "$work/env.send-smtp"
is 'and no other secret' "$(grep -c SECRET= "$work/env.send-smtp")" 0

ok 'and is up' wait_for 30 told 1 '^send-smtp -C'
render=$(pid_of render) old=$(pid_of smtp)
echo 'RELAY_USER=me' >"$work/environment"
echo "environment_file: $work/environment" >>"$MAILQ_CONF"
# shellcheck disable=SC2016 # the reference, not its value
sed -i 's/host:/username: $ENV:RELAY_USER, host:/' "$work/organizations/acme/connectors/relay.yaml"
ok 'reloads when told' mailq-supervise reload
ok 'a stage with another environment is started anew' wait_for 30 runs_anew smtp "$old"
ok 'after it was asked to end' told 1 '^send-smtp ended$'
ok 'the file adds to its environment' wait_for 30 grep -q RELAY_USER=me "$work/env.send-smtp"
is 'the others go on' "$(pid_of render)" "$render"

echo 'workers: {render: 3}' >>"$MAILQ_CONF"
kill -HUP $supervisor
ok 'SIGHUP: more workers' wait_for 30 are_running 7

cp "$MAILQ_CONF" "$work/good.yaml"
echo 'colour: red' >>"$MAILQ_CONF"
exits 78 'a wrong configuration is refused' mailq-supervise -C "$work/good.yaml" reload
says 'with its line' "$MAILQ_CONF:$(wc -l <"$MAILQ_CONF"): unknown key 'colour'"
ok 'status tells' mailq-supervise -C "$work/good.yaml" status
prints 'the same' "unknown key 'colour'"
sed -i '$d' "$MAILQ_CONF"
ok 'and is well again' mailq-supervise reload
ok 'which status tells too' mailq-supervise status
prints 'so' '"configuration_error":null'

organization="$work/organizations/acme/organization.yaml"
cp "$organization" "$work/organization.good"
echo 'colour: red' >>"$organization"
exits 78 "so is an organization's wrong file" mailq-supervise reload
says 'with its line' "$organization:$(wc -l <"$organization"): unknown key 'colour'"
ok 'status tells, without a good copy to read' mailq-supervise status
prints 'the same' "unknown key 'colour'"
cp "$work/organization.good" "$organization"
ok 'and is well again' mailq-supervise reload
is 'all the while the stages went on' "$(pid_of render)" "$render"

rm "$work/organizations/acme/connectors/relay.yaml"
sed -i 's/render: 3/render: 1/' "$MAILQ_CONF"
ok 'a kind that nobody uses is stopped, and workers too many' wait_for 30 are_running 4

rm "$work/bin/mailq-send-maildir"
kill -KILL "$(pid_of maildir)"
ok 'a program that is missing is told' wait_for 30 logged 'error="there is no program mailq-send-maildir"'
is 'and harms no other' "$(pid_of render)" "$render"
stage mailq-send-maildir
ok 'when it is back it is started' wait_for 30 are_running 4

# --- .drop/ ---

rmdir "$spool/.drop"
ok 'without .drop/ there is no mailq-pickup' wait_for 30 are_running 3
is 'that is the one' "$(pid_of pickup)" ''
mkdir "$spool/.drop"
ok 'where one is made it is started' wait_for 30 are_running 4

# --- the end ---

ok 'its stages are up' wait_for 30 told 2 '^send-maildir -C'
ok 'the youngest, too' wait_for 30 told 2 '^pickup -C'
: >"$work/told"
ok 'stops when told' mailq-supervise stop
wait $supervisor
is 'with success' $? 0
ok 'every stage was asked to end' told 4 '^[a-z-]* ended$'
is 'leaves only its lock behind' "$(ls "$spool/.run")" supervise.pid

touch "$work/deaf.render"
: >"$work/told"
supervise
ok 'starts again' wait_for 30 told 1 '^render -C'
old=$(pid_of render)
kill -TERM $supervisor
wait $supervisor
is 'SIGTERM: stops with success' $? 0
ok 'kills who does not end' logged "event=stage-killed stage=render worker=1 pid=$old"
ok 'who is gone then' is_gone "$old"
rm "$work/deaf.render"

supervise
ok 'runs once more' wait_for 30 are_running 4
old=$(pid_of render)
kill -KILL $supervisor
wait $supervisor 2>/dev/null
ok 'killed, it leaves no stage behind' wait_for 30 is_gone "$old"

# --- systemd ---

perl -e 'use Socket; $| = 1; socket my $in, AF_UNIX, SOCK_DGRAM, 0; bind $in, pack_sockaddr_un(shift);
	while (defined recv $in, my $line, 256, 0) { print "$line\n"; exit if $line =~ /STOPPING/ }' \
	"$work/systemd" >"$work/words" &
listener=$!
ok 'somebody listens' wait_for 30 test -S "$work/systemd"
rm "$work/env.route"
export NOTIFY_SOCKET="$work/systemd" WATCHDOG_USEC=2000000
supervise
ok 'tells systemd that it is ready' wait_for 30 grep -qx READY=1 "$work/words"
ok 'and that it goes on' wait_for 30 grep -qx WATCHDOG=1 "$work/words"
ok 'its stages speak to it, not to systemd' wait_for 30 grep -qx "NOTIFY_SOCKET=$spool/.run/notify" "$work/env.route"
kill -INT $supervisor
wait $supervisor
is 'SIGINT: stops with success' $? 0
wait $listener
is 'and told that it stops' "$(tail -n 1 "$work/words")" STOPPING=1

done_testing
