/* stdlib.h */
#ifndef STDLIB_H
#define STDLIB_H

#include <stddef.h>

#include <compiler.h>
#include <malloc.h>

#define RAND_MAX __INT_MAX__

/* Panics with code 0. */
void abort(void) __noreturn;

int abs(int value);

/* From the TEE's random numbers; there is no seed. */
int rand(void);

/* In place, not stable, and never quadratic. */
void qsort(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b));

/* Saturates at ULONG_MAX; there is no errno. `end` may be NULL. */
unsigned long strtoul(const char *s, char **end, int base);
unsigned long _strtoul(const char *s, char **end, int base);

#endif
