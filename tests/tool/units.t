#!/bin/sh
# The systemd units: well formed, of programs that exist, and with sandboxes as tight as promised.
# shellcheck disable=SC2317 # ok calls functions by name
. "${0%/*}/lib.sh"

command -v systemd-analyze >/dev/null || skip_all 'no systemd-analyze'

# Copies whose programs are those just built; an instance in place of the template.
cp -R "$top/conf/systemd/." "$work"
for kind in smtp maildir; do
	sed "s/%i/$kind/g" "$work/mailq-send@.service" >"$work/mailq-send-$kind.service"
done
rm "$work/mailq-send@.service"
sed -i "s|^\(Exec[A-Za-z]*\)=mailq-|\1=$build/bin/mailq-|" "$work"/*.service

exposure() { # at most so many tenths
	systemd-analyze security --offline=yes --no-pager --threshold="$1" "$2"
}

for unit in mailq-supervise mailq-smtpd mailq-httpd mailq-send-smtp mailq-send-maildir; do
	ok "$unit is well formed" systemd-analyze verify --man=no "./$unit.service"
	ok "$unit, with a network, is exposed by at most 1.5" exposure 15 "./$unit.service"
done
for unit in mailq-render mailq-route mailq-pickup mailq-index; do
	ok "$unit is well formed" systemd-analyze verify --man=no "./$unit.service"
	ok "$unit, without a network, is exposed by at most 0.8" exposure 8 "./$unit.service"
done
for unit in mailq.target mailq-index.timer; do
	ok "$unit is well formed" systemd-analyze verify --man=no "./$unit"
done

for page in $(sed -n 's/^Documentation=//p' "$work"/*.service "$work"/*.t* | tr ' ' '\n' | sort -u); do
	name=${page#man:}
	ok "$page is a manual of ours" test -f "$top/man/${name%(*}.$(echo "$name" | tr -dc 0-9)"
done

done_testing
