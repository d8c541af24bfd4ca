global-incdirs-y += .
srcs-y += vault_ta.c
