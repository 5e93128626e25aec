# SPDX-License-Identifier: GPL-2.0-only
#
# selkie.ko, built out of tree against the service VM's kernel headers (image/build.mk lays them out).
#
#   make kmod        $(O)/kmod/selkie.ko
#   make kmod-check  the same with W=1; CHECKPATCH=<linux>/scripts/checkpatch.pl runs that, too

KMOD := $(O)/kmod
KMOD_SOURCES := $(wildcard kmod/*.c kmod/*.h) kmod/Kbuild
KMOD_ABI := $(wildcard abi/*.h)
# O= is kbuild's name for something else: ours must not reach it.
KMOD_MAKE = $(MAKE) O= -C $(O)/image/linux/build M=$(abspath $(KMOD)/src) SELKIE_ABI=$(abspath abi)

.PHONY: kmod kmod-check
kmod: $(KMOD)/selkie.ko
all: kmod

# Kbuild writes beside the sources, so it is given links to them.
$(KMOD)/selkie.ko: $(KMOD_SOURCES) $(KMOD_ABI) $(O)/image/linux/stamp
	@echo "  KBUILD  $@"
	@mkdir -p $(KMOD)/src
	@ln -sf $(abspath $(KMOD_SOURCES)) $(KMOD)/src/
	+@$(KMOD_MAKE) $(KMOD_FLAGS) modules > $(KMOD)/build.log 2>&1 || { cat $(KMOD)/build.log; exit 1; }
	@! grep -A8 'warning:' $(KMOD)/build.log
	@$(CROSS)strip -g -o $@ $(KMOD)/src/selkie.ko

kmod-check: KMOD_FLAGS := W=1
kmod-check: $(KMOD)/selkie.ko
	@if [ -n "$(CHECKPATCH)" ]; then \
		perl $(CHECKPATCH) --no-tree --strict --max-line-length=100 --terse -f $(KMOD_SOURCES) || true; \
	else echo "kmod-check: CHECKPATCH=<linux>/scripts/checkpatch.pl checks the style, too"; fi
