# SPDX-License-Identifier: BSD-2-Clause
#
# tests/kvm: static arm64 Linux programs that speak /dev/kvm and carry a guest of their own. They run in
# the service VM of either system; tests/system/test_bad_input.py does that.
#
#   make kvmtests    $(O)/tests/kvm/{api,guest,memory,churn}

KVMTEST := $(O)/tests/kvm
KVMTEST_CFLAGS := -std=gnu11 -O2 -g -static -pthread -D_GNU_SOURCE -Itests/kvm $(WARNINGS)
KVMTEST_HEADERS := $(wildcard tests/kvm/*.h)
KVMTEST_COMMON := $(patsubst %,$(KVMTEST)/%.o,check client blob)
KVMTEST_PROGRAMS := $(patsubst %,$(KVMTEST)/%,api guest memory churn)

$(KVMTEST)/guest-code.o: tests/kvm/guest.S tests/kvm/port.h
	@mkdir -p $(@D)
	@echo "  AS      $@"
	@$(CC_NATIVE) -c -Itests/kvm -o $@ $<

$(KVMTEST)/guest-code.elf: $(KVMTEST)/guest-code.o
	@$(CC_NATIVE) -nostdlib -static -Wl,--build-id=none -Wl,-Ttext=0x40000000 -Wl,-e,guest_start -o $@ $<

$(KVMTEST)/guest-code.bin: $(KVMTEST)/guest-code.elf
	@$(OBJCOPY) -O binary -j .text $< $@

$(KVMTEST)/blob.o: bench/blob.S $(KVMTEST)/guest-code.bin
	@$(CC_NATIVE) -c -DGUEST_BIN='"$(KVMTEST)/guest-code.bin"' -o $@ $<

$(KVMTEST)/%.o: tests/kvm/%.c $(KVMTEST_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC_NATIVE) $(KVMTEST_CFLAGS) -c -o $@ $<

# A program is its own file and those that begin with its name.
define KVMTEST_PROGRAM
$(KVMTEST)/$(1): $(patsubst tests/kvm/%.c,$(KVMTEST)/%.o,$(wildcard tests/kvm/$(1).c tests/kvm/$(1)_*.c)) \
		$$(KVMTEST_COMMON)
	@echo "  LD      $$@"
	@$$(CC_NATIVE) $$(KVMTEST_CFLAGS) -o $$@ $$^
endef
$(foreach program,api guest memory churn,$(eval $(call KVMTEST_PROGRAM,$(program))))

.PHONY: kvmtests
kvmtests: $(KVMTEST_PROGRAMS)
