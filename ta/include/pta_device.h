/* pta_device.h - the pseudo-TA that says which TAs are devices. */
#ifndef PTA_DEVICE_H
#define PTA_DEVICE_H

#include <abi/pta.h>

#define PTA_CMD_GET_DEVICES	 PTA_DEVICE_GET_DEVICES
#define PTA_CMD_GET_DEVICES_SUPP PTA_DEVICE_GET_DEVICES_SUPP
#define PTA_CMD_GET_DEVICES_RPMB PTA_DEVICE_GET_DEVICES_RPMB

#endif
