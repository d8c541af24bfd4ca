#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/i2c.h"
#include "normal/driver/shm.h"

#define VALUE_INPUT  MSG_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUTPUT MSG_ATTR_TYPE_VALUE_OUTPUT
#define RMEM_INOUT   MSG_ATTR_TYPE_RMEM_INOUT
#define BUS	     2u
#define CHIP	     0x50u
#define TEN	     0x350u

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
	uint64_t cookie;
	struct shm *shm;
	uint8_t *bytes;
} world;

static uint32_t send_request(uint32_t cmd, uint32_t count)
{
	struct outcome outcome;

	fake_secure.invoke = send_one;
	sent.cmd = cmd;
	sent.count = count;
	assert_int_equal(client_invoke(world.file, world.session, 0, NULL, 0, &outcome), 0);
	return reply.ret;
}

/* A request as it should be, which a test may spoil. */
static void prepare(uint64_t mode, uint64_t adapter, uint64_t chip, uint64_t flags, uint64_t size)
{
	sent.params[0] = fake_value(VALUE_INPUT, mode, adapter, chip);
	sent.params[1] = fake_value(VALUE_INPUT, flags, 0, 0);
	sent.params[2] = fake_memref(RMEM_INOUT, 8, size, world.cookie);
	sent.params[3] = fake_value(VALUE_OUTPUT, 0, 0, 0);
}

static uint32_t transfer(uint64_t mode, uint64_t adapter, uint64_t chip, uint64_t flags,
			 uint64_t size)
{
	prepare(mode, adapter, chip, flags, size);
	return send_request(RPC_CMD_I2C_TRANSFER, 4);
}

/* --- Chips ------------------------------------------------------------------------------------ */

static struct {
	uint8_t last[16];
	size_t size;
	int error;
} chips[2];

static int chip_transfer(void *arg, bool write, uint8_t *data, size_t size)
{
	size_t i = (size_t)(uintptr_t)arg;

	chips[i].size = size;
	if (write) {
		memcpy(chips[i].last, data, size < 16 ? size : 16);
	} else {
		memset(data, 0xA0 + (int)i, size);
	}
	return chips[i].error != 0 ? chips[i].error : (int)size;
}

static int attach(uint32_t adapter, uint32_t address, bool ten_bit, uintptr_t index)
{
	struct driver_i2c_chip chip = { adapter, address, ten_bit, chip_transfer, (void *)index };

	return driver_i2c_attach(world.driver, &chip);
}

static void start(void)
{
	memset(chips, 0, sizeof(chips));
	world.driver = fake_driver();
	assert_int_equal(attach(BUS, CHIP, false, 0), 0);
	world.file = fake_client(world.driver);
	world.session = client_session(world.file);
	sent.params[0] = fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 16384, 8);
	assert_int_equal(send_request(RPC_CMD_SHM_ALLOC, 1), TEE_SUCCESS);
	world.cookie = reply.params[0].u.tmem.shm_ref;
	world.shm = driver_shm_by_cookie(world.driver, world.cookie);
	world.bytes = driver_shm_address(world.shm);
	assert_non_null(world.bytes);
}

static void end(void)
{
	driver_shm_put(world.shm);
	sent.params[0] = fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, world.cookie, 0);
	assert_int_equal(send_request(RPC_CMD_SHM_FREE, 1), TEE_SUCCESS);
	driver_release(world.file);
	fake_driver_end(world.driver);
}

/* covers: RPC_CMD_I2C_TRANSFER RPC_I2C_READ RPC_I2C_WRITE */
static void bytes_go_to_the_chip_and_come_from_it(void **state)
{
	start();
	memcpy(world.bytes + 8, "hello", 5);
	assert_int_equal(transfer(RPC_I2C_WRITE, BUS, CHIP, 0, 5), TEE_SUCCESS);
	assert_int_equal(reply.params[3].u.value.a, 5);
	assert_int_equal(chips[0].size, 5);
	assert_memory_equal(chips[0].last, "hello", 5);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, 0, 3), TEE_SUCCESS);
	assert_int_equal(reply.params[3].u.value.a, 3);
	assert_memory_equal(world.bytes + 8, "\xA0\xA0\xA0lo", 5);
	end();
}

static void an_address_of_ten_bits_is_another_one(void **state)
{
	start();
	assert_int_equal(transfer(RPC_I2C_READ, BUS, TEN, RPC_I2C_FLAG_TEN_BIT, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(attach(BUS, TEN, true, 1), 0);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, TEN, RPC_I2C_FLAG_TEN_BIT, 1), TEE_SUCCESS);
	assert_int_equal(world.bytes[8], 0xA1);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, TEN, 0, 1), TEE_ERROR_COMMUNICATION);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, RPC_I2C_FLAG_TEN_BIT, 1),
			 TEE_ERROR_COMMUNICATION);
	end();
}

static void what_is_not_there_is_refused(void **state)
{
	start();
	assert_int_equal(transfer(RPC_I2C_READ, BUS + 1, CHIP, 0, 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(transfer(RPC_I2C_READ, 1ull << 32 | BUS, CHIP, 0, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(transfer(2, BUS, CHIP, 0, 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP + 1, 0, 1), TEE_ERROR_COMMUNICATION);
	chips[0].error = -EIO;
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, 0, 1), TEE_ERROR_COMMUNICATION);
	assert_int_equal(reply.params[3].u.value.a, 0);
	end();
}

static void a_transfer_has_bytes_and_not_too_many(void **state)
{
	start();
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, 0, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, 0, I2C_TRANSFER_MAX), TEE_SUCCESS);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, 0, I2C_TRANSFER_MAX + 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(transfer(RPC_I2C_READ, BUS, CHIP, 0, UINT64_MAX),
			 TEE_ERROR_BAD_PARAMETERS);
	end();
}

static void a_request_has_exactly_these_parameters(void **state)
{
	uint32_t i;

	start();
	for (i = 0; i < 4; i++) {
		prepare(RPC_I2C_READ, BUS, CHIP, 0, 1);
		assert_int_equal(send_request(RPC_CMD_I2C_TRANSFER, i), TEE_ERROR_BAD_PARAMETERS);
		prepare(RPC_I2C_READ, BUS, CHIP, 0, 1);
		sent.params[i].attr = i == 2 ? MSG_ATTR_TYPE_RMEM_INPUT : MSG_ATTR_TYPE_VALUE_INOUT;
		assert_int_equal(send_request(RPC_CMD_I2C_TRANSFER, 4), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(chips[0].size, 0);
	end();
}

static void two_chips_do_not_share_an_address(void **state)
{
	uint32_t i;

	start();
	assert_int_equal(attach(BUS, CHIP, false, 1), -EBUSY);
	assert_int_equal(attach(BUS, 0x80, false, 1), -EINVAL);
	assert_int_equal(attach(BUS, 0x400, true, 1), -EINVAL);
	for (i = 1; i < DRIVER_I2C_MAX; i++) {
		assert_int_equal(attach(BUS + i, CHIP, false, 1), 0);
	}
	assert_int_equal(attach(BUS + i, CHIP, false, 1), -ENOSPC);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(bytes_go_to_the_chip_and_come_from_it),
		promise(an_address_of_ten_bits_is_another_one),
		promise(what_is_not_there_is_refused),
		promise(a_transfer_has_bytes_and_not_too_many),
		promise(a_request_has_exactly_these_parameters),
		promise(two_chips_do_not_share_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
