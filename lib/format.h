/* format.h - text from a format and its arguments, without a C library.
 *
 * What it knows: the flags `-`, `+`, space, `#` and `0`; a width and a precision, as digits or `*`;
 * the sizes hh h l ll q j t z; and the conversions
 *
 *	d i u o x X	as in C; D U O are ld lu lo
 *	c s %		as in C; a NULL string is "(null)"; l is ignored, there are no wide characters
 *	p		0x and the address in hexadecimal
 *	pUl		a UUID as it lies in memory (a TEE_UUID), in canonical lower case
 *	n		takes its argument and writes nowhere
 *
 * There is no floating point. A conversion that is not listed is copied to the text as it stands
 * and takes no argument. */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* What an int can say; a longer width or precision counts as this. */
#define FORMAT_LENGTH_MAX 0x7fffffffu

/* Write at most `size` bytes, the last of which is a NUL whenever `size` is not 0; `buffer` may be
 * NULL when it is. Returns the length that the whole text has, whether or not there was room for
 * it, or -1 when that is more than FORMAT_LENGTH_MAX. */
__attribute__((format(printf, 3, 0))) int format_vprint(char *buffer, size_t size,
							const char *format, va_list args);
__attribute__((format(printf, 3, 4))) int format_print(char *buffer, size_t size,
						       const char *format, ...);

#endif
