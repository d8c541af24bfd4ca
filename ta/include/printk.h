/* printk.h - snprintf() that also knows %pUl: a pointer to a TEE_UUID, in canonical lower case. */
#ifndef PRINTK_H
#define PRINTK_H

#include <stdarg.h>
#include <stddef.h>

#include <compiler.h>

/* To the compiler %pUl is %p and two letters. */
int snprintk(char *buffer, size_t size, const char *format, ...) __printf(3, 4);
int vsnprintk(char *buffer, size_t size, const char *format, va_list args) __printf(3, 0);

#endif
