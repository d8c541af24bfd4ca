#include "secure/tee/fake_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/tee/entry.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"

#define PAGES_MAX 64u

void fake_client_begin(void)
{
	fake_reset();
	fake_normal_reset();
	fake_ta_reset();
	tee_init(FAKE_CLIENT_THREADS);
}

void fake_client_end(unsigned int kept)
{
	assert_true(thread_all_free(NULL, NULL));
	assert_int_equal(session_count(), 0);
	assert_int_equal(instance_count(), kept);
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.maps_live, 0);
	assert_int_equal(normal.rooms_live, 0);
	assert_int_equal(normal.shms_live, 0);
	tee_reset();
	assert_int_equal(fake_ta_objects(), 0);
	assert_int_equal(fake.spaces_live, 0);
	assert_int_equal(fake.pages_live, 0);
}

struct fake_message fake_message_new(uint32_t cmd, uint32_t num_params)
{
	struct fake_message message = { .address = fake_pages(1) };

	message.arg = fake_normal(message.address);
	message.arg->cmd = cmd;
	message.arg->num_params = num_params;
	return message;
}

struct fake_message fake_message_open(uint32_t ta, uint32_t num_params)
{
	struct fake_message message = fake_message_new(MSG_CMD_OPEN_SESSION, 2 + num_params);
	TEE_UUID uuid = fake_ta_uuid(ta);

	message.arg->params[0].attr = MSG_ATTR_OPEN_META;
	message.arg->params[1].attr = MSG_ATTR_OPEN_META;
	uuid_to_octets(&uuid, message.arg->params[0].u.octets);
	return message;
}

struct fake_message fake_message_invoke(uint32_t session, uint32_t command, uint32_t num_params)
{
	struct fake_message message = fake_message_new(MSG_CMD_INVOKE_COMMAND, num_params);

	message.arg->session = session;
	message.arg->func = command;
	return message;
}

void fake_message_start(struct fake_message *message)
{
	message->call.room = message->address + msg_arg_size(message->arg->num_params);
	message->call.regs = (struct smc_regs){
		.a0 = SMC_CALL_WITH_RPC_ARG,
		.a1 = smc_u64_high(message->address),
		.a2 = smc_u64_low(message->address),
	};
	tee_enter(&message->call.regs);
}

TEE_Result fake_message_run(struct fake_message *message)
{
	fake_message_start(message);
	fake_call_finish(&message->call);
	return message->arg->ret;
}

TEE_Result fake_client_try_open(uint32_t ta, uint32_t *origin)
{
	struct fake_message message = fake_message_open(ta, 0);
	TEE_Result res = fake_message_run(&message);

	*origin = message.arg->ret_origin;
	if (res == TEE_SUCCESS) {
		assert_int_equal(fake_client_close(message.arg->session), TEE_SUCCESS);
	} else {
		assert_int_equal(message.arg->session, 0);
	}
	return res;
}

uint32_t fake_client_open(uint32_t ta)
{
	struct fake_message message = fake_message_open(ta, 0);

	assert_int_equal(fake_message_run(&message), TEE_SUCCESS);
	assert_int_equal(message.arg->ret_origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_not_equal(message.arg->session, 0);
	return message.arg->session;
}

TEE_Result fake_client_invoke(uint32_t session, uint32_t command, uint32_t *origin)
{
	struct fake_message message = fake_message_invoke(session, command, 0);
	TEE_Result res = fake_message_run(&message);

	*origin = message.arg->ret_origin;
	return res;
}

TEE_Result fake_client_close(uint32_t session)
{
	struct fake_message message = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);

	message.arg->session = session;
	return fake_message_run(&message);
}

TEE_Result fake_client_cancel(uint32_t session)
{
	struct fake_message message = fake_message_new(MSG_CMD_CANCEL, 0);

	message.arg->session = session;
	return fake_message_run(&message);
}

uint64_t fake_client_register(uint64_t cookie, size_t count)
{
	struct fake_message message = fake_message_new(MSG_CMD_REGISTER_SHM, 1);
	uint64_t pages[PAGES_MAX];

	assert_true(count <= PAGES_MAX);
	message.arg->params[0].attr = MSG_ATTR_REGISTER_SHM;
	message.arg->params[0].u.tmem.buf_ptr = fake_list_of(count, pages);
	message.arg->params[0].u.tmem.size = count * PORT_PAGE_SIZE;
	message.arg->params[0].u.tmem.shm_ref = cookie;
	assert_int_equal(fake_message_run(&message), TEE_SUCCESS);
	return pages[count - 1];
}

TEE_Result fake_client_unregister(uint64_t cookie)
{
	struct fake_message message = fake_message_new(MSG_CMD_UNREGISTER_SHM, 1);

	message.arg->params[0].attr = MSG_ATTR_TYPE_RMEM_INPUT;
	message.arg->params[0].u.rmem.shm_ref = cookie;
	return fake_message_run(&message);
}

uint8_t *fake_client_byte(uint64_t pages, size_t count, uint64_t offset)
{
	uint64_t page = count - 1 - offset / PORT_PAGE_SIZE;

	return fake_normal(pages + page * PORT_PAGE_SIZE + offset % PORT_PAGE_SIZE);
}

struct msg_param fake_rmem(uint32_t type, uint64_t cookie, uint64_t offset, uint64_t size)
{
	struct msg_param param = { .attr = type };

	param.u.rmem.shm_ref = cookie;
	param.u.rmem.offs = offset;
	param.u.rmem.size = size;
	return param;
}

struct msg_param fake_value(uint32_t type, uint64_t a, uint64_t b)
{
	struct msg_param param = { .attr = type };

	param.u.value.a = a;
	param.u.value.b = b;
	return param;
}
