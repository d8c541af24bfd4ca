#include "secure/port/host/arch.h"

#include <elf.h>

#include "secure/core/port.h"

void arch_pause(void)
{
	__builtin_ia32_pause();
}

/* The runner lies above (meson.build), with the stack and the vDSO further up. */
void port_space_limits(uint64_t *low, uint64_t *high)
{
	*low = 0x10000000;
	*high = 0x600000000000;
}

uint16_t port_elf_machine(void)
{
	return EM_X86_64;
}

enum port_reloc port_elf_reloc(uint32_t type)
{
	switch (type) {
	case R_X86_64_NONE:
		return PORT_RELOC_NONE;
	case R_X86_64_RELATIVE:
		return PORT_RELOC_RELATIVE;
	case R_X86_64_64:
		return PORT_RELOC_ABSOLUTE;
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT:
		return PORT_RELOC_SYMBOL;
	default:
		return PORT_RELOC_UNKNOWN;
	}
}
