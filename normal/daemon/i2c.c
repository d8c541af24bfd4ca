#include "normal/daemon/i2c.h"

#include <string.h>

#include "normal/daemon/log.h"
#include "normal/i2c/eeprom.h"

static struct eeprom *chips[DRIVER_I2C_MAX];
static size_t chip_count;

static int transfer(void *arg, bool write, uint8_t *data, size_t size)
{
	return write ? eeprom_write(arg, data, size) : eeprom_read(arg, data, size);
}

static void attach(struct driver *driver, const char *description)
{
	struct eeprom_place place;
	struct driver_i2c_chip chip = { .transfer = transfer };
	char why[256];
	int error;

	chip.arg = eeprom_open(description, &place, why, sizeof(why));
	if (chip.arg == NULL) {
		daemon_fatal("--i2c: %s", why);
	}
	chips[chip_count++] = chip.arg;
	chip.adapter = place.adapter;
	chip.address = place.address;
	chip.ten_bit = place.ten_bit;
	error = driver_i2c_attach(driver, &chip);
	if (error != 0) {
		daemon_fatal("--i2c: %s: %s", description, strerror(-error));
	}
}

void i2c_attach(struct driver *driver, const struct options *options)
{
	for (size_t i = 0; i < options->i2c_count; i++) {
		attach(driver, options->i2c[i]);
	}
}

void i2c_close(void)
{
	while (chip_count > 0) {
		eeprom_close(chips[--chip_count]);
	}
}
