/* identity.c - what this device is known by, and what its code is. */
#include <string.h>

#include "secure/core/port.h"

/* AArch64 in ELF files, and its relocations (the System V ABI for it). */
#define ELF_MACHINE_AARCH64 183u
#define ELF_RELOC_NONE	    0u
#define ELF_RELOC_ABS64	    257u
#define ELF_RELOC_GLOB_DAT  1025u
#define ELF_RELOC_JUMP_SLOT 1026u
#define ELF_RELOC_RELATIVE  1027u

/* QEMU's machine has no fuses: every one of them has this key, which is no secret. */
static const uint8_t development_key[PORT_DEVICE_KEY_SIZE] = {
	0x70, 0x6F, 0x73, 0x74, 0x65, 0x72, 0x6E, 0x20, 0x64, 0x65, 0x76,
	0x65, 0x6C, 0x6F, 0x70, 0x6D, 0x65, 0x6E, 0x74, 0x20, 0x64, 0x65,
	0x76, 0x69, 0x63, 0x65, 0x20, 0x6B, 0x65, 0x79, 0x20, 0x31,
};

void port_device_key(uint8_t key[PORT_DEVICE_KEY_SIZE])
{
	memcpy(key, development_key, sizeof(development_key));
}

uint16_t port_elf_machine(void)
{
	return ELF_MACHINE_AARCH64;
}

enum port_reloc port_elf_reloc(uint32_t type)
{
	switch (type) {
	case ELF_RELOC_NONE:
		return PORT_RELOC_NONE;
	case ELF_RELOC_RELATIVE:
		return PORT_RELOC_RELATIVE;
	case ELF_RELOC_ABS64:
		return PORT_RELOC_ABSOLUTE;
	case ELF_RELOC_GLOB_DAT:
	case ELF_RELOC_JUMP_SLOT:
		return PORT_RELOC_SYMBOL;
	default:
		return PORT_RELOC_UNKNOWN;
	}
}
