# conf.mk - this kit makes TAs for S-EL0.

sm := ta_arm64
sm-ta_arm64 := y
CFG_ARM64_ta_arm64 := y

platform-cppflags := -DARM64=1 -D__LP64__=1
platform-cflags := -Os -g3 -fpic -mno-outline-atomics -fstack-protector-strong
platform-aflags := -pipe -g
CROSS_COMPILE ?= aarch64-linux-gnu-
