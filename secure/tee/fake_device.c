#include "secure/tee/fake_device.h"

#include <string.h>

#include "secure/core/port.h"

uint8_t fake_device_key = 0x11;

void port_device_key(uint8_t key[PORT_DEVICE_KEY_SIZE])
{
	memset(key, fake_device_key, PORT_DEVICE_KEY_SIZE);
}

uint16_t port_elf_machine(void)
{
	return FAKE_ELF_MACHINE;
}

enum port_reloc port_elf_reloc(uint32_t type)
{
	static const enum port_reloc kinds[] = {
		[FAKE_RELOC_NONE] = PORT_RELOC_NONE,
		[FAKE_RELOC_RELATIVE] = PORT_RELOC_RELATIVE,
		[FAKE_RELOC_ABSOLUTE] = PORT_RELOC_ABSOLUTE,
		[FAKE_RELOC_SYMBOL] = PORT_RELOC_SYMBOL,
	};

	return type < sizeof(kinds) / sizeof(kinds[0]) ? kinds[type] : PORT_RELOC_UNKNOWN;
}
