#include "sim/tour.h"

#include <string.h>

#include "abi/image.h"
#include "abi/pta.h"
#include "abi/rpc.h"
#include "abi/tee_api_defines.h"
#include "abi/tee_api_defines_extensions.h"
#include "lib/uuid.h"
#include "secure/core/rpc.h"
#include "sim/outside.h"
#include "sim/trouble.h"

/* Commands of the guide; of the friend there is one. */
enum command {
	COMMAND_VALUES,
	COMMAND_MEMORY,
	COMMAND_TIME,
	COMMAND_WAIT,
	COMMAND_KERNEL_MEMORY,
	COMMAND_STORE,
	COMMAND_RPMB,
	COMMAND_SOCKET,
	COMMAND_PLUGIN,
	COMMAND_PROFILE,
	COMMAND_CALL,
};

#define WAIT_MS	      7u
#define KERNEL_SIZE   6000u
#define NO_TIMEOUT    0xFFFFFFFFu
#define MEMORY_SIZE   9000u
#define MEMORY_OFFSET 4100u
#define OWN_OFFSET    100u
#define OWN_SIZE      5000u
#define OBJECT_SIZE   5000u

const char *tour_step_name(enum tour_step step)
{
	static const char *const names[] = {
		[TOUR_ALLOC] = "alloc",	    [TOUR_REGISTER] = "register",
		[TOUR_OPEN] = "open",	    [TOUR_VALUES] = "values",
		[TOUR_MEMORY] = "memory",   [TOUR_TIME] = "time",
		[TOUR_WAIT] = "wait",	    [TOUR_KERNEL_MEMORY] = "kernel memory",
		[TOUR_STORE] = "store",	    [TOUR_RPMB] = "rpmb",
		[TOUR_SOCKET] = "socket",   [TOUR_PLUGIN] = "plugin",
		[TOUR_PROFILE] = "profile", [TOUR_CALL] = "call",
		[TOUR_CANCEL] = "cancel",   [TOUR_CLOSE] = "close",
	};

	return names[step];
}

bool tour_is_perfect(const struct tour *tour)
{
	for (int i = 0; i < TOUR_STEPS; i++) {
		if (tour->results[i] != TEE_SUCCESS) {
			return false;
		}
	}
	return true;
}

void tour_expect_same(const struct tour *tour, const struct tour *other)
{
	for (int i = 0; i < TOUR_STEPS; i++) {
		if (tour->results[i] != other->results[i]) {
			trouble("step %s ended with %#x and with %#x", tour_step_name(i),
				tour->results[i], other->results[i]);
		}
	}
	expect_equal(tour->outputs, other->outputs);
}

/* --- The TAs ---------------------------------------------------------------------------------- */

static TEE_Result serve_values(struct ta *ta, struct ta_call *call)
{
	(void)ta;
	call->params.vals[0] += call->params.vals[2];
	call->params.vals[1] ^= 0xFFu;
	return TEE_SUCCESS;
}

/* Copy the first memref into the second, each byte plus one, and say how much it was. */
static TEE_Result serve_memory(struct ta *ta, struct ta_call *call)
{
	const uint64_t *vals = call->params.vals;
	uint64_t size = vals[1] < vals[3] ? vals[1] : vals[3];

	if (size > MEMORY_SIZE) {
		return TEE_ERROR_EXCESS_DATA;
	}
	for (uint64_t i = 0; i < size; i++) {
		uint8_t byte;

		ta_read(ta, &byte, vals[0] + i, 1);
		byte++;
		ta_write(ta, vals[2] + i, &byte, 1);
	}
	call->params.vals[3] = size;
	return TEE_SUCCESS;
}

static TEE_Result serve_time(struct ta *ta, struct ta_call *call)
{
	uint64_t time = ta_push(ta, NULL, sizeof(struct utee_time));
	TEE_Result res = ta_syscall(ta, SYSCALL_GET_TIME, UTEE_TIME_CAT_REE, time);

	call->params.vals[0] = ta_read_u32(ta, time);
	return res;
}

static TEE_Result serve_wait(struct ta *ta, struct ta_call *call)
{
	(void)call;
	return ta_syscall(ta, SYSCALL_WAIT, WAIT_MS);
}

