#include "secure/port/aarch64/console.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/format.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/layout.h"
#include "secure/port/aarch64/lock.h"

#define UART_DR	  0x00u
#define UART_FR	  0x18u
#define UART_FULL (1u << 5)

/* What the line has not taken yet. */
#define RING_SIZE 16384u

static char ring[RING_SIZE];
static size_t ring_head;
static size_t ring_tail;
static size_t ring_lost;
static struct port_lock ring_lock;

static volatile uint32_t *uart(uintptr_t offset)
{
	return (volatile uint32_t *)(LAYOUT_UART + offset);
}

static bool uart_is_full(void)
{
	return (*uart(UART_FR) & UART_FULL) != 0;
}

static void ring_drain(void)
{
	while (ring_tail != ring_head && !uart_is_full()) {
		*uart(UART_DR) = (uint8_t)ring[ring_tail++ % RING_SIZE];
	}
}

static bool ring_put(const char *text, size_t size)
{
	if (size > RING_SIZE - (ring_head - ring_tail)) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		ring[ring_head++ % RING_SIZE] = text[i];
	}
	return true;
}

/* With the lock held. Says first how much was lost, once there is room for saying it. */
static void ring_write(const char *text, size_t size)
{
	char note[64];

	ring_drain();
	if (ring_lost > 0) {
		int length = format_print(note, sizeof(note), "[%zu bytes lost]\n", ring_lost);

		if (!ring_put(note, (size_t)length)) {
			ring_lost += size;
			return;
		}
		ring_lost = 0;
	}
	if (!ring_put(text, size)) {
		ring_lost += size;
	}
	ring_drain();
}

void port_console_write(const char *text, size_t size)
{
	uint32_t interrupts = port_lock_take(&ring_lock);

	ring_write(text, size);
	port_lock_release(&ring_lock, interrupts);
}

void console_flush(void)
{
	uint32_t interrupts = port_lock_take(&ring_lock);

	while (ring_tail != ring_head) {
		ring_drain();
	}
	port_lock_release(&ring_lock, interrupts);
}
