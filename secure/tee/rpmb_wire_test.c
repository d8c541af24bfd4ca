/* Promises of secure/tee/rpmb_wire.h: what is sent on either way, and that an answer of another shape is
 * none. The normal world is played here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/rpc.h"
#include "lib/bytes.h"
#include "secure/core/rpc.h"
#include "secure/core/shm.h"
#include "secure/tee/rpmb_wire.h"

#define RESPONSE_AT 4096u

/* --- The normal world ------------------------------------------------------------------------- */

struct shm {
	uint8_t bytes[RESPONSE_AT + 16 * RPMB_FRAME_SIZE];
};

static struct shm buffer;

static struct {
	bool routes;		 /* answers RPMB_PROBE_RESET */
	uint64_t reset_type;	 /* with that */
	TEE_Result reset_result; /* where it does not */
	TEE_Result result;	 /* of all else */
	unsigned int devices;	 /* how many PROBE_NEXT finds */
	uint64_t kind;
	uint64_t capacity;
	uint64_t size_added; /* to the size of what comes back */
	uint8_t info_result;
	bool no_memory;
} normal;

static struct {
	uint32_t cmd;
	uint32_t memory_type;
	size_t request_size;
	size_t response_size;
	unsigned int calls;
	unsigned int drops; /* of the buffer */
} seen;

TEE_Result rpc_payload(enum rpc_payload user, uint32_t type, size_t size, struct shm **shm)
{
	assert_int_equal(user, RPC_PAYLOAD_RPMB);
	assert_true(size <= sizeof(buffer.bytes));
	seen.memory_type = type;
	*shm = &buffer;
	return normal.no_memory ? TEE_ERROR_OUT_OF_MEMORY : TEE_SUCCESS;
}

void rpc_payload_drop(enum rpc_payload user)
{
	assert_int_equal(user, RPC_PAYLOAD_RPMB);
	seen.drops++;
}

bool shm_copy_in(struct shm *shm, uint64_t offset, void *to, size_t size)
{
	assert_true(range_within(offset, size, sizeof(shm->bytes)));
	memcpy(to, shm->bytes + offset, size);
	return true;
}

bool shm_copy_out(struct shm *shm, uint64_t offset, const void *from, size_t size)
{
	assert_true(range_within(offset, size, sizeof(shm->bytes)));
	memcpy(shm->bytes + offset, from, size);
	return true;
}

static TEE_Result serve_reset(struct rpc_param *params, size_t count)
{
	assert_int_equal(count, 1);
	assert_int_equal(params[0].type, RPC_PARAM_VALUE_OUTPUT);
	params[0].a = normal.reset_type;
	return normal.routes ? TEE_SUCCESS : normal.reset_result;
}

static void memrefs_see(const struct rpc_param *params, size_t count)
{
	assert_int_equal(count, 2);
	assert_int_equal(params[0].type, RPC_PARAM_MEMREF_INPUT);
	assert_int_equal(params[1].type, RPC_PARAM_MEMREF_OUTPUT);
	assert_int_equal(params[0].offset, 0);
	assert_int_equal(params[1].offset, RESPONSE_AT);
	seen.request_size = params[0].size;
	seen.response_size = params[1].size;
}

static TEE_Result serve_next(struct rpc_param *params)
{
	if (normal.devices == 0) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	normal.devices--;
	memset(buffer.bytes + RESPONSE_AT, 0xc1, RPMB_CID_SIZE);
	params[0].a = normal.kind;
	params[0].b = normal.capacity;
	params[1].size = RPMB_CID_SIZE + normal.size_added;
	return normal.result;
}

static void serve_info(void)
{
	struct rpmb_dev_info info = {
		.rpmb_size_mult = (uint8_t)normal.capacity,
		.rel_wr_sec_c = 1,
		.ret_code = normal.info_result,
	};

	memset(info.cid, 0xc2, sizeof(info.cid));
	memcpy(buffer.bytes + RESPONSE_AT, &info, sizeof(info));
}

static TEE_Result serve_frames(struct rpc_param *params, bool legacy)
{
	memset(buffer.bytes + RESPONSE_AT, 0x77, params[1].size);
	if (legacy && load_le16(buffer.bytes) == RPMB_CMD_GET_DEV_INFO) {
		serve_info();
	}
	params[1].size += normal.size_added;
	return normal.result;
}

