/* i2c.h - RPC I2C_TRANSFER: one message to or from a chip on a bus of this machine. */
#ifndef NORMAL_DRIVER_I2C_H
#define NORMAL_DRIVER_I2C_H

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"
#include "normal/driver/driver.h"
#include "normal/driver/param.h"

/* Parameters of the request, and the most bytes of one message. */
#define I2C_PARAMS	 4u
#define I2C_TRANSFER_MAX 8192u

/* Set before any call, and not changed again. */
struct i2c {
	struct driver_i2c_chip chips[DRIVER_I2C_MAX];
	size_t count;
};

/* The parameters as spec/rpc.md 21 has them; the last gets how many bytes were moved. BAD_PARAMETERS:
 * no such adapter, ten bits on one that has seven, no mode, no memory or too much; COMMUNICATION: no
 * such chip, or it failed; OUT_OF_MEMORY. */
MUST_CHECK uint32_t driver_i2c_transfer(const struct i2c *i2c, struct param params[I2C_PARAMS]);

#endif
