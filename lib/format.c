#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* An octal number of 64 bits. */
#define FORMAT_DIGITS_MAX  22u
#define FORMAT_UUID_LENGTH 36u

struct format_output {
	char *buffer;
	size_t size;
	size_t length;
};

enum format_size {
	FORMAT_SIZE_INT,
	FORMAT_SIZE_CHAR,
	FORMAT_SIZE_SHORT,
	FORMAT_SIZE_LONG,
	FORMAT_SIZE_LONG_LONG,
	FORMAT_SIZE_INTMAX,
	FORMAT_SIZE_PTRDIFF,
	FORMAT_SIZE_SIZE,
};

struct format_spec {
	bool left;
	bool plus;
	bool space;
	bool alternate;
	bool zero;
	size_t width;
	bool has_precision;
	size_t precision;
	enum format_size size;
};

/* A va_list is an array on some machines and then decays when it is passed: inside a structure it
 * is the same thing everywhere. */
struct format_arguments {
	va_list list;
};

/* Saturates: a length that does not fit is reported, not wrapped. */
static void format_grow(struct format_output *out, size_t count)
{
	if (__builtin_add_overflow(out->length, count, &out->length)) {
		out->length = SIZE_MAX;
	}
}

static size_t format_room(const struct format_output *out, size_t count)
{
	size_t room = out->length < out->size ? out->size - out->length : 0;

	return count < room ? count : room;
}

static void format_put(struct format_output *out, const char *text, size_t count)
{
	size_t room = format_room(out, count);

	if (room > 0) {
		memcpy(out->buffer + out->length, text, room);
	}
	format_grow(out, count);
}

static void format_fill(struct format_output *out, char c, size_t count)
{
	size_t room = format_room(out, count);

	if (room > 0) {
		memset(out->buffer + out->length, c, room);
	}
	format_grow(out, count);
}

static void format_text(struct format_output *out, const struct format_spec *spec, const char *text,
			size_t count)
{
	size_t pad = spec->width > count ? spec->width - count : 0;

	if (!spec->left) {
		format_fill(out, ' ', pad);
	}
	format_put(out, text, count);
	if (spec->left) {
		format_fill(out, ' ', pad);
	}
}

static void format_string(struct format_output *out, const struct format_spec *spec,
			  const char *text)
{
	size_t count = 0;

	if (text == NULL) {
		text = "(null)";
	}
	/* With a precision the string need not be terminated. */
	while ((!spec->has_precision || count < spec->precision) && text[count] != '\0') {
		count++;
	}
	format_text(out, spec, text, count);
}

/* The digits of `value`, the last of them at the end of `digits`. Returns how many. */
static size_t format_digits(char digits[FORMAT_DIGITS_MAX], uintmax_t value, unsigned int base,
			    bool upper)
{
	const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	size_t count = 0;

	while (value != 0) {
		count++;
		digits[FORMAT_DIGITS_MAX - count] = alphabet[value % base];
		value /= base;
	}
	return count;
}

/* `prefix` is the sign, or 0x. */
static void format_number(struct format_output *out, const struct format_spec *spec,
			  const char *prefix, uintmax_t value, unsigned int base, bool upper)
{
	char digits[FORMAT_DIGITS_MAX];
	size_t count = format_digits(digits, value, base, upper);
	size_t zeros = 0;
	size_t least = spec->has_precision ? spec->precision : 1;
	size_t length;

	if (base == 8 && spec->alternate && least <= count) {
		least = count + 1;
	}
	if (least > count) {
		zeros = least - count;
	}
	length = strlen(prefix) + zeros + count;
	if (spec->zero && !spec->left && !spec->has_precision && spec->width > length) {
		zeros += spec->width - length;
		length = spec->width;
	}
	if (!spec->left && spec->width > length) {
		format_fill(out, ' ', spec->width - length);
	}
	format_put(out, prefix, strlen(prefix));
	format_fill(out, '0', zeros);
	format_put(out, digits + FORMAT_DIGITS_MAX - count, count);
	if (spec->left && spec->width > length) {
		format_fill(out, ' ', spec->width - length);
	}
}

static void format_signed(struct format_output *out, const struct format_spec *spec, intmax_t value)
{
	const char *prefix = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	uintmax_t magnitude = value < 0 ? 0 - (uintmax_t)value : (uintmax_t)value;

	format_number(out, spec, prefix, magnitude, 10, false);
}

