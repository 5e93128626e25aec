# SPDX-License-Identifier: BSD-2-Clause
#
# Unit tests: they run on the host, with AddressSanitizer and UndefinedBehaviorSanitizer.
#
# To add one, drop tests/unit/<name>.c here; nothing else has to be edited. It is a stand-alone
# program (see unit.h) and says in comment lines of its own what it is built from:
#
#   // unit-sources: vmm/vgic.c lib/bitmap.c      the pure sources under test, from the tree's top
#   // unit-cflags: -Ivmm/include -DSOMETHING     optional; -Iabi -Ilib/include -Itests/unit are there
#   // unit-libs: -lfdt                           optional
#
# `make check` builds and runs all of them; `make check UNIT=vgic` only that one.

UNIT ?= $(notdir $(basename $(wildcard tests/unit/*.c)))
UNIT_PROGRAMS := $(foreach t,$(UNIT),$(O)/tests/unit/$(t))

HOST_CFLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined $(WARNINGS) -Iabi -Ilib/include -Itests/unit

# unit-value,<key>,<source>: what the source's `// unit-<key>:` line says
unit-value = $(shell sed -n 's|^// unit-$(1): *||p' $(2))

define unit-rule
UNIT_SOURCES_$(1) := tests/unit/$(1).c $$(call unit-value,sources,tests/unit/$(1).c)
$(O)/tests/unit/$(1): $$(UNIT_SOURCES_$(1)) tests/unit/build.mk
	@mkdir -p $$(@D)
	$(HOSTCC) $(HOST_CFLAGS) $$(call unit-value,cflags,tests/unit/$(1).c) -MMD -MP -MF $$@.d -MT $$@ \
		-o $$@ $$(UNIT_SOURCES_$(1)) $$(call unit-value,libs,tests/unit/$(1).c)
-include $(O)/tests/unit/$(1).d
endef
$(foreach t,$(UNIT),$(eval $(call unit-rule,$(t))))

.PHONY: check
check: $(UNIT_PROGRAMS)
	@sh tests/unit/run.sh $(UNIT_PROGRAMS)
