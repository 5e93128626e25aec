#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Make the service VM's root disk: service-root.sh ROOT TOOLS GUEST OUTPUT, as root or under fakeroot.
#
# ROOT is the tree that mkroot.py unpacked, and is completed in place; TOOLS a directory of programs of
# ours, GUEST the user VM's files. Called by image/build.mk. Running it again on the same tree gives the
# same image. selkie.ko is put in afterwards, so that a new module does not need a new image.
set -eu

root=$1
tools=$2
guest=$3
output=$4
here=$(dirname "$0")
PATH=$PATH:/usr/sbin:/sbin

# What the packages' maintainer scripts would have done, as far as this system needs it.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
sed -i 's,^root:[^:]*:,root::,' "$root/etc/passwd"
ln -sf dash "$root/usr/bin/sh"
ln -sf gawk "$root/usr/bin/awk"
ln -sf nc.openbsd "$root/usr/bin/nc"
ln -sf ../proc/self/mounts "$root/etc/mtab"
for applet in init poweroff reboot halt; do
	ln -sf ../bin/busybox "$root/usr/sbin/$applet"
done
for applet in vi wget telnet udhcpc hostname; do
	ln -sf busybox "$root/usr/bin/$applet"
done

cp -R "$here/service/root/." "$root/"
mkdir -p "$root/srv/guest" "$root/srv/www"
chmod 1777 "$root/tmp"
for tool in "$tools"/*; do
	install -m 755 "$tool" "$root/usr/local/bin/"
done
release=$(ls "$root/lib/modules")
mkdir -p "$root/lib/modules/$release/extra"
ln -sf "/boot/vmlinuz-$release" "$root/srv/guest/Image"
cp "$guest/initrd" "$guest/SHA256SUMS" "$root/srv/guest/"
cp --sparse=always "$guest/disk.img" "$root/srv/guest/"
cp "$guest/blob" "$root/srv/www/"

# Fixed identifiers: the same packages give the same image.
uuid=5e1c1e00-0000-4000-8000-0000000000
rm -f "$output"
truncate -s 1280M "$output"
mke2fs -q -t ext4 -O ^has_journal -m 0 -L service -U ${uuid}11 -E hash_seed=${uuid}12 -d "$root" "$output"
