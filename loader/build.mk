# SPDX-License-Identifier: BSD-2-Clause
#
# loader.img: the arm64 Image that starts everything. Position independent, so it compiles the parts
# of lib/ that it uses for itself.

LOADER_OBJECTS := $(patsubst %,$(O)/loader/%.o,head main cores mmu plan platform \
	lib/archive lib/crc32 lib/elf_image lib/pl011 lib/stdio lib/stdlib lib/string)
LOADER_CFLAGS = $(BARE_CFLAGS) -fpie -fvisibility=hidden -Iloader -Iabi -Ilib/include \
	-Ilib/include/libc

$(O)/loader/lib/string.o: LOADER_EXTRA := -fno-tree-loop-distribute-patterns

$(O)/loader/lib/%.o: lib/%.c loader/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(LOADER_CFLAGS) $(LOADER_EXTRA) -c -o $@ $<

$(O)/loader/%.o: loader/%.c loader/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(LOADER_CFLAGS) -c -o $@ $<

$(O)/loader/%.o: loader/%.S loader/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(LOADER_CFLAGS) -c -o $@ $<

$(O)/loader/loader.elf: $(LOADER_OBJECTS) loader/loader.ld
	$(CC_NATIVE) -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,-z,text \
		-Wl,--gc-sections -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		-T loader/loader.ld -o $@ $(LOADER_OBJECTS) $(LIBFDT)

$(O)/loader/loader.img: $(O)/loader/loader.elf
	$(OBJCOPY) -O binary $< $@

all: $(O)/loader/loader.img

# An archive for a kernel other than the bundled one says what native code was compiled for.
ifdef SEL4_SDK
PACK_FLAGS := --built-for $(SEL4_SDK)/board/$(BOARD)/$(CONFIG)/include/kernel/gen_config.json
else
PACK_FLAGS := --built-for $(N)/kernel/gen_config.json
endif

# The board, as every test and the demo use it.
QEMU_BOARD := qemu-system-aarch64 -machine virt,virtualization=on,gic-version=2 -cpu cortex-a53 \
	-m 2G -nographic -smp $(CORES)

# Boots one root task on $(KERNEL): make boot-native ROOT=build/x.elf [KERNEL=sel4.elf]
.PHONY: boot-native
boot-native: $(O)/loader/loader.img $(KERNEL) $(N)/kernel/gen_config.json $(ROOT)
	$(if $(ROOT),,$(error boot-native needs ROOT=<root task ELF>))
	tools/pack.py -o $(N)/native.archive --kernel $(KERNEL) --root $(ROOT) $(PACK_FLAGS)
	timeout $(or $(TIMEOUT),120) $(QEMU_BOARD) -kernel $(O)/loader/loader.img \
		-initrd $(N)/native.archive

-include $(LOADER_OBJECTS:.o=.d)

comma := ,
include tests/system/loader.mk
