global-incdirs-y += .
srcs-y += worker_ta.c