/* No system call asks for memory of the driver's: only services of a later day will. */
static void kernel_memory(void *arg)
{
	static const uint8_t written[] = { 1, 2, 3, 4, 5 };
	TEE_Result *res = arg;
	uint8_t read[sizeof(written)];
	struct shm *shm;

	*res = rpc_shm_alloc(RPC_SHM_TYPE_KERNEL, KERNEL_SIZE, &shm);
	if (*res != TEE_SUCCESS) {
		return;
	}
	/* Over the border of two pages. */
	if (!shm_copy_out(shm, 4094, written, sizeof(written)) ||
	    !shm_copy_in(shm, 4094, read, sizeof(read))) {
		*res = TEE_ERROR_OUT_OF_MEMORY;
	}
	rpc_shm_free(RPC_SHM_TYPE_KERNEL, shm);
}

static TEE_Result serve_kernel_memory(struct ta *ta, struct ta_call *call)
{
	TEE_Result res = TEE_ERROR_GENERIC;

	(void)call;
	ta_kernel(ta, kernel_memory, &res);
	return res;
}

/* --- Storage ---------------------------------------------------------------------------------- */

#define OBJECT_FLAGS                                                                               \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META)

static TEE_Result object_create(struct ta *ta, const char *name, uint64_t handle)
{
	uint8_t content[OBJECT_SIZE];
	uint64_t id = ta_push(ta, name, strlen(name));
	uint64_t data;

	memset(content, 'c', sizeof(content));
	data = ta_push(ta, content, sizeof(content));
	return ta_syscall(ta, SYSCALL_STORAGE_OBJ_CREATE, TEE_STORAGE_PRIVATE, id, strlen(name),
			  OBJECT_FLAGS | TEE_DATA_FLAG_OVERWRITE, 0, data, sizeof(content), handle);
}

static TEE_Result object_change(struct ta *ta, uint32_t object)
{
	uint64_t data = ta_push(ta, "changed", 7);
	uint64_t count = ta_push(ta, NULL, sizeof(uint64_t));
	TEE_Result res;

	res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_SEEK, object, 4200, TEE_DATA_SEEK_SET);
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_WRITE, object, data, 7);
	}
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_TRUNC, object, 4500);
	}
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_SEEK, object, 4203, TEE_DATA_SEEK_SET);
	}
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_READ, object, data, 4, count);
	}
	return res;
}

static TEE_Result object_rename(struct ta *ta, uint32_t object, const char *name)
{
	uint64_t id = ta_push(ta, name, strlen(name));

	return ta_syscall(ta, SYSCALL_STORAGE_OBJ_RENAME, object, id, strlen(name));
}

/* Number of objects. */
static TEE_Result objects_enumerate(struct ta *ta, uint64_t *found)
{
	uint64_t number = ta_push(ta, NULL, sizeof(uint32_t));
	uint64_t info = ta_push(ta, NULL, sizeof(struct utee_object_info));
	uint64_t id = ta_push(ta, NULL, TEE_OBJECT_ID_MAX_LEN);
	uint64_t size = ta_push(ta, NULL, sizeof(uint64_t));
	uint32_t enumerator;
	TEE_Result res;

	res = ta_syscall(ta, SYSCALL_STORAGE_ENUM_ALLOC, number);
	if (res != TEE_SUCCESS) {
		return res;
	}
	enumerator = ta_read_u32(ta, number);
	res = ta_syscall(ta, SYSCALL_STORAGE_ENUM_START, enumerator, TEE_STORAGE_PRIVATE);
	while (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_ENUM_NEXT, enumerator, info, id, size);
		*found += res == TEE_SUCCESS ? 1 : 0;
	}
	(void)ta_syscall(ta, SYSCALL_STORAGE_ENUM_FREE, enumerator);
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : res;
}

static TEE_Result object_open(struct ta *ta, const char *name, uint64_t handle)
{
	uint64_t id = ta_push(ta, name, strlen(name));

	return ta_syscall(ta, SYSCALL_STORAGE_OBJ_OPEN, TEE_STORAGE_PRIVATE, id, strlen(name),
			  OBJECT_FLAGS, handle);
}