TEE_Result rpc_call(uint32_t cmd, struct rpc_param *params, size_t count)
{
	seen.cmd = cmd;
	seen.calls++;
	switch (cmd) {
	case RPC_CMD_RPMB_PROBE_RESET:
		return serve_reset(params, count);
	case RPC_CMD_RPMB_PROBE_NEXT:
		return serve_next(params);
	case RPC_CMD_RPMB_FRAMES:
	case RPC_CMD_RPMB:
		memrefs_see(params, count);
		return serve_frames(params, cmd == RPC_CMD_RPMB);
	default:
		fail();
		return TEE_ERROR_GENERIC;
	}
}

/* --- Tests ------------------------------------------------------------------------------------ */

static int setup(void **state)
{
	memset(&normal, 0, sizeof(normal));
	memset(&seen, 0, sizeof(seen));
	memset(&buffer, 0, sizeof(buffer));
	normal.routes = true;
	normal.reset_type = RPC_SHM_TYPE_KERNEL;
	normal.reset_result = TEE_ERROR_NOT_SUPPORTED;
	normal.devices = 1;
	normal.capacity = 2;
	return 0;
}

static void must_find(struct rpmb_device *device)
{
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(device), TEE_SUCCESS);
}

static void a_routed_device_is_described(void **state)
{
	struct rpmb_device device;

	must_find(&device);
	assert_int_equal(device.cid[15], 0xc1);
	assert_int_equal(device.block_count, 2 * 512);
	assert_string_equal(rpmb_wire_name(), "the driver");
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
}

static void frames_are_routed_in_memory_of_the_kind_that_was_asked_for(void **state)
{
	static const uint32_t types[] = { RPC_SHM_TYPE_KERNEL, RPC_SHM_TYPE_APPL };
	struct rpmb_frame request;
	struct rpmb_frame response[16];
	struct rpmb_device device;

	memset(&request, 0x31, sizeof(request));
	for (size_t i = 0; i < array_size(types); i++) {
		setup(NULL);
		normal.reset_type = types[i];
		must_find(&device);
		assert_int_equal(rpmb_wire_exchange(&request, response, 16), TEE_SUCCESS);
		assert_int_equal(seen.cmd, RPC_CMD_RPMB_FRAMES);
		assert_int_equal(seen.memory_type, types[i]);
		assert_int_equal(seen.request_size, RPMB_FRAME_SIZE);
		assert_int_equal(seen.response_size, 16 * RPMB_FRAME_SIZE);
		assert_memory_equal(buffer.bytes, &request, sizeof(request));
		assert_int_equal(response[15].msg_type[1], 0x77);
	}
}

static void memory_of_no_kind_is_refused(void **state)
{
	static const uint64_t types[] = { RPC_SHM_TYPE_GLOBAL, 3, 1ull << 32, UINT64_MAX };

	for (size_t i = 0; i < array_size(types); i++) {
		normal.reset_type = types[i];
		assert_int_equal(rpmb_wire_reset(), TEE_ERROR_COMMUNICATION);
	}
}

static void without_routing_it_is_the_supplicants(void **state)
{
	static const TEE_Result results[] = { TEE_ERROR_NOT_SUPPORTED, TEE_ERROR_NOT_IMPLEMENTED };
	struct rpmb_frame request;
	struct rpmb_frame response;
	struct rpmb_device device;

	memset(&request, 0x31, sizeof(request));
	for (size_t i = 0; i < array_size(results); i++) {
		setup(NULL);
		normal.routes = false;
		normal.reset_result = results[i];
		must_find(&device);
		assert_int_equal(seen.cmd, RPC_CMD_RPMB);
		assert_int_equal(seen.memory_type, RPC_SHM_TYPE_APPL);
		assert_int_equal(seen.request_size, 6);
		assert_int_equal(seen.response_size, 19);
		assert_int_equal(device.cid[0], 0xc2);
		assert_int_equal(device.block_count, 2 * 512);
		assert_string_equal(rpmb_wire_name(), "the supplicant");
		assert_int_equal(rpmb_wire_exchange(&request, &response, 1), TEE_SUCCESS);
		assert_int_equal(seen.request_size, 6 + RPMB_FRAME_SIZE);
		assert_int_equal(load_le16(buffer.bytes), RPMB_CMD_DATA_REQ);
		assert_memory_equal(buffer.bytes + 6, &request, sizeof(request));
		assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
	}
}

