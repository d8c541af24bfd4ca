/* string_ext.h - strings and memory, beyond C. */
#ifndef STRING_EXT_H
#define STRING_EXT_H

#include <stddef.h>
#include <stdint.h>

/* Copy, or append, what fits into `size` bytes with a NUL. Returns the length that there would
 * be with room enough: `size` or more means that something was cut. */
size_t strlcpy(char *to, const char *from, size_t size);
size_t strlcat(char *to, const char *from, size_t size);

/* As memcmp(), in a time that depends on `size` alone. */
int consttime_memcmp(const void *a, const void *b, size_t size);
int buf_compare_ct(const void *a, const void *b, size_t size);

/* memset(to, 0, size) that no compiler may leave out. */
void memzero_explicit(void *to, size_t size);

/* strdup(); a TA has one heap. */
char *nex_strdup(const char *s);

#endif
