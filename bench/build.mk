# SPDX-License-Identifier: BSD-2-Clause
#
# bench/: static arm64 Linux programs: micro, a KVM client that carries its guest, and load, which runs in
# Debian guests.

BENCH_CFLAGS := -std=gnu11 -O2 -g -static -pthread $(WARNINGS)

$(O)/bench/guest.o: bench/guest.S bench/bench.h
	@mkdir -p $(@D)
	$(CC_NATIVE) -c -Ibench -o $@ $<

$(O)/bench/guest.elf: $(O)/bench/guest.o
	$(CC_NATIVE) -nostdlib -static -Wl,--build-id=none -Wl,-Ttext=0x40000000 \
		-Wl,-e,guest_start -o $@ $<

$(O)/bench/guest.bin: $(O)/bench/guest.elf
	$(OBJCOPY) -O binary -j .text $< $@

$(O)/bench/micro: bench/micro.c bench/kvm.c bench/blob.S bench/kvm.h bench/bench.h $(O)/bench/guest.bin
	$(CC_NATIVE) $(BENCH_CFLAGS) -Ibench -DGUEST_BIN='"$(O)/bench/guest.bin"' -o $@ \
		bench/micro.c bench/kvm.c bench/blob.S

$(O)/bench/load: bench/load.c bench/net.c bench/net.h
	@mkdir -p $(@D)
	$(CC_NATIVE) $(BENCH_CFLAGS) -Ibench -o $@ $(filter %.c,$^)

all: $(O)/bench/micro $(O)/bench/load

# make bench [ROWS=doorbell,hvc] [KERNEL=...] [CORES=2]; make bench-check compares with the committed table.
BENCH_FILES := $(O)/bench/micro $(O)/bench/load $(O)/image/service.img $(O)/image/service.initrd $(O)/image/Image \
	$(O)/loader/loader.img $(N)/selkie.archive
BENCH_ROWS = $(if $(ROWS),--rows $(ROWS))

BENCH_GENUINE = $(if $(filter $(N)/kernel/kernel.elf,$(KERNEL)),,--kernel "$(notdir $(KERNEL))")

.PHONY: bench bench-check
ifeq ($(CORES),1)
bench: $(BENCH_FILES)
	@$(PYTHON) bench/bench.py $(BENCH_ROWS) $(if $(BENCH_GENUINE),$(BENCH_GENUINE) --genuine --out $(O)/bench/genuine)
else
bench: $(BENCH_FILES)
	@$(PYTHON) bench/pair.py $(BENCH_ROWS) $(if $(BENCH_GENUINE),$(BENCH_GENUINE) --out $(N)/bench/genuine)
endif

bench-check: $(BENCH_FILES)
	@$(PYTHON) bench/bench.py $(BENCH_ROWS) --check bench/baseline.csv
