#!/bin/sh
#
# How many order mails (2 KB of HTML, 20 lines, autoescape) a second of processor time renders:
# mailq beside Jinja2 and, where node finds it, nunjucks. BENCH_SECONDS (3) for each. Where BENCH_ROWS
# selects rows of make bench, "template" has to be among them.

case ",${BENCH_ROWS:-template}," in
*,template,*) ;;
*) exit 0 ;;
esac
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
seconds=${BENCH_SECONDS:-3}
set -- tests/bench/template/order.html tests/bench/template/order.json "$seconds"

line() { # name, renders per second, mailq's
	awk -v name="$1" -v n="$2" -v ours="$3" \
		'BEGIN { printf "%-12s %10d renders/s   mailq is %.1f times as fast\n", name, n, ours / n }'
}

figures=$("$build/tests/bench/template_bench" "$@") || exit 1
echo "$figures" | awk '{
	printf "one mail is %d bytes; escaping and copying alone is %.0f %% of the time\n", $1, 100 * $2 / $3
	printf "%-12s %10d renders/s\n", "mailq", $2
}'
ours=$(echo "$figures" | cut -d ' ' -f 2)

for python in python3 /usr/bin/python3; do
	if "$python" -c 'import jinja2' 2>/dev/null; then
		line Jinja2 "$("$python" -B tests/bench/template_jinja2.py "$@")" "$ours"
		break
	fi
done
if node -e 'require("nunjucks")' 2>/dev/null; then
	line nunjucks "$(node tests/bench/template_nunjucks.js "$@")" "$ours"
fi
