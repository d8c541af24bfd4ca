#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "abi/rpmb.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/shm.h"

#define VALUE_INPUT  MSG_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUTPUT MSG_ATTR_TYPE_VALUE_OUTPUT
#define RMEM_INPUT   MSG_ATTR_TYPE_RMEM_INPUT
#define RMEM_OUTPUT  MSG_ATTR_TYPE_RMEM_OUTPUT
#define FRAME	     RPMB_FRAME_SIZE
#define OUT_AT	     4096u

/* --- A secure world that sends one request ---------------------------------------------------- */

static struct {
	uint32_t cmd;
	uint32_t count;
	struct msg_param params[4];
} sent;

static struct {
	uint32_t ret;
	struct msg_param params[4];
} reply;

static enum fake_stop send_one(struct fake_thread *thread)
{
	if (thread->step == 0) {
		return fake_request(thread, sent.cmd, sent.count, sent.params);
	}
	reply.ret = fake_reply(thread)->ret;
	memcpy(reply.params, fake_reply(thread)->params, sizeof(reply.params));
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
}

static struct {
	struct driver *driver;
	struct driver_file *file;
	uint32_t session;
	uint64_t cookie; /* of memory that it got */
	struct shm *shm;
	uint8_t *bytes;
} world;

static uint32_t request(uint32_t cmd, uint32_t count, const struct msg_param *params)
{
	struct outcome outcome;

	fake_secure.invoke = send_one;
	sent.cmd = cmd;
	sent.count = count;
	memset(sent.params, 0, sizeof(sent.params));
	memcpy(sent.params, params, count * sizeof(*params));
	assert_int_equal(client_invoke(world.file, world.session, 0, NULL, 0, &outcome), 0);
	return reply.ret;
}

static uint32_t request_one(uint32_t cmd, uint64_t attr, uint64_t a, uint64_t b, uint64_t c)
{
	struct msg_param param = fake_value(attr, a, b, c);

	return request(cmd, 1, &param);
}

/* --- Devices ---------------------------------------------------------------------------------- */

static struct fake_device {
	unsigned int exchanges;
	int error;
	uint8_t first_byte;
	size_t request_frames;
	size_t response_frames;
} devices[2];

static int exchange(void *arg, const void *from, size_t request_frames, void *to,
		    size_t response_frames)
{
	struct fake_device *device = arg;

	device->exchanges++;
	device->first_byte = *(const uint8_t *)from;
	device->request_frames = request_frames;
	device->response_frames = response_frames;
	memset(to, 0x5a, response_frames * FRAME);
	return device->error;
}

static struct driver_rpmb description(size_t index)
{
	struct driver_rpmb device = {
		.kind = RPC_RPMB_EMMC,
		.capacity = 3 + (uint32_t)index,
		.reliable_writes = 7,
		.exchange = exchange,
		.arg = &devices[index],
	};

	memset(device.id, 0xc0 + (int)index, sizeof(device.id));
	return device;
}

static void start_with(size_t count)
{
	memset(devices, 0, sizeof(devices));
	world.driver = fake_driver();
	for (size_t i = 0; i < count; i++) {
		struct driver_rpmb device = description(i);

		assert_int_equal(driver_rpmb_attach(world.driver, &device), 0);
	}
	world.file = fake_client(world.driver);
	world.session = client_session(world.file);
	assert_int_equal(
		request_one(RPC_CMD_SHM_ALLOC, VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 2 * OUT_AT, 8),
		TEE_SUCCESS);
	world.cookie = reply.params[0].u.tmem.shm_ref;
	world.shm = driver_shm_by_cookie(world.driver, world.cookie);
	world.bytes = driver_shm_address(world.shm);
	assert_non_null(world.bytes);
}

static void end(void)
{
	driver_shm_put(world.shm);
	assert_int_equal(
		request_one(RPC_CMD_SHM_FREE, VALUE_INPUT, RPC_SHM_TYPE_KERNEL, world.cookie, 0),
		TEE_SUCCESS);
	driver_release(world.file);
	fake_driver_end(world.driver);
}

