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
	log=build/fuzz/$name.log
	"$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/$name-" "$found" ${seeds:+"$seeds"} >"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		exit 1
	}
	awk -v name="$name" -v seconds="$seconds" '/number_of_executed_units/ {
		print "  FUZZ " name ": " $2 " inputs in " seconds " s, nothing broke" }' "$log"
done
