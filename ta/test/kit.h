/* kit.h - the renamed functions of rename.h, for tests, which have the machine's C library too. */
#ifndef TA_TEST_KIT_H
#define TA_TEST_KIT_H

#include <stdarg.h>
#include <stddef.h>

void *kit_memcpy(void *to, const void *from, size_t size);
void *kit_memmove(void *to, const void *from, size_t size);
void *kit_memset(void *to, int c, size_t size);
int kit_memcmp(const void *a, const void *b, size_t size);
void *kit_memchr(const void *buffer, int c, size_t size);
int kit_bcmp(const void *a, const void *b, size_t size);
size_t kit_strlen(const char *s);
size_t kit_strnlen(const char *s, size_t max);
int kit_strcmp(const char *a, const char *b);
int kit_strncmp(const char *a, const char *b, size_t max);
char *kit_strchr(const char *s, int c);
char *kit_strrchr(const char *s, int c);
char *kit_strstr(const char *s, const char *part);
char *kit_strcpy(char *to, const char *from);
char *kit_strncpy(char *to, const char *from, size_t size);
char *kit_strtok_r(char *s, const char *separators, char **rest);
char *kit_strdup(const char *s);
char *kit_strndup(const char *s, size_t max);
size_t kit_strlcpy(char *to, const char *from, size_t size);
size_t kit_strlcat(char *to, const char *from, size_t size);

int kit_isalnum(int c);
int kit_isalpha(int c);
int kit_isblank(int c);
int kit_iscntrl(int c);
int kit_isdigit(int c);
int kit_isgraph(int c);
int kit_islower(int c);
int kit_isprint(int c);
int kit_ispunct(int c);
int kit_isspace(int c);
int kit_isupper(int c);
int kit_isxdigit(int c);
int kit_tolower(int c);
int kit_toupper(int c);

void kit_abort(void);
int kit_abs(int value);
int kit_rand(void);
void kit_qsort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *));
unsigned long kit_strtoul(const char *s, char **end, int base);

void *kit_malloc(size_t size);
void *kit_calloc(size_t count, size_t size);
void *kit_realloc(void *block, size_t size);
void *kit_memalign(size_t alignment, size_t size);
void kit_free(void *block);

int kit_printf(const char *format, ...);
int kit_puts(const char *text);
int kit_putchar(int c);
int kit_snprintf(char *buffer, size_t size, const char *format, ...);
int kit___sprintf_chk(char *buffer, int flag, size_t room, const char *format, ...);

#endif
