global-incdirs-y += .
srcs-y += services_ta.c