static uint32_t reset(void)
{
	return request_one(RPC_CMD_RPMB_PROBE_RESET, VALUE_OUTPUT, 9, 9, 9);
}

static uint32_t next(uint64_t room)
{
	struct msg_param params[2] = {
		fake_value(VALUE_OUTPUT, 9, 9, 9),
		fake_memref(RMEM_OUTPUT, OUT_AT, room, world.cookie),
	};

	return request(RPC_CMD_RPMB_PROBE_NEXT, 2, params);
}

static uint32_t frames(uint64_t in, uint64_t out)
{
	struct msg_param params[2] = {
		fake_memref(RMEM_INPUT, 0, in, world.cookie),
		fake_memref(RMEM_OUTPUT, OUT_AT, out, world.cookie),
	};

	return request(RPC_CMD_RPMB_FRAMES, 2, params);
}

/* --- Promises --------------------------------------------------------------------------------- */

/* covers: RPC_CMD_RPMB_PROBE_RESET RPC_CMD_RPMB_PROBE_NEXT */
static void devices_come_in_the_order_of_attaching(void **state)
{
	start_with(2);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(reply.params[0].u.value.a, RPC_SHM_TYPE_KERNEL);
	assert_int_equal(reply.params[0].u.value.b, 0);
	assert_int_equal(reply.params[0].u.value.c, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(next(100), TEE_SUCCESS);
		assert_int_equal(reply.params[0].u.value.a, RPC_RPMB_EMMC);
		assert_int_equal(reply.params[0].u.value.b, 3 + i);
		assert_int_equal(reply.params[0].u.value.c, 7);
		assert_int_equal(reply.params[1].u.rmem.size, 16);
		assert_int_equal(world.bytes[OUT_AT + 15], 0xc0 + i);
		assert_int_equal(world.bytes[OUT_AT + 16], 0);
	}
	assert_int_equal(next(100), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(next(100), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(next(16), TEE_SUCCESS);
	assert_int_equal(world.bytes[OUT_AT], 0xc0);
	end();
}

static void a_device_whose_name_does_not_fit_is_passed_over(void **state)
{
	start_with(2);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(next(15), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(reply.params[1].u.rmem.size, 16);
	assert_int_equal(frames(FRAME, FRAME), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(next(16), TEE_SUCCESS);
	assert_int_equal(world.bytes[OUT_AT], 0xc1);
	end();
}

/* covers: RPC_CMD_RPMB_FRAMES */
static void frames_go_to_the_current_device(void **state)
{
	start_with(2);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(frames(FRAME, FRAME), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(next(16), TEE_SUCCESS);
	assert_int_equal(next(16), TEE_SUCCESS);
	world.bytes[0] = 0x77;
	assert_int_equal(frames(FRAME, 3 * FRAME), TEE_SUCCESS);
	assert_int_equal(devices[0].exchanges, 0);
	assert_int_equal(devices[1].exchanges, 1);
	assert_int_equal(devices[1].first_byte, 0x77);
	assert_int_equal(devices[1].request_frames, 1);
	assert_int_equal(devices[1].response_frames, 3);
	assert_int_equal(reply.params[1].u.rmem.size, 3 * FRAME);
	assert_int_equal(world.bytes[OUT_AT + 3 * FRAME - 1], 0x5a);
	assert_int_equal(world.bytes[OUT_AT + 3 * FRAME], 0);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(frames(FRAME, FRAME), TEE_ERROR_ITEM_NOT_FOUND);
	end();
}

static void a_device_that_fails_gives_nothing(void **state)
{
	start_with(1);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(next(16), TEE_SUCCESS);
	memset(world.bytes + OUT_AT, 0, FRAME);
	devices[0].error = -EIO;
	assert_int_equal(frames(FRAME, FRAME), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(world.bytes[OUT_AT], 0);
	end();
}

static void frames_that_are_not_whole_are_refused(void **state)
{
	static const uint64_t sizes[] = { 0,
					  1,
					  FRAME - 1,
					  FRAME + 1,
					  2 * OUT_AT + FRAME,
					  1ull << 32,
					  UINT64_MAX,
					  UINT64_MAX - FRAME + 1 };

	start_with(1);
	assert_int_equal(reset(), TEE_SUCCESS);
	assert_int_equal(next(16), TEE_SUCCESS);
	for (size_t i = 0; i < array_size(sizes); i++) {
		assert_int_equal(frames(sizes[i], FRAME), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(frames(FRAME, sizes[i]), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(devices[0].exchanges, 0);
	end();
}

static void requests_of_the_wrong_shape_are_refused(void **state)
{
	struct msg_param params[3];

	start_with(1);
	assert_int_equal(request_one(RPC_CMD_RPMB_PROBE_RESET, VALUE_INPUT, 0, 0, 0),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(reset(), TEE_SUCCESS);
	params[0] = fake_value(VALUE_OUTPUT, 0, 0, 0);
	params[1] = fake_memref(RMEM_OUTPUT, 0, 16, world.cookie + 1);
	params[2] = params[0];
	assert_int_equal(request(RPC_CMD_RPMB_PROBE_RESET, 2, params), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(request(RPC_CMD_RPMB_PROBE_NEXT, 2, params), TEE_ERROR_BAD_PARAMETERS);
	params[1] = fake_memref(RMEM_OUTPUT, 0, 16, world.cookie);
	assert_int_equal(request(RPC_CMD_RPMB_PROBE_NEXT, 1, params), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(request(RPC_CMD_RPMB_PROBE_NEXT, 3, params), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(request(RPC_CMD_RPMB_FRAMES, 2, params), TEE_ERROR_BAD_PARAMETERS);
	params[0].attr = VALUE_INPUT;
	assert_int_equal(request(RPC_CMD_RPMB_PROBE_NEXT, 2, params), TEE_ERROR_BAD_PARAMETERS);
	/* None of them has taken a device. */
	assert_int_equal(next(16), TEE_SUCCESS);
	end();
}

static uint32_t supplicant_answers(struct driver_file *file, struct taken *taken)
{
	assert_true(taken->func >= RPC_CMD_RPMB_PROBE_RESET && taken->func <= RPC_CMD_RPMB_FRAMES);
	return TEE_ERROR_NOT_SUPPORTED;
}

static void without_a_device_it_is_the_supplicants(void **state)
{
	struct supplicant_thread supplicant;
	struct driver_file *file;

	start_with(0);
	file = fake_supplicant(world.driver);
	supplicant_start(&supplicant, file, supplicant_answers);
	assert_int_equal(reset(), TEE_ERROR_NOT_SUPPORTED);
	supplicant_stop(&supplicant);
	assert_int_equal(supplicant.served, 1);
	driver_release(file);
	end();
}

static void only_so_many_devices_are_attached(void **state)
{
	struct driver_rpmb device = description(0);

	start_with(2);
	for (size_t i = 2; i < DRIVER_RPMB_MAX; i++) {
		assert_int_equal(driver_rpmb_attach(world.driver, &device), 0);
	}
	assert_int_equal(driver_rpmb_attach(world.driver, &device), -ENOSPC);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(devices_come_in_the_order_of_attaching),
		promise(a_device_whose_name_does_not_fit_is_passed_over),
		promise(frames_go_to_the_current_device),
		promise(a_device_that_fails_gives_nothing),
		promise(frames_that_are_not_whole_are_refused),
		promise(requests_of_the_wrong_shape_are_refused),
		promise(without_a_device_it_is_the_supplicants),
		promise(only_so_many_devices_are_attached),
	};

	return cmocka_run_group_tests_name("driver/rpmb", tests, NULL, NULL);
}
