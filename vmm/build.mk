# SPDX-License-Identifier: BSD-2-Clause
#
# vmm.elf: the process that the manager starts once per VM (it embeds the file). Optimised across files
# at link time, because an exit's path is a chain of short functions in several of them.

VMM_SOURCES := $(wildcard vmm/*.c)
VMM_OBJECTS := $(VMM_SOURCES:vmm/%.c=$(N)/vmm/%.o)

$(N)/vmm/%.o: vmm/%.c vmm/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(NATIVE_CFLAGS) -flto -Ivmm -c -o $@ $<

$(N)/vmm/vmm.elf: $(VMM_OBJECTS) $(NATIVE_LIBS)
	$(CC_NATIVE) $(NATIVE_CFLAGS) -flto $(NATIVE_LDFLAGS) -T lib/native.ld -o $@ $(CRT0_PROCESS) $(VMM_OBJECTS) $(LIBSELKIE)

all: $(N)/vmm/vmm.elf

-include $(VMM_OBJECTS:.o=.d)
