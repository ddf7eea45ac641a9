#!/bin/sh
# make install and uninstall: what goes where, and that nothing of it stays.
# shellcheck disable=SC2317 # ok calls functions by name
. "${0%/*}/lib.sh"

command -v make >/dev/null || skip_all 'no make'
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX
root=$work/root

run_make() {
	make -s -C "$top" BUILD="${BUILD:-build}" DESTDIR="$root" "$@"
}

there() { # what is installed, of one folder below the prefix
	(cd "$root/usr/local/$1" && find . -type f -o -type l) | sed 's|^\./||' | sort
}

left() {
	find "$root" ! -type d
}

sources() { # of a folder of the tree
	(cd "$top/$1" && find . -type f) | sed 's|^\./||' | sort
}

ok 'installs' run_make install
is 'every program, under its own name' "$(there bin)" "$(sources cmd | sed 's/\.c$//')"
is 'every manual' "$(there share/man | sed 's|.*/||' | sort)" "$(sources man)"
is 'the clients of applications' "$(there share/mailq/client)" "$(sources lib/client)"
ok 'what is installed runs' "$root/usr/local/bin/mailq-list" --version
ok 'uninstalls' run_make uninstall
is 'nothing is left' "$(left)" ''
is 'not even a folder of its own' "$(find "$root" -name '*mailq*')" ''

ok 'installs as sendmail, with units' run_make install SENDMAIL=1 SYSTEMD=1
is 'sendmail is mailq-sendmail' "$(readlink "$root/usr/local/sbin/sendmail")" /usr/local/bin/mailq-sendmail
is 'every unit' "$(there lib/systemd/system)" "$(sources conf/systemd | grep -v 'mailq\.\(sysusers\|tmpfiles\)')"
ok 'installs again, over it' run_make install SENDMAIL=1 SYSTEMD=1
is 'into no folder that a link leads to' "$(find "$root" -name mailq-sendmail | wc -l | tr -d ' ')" 1
ok 'uninstalls that too' run_make uninstall
is 'nothing is left of it' "$(find "$root" ! -type d -o -name '*mailq*')" ''

mkdir -p "$root/usr/local/sbin"
echo theirs >"$root/usr/local/sbin/sendmail"
exits 2 "another's sendmail is not replaced" run_make install SENDMAIL=1
ok 'uninstalls around it' run_make uninstall
is 'it is as it was' "$(cat "$root/usr/local/sbin/sendmail")" theirs

if ! getent passwd mailq >/dev/null; then
	exits 2 'set-gid needs the user and the group' run_make install SETGID=1
	says 'and says so' 'SETGID=1 needs the user mailq and the group mailq-drop'
fi

done_testing
