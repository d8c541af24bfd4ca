/* eeprom.h - a serial EEPROM as it appears on an I2C bus.
 *
 * Writing sets the address pointer by the first byte (two bytes, the high one first, from 512 bytes of
 * size on) and puts the rest where it points; past the end of a page it goes on at the page's
 * beginning. Reading goes on from the pointer, past the end at the beginning. Fresh memory is 0xFF. */
#ifndef NORMAL_I2C_EEPROM_H
#define NORMAL_I2C_EEPROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

#define EEPROM_SIZE_DEFAULT 256u
#define EEPROM_SIZE_MIN	    16u
#define EEPROM_SIZE_MAX	    65536u
/* Up to 256 bytes of size, and above. */
#define EEPROM_PAGE_SMALL   8u
#define EEPROM_PAGE_LARGE   32u

struct eeprom;

/* Where it is. */
struct eeprom_place {
	uint32_t adapter;
	uint32_t address;
	bool ten_bit;
};

/* "ADAPTER:ADDRESS=eeprom[,size=BYTES][,ten-bit][,file=PATH]": the file keeps the contents, and is made
 * if it is not there. NULL: `why` says why. */
MUST_CHECK struct eeprom *eeprom_open(const char *description, struct eeprom_place *place,
				      char *why, size_t why_size);
void eeprom_close(struct eeprom *eeprom);

/* One message each; any thread. The bytes moved, all of them, or -EIO: the file failed. */
int eeprom_write(struct eeprom *eeprom, const uint8_t *data, size_t size);
int eeprom_read(struct eeprom *eeprom, uint8_t *data, size_t size);

#endif
