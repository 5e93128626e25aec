# SPDX-License-Identifier: BSD-2-Clause
#
# tests/soak: two guests under load for a long time, disturbed in every way that a user could.
#
#   make soak    (mk/run.mk)

SOAK := $(O)/tests/soak
SOAK_CFLAGS := -std=gnu11 -O2 -g -static -pthread -Ibench $(WARNINGS)

$(SOAK)/work: tests/soak/work.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC_NATIVE) $(SOAK_CFLAGS) -o $@ $<

# The guest of the micro rows, and their client's part of KVM's API.
$(SOAK)/events: tests/soak/events.c bench/kvm.c bench/blob.S bench/kvm.h bench/bench.h $(O)/bench/guest.bin
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC_NATIVE) $(SOAK_CFLAGS) -DGUEST_BIN='"$(O)/bench/guest.bin"' -o $@ $(filter %.c,$^) bench/blob.S
