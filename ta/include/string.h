/* string.h */
#ifndef STRING_H
#define STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memset(void *to, int c, size_t size);
void *memchr(const void *buffer, int c, size_t size);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
char *strcpy(char *restrict to, const char *restrict from);
char *strncpy(char *restrict to, const char *restrict from, size_t size);
char *strtok_r(char *restrict s, const char *restrict separators, char **restrict rest);

/* From malloc(). NULL: out of memory. */
char *strdup(const char *s);
char *strndup(const char *s, size_t max);

#endif