static void another_error_is_not_the_other_way(void **state)
{
	normal.routes = false;
	normal.reset_result = TEE_ERROR_COMMUNICATION;
	assert_int_equal(rpmb_wire_reset(), TEE_ERROR_COMMUNICATION);
	assert_int_equal(seen.calls, 1);
}

static void a_device_that_we_cannot_use_is_passed_over(void **state)
{
	struct rpmb_device device;

	normal.kind = RPC_RPMB_UFS;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
	setup(NULL);
	normal.capacity = 0;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
	setup(NULL);
	normal.size_added = UINT64_MAX;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
	setup(NULL);
	normal.routes = false;
	normal.info_result = RPMB_DEV_INFO_ERROR;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
}

static void a_capacity_is_cut_to_what_addresses_can_name(void **state)
{
	static const uint64_t units[] = { 128, 129, 1u << 20, 1ull << 32, UINT64_MAX };
	struct rpmb_device device;

	for (size_t i = 0; i < array_size(units); i++) {
		setup(NULL);
		normal.capacity = units[i];
		must_find(&device);
		assert_int_equal(device.block_count, 65536);
	}
}

static void a_normal_world_with_devices_without_end_is_left(void **state)
{
	struct rpmb_device device;

	normal.devices = UINT32_MAX;
	normal.kind = RPC_RPMB_UFS;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
	assert_true(seen.calls < 20);
	/* Also of those that we can use. */
	normal.kind = RPC_RPMB_EMMC;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	for (unsigned int i = 0; i < 20 && rpmb_wire_next(&device) == TEE_SUCCESS; i++) {
		assert_true(i < 10);
	}
	/* A name that does not fit is one device less. */
	normal.result = TEE_ERROR_SHORT_BUFFER;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_ITEM_NOT_FOUND);
}

static void an_answer_of_another_size_is_none(void **state)
{
	static const uint64_t added[] = {
		1,	    UINT64_MAX, RPMB_FRAME_SIZE, 0 - (uint64_t)RPMB_FRAME_SIZE,
		1ull << 32, 1ull << 63
	};
	struct rpmb_frame request = { 0 };
	struct rpmb_frame response[2];
	struct rpmb_device device;

	for (unsigned int routes = 0; routes < 2; routes++) {
		setup(NULL);
		normal.routes = routes == 1;
		must_find(&device);
		for (size_t i = 0; i < array_size(added); i++) {
			normal.size_added = added[i];
			memset(response, 0, sizeof(response));
			assert_int_equal(rpmb_wire_exchange(&request, response, 2),
					 TEE_ERROR_COMMUNICATION);
			assert_true(bytes_are_zero(response, sizeof(response)));
		}
	}
	normal.routes = false;
	normal.size_added = 1;
	assert_int_equal(rpmb_wire_reset(), TEE_SUCCESS);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_COMMUNICATION);
}

static void what_the_normal_world_says_is_handed_on(void **state)
{
	struct rpmb_frame request = { 0 };
	struct rpmb_frame response;
	struct rpmb_device device;

	must_find(&device);
	normal.result = TEE_ERROR_GENERIC;
	assert_int_equal(seen.drops, 0);
	assert_int_equal(rpmb_wire_exchange(&request, &response, 1), TEE_ERROR_GENERIC);
	assert_int_equal(seen.drops, 1);
	normal.no_memory = true;
	assert_int_equal(rpmb_wire_exchange(&request, &response, 1), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(rpmb_wire_next(&device), TEE_ERROR_OUT_OF_MEMORY);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, setup)
	const struct CMUnitTest tests[] = {
		TEST(a_routed_device_is_described),
		TEST(frames_are_routed_in_memory_of_the_kind_that_was_asked_for),
		TEST(memory_of_no_kind_is_refused),
		TEST(without_routing_it_is_the_supplicants),
		TEST(another_error_is_not_the_other_way),
		TEST(a_device_that_we_cannot_use_is_passed_over),
		TEST(a_capacity_is_cut_to_what_addresses_can_name),
		TEST(a_normal_world_with_devices_without_end_is_left),
		TEST(an_answer_of_another_size_is_none),
		TEST(what_the_normal_world_says_is_handed_on),
	};

	return cmocka_run_group_tests_name("tee/rpmb_wire", tests, NULL, NULL);
}
