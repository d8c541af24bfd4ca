global-incdirs-y += .
global-incdirs-y += ../worker
srcs-y += ../worker/worker_ta.c
