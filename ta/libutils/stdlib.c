/* stdlib.c - numbers. */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdlib_ext.h>

int abs(int value)
{
	return value < 0 ? -value : value;
}

/* Above every base: no digit. */
#define DIGIT_NONE 36

static int digit_value(char c)
{
	if (isdigit(c)) {
		return c - '0';
	}
	if (isalpha(c)) {
		return tolower(c) - 'a' + 10;
	}
	return DIGIT_NONE;
}

/* Behind "0x", if that begins a hexadecimal number. */
static const char *number_skip_prefix(const char *at, int *base)
{
	bool prefixed = at[0] == '0' && tolower(at[1]) == 'x' && digit_value(at[2]) < 16;

	if (prefixed && (*base == 0 || *base == 16)) {
		*base = 16;
		return at + 2;
	}
	if (*base == 0) {
		*base = at[0] == '0' ? 8 : 10;
	}
	return at;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	const char *at = s;
	const char *digits;
	bool negative = false;
	bool overflow = false;
	unsigned long value = 0;

	while (isspace((unsigned char)*at)) {
		at++;
	}
	if (*at == '-' || *at == '+') {
		negative = *at == '-';
		at++;
	}
	if (base != 1 && base >= 0 && base <= 36) {
		at = number_skip_prefix(at, &base);
		for (digits = at; digit_value(*at) < base; at++) {
			overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value);
			overflow |= __builtin_add_overflow(value, (unsigned long)digit_value(*at),
							   &value);
		}
		if (at == digits) {
			at = s;
		}
	} else {
		at = s;
	}
	if (end != NULL) {
		*end = (char *)(uintptr_t)at;
	}
	if (overflow) {
		return ULONG_MAX;
	}
	return negative ? 0 - value : value;
}

unsigned long _strtoul(const char *s, char **end, int base)
{
	return strtoul(s, end, base);
}
