/* identity.h - what makes this device this device. */
#ifndef SECURE_PORT_HOST_IDENTITY_H
#define SECURE_PORT_HOST_IDENTITY_H

#include <stdint.h>

#include "secure/core/port.h"

/* The device key, from the boot message. The caller wipes its own copy. */
void identity_set(const uint8_t key[PORT_DEVICE_KEY_SIZE]);

#endif
