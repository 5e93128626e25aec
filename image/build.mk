# SPDX-License-Identifier: BSD-2-Clause
#
# Images: what the service VM and its user VMs boot, made of Debian's packages.
#
#   $(O)/image/apt/            a private apt world (apt-setup.sh)
#   $(O)/image/linux/build     header tree to build modules against (linux-headers.sh)
#   $(O)/image/linux/release   the kernel's release name
#   $(O)/image/debs/           the service VM's packages as downloaded (fetch-debs.sh)
#   $(O)/image/root/           the same, unpacked (mkroot.py)
#   $(O)/image/Image           the kernel of both kinds of VM
#   $(O)/image/service.initrd  takes the service VM from the kernel to its root disk
#   $(O)/image/service.img     the service VM's root disk, with the user VM's files and selkie.ko in it
#   $(O)/image/guest/          the user VM: disk.img, initrd, blob, SHA256SUMS
#
# Nothing is made again unless one of its inputs changed. Neither the machine's own packages nor its
# apt sources are touched.

IMAGE := $(O)/image

# Files in images belong to root; who is not root pretends, and remembers it from step to step.
ifeq ($(shell id -u),0)
IMAGE_AS_ROOT :=
else
IMAGE_AS_ROOT := fakeroot -i $(IMAGE)/owners -s $(IMAGE)/owners
endif

$(IMAGE)/apt/stamp: image/apt-setup.sh
	@echo "  APT     package lists for the images"
	@image/apt-setup.sh $(@D)
	@touch $@

# kmod/ depends on this stamp and gives $(IMAGE)/linux/build to kbuild.
$(IMAGE)/linux/stamp: image/linux-headers.sh $(IMAGE)/apt/stamp
	@echo "  FETCH   headers of the service VM's kernel"
	@image/linux-headers.sh $(IMAGE)/apt $(@D)
	@touch $@

$(IMAGE)/debs/stamp: image/fetch-debs.sh image/service/packages $(IMAGE)/apt/stamp
	@echo "  FETCH   the service VM's packages"
	@image/fetch-debs.sh $(IMAGE)/apt image/service/packages $(@D)
	@touch $@

$(IMAGE)/root.stamp: image/mkroot.py $(IMAGE)/debs/stamp
	@echo "  UNPACK  the service VM's packages"
	@rm -rf $(IMAGE)/root
	@mkdir -p $(IMAGE)/root
	@[ $(words $(IMAGE_AS_ROOT)) = 0 ] || : > $(IMAGE)/owners
	@$(IMAGE_AS_ROOT) image/mkroot.py $(IMAGE)/debs $(IMAGE)/root
	@touch $@

$(IMAGE)/Image: $(IMAGE)/root.stamp
	@cp $(IMAGE)/root/boot/vmlinuz-* $@

$(IMAGE)/service.initrd: image/mkinitrd.sh image/service/initrd-init $(IMAGE)/root.stamp
	@echo "  INITRD  $@"
	@image/mkinitrd.sh $(IMAGE)/root $@ image/service/initrd-init virtio_mmio virtio_blk ext4 virtio_net

$(IMAGE)/guest/initrd: image/mkinitrd.sh image/guest/init $(IMAGE)/root.stamp
	@echo "  INITRD  $@"
	@mkdir -p $(@D)
	@image/mkinitrd.sh $(IMAGE)/root $@ image/guest/init virtio_blk ext4 virtio_net

$(IMAGE)/guest/disk.img: image/mkguest.py $(wildcard image/guest/root/etc/* image/guest/root/bin/*) \
		$(IMAGE)/root.stamp
	@echo "  DISK    $@"
	@$(if $(IMAGE_AS_ROOT),fakeroot) image/mkguest.py $(IMAGE)/root $(@D)

# Small static programs that run in the service VM.
IMAGE_TOOLS := $(patsubst image/tools/%.c,$(IMAGE)/tools/%,$(wildcard image/tools/*.c))

$(IMAGE)/tools/%: image/tools/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CROSS)gcc -std=gnu11 -O2 -static -Wall -Wextra -Werror -o $@ $<

$(IMAGE)/root.img: image/service-root.sh $(IMAGE)/root.stamp $(IMAGE)/guest/initrd $(IMAGE)/guest/disk.img \
		$(IMAGE_TOOLS) $(shell find image/service/root -type f)
	@echo "  DISK    $@"
	@$(IMAGE_AS_ROOT) image/service-root.sh $(IMAGE)/root $(IMAGE)/tools $(IMAGE)/guest $@

SELKIE_KO := $(if $(wildcard kmod/build.mk),$(O)/kmod/selkie.ko)

$(IMAGE)/service.img: image/put-module.sh $(IMAGE)/root.img $(SELKIE_KO)
	@echo "  DISK    $@"
	@image/put-module.sh $(IMAGE)/root.img "$(SELKIE_KO)" $@

.PHONY: image
image: $(IMAGE)/service.img $(IMAGE)/service.initrd $(IMAGE)/Image
