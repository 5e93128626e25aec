# SPDX-License-Identifier: BSD-2-Clause
#
# The manager: the root task, with the vmm's ELF embedded.
#
#   $(N)/manager/manager.elf

MANAGER := $(N)/manager/manager.elf
MANAGER_VMM ?= $(N)/vmm/vmm.elf

MANAGER_SOURCES := arena boot buddy calls cap config devtree devtree_edit evict main memory object process region \
	scrub service service_device slots stage2 vm vm_slot watchdog window
MANAGER_OBJECTS := $(MANAGER_SOURCES:%=$(N)/manager/%.o) $(N)/manager/vmm_image.o

$(N)/manager/%.o: manager/%.c manager/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(NATIVE_CFLAGS) $(MANAGER_CFLAGS) -c -o $@ $<

# libfdt's headers live beside the host C library's, which must not be seen.
$(N)/manager/devtree.o $(N)/manager/devtree_edit.o: MANAGER_CFLAGS := -idirafter /usr/include

$(N)/manager/vmm_image.o: manager/vmm_image.S $(MANAGER_VMM) manager/build.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) -DVMM_ELF='"$(MANAGER_VMM)"' -c -o $@ $<

$(MANAGER): $(MANAGER_OBJECTS) $(NATIVE_LIBS)
	$(CC_NATIVE) $(NATIVE_LDFLAGS) -T lib/native.ld -o $@ $(CRT0_ROOT) $(MANAGER_OBJECTS) $(LIBSELKIE) \
		$(LIBFDT) $(LIBSELKIE)

all: $(MANAGER)

-include $(MANAGER_OBJECTS:.o=.d)
