# gcc.mk - the tools, by their GNU names.

cross := $(CROSS_COMPILE_$(sm))
CC$(sm) := $(cross)gcc
AR$(sm) := $(cross)ar
LD$(sm) := $(cross)ld.bfd
OBJCOPY$(sm) := $(cross)objcopy

libgcc = $(shell $(CC$(sm)) $(platform-cflags) $(CFLAGS) -print-libgcc-file-name)
compiler-include := $(shell $(CC$(sm)) -print-file-name=include)
