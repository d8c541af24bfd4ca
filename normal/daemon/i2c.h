/* i2c.h - the emulated chips that the options describe. */
#ifndef NORMAL_DAEMON_I2C_H
#define NORMAL_DAEMON_I2C_H

#include "normal/daemon/options.h"
#include "normal/driver/driver.h"

/* Exits with a message when one cannot be made. */
void i2c_attach(struct driver *driver, const struct options *options);
/* After driver_remove(). */
void i2c_close(void);

#endif
