#include "monitor/power.h"

#include "monitor/machine.h"
#include "monitor/offsets.h"

/* Two pins of a PL061 are wired to the machine's power. A pin's data register is where the address has
 * that pin's bit. */
#define GPIO_DIRECTION 0x400u
#define PIN_OFF	       0u
#define PIN_RESET      1u

static _Noreturn void power_pin(unsigned int pin)
{
	uintptr_t data = SECURE_GPIO_BASE + (4u << pin);
	uint32_t directions = machine_read32(SECURE_GPIO_BASE + GPIO_DIRECTION);

	machine_write32(SECURE_GPIO_BASE + GPIO_DIRECTION, directions | 1u << pin);
	machine_write32(data, 0);
	machine_write32(data, 1u << pin);
	machine_stop();
}

_Noreturn void power_off(void)
{
	power_pin(PIN_OFF);
}

_Noreturn void power_reset(void)
{
	power_pin(PIN_RESET);
}