/* Of a tour that was cut short. */
static void object_remove(struct ta *ta, const char *name, uint64_t handle)
{
	if (object_open(ta, name, handle) == TEE_SUCCESS) {
		(void)ta_syscall(ta, SYSCALL_STORAGE_OBJ_DEL, ta_read_u32(ta, handle));
	}
}

/* What is left open on an error goes with the instance. */
static TEE_Result serve_store(struct ta *ta, struct ta_call *call)
{
	uint64_t handle = ta_push(ta, NULL, sizeof(uint32_t));
	uint64_t found = 0;
	TEE_Result res;

	object_remove(ta, "second", handle);
	res = object_create(ta, "first", handle);
	if (res == TEE_SUCCESS) {
		res = object_change(ta, ta_read_u32(ta, handle));
	}
	if (res == TEE_SUCCESS) {
		res = object_rename(ta, ta_read_u32(ta, handle), "second");
	}
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_CRYP_OBJ_CLOSE, ta_read_u32(ta, handle));
	}
	if (res == TEE_SUCCESS) {
		res = objects_enumerate(ta, &found);
	}
	if (res == TEE_SUCCESS) {
		res = object_open(ta, "second", handle);
	}
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_DEL, ta_read_u32(ta, handle));
	}
	call->params.vals[0] = found;
	return res;
}

/* The least there is to an object: what the device is asked besides is to find it and to make a file
 * system. */
static TEE_Result serve_rpmb(struct ta *ta, struct ta_call *call)
{
	uint64_t handle = ta_push(ta, NULL, sizeof(uint32_t));
	uint64_t data = ta_push(ta, "kept", 4);
	uint64_t id = ta_push(ta, "r", 1);
	TEE_Result res;

	(void)call;
	res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_CREATE, TEE_STORAGE_PRIVATE_RPMB, id, 1,
			 OBJECT_FLAGS | TEE_DATA_FLAG_OVERWRITE, 0, data, 4, handle);
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_DEL, ta_read_u32(ta, handle));
	}
	return res;
}

/* --- Pseudo-TAs ------------------------------------------------------------------------------- */

struct pta_session {
	uint32_t id;
	uint64_t origin; /* a place for it */
};

/* What is left open on an error goes with the instance. */
static TEE_Result pta_open(struct ta *ta, const TEE_UUID *uuid, struct pta_session *opened)
{
	uint64_t params = ta_push(ta, NULL, sizeof(struct utee_params));
	uint64_t session = ta_push(ta, NULL, sizeof(uint32_t));
	TEE_Result res;

	opened->origin = ta_push(ta, NULL, sizeof(uint32_t));
	res = ta_syscall(ta, SYSCALL_OPEN_TA_SESSION, ta_push(ta, uuid, sizeof(*uuid)), NO_TIMEOUT,
			 params, session, opened->origin);
	opened->id = ta_read_u32(ta, session);
	return res;
}

static TEE_Result pta_invoke(struct ta *ta, const struct pta_session *session, uint32_t command,
			     struct utee_params *params)
{
	uint64_t address = ta_push(ta, params, sizeof(*params));
	TEE_Result res = ta_syscall(ta, SYSCALL_INVOKE_TA_COMMAND, session->id, NO_TIMEOUT, command,
				    address, session->origin);

	ta_read(ta, params, address, sizeof(*params));
	return res;
}

static TEE_Result socket_connect(struct ta *ta, const struct pta_session *session, uint32_t *handle)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INPUT,
					 TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		.vals = { RPC_SOCKET_IP_ANY, 7, ta_push(ta, "echo", 5), 5,
			  RPC_SOCKET_PROTOCOL_TCP },
	};
	TEE_Result res = pta_invoke(ta, session, PTA_SOCKET_OPEN, &params);

	*handle = (uint32_t)params.vals[6];
	return res;
}

