#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Download the packages named in file $2, with all they depend on, into directory $3, from the private
# apt world $1. Called by image/build.mk.
#
# Afterwards $3/list names exactly the files of this set, one a line; a package that was there already
# is not fetched again.
set -eu

APT_CONFIG=$(cd "$1" && pwd)/apt.conf
export APT_CONFIG
packages=$(sed 's/#.*//' "$2")
mkdir -p "$3/partial" "$3/empty/partial"
debs=$(cd "$3" && pwd)

# Which files make the set: what would be fetched if nothing were there yet.
# shellcheck disable=SC2086 # a list of words
set -- -qq -y install $packages
apt-get -o "Dir::Cache::archives=$debs/empty" --print-uris "$@" | awk '{ print $2 }' | sort > "$debs/want"
if ! apt-get -o "Dir::Cache::archives=$debs" --download-only "$@" > "$debs/log" 2>&1; then
	cat "$debs/log" >&2
	echo "image: the archive has moved on since its lists were fetched; rm -rf build/image and repeat" >&2
	exit 1
fi

for deb in "$debs"/*.deb; do
	grep -qxF -- "$(basename "$deb")" "$debs/want" || rm -f "$deb"
done
mv "$debs/want" "$debs/list"
rm -rf "$debs/empty" "$debs/log"
