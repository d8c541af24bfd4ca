#include "normal/driver/i2c.h"

#include <errno.h>
#include <string.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "normal/driver/param.h"
#include "normal/driver/shm.h"
#include "normal/driver/state.h"

#define ADDRESS_MAX	0x7Fu
#define ADDRESS_TEN_MAX 0x3FFu

int driver_i2c_attach(struct driver *driver, const struct driver_i2c_chip *chip)
{
	struct i2c *i2c = &driver->i2c;
	size_t i;

	if (chip->address > (chip->ten_bit ? ADDRESS_TEN_MAX : ADDRESS_MAX)) {
		return -EINVAL;
	}
	for (i = 0; i < i2c->count; i++) {
		if (i2c->chips[i].adapter == chip->adapter &&
		    i2c->chips[i].ten_bit == chip->ten_bit &&
		    i2c->chips[i].address == chip->address) {
			return -EBUSY;
		}
	}
	if (i2c->count == DRIVER_I2C_MAX) {
		return -ENOSPC;
	}
	i2c->chips[i2c->count] = *chip;
	i2c->count++;
	return 0;
}

/* An adapter is there when a chip is on it, and can address with ten bits when one needs that. */
static bool adapter_exists(const struct i2c *i2c, uint64_t adapter, bool ten_bit)
{
	size_t i;

	for (i = 0; i < i2c->count; i++) {
		if (i2c->chips[i].adapter == adapter && (i2c->chips[i].ten_bit || !ten_bit)) {
			return true;
		}
	}
	return false;
}

static const struct driver_i2c_chip *chip_find(const struct i2c *i2c, uint64_t adapter,
					       uint64_t address, bool ten_bit)
{
	size_t i;

	for (i = 0; i < i2c->count; i++) {
		const struct driver_i2c_chip *chip = &i2c->chips[i];

		if (chip->adapter == adapter && chip->ten_bit == ten_bit &&
		    chip->address == address) {
			return chip;
		}
	}
	return NULL;
}

/* By way of a copy, which does not change while the chip looks at it. */
static uint32_t chip_transfer(const struct driver_i2c_chip *chip, bool write,
			      const struct param *memory, uint64_t *moved)
{
	uint8_t *shared = driver_shm_address(memory->shm);
	uint8_t *copy = os_alloc(memory->b);
	int result;

	if (shared == NULL || copy == NULL) {
		os_free(copy);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (write) {
		memcpy(copy, shared + memory->a, memory->b);
	}
	result = chip->transfer(chip->arg, write, copy, memory->b);
	if (result >= 0 && !write) {
		memcpy(shared + memory->a, copy, memory->b);
	}
	os_free(copy);
	*moved = result >= 0 ? (uint64_t)result : 0;
	return result >= 0 ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION;
}

uint32_t driver_i2c_transfer(const struct i2c *i2c, struct param params[I2C_PARAMS])
{
	const struct driver_i2c_chip *chip;
	const struct param *what = &params[0];
	const struct param *memory = &params[2];
	bool ten_bit = (params[1].a & RPC_I2C_FLAG_TEN_BIT) != 0;

	if (what->a > RPC_I2C_WRITE || !adapter_exists(i2c, what->b, ten_bit) ||
	    memory->shm == NULL || memory->b == 0 || memory->b > I2C_TRANSFER_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	chip = chip_find(i2c, what->b, what->c, ten_bit);
	if (chip == NULL) {
		return TEE_ERROR_COMMUNICATION;
	}
	return chip_transfer(chip, what->a == RPC_I2C_WRITE, memory, &params[3].a);
}