static TEE_Result socket_transfer(struct ta *ta, const struct pta_session *session,
				  uint32_t command, uint32_t handle, uint32_t third)
{
	static const uint32_t types[] = {
		[PTA_SOCKET_SEND] = TEE_PARAM_TYPE_MEMREF_INPUT,
		[PTA_SOCKET_RECV] = TEE_PARAM_TYPE_MEMREF_OUTPUT,
		[PTA_SOCKET_IOCTL] = TEE_PARAM_TYPE_MEMREF_INOUT,
	};
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(
			TEE_PARAM_TYPE_VALUE_INPUT, types[command],
			command == PTA_SOCKET_SEND ? TEE_PARAM_TYPE_VALUE_OUTPUT : 0, 0),
		.vals = { handle, third, ta_push(ta, "word", 4), 4 },
	};

	return pta_invoke(ta, session, command, &params);
}

static TEE_Result socket_end(struct ta *ta, const struct pta_session *session, uint32_t handle)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0),
		.vals = { handle },
	};
	TEE_Result res = pta_invoke(ta, session, PTA_SOCKET_CLOSE, &params);

	if (res != TEE_SUCCESS) {
		return res;
	}
	return ta_syscall(ta, SYSCALL_CLOSE_TA_SESSION, session->id);
}

static TEE_Result serve_socket(struct ta *ta, struct ta_call *call)
{
	static const TEE_UUID uuid = PTA_SOCKET_UUID;
	struct pta_session session;
	uint32_t handle = 0;
	TEE_Result res;

	(void)call;
	res = pta_open(ta, &uuid, &session);
	if (res == TEE_SUCCESS) {
		res = socket_connect(ta, &session, &handle);
	}
	if (res == TEE_SUCCESS) {
		res = socket_transfer(ta, &session, PTA_SOCKET_IOCTL, handle,
				      RPC_SOCKET_TCP_SET_RECVBUF);
	}
	if (res == TEE_SUCCESS) {
		res = socket_transfer(ta, &session, PTA_SOCKET_SEND, handle, 100);
	}
	if (res == TEE_SUCCESS) {
		res = socket_transfer(ta, &session, PTA_SOCKET_RECV, handle, 100);
	}
	return res == TEE_SUCCESS ? socket_end(ta, &session, handle) : res;
}

static TEE_Result serve_plugin(struct ta *ta, struct ta_call *call)
{
	static const TEE_UUID uuid = PTA_SYSTEM_UUID;
	TEE_UUID plugin = uuid_from_octets(outside_plugin);
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_INPUT,
					 TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		.vals = { ta_push(ta, &plugin, sizeof(plugin)), sizeof(plugin), 1, 2,
			  ta_push(ta, "turn", 4), 4 },
	};
	struct pta_session session;
	TEE_Result res;

	(void)call;
	res = pta_open(ta, &uuid, &session);
	if (res == TEE_SUCCESS) {
		res = pta_invoke(ta, &session, PTA_SYSTEM_SUPP_PLUGIN_INVOKE, &params);
	}
	return res == TEE_SUCCESS ? ta_syscall(ta, SYSCALL_CLOSE_TA_SESSION, session.id) : res;
}

static TEE_Result serve_profile(struct ta *ta, struct ta_call *call)
{
	static const TEE_UUID uuid = PTA_GPROF_UUID;
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_MEMREF_INPUT, 0,
					 0),
		.vals = { 0, 0, ta_push(ta, "profile", 7), 7 },
	};
	struct pta_session session;
	TEE_Result res;

	(void)call;
	res = pta_open(ta, &uuid, &session);
	if (res == TEE_SUCCESS) {
		res = pta_invoke(ta, &session, PTA_GPROF_SEND, &params);
	}
	return res == TEE_SUCCESS ? ta_syscall(ta, SYSCALL_CLOSE_TA_SESSION, session.id) : res;
}

/* --- One TA calls another --------------------------------------------------------------------- */

static TEE_Result friend_invoke(struct ta *ta, uint32_t session, uint64_t origin)
{
	struct utee_params params = { .types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0,
							       0) };

	params.vals[0] = ta_push(ta, "to be turned", 12);
	params.vals[1] = 12;
	return ta_syscall(ta, SYSCALL_INVOKE_TA_COMMAND, session, NO_TIMEOUT, 0,
			  ta_push(ta, &params, sizeof(params)), origin);
}

