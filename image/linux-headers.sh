#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Lay out Debian's headers for the service VM's kernel in $2, using the private apt world $1, so that
# `make -C $2/build M=…` builds modules for exactly the kernel that the image holds.
#
# Called by image/build.mk, before the kernel itself is fetched. Nothing is installed: kbuild's own
# programs come for this machine's architecture, everything else for arm64. The kernel's release name
# is left in $2/release.
set -eu

apt=$(cd "$1" && pwd)
dir=$(mkdir -p "$2" && cd "$2" && pwd)
APT_CONFIG=$apt/apt.conf
export APT_CONFIG

image=$(apt-cache depends linux-image-arm64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
release=${image#linux-image-}
release=${release%-unsigned}
base=${release%-arm64}

cd "$dir"
rm -rf debs tree build
mkdir debs
if ! (cd debs && apt-get -qq download "linux-headers-$release" "linux-headers-$base-common" \
	"linux-kbuild-$base:$(dpkg --print-architecture)"); then
	echo "image: the archive has moved on since its lists were fetched; rm -rf build/image and repeat" >&2
	exit 1
fi
for deb in debs/*.deb; do
	dpkg-deb -x "$deb" tree
done
rm -rf debs

# Relative, so that the tree works where it lies. Without vmlinux kbuild leaves out the modules' BTF,
# which nothing here reads and which would need pahole.
src=tree/usr/src/linux-headers-$release
printf 'include ../linux-headers-%s-common/Makefile\n' "$base" > "$src/Makefile"
rm -f "$src/vmlinux"
ln -s "$src" build
echo "$release" > release
