/* pta_device.h - the pseudo-TA that says which TAs are devices.
 *
 * A kernel asks it when it probes, and again when there is a supplicant and when there is an RPMB
 * device, and makes a device of each UUID for its own drivers. */
#ifndef SECURE_TEE_PTA_DEVICE_H
#define SECURE_TEE_PTA_DEVICE_H

#include "secure/tee/pta.h"

/* MEMREF_OUTPUT: 16 octets for each device; SHORT_BUFFER with the size that it takes. An empty list
 * is a success of size 0. NOT_SUPPORTED: no such command. */
extern const struct pta pta_device;

#endif
