# SPDX-License-Identifier: BSD-2-Clause
#
# tests/soak: two guests under load for a long time, disturbed in every way that a user could.
#
#   make soak    (mk/run.mk)

SOAK := $(O)/tests/soak
SOAK_PROGRAMS := $(addprefix $(SOAK)/,work events watch)
SOAK_CFLAGS := -std=gnu11 -O2 -g -static -pthread -Ibench -DGUEST_BIN='"$(O)/bench/guest.bin"' $(WARNINGS)

$(SOAK)/work: bench/net.c bench/net.h
# The guest of the micro rows, and their client's part of KVM's API.
$(SOAK)/events: bench/kvm.c bench/blob.S bench/kvm.h bench/bench.h $(O)/bench/guest.bin

$(SOAK_PROGRAMS): $(SOAK)/%: tests/soak/%.c tests/soak/progress.c tests/soak/progress.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC_NATIVE) $(SOAK_CFLAGS) -o $@ $(filter %.c %.S,$^)
