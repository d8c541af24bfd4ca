/* supplicant.h - everything that serves requests, and the table of what is served. */
#ifndef NORMAL_SUPPLICANT_SUPPLICANT_H
#define NORMAL_SUPPLICANT_SUPPLICANT_H

#include "normal/device/device.h"
#include "normal/supplicant/fs.h"
#include "normal/supplicant/plugin.h"
#include "normal/supplicant/profile.h"
#include "normal/supplicant/request.h"
#include "normal/supplicant/rpmb.h"
#include "normal/supplicant/shm.h"
#include "normal/supplicant/socket.h"
#include "normal/supplicant/ta.h"

struct supplicant {
	struct device *device;
	struct shm shm;
	struct ta ta;
	struct fs fs;
	struct rpmb rpmb;
	struct plugins plugins;
	struct sockets sockets;
	const char *profile_directory;
};

/* Serve `command` with `count` parameters, whose outputs are updated. Any thread.
 * TEE_ERROR_NOT_SUPPORTED: nobody serves that. TEE_ERROR_BAD_PARAMETERS: too many parameters, or a
 * reference beyond the end of its memory. */
TEE_Result supplicant_serve(struct supplicant *supplicant, uint32_t command,
			    struct tee_ioctl_param *params, size_t count);

#endif
