
# A TA that dies leaves its call stack in the log: every function has a frame.
platform-cflags += -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer

CFG_TA_FLOAT_SUPPORT ?= y
CFG_TEE_TA_LOG_LEVEL ?= 2

CROSS_COMPILE64 ?= $(CROSS_COMPILE)
CROSS_COMPILE_$(sm) ?= $(CROSS_COMPILE64)
COMPILER ?= gcc
COMPILER_$(sm) ?= $(COMPILER)
