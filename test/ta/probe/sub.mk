# The machine that the compiler makes code for: x86_64, aarch64.
machine := $(firstword $(subst -, ,$(shell $(CC$(sm)) -dumpmachine)))

global-incdirs-y += .
srcs-y += probe_ta.c
srcs-y += host_call_$(machine).c
