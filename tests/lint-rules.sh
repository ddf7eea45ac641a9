#!/bin/sh
#
# The rules of this tree that no other tool knows. Each prints what breaks it as FILE:LINE: RULE.

cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}

# Which rooms of lib/ a room may include, beside itself: man/mailq.7 has the table with the reasons.
rooms='
base
message  base
conf     base message
template base
mime     base message
policy   base message conf
smtp     base message
spool    base message
index    base message
queue    base message conf template mime policy smtp spool index
sender   base message conf template mime policy smtp spool index queue
super    base conf
http     base
app      base message conf template mime policy smtp spool index queue http
'

# Rooms that decide and compose, but neither read, write, wait nor look at a clock.
pure='message mime policy smtp'

rooms_include_only_what_they_may() {
	for folder in lib/*/; do
		room=$(basename "$folder")
		[ "$room" = client ] && continue # for other languages
		allowed=$(echo "$rooms" | awk -v room="$room" '$1 == room')
		[ -n "$allowed" ] || { echo "lib/$room:1: a room that tests/lint-rules.sh does not know" && continue; }
		grep -nHE '^#include "' "$folder"*.[ch] | awk -F '[":/]' -v allowed="$allowed" '
			index(" " allowed " ", " " $6 " ") == 0 {
				print $1 "/" $2 "/" $3 ":" $4 ": may not include lib/" $6
			}'
	done
}

programs_include_no_program() {
	grep -nHE '^#include "(\.\.|cmd)/' cmd/*.c lib/*/*.[ch] | sed 's/:#.*/: includes a file of cmd\//'
}

# By what their objects call; a comment or a name that resembles a call does not count.
pure_rooms_do_no_io() {
	for room in $pure; do
		for object in "$build/lib/$room"/*.o; do
			[ -f "$object" ] || continue
			source=${object#"$build"/}
			nm -u "$object" | sed 's/@.*//' | awk -v source="${source%.o}.c" '
				$2 ~ /^(open|openat|creat|read|write|p?readv?|pwritev?|close|mmap|unlink|unlinkat)$/ ||
				$2 ~ /^(rename|renameat2?|f?stat|fstatat|access|f(data)?sync|syncfs|flock|poll)$/ ||
				$2 ~ /^(socket|connect|accept4?|send|sendmsg|recv|recvmsg|getaddrinfo)$/ ||
				$2 ~ /^(f?open|fdopen|fread|fwrite|f?puts|putchar|(__)?f?printf(_chk)?|getline)$/ ||
				$2 ~ /^(time|clock_gettime|gettimeofday|s?rand|s?random|getrandom|getenv|sleep)$/ ||
				$2 ~ /^(io_|log_|loop_|child_|clock_now|clock_boot|conf_load|err_exit)/ {
					print source ":1: calls " $2 ", which a pure room may not"
				}'
		done
	done
}

lib_names_no_provider() {
	grep -rniE 'sendgrid|mailgun|postmark|gmail|brevo|mailjet|sparkpost|amazonaws' \
		--include='*.[ch]' lib | sed 's/^\([^:]*:[0-9]*\):.*/\1: names a provider/'
}

functions_end_within_80_lines() {
	find cmd lib tests -name '*.c' -exec awk '
		FNR == 1 { start = 0 }
		/^{/ { start = FNR }
		/^}/ && start {
			if (FNR - start > 80)
				print FILENAME ":" start ": a function of " FNR - start " lines"
			start = 0
		}' {} +
}

files_end_within_700_lines() {
	find cmd lib tests -name '*.[ch]' -exec awk '
		FNR == 701 { print FILENAME ":701: a file of more than 700 lines" }' {} +
}

