# SPDX-License-Identifier: BSD-2-Clause
#
# Compilers, flags and the seL4 API that native code is compiled with.
#
# By default native code uses the bundled libsel4/. With SEL4_SDK=<unpacked Microkit SDK> (and BOARD,
# CONFIG) the SDK's own headers take its place: the sources are the same either way.

CROSS ?= aarch64-linux-gnu-
CC_NATIVE := $(CROSS)gcc
AR_NATIVE := $(CROSS)ar
OBJCOPY := $(CROSS)objcopy
HOSTCC ?= gcc
PYTHON := /usr/bin/python3

# How many cores. One builds seL4's configuration "release"; more build "smp-release", whose kernel and
# native code differ: their output goes to $(N), beside that for one core. Loader, images and module
# are the same files for both.
CORES ?= 1
ifeq ($(filter 1 2 3 4,$(CORES)),)
$(error CORES=$(CORES): 1 to 4)
endif
SMP := $(filter-out 1,$(CORES))
N := $(O)$(if $(SMP),/smp$(CORES))

BOARD ?= qemu_virt_aarch64
CONFIG ?= $(if $(SMP),smp-)release

ifdef SEL4_SDK
# -isystem: not ours to warn about. NDEBUG: else they reference a libc's assert.
SEL4_INCLUDES := -isystem $(SEL4_SDK)/board/$(BOARD)/$(CONFIG)/include -DNDEBUG
KERNEL ?= $(SEL4_SDK)/board/$(BOARD)/$(CONFIG)/elf/sel4.elf
else
SEL4_INCLUDES := -Ilibsel4/include $(if $(SMP),-DLIBSEL4_NODES=$(CORES))
endif
KERNEL ?= $(N)/kernel/kernel.elf

WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wundef -Wno-unused-parameter

# Freestanding AArch64 without FP/SIMD: kernel, loader and native processes alike.
BARE_CFLAGS := -std=gnu11 -O2 -g -mcpu=cortex-a53 -mgeneral-regs-only -mstrict-align -ffreestanding \
	-fno-common -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections \
	-fdata-sections -fno-pic -fno-pie -mno-outline-atomics $(WARNINGS) -MMD -MP

# Native seL4 processes (manager, vmm, tests/kernel).
NATIVE_CFLAGS := $(BARE_CFLAGS) $(SEL4_INCLUDES) -Iabi -Ilib/include -Ilib/include/libc
NATIVE_LDFLAGS := -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096
