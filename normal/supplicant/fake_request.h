/* fake_request.h - requests, for tests: a supplicant over the fake device, and what one asks of
 * it. */
#ifndef NORMAL_SUPPLICANT_FAKE_REQUEST_H
#define NORMAL_SUPPLICANT_FAKE_REQUEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/rpc.h"
#include "normal/device/fake_device.h"
#include "normal/supplicant/supplicant.h"

#define VALUE_INPUT   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUTPUT  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define VALUE_INOUT   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT
#define MEMREF_INPUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEMREF_OUTPUT TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
#define MEMREF_INOUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT

static inline struct tee_ioctl_param fake_value(uint64_t attr, uint64_t a, uint64_t b, uint64_t c)
{
	return (struct tee_ioctl_param){ attr, a, b, c };
}

static inline struct tee_ioctl_param fake_memref(uint64_t attr, uint64_t offset, uint64_t size,
						 uint64_t id)
{
	return (struct tee_ioctl_param){ attr, offset, size, id };
}

/* What the driver does for the secure world. The id of the memory. */
static inline uint64_t fake_shm_alloc(struct supplicant *supplicant, size_t size)
{
	struct tee_ioctl_param param = fake_value(VALUE_INOUT, 0, size, 0);

	assert_int_equal(supplicant_serve(supplicant, RPC_CMD_SHM_ALLOC, &param, 1), TEE_SUCCESS);
	return param.c;
}

static inline TEE_Result fake_shm_free(struct supplicant *supplicant, uint64_t id)
{
	struct tee_ioctl_param param = fake_value(VALUE_INOUT, 0, id, 0);

	return supplicant_serve(supplicant, RPC_CMD_SHM_FREE, &param, 1);
}

#endif
