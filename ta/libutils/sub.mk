# What the compiler would otherwise make of these files is calls of themselves.
cflags-lib-y += -fno-builtin
incdirs-lib-y += ../..
# A TA may have names of its own like these.
cppflags-lib-y += -Dformat_vprint=utils_format_vprint -Dformat_print=utils_format_print

srcs-y += assert.c
srcs-y += atomic.c
srcs-y += base64.c
srcs-y += ctype.c
srcs-y += heap.c
srcs-y += malloc.c
srcs-y += memory.c
srcs-y += print.c
srcs-y += qsort.c
srcs-y += stack_protector.c
srcs-y += stdlib.c
srcs-y += string.c
srcs-y += trace.c
srcs-y += ../../lib/format.c
