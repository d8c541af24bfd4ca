# conf.mk - this kit makes TAs for the secure world that runs on a PC (x86-64).

sm := ta_host
sm-ta_host := y

platform-cppflags := -D__LP64__=1
# There is no thread pointer that the stack's guard could be found by.
platform-cflags := -O2 -g -fpic -fstack-protector-strong -mstack-protector-guard=global
platform-aflags := -pipe -g
