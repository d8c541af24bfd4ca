/* trace.c - lines of the log. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <trace.h>

#include <util.h>

/* Which levels say where they come from: errors, debugging, flow. */
#define TRACE_LONG_PREFIX_MASK 0x1a

#define HEX_LINE_BYTES 16

void trace_set_level(int level)
{
	trace_level = level >= TRACE_MIN && level <= TRACE_MAX ? level : TRACE_MAX;
}

int trace_get_level(void)
{
	return trace_level;
}

static char trace_letter(int level, bool level_ok)
{
	static const char letters[] = { 'N', 'E', 'I', 'D', 'F' };

	if (!level_ok || level < 0 || (size_t)level >= sizeof(letters)) {
		return 'M';
	}
	return letters[level];
}

static size_t trace_prefix(char line[MAX_PRINT_SIZE], const char *function, int number, int level,
			   bool level_ok)
{
	bool long_prefix = !level_ok || (BIT32(level & 31) & TRACE_LONG_PREFIX_MASK) != 0;
	char letter = trace_letter(level, level_ok);
	int length;

	if (!long_prefix) {
		length = snprintf(line, MAX_PRINT_SIZE, "%c/%s: ", letter, trace_ext_prefix);
	} else if (function == NULL) {
		length = snprintf(line, MAX_PRINT_SIZE, "%c/%s:  ", letter, trace_ext_prefix);
	} else {
		length = snprintf(line, MAX_PRINT_SIZE, "%c/%s:  %s:%d ", letter, trace_ext_prefix,
				  function, number);
	}
	return MIN((size_t)length, (size_t)MAX_PRINT_SIZE - 1);
}

void trace_vprintf(const char *function, int line, int level, bool level_ok, const char *format,
		   va_list args)
{
	/* One more for the newline of a line that was cut. */
	char text[MAX_PRINT_SIZE];
	size_t length;
	int body;

	if (level_ok && level > trace_level) {
		return;
	}
	length = trace_prefix(text, function, line, level, level_ok);
	body = vsnprintf(text + length, sizeof(text) - length, format, args);
	if (body > 0) {
		length = MIN(length + (size_t)body, sizeof(text) - 2);
	}
	length = MIN(length, sizeof(text) - 2);
	if (length == 0 || text[length - 1] != '\n') {
		text[length] = '\n';
		length++;
	}
	text[length] = '\0';
	trace_ext_puts(text);
}

void trace_printf(const char *function, int line, int level, bool level_ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	trace_vprintf(function, line, level, level_ok, format, args);
	va_end(args);
}

static void hex_line(char *text, size_t room, const unsigned char *bytes, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < HEX_LINE_BYTES; i++) {
		length += (size_t)(i < count ? snprintf(text + length, room - length, "%02x ",
							bytes[i])
					     : snprintf(text + length, room - length, "   "));
	}
	for (size_t i = 0; i < count; i++) {
		text[length++] = (char)(isprint(bytes[i]) ? bytes[i] : '.');
	}
	text[length] = '\0';
}

void dhex_dump(const char *function, int line, int level, const void *buffer, int size)
{
	/* Three characters for each byte, then one. */
	char text[HEX_LINE_BYTES * 4 + 1];
	const unsigned char *bytes = buffer;
	size_t left = size > 0 ? (size_t)size : 0;
	size_t count;

	for (; left > 0; left -= count) {
		count = MIN(left, (size_t)HEX_LINE_BYTES);
		hex_line(text, sizeof(text), bytes, count);
		trace_printf(function, line, level, true, "%s", text);
		bytes += count;
	}
}
