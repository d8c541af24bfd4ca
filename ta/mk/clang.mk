# clang.mk - clang for the compiler, GNU's tools for the rest.

cross := $(CROSS_COMPILE_$(sm))
CC$(sm) := clang $(if $(cross),--target=$(patsubst %-,%,$(notdir $(cross))))
AR$(sm) := $(cross)ar
LD$(sm) := $(cross)ld.bfd
OBJCOPY$(sm) := $(cross)objcopy

libgcc = $(shell $(CC$(sm)) --rtlib=libgcc -print-libgcc-file-name)
compiler-include := $(shell $(CC$(sm)) -print-resource-dir)/include
