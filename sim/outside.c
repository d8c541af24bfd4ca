#include "sim/outside.h"

#include <string.h>

#include "abi/device.h"
#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "lib/bytes.h"
#include "sim/service.h"

#define VALUE_IN     TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUT    TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define VALUE_INOUT  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT
#define MEMORY_IN    TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEMORY_OUT   TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
#define MEMORY_INOUT TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT

/* Exactly these types? */
static bool shape_is(const struct service_param *params, unsigned int count, const uint32_t *types,
		     unsigned int wanted)
{
	if (count != wanted) {
		return false;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (params[i].type != types[i]) {
			return false;
		}
	}
	return true;
}

/* --- Sockets ---------------------------------------------------------------------------------- */

void outside_restart(struct outside *outside)
{
	memset(outside->sockets, 0, sizeof(outside->sockets));
}

unsigned int outside_sockets_open(const struct outside *outside)
{
	unsigned int count = 0;

	for (size_t i = 0; i < OUTSIDE_SOCKETS_MAX; i++) {
		count += outside->sockets[i].is_open ? 1 : 0;
	}
	return count;
}

/* By the request's instance and handle. NULL: there is none. */
static struct outside_socket *socket_of(struct outside *outside, const struct service_param *params)
{
	struct outside_socket *socket;

	if (params[0].c >= OUTSIDE_SOCKETS_MAX) {
		return NULL;
	}
	socket = &outside->sockets[params[0].c];
	return socket->is_open && socket->instance == params[0].b ? socket : NULL;
}

static uint32_t socket_open(struct outside *outside, struct service_param *params)
{
	const char *host = (const char *)params[2].data;

	if (host == NULL || memchr(host, '\0', params[2].size) == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (size_t i = 0; i < OUTSIDE_SOCKETS_MAX; i++) {
		struct outside_socket *socket = &outside->sockets[i];

		if (!socket->is_open) {
			*socket =
				(struct outside_socket){ .is_open = true, .instance = params[0].b };
			params[3].a = i;
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_OUT_OF_MEMORY;
}

static uint32_t socket_close(struct outside *outside, struct service_param *params)
{
	struct outside_socket *socket = socket_of(outside, params);

	if (socket == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	socket->is_open = false;
	return TEE_SUCCESS;
}

static uint32_t socket_close_all(struct outside *outside, struct service_param *params)
{
	for (size_t i = 0; i < OUTSIDE_SOCKETS_MAX; i++) {
		if (outside->sockets[i].instance == params[0].b) {
			outside->sockets[i].is_open = false;
		}
	}
	return TEE_SUCCESS;
}

static uint32_t socket_send(struct outside *outside, struct service_param *params)
{
	struct outside_socket *socket = socket_of(outside, params);
	size_t size = params[1].size < OUTSIDE_SOCKET_SIZE ? params[1].size : OUTSIDE_SOCKET_SIZE;

	if (socket == NULL || params[1].data == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(socket->bytes, params[1].data, size);
	socket->size = size;
	params[2].b = size;
	return TEE_SUCCESS;
}

static uint32_t socket_recv(struct outside *outside, struct service_param *params)
{
	struct outside_socket *socket = socket_of(outside, params);

	if (socket == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (params[1].data != NULL) {
		memcpy(params[1].data, socket->bytes,
		       params[1].size < socket->size ? params[1].size : socket->size);
	}
	params[1].size = socket->size;
	return TEE_SUCCESS;
}

static uint32_t socket_ioctl(struct outside *outside, struct service_param *params)
{
	if (socket_of(outside, params) == NULL || params[1].data == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return params[2].a == RPC_SOCKET_TCP_SET_RECVBUF ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

static const struct operation {
	uint32_t (*work)(struct outside *outside, struct service_param *params);
	unsigned int count;
	uint32_t types[4];
} operations[] = {
	[RPC_SOCKET_OPEN] = { socket_open, 4, { VALUE_IN, VALUE_IN, MEMORY_IN, VALUE_OUT } },
	[RPC_SOCKET_CLOSE] = { socket_close, 1, { VALUE_IN } },
	[RPC_SOCKET_CLOSE_ALL] = { socket_close_all, 1, { VALUE_IN } },
	[RPC_SOCKET_SEND] = { socket_send, 3, { VALUE_IN, MEMORY_IN, VALUE_INOUT } },
	[RPC_SOCKET_RECV] = { socket_recv, 3, { VALUE_IN, MEMORY_OUT, VALUE_IN } },
	[RPC_SOCKET_IOCTL] = { socket_ioctl, 3, { VALUE_IN, MEMORY_INOUT, VALUE_IN } },
};

uint32_t outside_socket(struct outside *outside, struct service_param *params, unsigned int count)
{
	const struct operation *operation;

	if (count == 0 || params[0].a >= array_size(operations)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	operation = &operations[params[0].a];
	if (!shape_is(params, count, operation->types, operation->count)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return operation->work(outside, params);
}

/* --- A plug-in -------------------------------------------------------------------------------- */

const uint8_t outside_plugin[16] = { 0x70, 0x07, 0x00, 0x03, 0x11, 0x11, 0x42, 0x22,
				     0x83, 0x33, 1,    2,    3,	   4,	 5,    6 };

uint32_t outside_plugin_invoke(struct service_param *params, unsigned int count)
{
	static const uint32_t types[] = { VALUE_IN, VALUE_IN, VALUE_INOUT, MEMORY_INOUT };
	uint8_t octets[16];

	if (!shape_is(params, count, types, array_size(types))) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	store_le32(octets, (uint32_t)params[0].b);
	store_le32(octets + 4, (uint32_t)params[0].c);
	store_le32(octets + 8, (uint32_t)params[1].a);
	store_le32(octets + 12, (uint32_t)params[1].b);
	if (memcmp(octets, outside_plugin, sizeof(octets)) != 0) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	for (size_t i = 0; params[3].data != NULL && i < params[3].size / 2; i++) {
		uint8_t *left = &params[3].data[i];
		uint8_t *right = &params[3].data[params[3].size - 1 - i];
		uint8_t kept = *left;

		*left = *right;
		*right = kept;
	}
	params[2].b = params[3].size;
	return TEE_SUCCESS;
}

/* --- Profiles --------------------------------------------------------------------------------- */

uint32_t outside_profile(struct outside *outside, struct service_param *params, unsigned int count)
{
	static const uint32_t types[] = { VALUE_INOUT, MEMORY_IN, MEMORY_IN };

	if (!shape_is(params, count, types, array_size(types)) || params[1].data == NULL ||
	    params[1].size != RPC_PROFILE_UUID_SIZE || params[2].data == NULL ||
	    params[0].a > RPC_PROFILE_FILE_ID_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (params[0].a == RPC_PROFILE_FILE_NEW) {
		outside->profiles = outside->profiles % RPC_PROFILE_FILE_ID_MAX + 1;
		params[0].a = outside->profiles;
	}
	return TEE_SUCCESS;
}
