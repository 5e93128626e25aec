# SPDX-License-Identifier: BSD-2-Clause
#
# Images: what the service VM and its user VMs boot, made of Debian's packages.
#
#   $(O)/image/apt/            a private apt world (apt-setup.sh)
#   $(O)/image/linux/build     header tree to build modules against (linux-headers.sh)
#   $(O)/image/linux/release   the kernel's release name

IMAGE := $(O)/image

$(IMAGE)/apt/stamp: image/apt-setup.sh
	@echo "  APT     package lists for the images"
	@image/apt-setup.sh $(@D)
	@touch $@

# kmod/ depends on this stamp and gives $(IMAGE)/linux/build to kbuild.
$(IMAGE)/linux/stamp: image/linux-headers.sh $(IMAGE)/apt/stamp
	@echo "  FETCH   headers of the service VM's kernel"
	@image/linux-headers.sh $(IMAGE)/apt $(@D)
	@touch $@