static void format_hex(struct format_output *out, const struct format_spec *spec, uintmax_t value,
		       bool upper)
{
	const char *prefix = !spec->alternate || value == 0 ? "" : upper ? "0X" : "0x";

	format_number(out, spec, prefix, value, 16, upper);
}

static char *format_uuid_field(char *to, uint64_t value, size_t digits)
{
	while (digits > 0) {
		digits--;
		*to++ = "0123456789abcdef"[(value >> (4 * digits)) & 0xF];
	}
	return to;
}

static void format_uuid(struct format_output *out, const struct format_spec *spec, const void *uuid)
{
	char text[FORMAT_UUID_LENGTH];
	const unsigned char *bytes = uuid;
	uint32_t low;
	uint16_t mid;
	uint16_t high;
	char *to = text;

	if (uuid == NULL) {
		format_string(out, spec, NULL);
		return;
	}
	memcpy(&low, bytes, sizeof(low));
	memcpy(&mid, bytes + 4, sizeof(mid));
	memcpy(&high, bytes + 6, sizeof(high));
	to = format_uuid_field(to, low, 8);
	*to++ = '-';
	to = format_uuid_field(to, mid, 4);
	*to++ = '-';
	to = format_uuid_field(to, high, 4);
	*to++ = '-';
	for (size_t i = 8; i < 16; i++) {
		if (i == 10) {
			*to++ = '-';
		}
		to = format_uuid_field(to, bytes[i], 2);
	}
	format_text(out, spec, text, sizeof(text));
}

static intmax_t format_take_signed(struct format_arguments *args, enum format_size size)
{
	switch (size) {
	case FORMAT_SIZE_INT:
		return va_arg(args->list, int);
	case FORMAT_SIZE_LONG:
		return va_arg(args->list, long);
	case FORMAT_SIZE_LONG_LONG:
		return va_arg(args->list, long long);
	case FORMAT_SIZE_INTMAX:
		return va_arg(args->list, intmax_t);
	case FORMAT_SIZE_CHAR:
		return (signed char)va_arg(args->list, int);
	case FORMAT_SIZE_SHORT:
		return (short)va_arg(args->list, int);
	case FORMAT_SIZE_PTRDIFF:
	case FORMAT_SIZE_SIZE:
		return va_arg(args->list, ptrdiff_t);
	}
	return 0;
}

static uintmax_t format_take_unsigned(struct format_arguments *args, enum format_size size)
{
	switch (size) {
	case FORMAT_SIZE_INT:
		return va_arg(args->list, unsigned int);
	case FORMAT_SIZE_LONG:
		return va_arg(args->list, unsigned long);
	case FORMAT_SIZE_LONG_LONG:
		return va_arg(args->list, unsigned long long);
	case FORMAT_SIZE_INTMAX:
		return va_arg(args->list, uintmax_t);
	case FORMAT_SIZE_CHAR:
		return (unsigned char)va_arg(args->list, unsigned int);
	case FORMAT_SIZE_SHORT:
		return (unsigned short)va_arg(args->list, unsigned int);
	case FORMAT_SIZE_PTRDIFF:
	case FORMAT_SIZE_SIZE:
		return va_arg(args->list, size_t);
	}
	return 0;
}

static const char *format_parse_flags(const char *at, struct format_spec *spec)
{
	for (;; at++) {
		switch (*at) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return at;
		}
	}
}

/* Saturates at FORMAT_LENGTH_MAX, so that sums of a few of these cannot wrap. */
static const char *format_parse_digits(const char *at, size_t *value)
{
	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		*value = *value * 10 + (size_t)(*at - '0');
		if (*value > FORMAT_LENGTH_MAX) {
			*value = FORMAT_LENGTH_MAX;
		}
	}
	return at;
}

static const char *format_parse_width(const char *at, struct format_spec *spec,
				      struct format_arguments *args)
{
	int width;

	if (*at != '*') {
		return format_parse_digits(at, &spec->width);
	}
	width = va_arg(args->list, int);
	if (width < 0) {
		spec->left = true;
	}
	spec->width = width < 0 ? 0 - (size_t)width : (size_t)width;
	return at + 1;
}

static const char *format_parse_precision(const char *at, struct format_spec *spec,
					  struct format_arguments *args)
{
	int precision;

