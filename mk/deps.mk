# SPDX-License-Identifier: BSD-2-Clause
#
# What this machine must have installed before anything can be made.
#
# The file included here has no content: make brings an included file up to date before it looks at its
# goals, so its rule is where missing packages are installed. It runs when the list or the machine's
# package database changed, and then takes a fraction of a second if nothing is missing. DEPS=no leaves
# it out.

DEPS ?= yes

ifeq ($(DEPS),yes)
ifneq ($(MAKECMDGOALS),clean)
include $(O)/deps.stamp

$(O)/deps.stamp: mk/packages.txt mk/install-deps.sh $(wildcard /var/lib/dpkg/status)
	@mkdir -p $(@D)
	@sh mk/install-deps.sh mk/packages.txt $(O)/deps.log
	@: > $@
endif
endif
