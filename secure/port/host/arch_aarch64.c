#include "secure/port/host/arch.h"

#include <elf.h>

#include "secure/core/port.h"

void arch_pause(void)
{
	__asm__ volatile("yield");
}

/* The runner lies above (meson.build), and all of it in the 39 bits that every kernel offers. */
void port_space_limits(uint64_t *low, uint64_t *high)
{
	*low = 0x10000000;
	*high = 0x6000000000;
}

uint16_t port_elf_machine(void)
{
	return EM_AARCH64;
}

enum port_reloc port_elf_reloc(uint32_t type)
{
	switch (type) {
	case R_AARCH64_NONE:
		return PORT_RELOC_NONE;
	case R_AARCH64_RELATIVE:
		return PORT_RELOC_RELATIVE;
	case R_AARCH64_ABS64:
		return PORT_RELOC_ABSOLUTE;
	case R_AARCH64_GLOB_DAT:
	case R_AARCH64_JUMP_SLOT:
		return PORT_RELOC_SYMBOL;
	default:
		return PORT_RELOC_UNKNOWN;
	}
}