	if (*at != '.') {
		return at;
	}
	at++;
	spec->has_precision = true;
	if (*at != '*') {
		return format_parse_digits(at, &spec->precision);
	}
	precision = va_arg(args->list, int);
	if (precision < 0) {
		spec->has_precision = false;
	} else {
		spec->precision = (size_t)precision;
	}
	return at + 1;
}

static const char *format_parse_size(const char *at, struct format_spec *spec)
{
	switch (*at) {
	case 'h':
		spec->size = at[1] == 'h' ? FORMAT_SIZE_CHAR : FORMAT_SIZE_SHORT;
		return at + (at[1] == 'h' ? 2 : 1);
	case 'l':
		spec->size = at[1] == 'l' ? FORMAT_SIZE_LONG_LONG : FORMAT_SIZE_LONG;
		return at + (at[1] == 'l' ? 2 : 1);
	case 'q':
		spec->size = FORMAT_SIZE_LONG_LONG;
		return at + 1;
	case 'j':
		spec->size = FORMAT_SIZE_INTMAX;
		return at + 1;
	case 't':
		spec->size = FORMAT_SIZE_PTRDIFF;
		return at + 1;
	case 'z':
		spec->size = FORMAT_SIZE_SIZE;
		return at + 1;
	default:
		return at;
	}
}

/* `at` is the conversion's letter. Returns what follows it, or NULL: there is no such thing. */
static const char *format_convert(struct format_output *out, const char *at,
				  struct format_spec *spec, struct format_arguments *args)
{
	char c;

	switch (*at) {
	case 'D':
		spec->size = FORMAT_SIZE_LONG;
		/* fall through */
	case 'd':
	case 'i':
		format_signed(out, spec, format_take_signed(args, spec->size));
		break;
	case 'U':
		spec->size = FORMAT_SIZE_LONG;
		/* fall through */
	case 'u':
		format_number(out, spec, "", format_take_unsigned(args, spec->size), 10, false);
		break;
	case 'O':
		spec->size = FORMAT_SIZE_LONG;
		/* fall through */
	case 'o':
		format_number(out, spec, "", format_take_unsigned(args, spec->size), 8, false);
		break;
	case 'x':
	case 'X':
		format_hex(out, spec, format_take_unsigned(args, spec->size), *at == 'X');
		break;
	case 'c':
		c = (char)va_arg(args->list, int);
		format_text(out, spec, &c, 1);
		break;
	case 's':
		format_string(out, spec, va_arg(args->list, const char *));
		break;
	case 'p':
		if (at[1] == 'U' && at[2] == 'l') {
			format_uuid(out, spec, va_arg(args->list, const void *));
			return at + 3;
		}
		format_number(out, spec, "0x", (uintptr_t)va_arg(args->list, void *), 16, false);
		break;
	case 'n':
		(void)va_arg(args->list, void *);
		break;
	case '%':
		format_put(out, "%", 1);
		break;
	default:
		return NULL;
	}
	return at + 1;
}

/* `at` is behind the percent sign. */
static const char *format_directive(struct format_output *out, const char *at,
				    struct format_arguments *args)
{
	struct format_spec spec = { .size = FORMAT_SIZE_INT };
	const char *start = at - 1;
	const char *end;

	at = format_parse_flags(at, &spec);
	at = format_parse_width(at, &spec, args);
	at = format_parse_precision(at, &spec, args);
	at = format_parse_size(at, &spec);
	end = format_convert(out, at, &spec, args);
	if (end == NULL) {
		end = *at == '\0' ? at : at + 1;
		format_put(out, start, (size_t)(end - start));
	}
	return end;
}

int format_vprint(char *buffer, size_t size, const char *format, va_list args)
{
	struct format_output out = { .buffer = buffer, .size = size > 0 ? size - 1 : 0 };
	struct format_arguments arguments;
	const char *plain;

	va_copy(arguments.list, args);
	while (*format != '\0') {
		plain = format;
		while (*format != '\0' && *format != '%') {
			format++;
		}
		format_put(&out, plain, (size_t)(format - plain));
		if (*format == '%') {
			format = format_directive(&out, format + 1, &arguments);
		}
	}
	va_end(arguments.list);
	if (size > 0) {
		buffer[out.length < out.size ? out.length : out.size] = '\0';
	}
	return out.length > FORMAT_LENGTH_MAX ? -1 : (int)out.length;
}

int format_print(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = format_vprint(buffer, size, format, args);
	va_end(args);
	return length;
}
