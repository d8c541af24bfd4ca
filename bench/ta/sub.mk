global-incdirs-y += .
srcs-y += bench_ta.c
