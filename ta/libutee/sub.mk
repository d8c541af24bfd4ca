incdirs-lib-y += ../..

srcs-y += access.c
srcs-y += api.c
srcs-y += constructor.c
srcs-y += entry.c
srcs-y += extension.c
srcs-y += memory.c
srcs-y += object.c
srcs-y += print.c
srcs-y += property.c
srcs-y += property_api.c
srcs-y += session.c
srcs-y += socket.c
srcs-y += syscall.c
srcs-y += system.c
srcs-y += time.c

# The door to the secure kernel.
srcs-$(sm-ta_host) += arch/host/trap.c
srcs-$(sm-ta_arm64) += arch/aarch64/trap.S
