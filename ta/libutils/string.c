/* string.c - text that ends in a NUL. */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <string_ext.h>

#include <compiler.h>

__inhibit_loop_to_libcall size_t strlen(const char *s)
{
	size_t length = 0;

	while (s[length] != '\0') {
		length++;
	}
	return length;
}

size_t strnlen(const char *s, size_t max)
{
	size_t length = 0;

	while (length < max && s[length] != '\0') {
		length++;
	}
	return length;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		if (a[i] != b[i]) {
			return (unsigned char)a[i] - (unsigned char)b[i];
		}
		if (a[i] == '\0') {
			break;
		}
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	while (*s != (char)c) {
		if (*s == '\0') {
			return NULL;
		}
		s++;
	}
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c) {
			found = s;
		}
	} while (*s++ != '\0');
	return (char *)(uintptr_t)found;
}

char *strstr(const char *s, const char *part)
{
	size_t length = strlen(part);

	if (length == 0) {
		return (char *)(uintptr_t)s;
	}
	for (s = strchr(s, part[0]); s != NULL; s = strchr(s + 1, part[0])) {
		if (strncmp(s, part, length) == 0) {
			break;
		}
	}
	return (char *)(uintptr_t)s;
}

char *strcpy(char *restrict to, const char *restrict from)
{
	memcpy(to, from, strlen(from) + 1);
	return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t length = strnlen(from, size);

	memcpy(to, from, length);
	memset(to + length, 0, size - length);
	return to;
}

static bool string_has(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

char *strtok_r(char *restrict s, const char *restrict separators, char **restrict rest)
{
	char *token = s != NULL ? s : *rest;
	char *end;

	while (string_has(separators, *token)) {
		token++;
	}
	for (end = token; *end != '\0' && !string_has(separators, *end); end++) {
	}
	*rest = end;
	if (*end != '\0') {
		*end = '\0';
		*rest = end + 1;
	}
	return end == token ? NULL : token;
}

char *strndup(const char *s, size_t max)
{
	size_t length = strnlen(s, max);
	char *copy = malloc(length + 1);

	if (copy != NULL) {
		memcpy(copy, s, length);
		copy[length] = '\0';
	}
	return copy;
}

char *strdup(const char *s)
{
	return strndup(s, SIZE_MAX - 1);
}

char *nex_strdup(const char *s)
{
	return strdup(s);
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);
	size_t fits;

	if (size > 0) {
		fits = length < size - 1 ? length : size - 1;
		memcpy(to, from, fits);
		to[fits] = '\0';
	}
	return length;
}

size_t strlcat(char *to, const char *from, size_t size)
{
	size_t used = strnlen(to, size);

	return used + strlcpy(to + used, from, size - used);
}
