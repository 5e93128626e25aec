# SPDX-License-Identifier: BSD-2-Clause
#
# What test_loader.py boots: the loader, and a stub kernel at four link addresses. Included by
# loader/build.mk, so that tests/system/build.mk can be about whole systems.

LOADER_STUBS := $(foreach s,usual other overlap loader,$(O)/tests/loader/stub-$(s).elf)

# As seL4 16's; elsewhere; where QEMU puts the archive; where it puts the loader.
$(O)/tests/loader/stub-usual.elf: STUB_AT = --defsym=STUB_VIRT=0x8060000000 --defsym=STUB_PHYS=0x60000000
$(O)/tests/loader/stub-other.elf: STUB_AT = --defsym=STUB_VIRT=0xff8070200000 --defsym=STUB_PHYS=0x70200000
$(O)/tests/loader/stub-overlap.elf: STUB_AT = --defsym=STUB_VIRT=0x8048000000 --defsym=STUB_PHYS=0x48000000
$(O)/tests/loader/stub-loader.elf: STUB_AT = --defsym=STUB_VIRT=0x8040200000 --defsym=STUB_PHYS=0x40200000

$(LOADER_STUBS): tests/system/stub-kernel.S tests/system/stub-kernel.ld tests/system/loader.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		-Wl,-z,max-page-size=4096 $(addprefix -Wl$(comma),$(STUB_AT)) \
		-T tests/system/stub-kernel.ld -o $@ $<

.PHONY: loader-tests
loader-tests: $(O)/loader/loader.img $(LOADER_STUBS)
