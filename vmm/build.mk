# SPDX-License-Identifier: BSD-2-Clause
#
# vmm.elf: the process that the manager starts once per VM (it embeds the file). Optimised across files
# at link time, because an exit's path is a chain of short functions in several of them. With several
# cores it has several threads, each with an IPC buffer of its own.

VMM_SOURCES := $(wildcard vmm/*.c)
VMM_OBJECTS := $(VMM_SOURCES:vmm/%.c=$(N)/vmm/%.o)

VMM_CFLAGS := $(NATIVE_CFLAGS) -flto -flto-partition=one $(if $(SMP),-DCONFIG_LIB_SEL4_USE_THREAD_LOCALS)

# The one start-up file that knows of threads.
$(CRT0_PROCESS): NATIVE_CFLAGS := $(VMM_CFLAGS)

$(N)/vmm/%.o: vmm/%.c vmm/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(VMM_CFLAGS) -Ivmm -c -o $@ $<

$(N)/vmm/vmm.elf: $(VMM_OBJECTS) $(NATIVE_LIBS)
	$(CC_NATIVE) $(VMM_CFLAGS) $(NATIVE_LDFLAGS) -T lib/native.ld -o $@ $(CRT0_PROCESS) $(VMM_OBJECTS) $(LIBSELKIE)

all: $(N)/vmm/vmm.elf

-include $(VMM_OBJECTS:.o=.d)
