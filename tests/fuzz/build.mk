# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzz targets (libFuzzer, ASan, UBSan) for readers of data that nobody vouches for. Each
# tests/fuzz/<name>.c defines LLVMFuzzerTestOneInput and, as unit tests do, says its sources:
#
#   // unit-sources: ...    // unit-cflags: ...    // unit-libs: ...
#
# `make fuzz` runs each for FUZZ_SECONDS; a finding fails it and is kept under $(O)/tests/fuzz.
# Not part of `make check`: it needs clang.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 20
FUZZ := $(notdir $(basename $(wildcard tests/fuzz/*.c)))
FUZZ_PROGRAMS := $(foreach t,$(FUZZ),$(O)/tests/fuzz/$(t))
FUZZ_CFLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined -Wall -Wextra -Werror \
	-Wno-unused-parameter -Iabi -Ilib/include

fuzz-value = $(shell sed -n 's|^// unit-$(1): *||p' $(2))

define fuzz-rule
$(O)/tests/fuzz/$(1): tests/fuzz/$(1).c $$(call fuzz-value,sources,tests/fuzz/$(1).c) \
		tests/fuzz/build.mk
	@mkdir -p $$(@D)
	$$(FUZZ_CC) $$(FUZZ_CFLAGS) $$(call fuzz-value,cflags,tests/fuzz/$(1).c) -o $$@ \
		tests/fuzz/$(1).c $$(call fuzz-value,sources,tests/fuzz/$(1).c) \
		$$(call fuzz-value,libs,tests/fuzz/$(1).c)
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz-rule,$(t))))

.PHONY: fuzz
fuzz: $(FUZZ_PROGRAMS)
	@for program in $(FUZZ_PROGRAMS); do \
		mkdir -p $$program.corpus; \
		$$program -max_total_time=$(FUZZ_SECONDS) -timeout=5 -max_len=8192 \
			-artifact_prefix=$$program. $$program.corpus >$$program.log 2>&1 || \
			{ tail -n 40 $$program.log; exit 1; }; \
		echo "$$program: $(FUZZ_SECONDS) s, no finding"; \
	done
