#!/bin/sh
#
# Installs the packages that the named groups need and that are not there yet; says nothing when
# there is nothing to do. With apt-get, as root or through sudo; elsewhere it names what to install.
#
#     tests/deps.sh build run check lint app
set -e
groups=" $* "

packages_of() {
	case $1 in
	build) echo gcc libc6-dev make pkg-config libcurl4-openssl-dev libssl-dev libyaml-dev libxml2-dev liblmdb-dev zlib1g-dev libicu-dev libmicrohttpd-dev ;;
	run) echo curl procps ;;
	check) echo check curl openssl perl procps python3 python3-jsonschema php-cli ruby strace faketime e2fsprogs xfsprogs libmime-lite-perl nginx-light libnsl2 s-nail mutt swaks git-email ;;
	app)
		echo chromium
		command -v npm >/dev/null || echo npm # which may have come with another package
		;;
	bench) echo nginx-light wrk ;; # and Postfix, which its user may want to set up
	lint) echo clang clang-format clang-tidy cppcheck shellcheck mandoc python3 php-cli ruby ;;
	esac
}

is_installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$'
}

install() {
	$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq --no-install-recommends "$@" </dev/null
}

install_missing() {
	if ! command -v apt-get >/dev/null; then
		libraries='libcurl openssl yaml-0.1 libxml-2.0 lmdb zlib icu-i18n libmicrohttpd'
		case $groups in *' check '*) libraries="$libraries check" ;; esac
		# shellcheck disable=SC2086 # a list of words
		pkg-config --exists $libraries 2>/dev/null && return
		echo "Please install what these packages of Debian hold:$missing" >&2
		exit 69
	fi
	echo "Installing:$missing"
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	# shellcheck disable=SC2086 # a list of words
	install $missing || { $sudo apt-get update -qq </dev/null && install $missing; }
}

# smtp-sink and smtp-source for tests/system/postfix.t, without a Postfix that would become this
# machine's mail system. The test is skipped where they cannot be had.
unpack_postfix() {
	command -v smtp-sink /usr/sbin/smtp-sink build/postfix/usr/sbin/smtp-sink >/dev/null && return
	mkdir -p build/postfix
	(cd build/postfix && apt-get download -qq postfix &&
		dpkg-deb --fsys-tarfile postfix_*.deb | tar -x ./usr/sbin ./usr/lib/postfix) \
		>build/postfix/log 2>&1 || true
}

missing=
for group; do
	for package in $(packages_of "$group"); do
		is_installed "$package" || missing="$missing $package"
	done
done
[ -z "$missing" ] || install_missing
case $groups in *' check '*) unpack_postfix ;; esac
