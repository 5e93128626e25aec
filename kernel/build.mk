# SPDX-License-Identifier: BSD-2-Clause
#
# The bundled kernel: $(N)/kernel/kernel.elf. KERNEL_CONFIG=debug adds output, checks and the debug
# system calls, KERNEL_CONFIG=sel4test is that with the sizes seL4's test suite expects; the
# configurations' objects live side by side.

KERNEL_CONFIG ?= release
KERNEL_PLAT ?= qemu-virt
kernel_dir := $(N)/kernel/$(KERNEL_CONFIG)

kernel_src := $(sort $(wildcard kernel/core/*.c kernel/object/*.c kernel/arch/arm64/*.c \
	kernel/arch/arm64/*.S kernel/plat/$(KERNEL_PLAT)/*.c))
kernel_obj := $(patsubst kernel/%,$(kernel_dir)/%.o,$(kernel_src))

KERNEL_CFLAGS := $(BARE_CFLAGS) -flto -Ikernel/include -Ikernel/arch/arm64 -Ikernel/arch/arm64/include \
	-Ikernel/plat/$(KERNEL_PLAT) -Ikernel/plat/$(KERNEL_PLAT)/include \
	-DKERNEL_DEBUG=$(if $(filter debug sel4test,$(KERNEL_CONFIG)),1,0) \
	-DKERNEL_SEL4TEST=$(if $(filter sel4test,$(KERNEL_CONFIG)),1,0) $(if $(SMP),-DKERNEL_CORES=$(CORES))
KERNEL_LDFLAGS := -flto -flto-partition=one -O2 -mcpu=cortex-a53 -mgeneral-regs-only -mstrict-align -ffreestanding \
	-nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments

# The compiler calls these by name after link-time optimisation has dropped what nobody called.
$(kernel_dir)/core/string.c.o: KERNEL_CFLAGS += -fno-lto

$(kernel_dir)/%.c.o: kernel/%.c
	@mkdir -p $(@D)
	$(CC_NATIVE) $(KERNEL_CFLAGS) -c -o $@ $<

$(kernel_dir)/%.S.o: kernel/%.S
	@mkdir -p $(@D)
	$(CC_NATIVE) $(KERNEL_CFLAGS) -c -o $@ $<

$(kernel_dir)/kernel.elf: $(kernel_obj) kernel/kernel.ld
	$(CC_NATIVE) $(KERNEL_LDFLAGS) -Wl,-T,kernel/kernel.ld -o $@ $(kernel_obj)

# Copied only when it changed, so that switching configurations repacks exactly what it must.
$(N)/kernel/kernel.elf: $(kernel_dir)/kernel.elf kernel_force
	@cmp -s $< $@ || cp $< $@

# What a packer checks before it puts this kernel under native code, as an SDK says it of its own.
$(N)/kernel/gen_config.json: kernel/gen_config.json kernel/build.mk
	@mkdir -p $(@D)
	sed $(if $(SMP),-e '/MAX_NUM_NODES/s/"1"/"$(CORES)"/' -e '/NUM_DOMAINS/s/"16"/"1"/' \
		-e '/ENABLE_SMP/s/false/true/',-e '') $< > $@

.PHONY: kernel kernel_force
kernel: $(N)/kernel/kernel.elf $(N)/kernel/gen_config.json
kernel_force: ;

all: kernel

-include $(kernel_obj:.o=.d)