static TEE_Result serve_call(struct ta *ta, struct ta_call *call)
{
	uint64_t uuid = ta_push(ta, &tour_friend.uuid, sizeof(tour_friend.uuid));
	uint64_t params = ta_push(ta, NULL, sizeof(struct utee_params));
	uint64_t session = ta_push(ta, NULL, sizeof(uint32_t));
	uint64_t origin = ta_push(ta, NULL, sizeof(uint32_t));
	TEE_Result res;

	(void)call;
	res = ta_syscall(ta, SYSCALL_OPEN_TA_SESSION, uuid, NO_TIMEOUT, params, session, origin);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = friend_invoke(ta, ta_read_u32(ta, session), origin);
	if (res != TEE_SUCCESS) {
		/* Left for the secure world to close. */
		return res;
	}
	return ta_syscall(ta, SYSCALL_CLOSE_TA_SESSION, ta_read_u32(ta, session));
}

static TEE_Result (*const commands[])(struct ta *ta, struct ta_call *call) = {
	[COMMAND_VALUES] = serve_values,
	[COMMAND_MEMORY] = serve_memory,
	[COMMAND_TIME] = serve_time,
	[COMMAND_WAIT] = serve_wait,
	[COMMAND_KERNEL_MEMORY] = serve_kernel_memory,
	[COMMAND_STORE] = serve_store,
	[COMMAND_RPMB] = serve_rpmb,
	[COMMAND_SOCKET] = serve_socket,
	[COMMAND_PLUGIN] = serve_plugin,
	[COMMAND_PROFILE] = serve_profile,
	[COMMAND_CALL] = serve_call,
};

static TEE_Result guide_entry(struct ta *ta, struct ta_call *call)
{
	if (call->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	if (call->command >= array_size(commands)) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	return commands[call->command](ta, call);
}

/* Turns its memref around. */
static TEE_Result friend_entry(struct ta *ta, struct ta_call *call)
{
	uint64_t address = call->params.vals[0];
	uint64_t size = call->params.vals[1];

	if (call->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	for (uint64_t i = 0; i < size / 2; i++) {
		uint8_t left;
		uint8_t right;

		ta_read(ta, &left, address + i, 1);
		ta_read(ta, &right, address + size - 1 - i, 1);
		ta_write(ta, address + i, &right, 1);
		ta_write(ta, address + size - 1 - i, &left, 1);
	}
	return TEE_SUCCESS;
}

const struct ta_script tour_guide = {
	.uuid = { 0x70070001, 0x1111, 0x4222, { 0x83, 0x33, 1, 2, 3, 4, 5, 6 } },
	.flags = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION,
	.entry = guide_entry,
};

const struct ta_script tour_friend = {
	.uuid = { 0x70070002, 0x1111, 0x4222, { 0x83, 0x33, 1, 2, 3, 4, 5, 6 } },
	.flags = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION,
	.entry = friend_entry,
};

const struct ta_script *const tour_scripts[] = { &tour_guide, &tour_friend, NULL };

/* --- Going through a driver ------------------------------------------------------------------- */

static TEE_Result result_of(int error)
{
	return error == 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

static void output(struct tour *tour, uint64_t word)
{
	tour->outputs = (tour->outputs ^ word) * 0x100000001B3ull;
}

static void output_bytes(struct tour *tour, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		output(tour, bytes[i]);
	}
}

static void fill(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i * 7);
	}
}

struct visit {
	struct tour *tour;
	struct client client;
	struct client_memory pool;
	struct client_memory own;
	uint32_t session;
};

static void visit_values(struct visit *visit)
{
	struct tee_ioctl_param params[] = { param_value_inout(40, 1), param_value_in(2, 0) };

	visit->tour->results[TOUR_VALUES] =
		client_invoke(&visit->client, visit->session, COMMAND_VALUES, params, 2);
	output(visit->tour, params[0].a);
	output(visit->tour, params[0].b);
}

