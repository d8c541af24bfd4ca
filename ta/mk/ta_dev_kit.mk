# ta_dev_kit.mk - the one file that a TA's Makefile includes.
#
# The Makefile sets one of
#
#	BINARY	the TA's UUID: makes $(O)/$(BINARY).ta
#	LIBNAME	a static library for TAs: makes $(O)/$(LIBNAME).a
#
# and its sub.mk (subdir.mk says what may be in one) names the sources. Who calls make may set O (where
# the output goes), V=1 (show commands), CROSS_COMPILE, COMPILER (gcc, clang), CFLAGS, CPPFLAGS, AFLAGS,
# WARNS (0 to 3), CFG_WERROR=y, TA_SIGN_KEY, SIGN_ENC and any CFG_*.

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all clean FORCE

ta-dev-kit-dir := $(patsubst %/mk/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

ifneq ($(words $(BINARY) $(LIBNAME) $(SHLIBNAME)),1)
$(error the Makefile has to set one of BINARY and LIBNAME)
endif
ifneq ($(SHLIBNAME),)
$(error this kit makes no shared libraries yet: use LIBNAME instead of SHLIBNAME)
endif

O ?= .
out-dir := $(patsubst %/,%,$(O))
link-out-dir := $(out-dir)

include $(ta-dev-kit-dir)/mk/conf.mk
include $(ta-dev-kit-dir)/mk/macros.mk
include $(ta-dev-kit-dir)/mk/$(COMPILER_$(sm)).mk

all:

include $(ta-dev-kit-dir)/mk/subdir.mk
include $(ta-dev-kit-dir)/mk/compile.mk
ifneq ($(BINARY),)
include $(ta-dev-kit-dir)/mk/link.mk
else
include $(ta-dev-kit-dir)/mk/archive.mk
endif

# What was made, how it was made, and the directories that are empty then.
clean:
	$(call say,CLEAN,$(out-dir))
	$(q)rm -f $(cleanfiles) $(addsuffix .cmd,$(cleanfiles)) $(addsuffix .d,$(objs))
	$(q)rmdir -p $(sort $(dir $(objs))) 2>/dev/null || true

-include $(wildcard $(addsuffix .cmd,$(cleanfiles)) $(addsuffix .d,$(objs)))
