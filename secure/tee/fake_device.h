/* fake_device.h - what the core's fake port does not have: an identity and a kind of ELF. */
#ifndef SECURE_TEE_FAKE_DEVICE_H
#define SECURE_TEE_FAKE_DEVICE_H

#include <stdint.h>

/* Every byte of the device key. */
extern uint8_t fake_device_key;

#define FAKE_ELF_MACHINE 0x1234u

enum fake_reloc {
	FAKE_RELOC_NONE,
	FAKE_RELOC_RELATIVE,
	FAKE_RELOC_ABSOLUTE,
	FAKE_RELOC_SYMBOL,
	FAKE_RELOC_UNKNOWN,
};

#endif
