# compile.mk - from sources to objects.

WARNS ?= 3
warnings-1 := -Wall -Wcast-align -Werror=implicit-function-declaration -Wextra -Wpointer-arith \
	-Wno-missing-field-initializers -Wno-unused-parameter
warnings-2 := $(warnings-1) -Wmissing-declarations -Wformat=2 -Wmissing-format-attribute \
	-Wmissing-prototypes -Wstrict-prototypes -Wnested-externs -Wold-style-definition -Wno-format-nonliteral
warnings-3 := $(warnings-2) -Wundef -Wwrite-strings -Wredundant-decls
warnings := $(warnings-$(WARNS)) $(if $(filter y,$(CFG_WERROR)),-Werror)

# What make knows is complete only when all of the makefiles were read: these are looked at late.
cppflags-common = $(platform-cppflags) -DTRACE_LEVEL=$(CFG_TEE_TA_LOG_LEVEL) $(cfg-defines) \
	$(if $(filter y,$(CFG_TA_OPTEE_CORE_API_COMPAT_1_1)),-D__OPTEE_CORE_API_COMPAT_1_1=1) \
	$(global-cppflags) $(lib-cppflags)
include-flags = -I. $(addprefix -I,$(1) $(lib-incdirs) $(global-incdirs) $(ta-dev-kit-dir)/include) \
	-nostdinc -isystem $(compiler-include)
file-id = -D__FILE_ID__=$(shell printf %s '$(1)' | tr -c '[:alnum:]' _)

# Flags of one object, by the kind of its source.
cppflags-all = $(filter-out $(cppflags-remove-of-$(1)) $(CPPFLAGS_REMOVE),$(CPPFLAGS_$(sm)) \
	$(cppflags-common) $(cppflags-of-$(1)) $(CPPFLAGS))
cflags-all = -std=gnu11 -fdiagnostics-show-option $(filter-out $(cflags-remove-of-$(1)) $(CFLAGS_REMOVE),\
	$(warnings) $(CFLAGS_$(sm)) $(platform-cflags) $(lib-cflags) $(cflags-of-$(1)) $(CFLAGS))
aflags-all = $(filter-out $(aflags-remove-of-$(1)) $(AFLAGS_REMOVE),$(platform-aflags) $(lib-aflags) \
	$(aflags-of-$(1)) $(AFLAGS))

flags-all = $(if $(filter %.S,$(src-of-$(1))),-D__ASSEMBLER__=1 $(call aflags-all,$(1)),$(call cflags-all,$(1)))
compile = $(CC$(sm)) $(call flags-all,$(1)) $(call include-flags,$(incdirs-of-$(1))) \
	$(call cppflags-all,$(1)) $(call file-id,$(src-of-$(1))) -MD -MP -MF $(1).d -MT $(1) \
	-c $(src-of-$(1)) -o $(1)

define compile-rule
$(1): $(src-of-$(1)) FORCE
	$$(call if-changed,$(if $(filter %.S,$(src-of-$(1))),AS,CC),$$(call compile,$$@))
cleanfiles += $(1)
endef

# Every TA is compiled with these two.
ifneq ($(BINARY),)
header-objs := $(out-dir)/user_ta_header.o $(out-dir)/ta_entry.o
src-of-$(out-dir)/user_ta_header.o := $(ta-dev-kit-dir)/src/user_ta_header.c
src-of-$(out-dir)/ta_entry.o := $(ta-dev-kit-dir)/src/ta_entry.c
objs += $(header-objs)
endif

$(foreach obj,$(objs),$(eval $(call compile-rule,$(obj))))
