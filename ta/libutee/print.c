/* print.c - the log as standard output. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tee_internal_api.h>
#include <utee_syscalls.h>

void trace_ext_puts(const char *text)
{
	_utee_log(text, strlen(text));
}

int trace_ext_get_thread_id(void)
{
	return -1;
}

static void print_text(const char *text, size_t size)
{
	if (trace_get_level() >= TRACE_PRINTF_LEVEL && size > 0) {
		_utee_log(text, size);
	}
}

int printf(const char *format, ...)
{
	char text[MAX_PRINT_SIZE];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_text(text, strlen(text));
	return length;
}

int fputs(const char *text, FILE *file)
{
	(void)file;
	print_text(text, strlen(text));
	return 1;
}

int puts(const char *text)
{
	return printf("%s\n", text);
}

int fputc(int c, FILE *file)
{
	char text = (char)c;

	(void)file;
	print_text(&text, 1);
	return (unsigned char)c;
}

int putchar(int c)
{
	return fputc(c, stdout);
}

size_t fwrite(const void *items, size_t size, size_t count, FILE *file)
{
	size_t total;

	(void)file;
	if (__builtin_mul_overflow(size, count, &total)) {
		return 0;
	}
	print_text(items, total);
	return count;
}

ssize_t write(int fd, const void *text, size_t count)
{
	if (fd != 1 && fd != 2) {
		return -1;
	}
	print_text(text, count);
	return (ssize_t)count;
}

int rand(void)
{
	unsigned int value;

	TEE_GenerateRandom(&value, sizeof(value));
	return (int)(value & RAND_MAX);
}

void abort(void)
{
	printf("Abort!\n");
	TEE_Panic(0);
}
