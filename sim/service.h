/* service.h - what a supplicant does once a request is decoded: TA images, and files in memory.
 *
 * Shared by the supplicant behind the driver (supplicant.c) and by the normal world that speaks
 * raw SMCs (raw.c). It behaves as spec/supplicant.md says; lies are told by whoever carries the
 * answer. */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/rpc.h"
#include "sim/outside.h"

#define SERVICE_PARAMS_MAX  4u
#define SERVICE_FILES_MAX   256u
#define SERVICE_HANDLES_MAX 64u

/* A parameter of a request. `type` is TEE_IOCTL_PARAM_ATTR_TYPE_*; a memref has its bytes at
 * `data`, which is NULL when it refers to no memory. */
struct service_param {
	uint32_t type;
	uint64_t a, b, c;
	uint8_t *data;
	uint64_t size;
};

struct service_file {
	char name[RPC_FS_NAME_MAX]; /* empty: there is no such file */
	uint8_t *bytes;
	size_t size;
};

struct rpmb_device;
struct rpmb_frame;

struct service {
	struct service_file files[SERVICE_FILES_MAX];
	int handles[SERVICE_HANDLES_MAX]; /* a file's number, or -1 */
	struct service_directory {
		char name[RPC_FS_NAME_MAX]; /* empty: closed */
		unsigned int next;
	} directories[SERVICE_HANDLES_MAX];
	/* Of FS, how often each operation was asked for. */
	unsigned int operations[RPC_FS_OPERATIONS];
	struct outside outside;
	/* An RPMB device in memory, new and its own unless a test puts another there; NULL: none. */
	struct rpmb_device *rpmb;
	struct rpmb_device *own_rpmb;
};

struct service *service_new(void);
void service_free(struct service *service);

/* The program that answers died: all handles are gone, the files stay. */
void service_restart(struct service *service);
/* Handles that are open. */
unsigned int service_handles(const struct service *service);

/* Answer `command`; outputs are updated in `params`. */
uint32_t service_answer(struct service *service, uint32_t command, struct service_param *params,
			unsigned int count);

#endif