static void visit_memory(struct visit *visit)
{
	struct tee_ioctl_param params[2];

	if (visit->pool.id == 0 || visit->own.id == 0) {
		return;
	}
	fill(visit->own.bytes, OWN_SIZE);
	params[0] =
		param_memory(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, &visit->own, 3, OWN_SIZE - 3);
	params[1] = param_memory(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, &visit->pool,
				 MEMORY_OFFSET, MEMORY_SIZE - MEMORY_OFFSET);
	visit->tour->results[TOUR_MEMORY] =
		client_invoke(&visit->client, visit->session, COMMAND_MEMORY, params, 2);
	output(visit->tour, params[1].b);
	output_bytes(visit->tour, visit->pool.bytes + MEMORY_OFFSET, MEMORY_SIZE - MEMORY_OFFSET);
}

static void visit_plain(struct visit *visit, enum tour_step step, uint32_t command)
{
	struct tee_ioctl_param param = param_value_out();

	visit->tour->results[step] =
		client_invoke(&visit->client, visit->session, command, &param, 1);
	output(visit->tour, param.a);
}

static void visit_session(struct visit *visit)
{
	visit_values(visit);
	visit_memory(visit);
	visit_plain(visit, TOUR_TIME, COMMAND_TIME);
	visit_plain(visit, TOUR_WAIT, COMMAND_WAIT);
	visit_plain(visit, TOUR_KERNEL_MEMORY, COMMAND_KERNEL_MEMORY);
	visit_plain(visit, TOUR_STORE, COMMAND_STORE);
	visit_plain(visit, TOUR_RPMB, COMMAND_RPMB);
	visit_plain(visit, TOUR_SOCKET, COMMAND_SOCKET);
	visit_plain(visit, TOUR_PLUGIN, COMMAND_PLUGIN);
	visit_plain(visit, TOUR_PROFILE, COMMAND_PROFILE);
	visit_plain(visit, TOUR_CALL, COMMAND_CALL);
	visit->tour->results[TOUR_CANCEL] =
		result_of(client_cancel(&visit->client, visit->session));
	visit->tour->results[TOUR_CLOSE] =
		result_of(client_close_session(&visit->client, visit->session));
}

static void tour_begin(struct tour *tour)
{
	*tour = (struct tour){ .outputs = 0xCBF29CE484222325ull };
	for (int i = 0; i < TOUR_STEPS; i++) {
		tour->results[i] = TEE_ERROR_BAD_STATE;
	}
}

void tour_run(struct world *world, struct tour *tour)
{
	struct visit visit = { .tour = tour };
	struct tee_ioctl_param param = param_value_in(1, 2);

	tour_begin(tour);
	client_open(&visit.client, world);
	if (visit.client.error != 0) {
		return;
	}
	tour->results[TOUR_ALLOC] =
		result_of(client_alloc(&visit.client, MEMORY_SIZE, &visit.pool));
	tour->results[TOUR_REGISTER] =
		result_of(client_register(&visit.client, OWN_OFFSET, OWN_SIZE, &visit.own));
	tour->results[TOUR_OPEN] =
		client_open_session(&visit.client, &tour_guide.uuid, &param, 1, &visit.session);
	if (tour->results[TOUR_OPEN] == TEE_SUCCESS) {
		visit_session(&visit);
	}
	if (visit.pool.id != 0) {
		client_memory_free(&visit.client, &visit.pool);
	}
	if (visit.own.id != 0) {
		client_memory_free(&visit.client, &visit.own);
	}
	client_close(&visit.client);
}

/* --- Going by raw messages -------------------------------------------------------------------- */

static struct msg_param message_value(uint64_t type, uint64_t a, uint64_t b)
{
	struct msg_param param = { .attr = type };

	param.u.value.a = a;
	param.u.value.b = b;
	return param;
}

static struct msg_param message_memory(uint64_t type, const struct raw_object *object,
				       uint64_t offset, uint64_t size)
{
	struct msg_param param = { .attr = type };

	param.u.rmem.offs = offset;
	param.u.rmem.size = size;
	param.u.rmem.shm_ref = object->cookie;
	return param;
}

static void raw_visit_memory(struct raw *raw, struct tour *tour, uint32_t session,
			     struct raw_object *pool)
{
	struct raw_object *own = raw_object_new(raw, OWN_SIZE + OWN_OFFSET);
	struct msg_param params[] = {
		/* By its page list, for the time of the call. */
		{ .attr = MSG_ATTR_TYPE_TMEM_INPUT | MSG_ATTR_NONCONTIG },
		message_memory(MSG_ATTR_TYPE_RMEM_OUTPUT, pool, MEMORY_OFFSET,
			       MEMORY_SIZE - MEMORY_OFFSET),
	};

