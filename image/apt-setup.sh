#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Make a private apt world under $1, for packages that go into images and are never installed here.
#
# Called by image/build.mk. The machine's own apt configuration says which mirror, proxy and keys to
# use; release and pockets follow from that, and backports are taken from the same mirror where the
# release has no Linux 6.12 and QEMU 10 of its own. The machine's sources, lists and package database
# are read, never written; dpkg cannot be reached from here, so nothing can be installed by mistake. Use
# the result with APT_CONFIG=$1/apt.conf.
set -eu

rm -rf "$1"
dir=$(mkdir -p "$1" && cd "$1" && pwd)
. /etc/os-release
if [ "${ID:-}" != debian ]; then
	echo "image: the images are made of Debian's packages, and this is ${PRETTY_NAME:-not Debian}" >&2
	exit 1
fi

mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/no-lists/partial"
: > "$dir/status"

# "URI suite" of every archive this machine takes its packages from, whatever format they are written in.
apt-get -o "Dir::State::lists=$dir/no-lists" update --print-uris |
	sed -n "s,^'\(.*\)/dists/\([^ ']*\)/InRelease'.*,\1 \2,p" |
	grep -E " $VERSION_CODENAME(-updates|-security|/updates)?\$" > "$dir/archives" || true
if ! grep -q " $VERSION_CODENAME\$" "$dir/archives"; then
	echo "image: apt on this machine has no source for Debian $VERSION_CODENAME; add one" >&2
	exit 1
fi
if [ "$VERSION_CODENAME" = bookworm ]; then
	awk '$2 == "bookworm" { print $1, "bookworm-backports"; exit }' "$dir/archives" >> "$dir/archives"
fi
sort -u "$dir/archives" | sed 's/^/deb /; s/$/ main/' > "$dir/sources.list"

cat > "$dir/preferences" <<PREFERENCES
Package: src:linux src:linux-signed-arm64 src:qemu
Pin: release n=$VERSION_CODENAME-backports
Pin-Priority: 900
PREFERENCES

cat > "$dir/apt.conf" <<CONF
APT::Architecture "arm64";
APT::Architectures { "arm64"; "$(dpkg --print-architecture)"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Default-Release "";
APT::Update::Post-Invoke-Success "";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "$dir/preferences";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "$dir";
Dir::Bin::dpkg "/bin/false";
Debug::NoLocking "true";
CONF

APT_CONFIG="$dir/apt.conf" apt-get -qq update
