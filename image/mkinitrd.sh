#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Make an initial RAM file system: mkinitrd.sh ROOT OUTPUT INIT MODULE…
#
# ROOT is the unpacked service root (busybox and the kernel's modules come from there), INIT the script
# to run as /init. Called by image/build.mk for both kinds of VM. The modules are stored uncompressed,
# in the order in which they must be loaded, which /modules lists.
set -eu

root=$1
output=$2
init=$3
shift 3
release=$(ls "$root/lib/modules")
tree=$output.tree

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/root" "$tree/lib"
cp "$root/bin/busybox" "$tree/bin/busybox"
for applet in sh mount umount insmod switch_root mkdir sleep findfs cat echo reboot poweroff; do
	ln -s busybox "$tree/bin/$applet"
done
install -m 755 "$init" "$tree/init"

PATH=$PATH:/usr/sbin:/sbin
for module in "$@"; do
	modprobe --dirname "$root" --set-version "$release" --show-depends "$module" >> "$tree/depends"
done
sed -n 's/^insmod \([^ ]*\).*/\1/p' "$tree/depends" | awk '!seen[$0]++' | while read -r file; do
	name=$(basename "$file" .xz)
	case $file in
	*.xz) xz -dc "$file" > "$tree/lib/$name" ;;
	*) cp "$file" "$tree/lib/$name" ;;
	esac
	echo "/lib/$name" >> "$tree/modules"
done

rm "$tree/depends"

(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > "$output.tmp"
mv "$output.tmp" "$output"
rm -rf "$tree"
