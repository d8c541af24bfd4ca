global-incdirs-y += .
srcs-y += hello_ta.c
