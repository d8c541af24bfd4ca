# conf.mk - this kit makes TAs for the secure world that runs on a PC (aarch64).

sm := ta_host
sm-ta_host := y

platform-cppflags := -DARM64=1 -D__LP64__=1
platform-cflags := -O2 -g -fpic -fstack-protector-strong -mstack-protector-guard=global \
	-mno-outline-atomics
platform-aflags := -pipe -g
