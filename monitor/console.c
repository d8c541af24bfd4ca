#include "monitor/console.h"

#include <stdarg.h>

#include "lib/format.h"
#include "monitor/machine.h"
#include "monitor/offsets.h"

#define UART_DATA  0x00u
#define UART_FLAGS 0x18u
#define UART_LCR   0x2Cu
#define UART_CR	   0x30u

#define UART_FLAGS_FULL (1u << 5)
#define UART_LCR_8_BITS (3u << 5)
#define UART_CR_ON	(1u << 0)
#define UART_CR_SEND	(1u << 8)
/* A UART that takes no byte for so many looks gets none. */
#define UART_LOOKS_MAX	100000u

void console_init(void)
{
	machine_write32(SECURE_UART_BASE + UART_LCR, UART_LCR_8_BITS);
	machine_write32(SECURE_UART_BASE + UART_CR, UART_CR_ON | UART_CR_SEND);
}

static void console_put(char c)
{
	for (unsigned int i = 0; i < UART_LOOKS_MAX; i++) {
		if ((machine_read32(SECURE_UART_BASE + UART_FLAGS) & UART_FLAGS_FULL) == 0) {
			machine_write32(SECURE_UART_BASE + UART_DATA, (uint8_t)c);
			return;
		}
	}
}

void console_print(const char *format, ...)
{
	char line[CONSOLE_LINE_MAX + 1];
	va_list args;

	va_start(args, format);
	format_vprint(line, sizeof(line), format, args);
	va_end(args);
	for (const char *c = line; *c != '\0'; c++) {
		console_put(*c);
	}
	console_put('\r');
	console_put('\n');
}
