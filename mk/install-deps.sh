#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Install the Debian packages that file $1 names, one a line, unless all are there.
#
# Called by mk/deps.mk before anything else is made. Needs apt and either root or sudo, says what it does
# before it does it, and changes nothing on a machine that has everything.
set -eu

list=$1
if ! command -v dpkg-query > /dev/null; then
	echo "Selkie builds on Debian; here, see to it that you have what $list names, and then" >&2
	echo "run make with DEPS=no." >&2
	exit 1
fi

native=$(dpkg --print-architecture)
installed=$(dpkg-query -W -f '<${db:Status-Status} ${Package}:${Architecture}>')
missing=
foreign=
while read -r package; do
	case "$package" in
	*:*) name=${package%:*} arch=${package#*:} ;;
	*) name=$package arch=$native ;;
	esac
	case "$installed" in
	*"<installed $name:$arch>"* | *"<installed $name:all>"*) continue ;;
	esac
	missing="$missing $package"
	[ "$arch" = "$native" ] || foreign=$arch
done < "$list"
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	if ! command -v sudo > /dev/null; then
		echo "Some packages are missing, and you are neither root nor is there sudo. As root, run:" >&2
		[ -z "$foreign" ] || echo "    dpkg --add-architecture $foreign && apt-get update" >&2
		echo "    apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
fi

echo "Selkie needs Debian packages that are not installed here, and installs them now:"
echo "   $missing"
if [ -n "$foreign" ] && ! dpkg --print-foreign-architectures | grep -qx "$foreign"; then
	echo "  dpkg --add-architecture $foreign"
	$as_root dpkg --add-architecture "$foreign"
fi
echo "  apt-get update"
$as_root apt-get -qq update
echo "  apt-get install --no-install-recommends …"
# --fix-broken, because a run that was interrupted leaves packages half installed.
# shellcheck disable=SC2086 # lists of words
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --fix-broken --no-install-recommends \
	-o Dpkg::Use-Pty=0 install $missing > "$2" 2>&1; then
	tail -n 30 "$2" >&2
	echo "apt-get could not install them; all it said is in $2." >&2
	exit 1
fi