	if (world_is_ffa()) {
		/* Or by its handle, with an offset in the first page. */
		params[0].attr = MSG_ATTR_TYPE_FMEM_INPUT;
		params[0].u.fmem = (struct msg_param_fmem){
			.internal_offs = OWN_OFFSET + 3,
			.size = OWN_SIZE - 3,
			.global_id = own->cookie,
		};
	} else {
		params[0].u.tmem.buf_ptr = own->list_address + OWN_OFFSET + 3;
		params[0].u.tmem.size = OWN_SIZE - 3;
		params[0].u.tmem.shm_ref = own->cookie;
	}
	fill(own->bytes + OWN_OFFSET, OWN_SIZE);
	tour->results[TOUR_MEMORY] = raw_invoke(raw, session, COMMAND_MEMORY, params, 2);
	output_bytes(tour, pool->bytes + MEMORY_OFFSET, MEMORY_SIZE - MEMORY_OFFSET);
	raw_object_free(own);
}

static void raw_visit_plain(struct raw *raw, struct tour *tour, uint32_t session,
			    enum tour_step step, uint32_t command)
{
	struct msg_param param = message_value(MSG_ATTR_TYPE_VALUE_OUTPUT, 0, 0);

	tour->results[step] = raw_invoke(raw, session, command, &param, 1);
}

static void raw_visit(struct raw *raw, struct tour *tour, uint32_t session, struct raw_object *pool)
{
	struct msg_param values[] = {
		message_value(MSG_ATTR_TYPE_VALUE_INOUT, 40, 1),
		message_value(MSG_ATTR_TYPE_VALUE_INPUT, 2, 0),
	};
	struct msg_arg *cancel;

	tour->results[TOUR_VALUES] = raw_invoke(raw, session, COMMAND_VALUES, values, 2);
	raw_visit_memory(raw, tour, session, pool);
	raw_visit_plain(raw, tour, session, TOUR_TIME, COMMAND_TIME);
	raw_visit_plain(raw, tour, session, TOUR_WAIT, COMMAND_WAIT);
	raw_visit_plain(raw, tour, session, TOUR_KERNEL_MEMORY, COMMAND_KERNEL_MEMORY);
	raw_visit_plain(raw, tour, session, TOUR_STORE, COMMAND_STORE);
	raw_visit_plain(raw, tour, session, TOUR_RPMB, COMMAND_RPMB);
	raw_visit_plain(raw, tour, session, TOUR_SOCKET, COMMAND_SOCKET);
	raw_visit_plain(raw, tour, session, TOUR_PLUGIN, COMMAND_PLUGIN);
	raw_visit_plain(raw, tour, session, TOUR_PROFILE, COMMAND_PROFILE);
	raw_visit_plain(raw, tour, session, TOUR_CALL, COMMAND_CALL);
	cancel = raw_message(raw, MSG_CMD_CANCEL, 0);
	cancel->session = session;
	expect_equal(raw_call(raw), SMC_OK);
	tour->results[TOUR_CANCEL] = cancel->ret;
	tour->results[TOUR_CLOSE] = raw_close(raw, session);
}

void tour_run_raw(struct raw *raw, struct tour *tour)
{
	struct raw_object *pool = raw_object_new(raw, MEMORY_SIZE);
	uint64_t cookie = pool->cookie;
	uint32_t session;

	tour_begin(tour);
	tour->results[TOUR_ALLOC] = TEE_SUCCESS;
	tour->results[TOUR_REGISTER] = raw_register(raw, pool);
	tour->results[TOUR_OPEN] = raw_open(raw, &tour_guide.uuid, &session);
	if (tour->results[TOUR_OPEN] == TEE_SUCCESS) {
		raw_visit(raw, tour, session, pool);
	}
	if (tour->results[TOUR_REGISTER] == TEE_SUCCESS) {
		(void)raw_unregister(raw, cookie);
	}
	raw_object_free(pool);
}
