#!/bin/sh
#
# Everything that can be said about the tree without running it; every check is made before the
# exit says whether all were clean. The arguments are the flags that the sources compile with.

cd "$(dirname "$0")/.." || exit 1
PYTHONPYCACHEPREFIX=${BUILD:-build}/python
export PYTHONPYCACHEPREFIX
dirty=0
sources=$(find cmd lib tests -name '*.c' | sort)
headers=$(find lib tests -name '*.h' | sort)
scripts=$(git ls-files ':!tests/compat' ':!man' | xargs grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell=')
foreach='-DTAILQ_FOREACH(v,h,f)=while((v)=(h)->tqh_first)' # near enough for cppcheck
manuals=$(find man -name '*.[1-8]' | sort)

check() { # name, command...
	echo "  LINT $1"
	shift
	"$@" || dirty=1
}

# shellcheck disable=SC2317 # called by name
quiet() {
	"$@" >/dev/null
}

# One file at a time, two at once; what it counts in the headers of others is no news.
tidy() {
	# shellcheck disable=SC2317 # called by name
	echo "$sources" | xargs -P 2 -I '{}' clang-tidy --quiet '{}' -- "$@" 2>/dev/null
}

# shellcheck disable=SC2086 # lists of words
{
	check clang-format clang-format --dry-run --Werror $sources $headers
	check clang-tidy tidy "$@"
	check cppcheck cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=performance \
		--suppress=legacyUninitvar --suppress=va_end_missing -j 2 -Ilib "$foreach" $sources
	check shellcheck shellcheck -x -P tests/tool $scripts
	check mandoc mandoc -T lint -W warning $manuals
	check python python3 -m py_compile lib/client/mailq.py
	check php quiet php -l -d display_errors=stderr lib/client/mailq.php
	check ruby quiet ruby -wc lib/client/mailq.rb
	check rules tests/lint-rules.sh
}
exit $dirty
