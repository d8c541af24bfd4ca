global-incdirs-y += .
srcs-y += clock_ta.c
