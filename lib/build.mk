# SPDX-License-Identifier: BSD-2-Clause
#
# libselkie.a: what native seL4 processes share. A program links, in this order,
#
#   $(NATIVE_LDFLAGS) -T lib/native.ld $(CRT0_ROOT) <objects> $(LIBSELKIE) [$(LIBFDT) $(LIBSELKIE)]
#
# with CRT0_ROOT for a root task and CRT0_PROCESS for a vmm process, and depends on NATIVE_LIBS.

LIBSELKIE := $(N)/lib/libselkie.a
CRT0_ROOT := $(N)/lib/crt0-root.o
CRT0_PROCESS := $(N)/lib/crt0-process.o
NATIVE_LIBS := lib/native.ld $(LIBSELKIE) $(CRT0_ROOT) $(CRT0_PROCESS)

# Debian's libfdt-dev:arm64.
LIBFDT ?= /usr/lib/aarch64-linux-gnu/libfdt.a

LIB_PURE_SOURCES := lib/archive.c lib/crc32.c lib/elf_image.c
LIB_SOURCES := $(LIB_PURE_SOURCES) lib/pl011.c lib/start.c lib/stdio.c lib/stdlib.c lib/string.c
LIB_OBJECTS := $(LIB_SOURCES:lib/%.c=$(N)/lib/%.o)

# The compiler must not turn the loops of memcpy and friends into calls of themselves.
$(N)/lib/string.o: LIB_EXTRA := -fno-tree-loop-distribute-patterns

$(N)/lib/%.o: lib/%.c lib/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(NATIVE_CFLAGS) $(LIB_EXTRA) -c -o $@ $<

$(N)/lib/%.o: lib/%.S lib/build.mk mk/toolchain.mk
	@mkdir -p $(@D)
	$(CC_NATIVE) $(NATIVE_CFLAGS) -c -o $@ $<

$(LIBSELKIE): $(LIB_OBJECTS)
	@rm -f $@
	$(AR_NATIVE) rcs $@ $^

all: $(NATIVE_LIBS)

-include $(LIB_OBJECTS:.o=.d) $(CRT0_ROOT:.o=.d) $(CRT0_PROCESS:.o=.d)
