#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Copy the root disk $1 to $3 with the module $2 in it, as /lib/modules/…/extra/selkie.ko.
#
# Called by image/build.mk whenever the module changed: a second's work, where making the image anew
# takes ten. An empty $2 (a tree without kmod/) gives the image without a module.
set -eu

PATH=$PATH:/usr/sbin:/sbin
cp --sparse=always "$1" "$3.tmp"
if [ -n "$2" ]; then
	release=$(debugfs -R 'ls -p /usr/lib/modules' "$1" 2> /dev/null | awk -F / '$6 ~ /^[0-9]/ { print $6 }')
	debugfs -w -f - "$3.tmp" > "$3.log" 2>&1 <<-COMMANDS
		cd /usr/lib/modules/$release/extra
		write $2 selkie.ko
	COMMANDS
	rm -f "$3.log"
fi
mv "$3.tmp" "$3"
