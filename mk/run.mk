# SPDX-License-Identifier: BSD-2-Clause
#
# What a person does with the tree: run it, see the scenario, test it, measure it.
#
#   make run                 boot and sit in the service VM          SYSTEM=kvm: Linux's own KVM instead
#   make demo                the scenario without a person           SYSTEM=kvm: likewise
#   make test                every test there is, one summary at the end
#   make soak                two guests under load for an hour      MINUTES=5: shorter; ICOUNT=1: -icount
#   make bench-boot          time to a guest's user space, beside KVM
#   make … KERNEL=sel4.elf   with that kernel in the archive instead of the bundled one
#   make … CORES=2           on two cores (up to four)

# Progress lines only; V=1 shows the commands.
ifndef V
.SILENT:
endif

SYSTEM ?= selkie
export O CORES SYSTEM

ARCHIVE := $(N)/selkie.archive
IMAGE_FILES := $(O)/image/service.img $(O)/image/service.initrd $(O)/image/Image
SELKIE_FILES := $(O)/loader/loader.img $(ARCHIVE)
SYSTEM_FILES := $(IMAGE_FILES) $(if $(filter selkie,$(SYSTEM)),$(SELKIE_FILES))

# Remembers which kernel the archive was packed with: another KERNEL= packs again, and only that.
$(N)/kernel.choice: FORCE
	@mkdir -p $(@D)
	@echo '$(KERNEL)' | cmp -s - $@ || echo '$(KERNEL)' > $@

.PHONY: FORCE
FORCE:

$(ARCHIVE): tools/pack.py image/service/config $(KERNEL) $(N)/kernel/gen_config.json $(N)/kernel.choice $(N)/manager/manager.elf \
		$(O)/image/Image $(O)/image/service.initrd
	@echo "  PACK    $@"
	@$(PYTHON) tools/pack.py -o $@ --kernel $(KERNEL) --root $(N)/manager/manager.elf \
		--service-kernel $(O)/image/Image --service-initrd $(O)/image/service.initrd \
		--config image/service/config $(if $(SMP),--set service.cpus=$(CORES)) $(PACK_FLAGS)

.PHONY: run demo test soak bench-boot
all: $(SYSTEM_FILES)

run: $(SYSTEM_FILES)
	@$(PYTHON) tests/system/run.py $(SYSTEM)

demo: $(SYSTEM_FILES)
	@$(PYTHON) tests/system/demo.py $(SYSTEM)

test: all $(IMAGE_FILES) $(SELKIE_FILES)
	@$(PYTHON) tests/all.py

MINUTES ?= 60
soak: $(SOAK_PROGRAMS) $(SYSTEM_FILES)
	@$(PYTHON) tests/soak/soak.py --minutes $(MINUTES) $(if $(ICOUNT),--icount) $(SYSTEM)

bench-boot: $(IMAGE_FILES) $(SELKIE_FILES)
	@$(PYTHON) bench/boot.py
