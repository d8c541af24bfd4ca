#include "normal/daemon/rpmb.h"

#include <string.h>

#include "abi/rpc.h"
#include "normal/daemon/log.h"
#include "normal/rpmb/device.h"
#include "normal/rpmb/file.h"

static struct rpmb_file *files[DRIVER_RPMB_MAX];
static size_t file_count;

static int exchange(void *arg, const void *request, size_t request_frames, void *response,
		    size_t response_frames)
{
	return rpmb_device_exchange(arg, request, request_frames, response, response_frames);
}

static void attach(struct driver *driver, struct rpmb_device *device)
{
	struct rpmb_geometry geometry;
	struct driver_rpmb described = {
		.kind = RPC_RPMB_EMMC,
		.exchange = exchange,
		.arg = device,
	};

	rpmb_device_geometry(device, &geometry);
	described.capacity = geometry.size_mult;
	described.reliable_writes = geometry.rel_wr;
	static_assert(sizeof(described.id) == sizeof(geometry.cid), "the id is the CID");
	memcpy(described.id, geometry.cid, sizeof(described.id));
	if (driver_rpmb_attach(driver, &described) != 0) {
		daemon_fatal("too many RPMB devices");
	}
}

void rpmb_attach(struct driver *driver, const struct options *options)
{
	char why[256];

	for (size_t i = 0; i < options->rpmb_count; i++) {
		files[i] = rpmb_file_open(options->rpmb[i], why, sizeof(why));
		if (files[i] == NULL) {
			daemon_fatal("--rpmb: %s", why);
		}
		file_count = i + 1;
		attach(driver, rpmb_file_device(files[i]));
	}
}

void rpmb_close(void)
{
	for (size_t i = 0; i < file_count; i++) {
		rpmb_file_close(files[i]);
	}
	file_count = 0;
}
