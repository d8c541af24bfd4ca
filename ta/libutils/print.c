/* print.c - text, to a buffer. */
#include <printk.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/format.h"

/* One engine for both families: %pUl is a pointer followed by "Ul" to the compiler, and nobody
 * writes that by accident. */
int vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
	return format_vprint(buffer, size, format, args);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = format_vprint(buffer, size, format, args);
	va_end(args);
	return length;
}

int vsnprintk(char *buffer, size_t size, const char *format, va_list args)
{
	return format_vprint(buffer, size, format, args);
}

int snprintk(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = format_vprint(buffer, size, format, args);
	va_end(args);
	return length;
}

int sprintf(char *buffer, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = format_vprint(buffer, SIZE_MAX, format, args);
	va_end(args);
	return length;
}

int __sprintf_chk(char *buffer, int flag, size_t room, const char *format, ...)
{
	va_list args;
	int length;

	(void)flag;
	va_start(args, format);
	length = format_vprint(buffer, room, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room) {
		abort();
	}
	return length;
}
