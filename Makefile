# SPDX-License-Identifier: BSD-2-Clause
#
# Selkie: KVM's API on the seL4 microkernel.
#
#   make run     install what is needed, build, boot, and sit in the service VM
#   make demo    the same scenario without a person, one line per check
#   make test    every test; `make check` is the quick part (unit, host)
#
# This file only names the parts: each directory's build.mk says how it is built.

O ?= build
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
# Rules say what they do in a line of their own where it takes time; V=1 shows every command.
ifneq ($(V),1)
MAKEFLAGS += --silent
endif

include mk/deps.mk
include mk/toolchain.mk
include $(sort $(wildcard */build.mk) $(wildcard tests/*/build.mk))
include mk/run.mk

.PHONY: all clean
all: ; @:

clean:
	rm -rf $(O)
