#!/bin/sh
#
# Runs each fuzzer for FUZZ_SECONDS, starting from the inputs in tests/fuzz/corpus/NAME/. What it
# finds on the way stays in build/fuzz/corpus/NAME/; an input that breaks something is left in
# build/fuzz/ and ends the run.
set -e

cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
[ $# -gt 0 ] || { echo 'There is no fuzzer to run.' >&2 && exit 1; }

for fuzzer; do
	name=$(basename "$fuzzer" _fuzz)
	found=build/fuzz/corpus/$name
	seeds=tests/fuzz/corpus/$name
	mkdir -p "$found"
	[ -d "$seeds" ] || seeds=
	echo "  FUZZ $name for $seconds s"
	"$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$found" ${seeds:+"$seeds"}
done
