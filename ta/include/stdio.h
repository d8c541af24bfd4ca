/* stdio.h - printing, to text and to the log.
 *
 * The formats are those of C without floating point: flags - + space # 0, width and precision,
 * hh h l ll q j t z, and d i u o x X c s p n %. printf() and its kin go to the log without a
 * prefix and are cut at MAX_PRINT_SIZE - 1 characters (trace.h). There are no files: FILE is
 * only there so that `stdout` and `stderr` can be named, and both are the log. */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>

#include <compiler.h>

typedef struct _FILE FILE;

#define stdout ((FILE *)1)
#define stderr ((FILE *)2)

#define EOF (-1)

int printf(const char *format, ...) __printf(1, 2);
int puts(const char *text);
int putchar(int c);
int fputc(int c, FILE *file);
int fputs(const char *text, FILE *file);
size_t fwrite(const void *items, size_t size, size_t count, FILE *file);

/* Returns the length that the whole text has; what does not fit is cut. */
int snprintf(char *buffer, size_t size, const char *format, ...) __printf(3, 4);
int vsnprintf(char *buffer, size_t size, const char *format, va_list args) __printf(3, 0);

/* Does not know where `buffer` ends. */
int sprintf(char *buffer, const char *format, ...) __printf(2, 3) __deprecated;
/* What a compiler may make of it: panics when `room` is too small. */
int __sprintf_chk(char *buffer, int flag, size_t room, const char *format, ...) __printf(4, 5);

#endif
