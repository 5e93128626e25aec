# SPDX-License-Identifier: BSD-2-Clause
#
# kerneltest.elf, a root task that tests the kernel it runs on, and the check that libsel4/ and an
# SDK's headers agree (abi_check.c must compile). tests/kernel/test_kernel.py boots the former.

KERNELTEST := $(N)/tests/kernel/kerneltest.elf
KERNELTEST_SOURCES := $(filter-out tests/kernel/abi_check.c $(if $(SMP),,tests/kernel/smp%),\
	$(wildcard tests/kernel/*.c tests/kernel/*.S))
KERNELTEST_OBJECTS := $(patsubst tests/kernel/%,$(N)/tests/kernel/%.o,$(KERNELTEST_SOURCES))
ABI_CHECK := $(N)/tests/kernel/abi_check.c.o

$(N)/tests/kernel/%.o: tests/kernel/% tests/kernel/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(NATIVE_CFLAGS) -Ilib/include/libc -c -o $@ $<

$(KERNELTEST): $(KERNELTEST_OBJECTS) $(ABI_CHECK) $(NATIVE_LIBS)
	$(CC_NATIVE) $(NATIVE_LDFLAGS) -T lib/native.ld -o $@ $(CRT0_ROOT) $(KERNELTEST_OBJECTS) \
		$(LIBSELKIE)

.PHONY: kerneltest
kerneltest: $(KERNELTEST)
all: $(KERNELTEST)

-include $(KERNELTEST_OBJECTS:.o=.d) $(ABI_CHECK:.o=.d)