programs_have_manual_and_test() {
	for source in cmd/*.c; do
		name=$(basename "$source" .c)
		ls man/"$name".[18] >/dev/null 2>&1 || echo "$source:1: has no manual man/$name.1"
		[ -f "tests/tool/${name#mailq-}.t" ] || echo "$source:1: has no test tests/tool/${name#mailq-}.t"
	done
}

# The README's two lists, and the tree: neither has what the other lacks.
readme_lists_programs_and_rooms() {
	there=$(printf '%s\n' cmd/*.c lib/* | sed 's/^cmd.//; s/\.c$//')
	listed=$(grep -E '^\| .(mailq-|lib/)' README.md | cut -d '`' -f 2)
	for name in $there; do
		echo "$listed" | grep -qxF "$name" || echo "README.md:1: has no line for $name"
	done
	for name in $listed; do
		echo "$there" | grep -qxF "$name" || echo "README.md:1: lists $name, which is not there"
	done
}

# The options that a program takes, without dashes: by its source, which all senders share.
options_of() {
	source=$1
	case $source in cmd/mailq-send-now.c) ;; cmd/mailq-send-*) source=lib/sender/main.c ;; esac
	grep -oE '\{[[:space:]]*"[a-z-]+",[[:space:]]*(no|required)_argument' "$source" | cut -d '"' -f 2
	sed -n 's/.*\.options = "\([^"]*\)".*/\1/p' "$source" | tr -d ':+' | sed 's/./& /g'
}

# Those that a manual lists: in its synopsis, or with words of their own.
listed_options() {
	sed -n -e '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.\(Op \)*Fl \([-A-Za-z]*\).*/\2/p' \
		-e 's/^\.It Fl \([-A-Za-z]*\).*/\1/p' "$1" | sort -u
}

# Every option that a program takes stands in its own manual and in its --help, and no other does.
# (mailq-sendmail takes all of sendmail(8), and --help tells of some.)
manuals_and_help_know_options() {
	for source in cmd/*.c; do
		name=$(basename "$source" .c)
		page=$(ls man/"$name".[18] 2>/dev/null) || continue
		help=$("$build/bin/$name" --help)
		for option in $(options_of "$source"); do
			long=-
			[ ${#option} -gt 1 ] || long=
			grep -qE "^\.(It|Op|Nm)? *.*Fl .*$long$option( |\$)" "$page" || echo "$page:1: does not know -$long$option"
			echo "$help" | grep -qE -e "-$long$option([^a-z-]|\$)" || echo "$source:1: --help does not know -$long$option"
		done
		[ "$name" = mailq-sendmail ] && continue
		for option in $(listed_options "$page"); do
			echo "$help" | grep -qE -e "-$option([^a-z-]|\$)" || echo "$source:1: --help does not know -$option, which $page lists"
		done
	done
}

manual_lists_programs() {
	for source in cmd/*.c; do
		name=$(basename "$source" .c)
		grep -q "Xr $name [18]" man/mailq.7 || echo "man/mailq.7:1: has no line for $name"
	done
}

# Where a room has a map of its own, every file is on it.
maps_name_each_file() {
	for map in lib/*/README.md; do
		for source in "${map%README.md}"*.c; do
			name=$(basename "$source" .c)
			grep -qF "\`$name\`" "$map" || echo "$map:1: does not name $name"
		done
	done
}

top_level_is_as_agreed() {
	git ls-files 2>/dev/null | cut -d / -f 1 | sort -u |
		grep -vxE 'Makefile|cmd|lib|spool|conf|man|tests|README\.md|\..*' |
		sed 's/$/:1: does not belong at the top level/'
}

broken=$(
	rooms_include_only_what_they_may
	programs_include_no_program
	pure_rooms_do_no_io
	lib_names_no_provider
	functions_end_within_80_lines
	files_end_within_700_lines
	programs_have_manual_and_test
	readme_lists_programs_and_rooms
	manuals_and_help_know_options
	manual_lists_programs
	maps_name_each_file
	top_level_is_as_agreed
)
[ -z "$broken" ] || { echo "$broken" && exit 1; }
