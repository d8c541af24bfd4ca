#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/arg.h"
#include "normal/driver/call.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/shm.h"

static void a_message_has_six_parameters_at_most(void **state)
{
	struct driver *driver = fake_driver();
	struct arg arg;

	assert_int_equal(driver_arg_get(driver, 7, &arg), -EINVAL);
	assert_int_equal(driver_arg_get(driver, UINT32_MAX, &arg), -EINVAL);
	assert_int_equal(driver_arg_get_private(driver, 7, &arg), -EINVAL);
	fake_driver_end(driver);
}

static void slots_of_a_page_follow_one_another_with_room_for_requests(void **state)
{
	struct driver *driver = fake_driver();
	struct arg args[10];
	struct arg next;
	uint32_t i;

	for (i = 0; i < array_size(args); i++) {
		assert_int_equal(driver_arg_get(driver, i % 7, &args[i]), 0);
		assert_int_equal(args[i].reference, args[0].reference);
		assert_int_equal(args[i].offset, i * 384);
		assert_int_equal(args[i].shared->num_params, i % 7);
		assert_ptr_equal(args[i].rpc, (char *)args[i].shared + 32 + 32 * (i % 7));
	}
	assert_int_equal(driver_arg_get(driver, 0, &next), 0);
	assert_true(next.reference != args[0].reference);
	assert_int_equal(fake_secure_registered(), 2);
	driver_arg_put(driver, &next);
	for (i = 0; i < array_size(args); i++) {
		driver_arg_put(driver, &args[i]);
	}
	fake_driver_end(driver);
	assert_int_equal(fake_secure_registered(), 0);
}

static void without_rpc_room_each_message_begins_a_page(void **state)
{
	struct driver *driver;
	struct arg first;
	struct arg second;

	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	driver = fake_driver();
	assert_int_equal(driver_arg_get(driver, 6, &first), 0);
	assert_int_equal(driver_arg_get(driver, 6, &second), 0);
	assert_null(first.rpc);
	assert_int_equal(first.reference % MSG_PAGE_SIZE, 0);
	assert_int_equal(second.reference % MSG_PAGE_SIZE, 0);
	assert_true(first.reference != second.reference);
	assert_ptr_equal(fake_os_physical(first.reference), first.shared);
	assert_int_equal(fake_secure_registered(), 0);
	driver_arg_put(driver, &first);
	driver_arg_put(driver, &second);
	fake_driver_end(driver);
}

static void a_slot_is_used_again_and_holds_nothing_of_the_call_before(void **state)
{
	struct driver *driver = fake_driver();
	struct message message = { .cmd = 1, .num_params = 6 };
	struct arg arg;
	uint32_t offset;
	size_t i;

	assert_int_equal(driver_arg_get(driver, 6, &arg), 0);
	offset = arg.offset;
	memset(message.params, 0x55, sizeof(message.params));
	driver_arg_write(&arg, &message);
	memset(arg.rpc, 0x55, 160);
	driver_arg_put(driver, &arg);
	assert_int_equal(driver_arg_get(driver, 6, &arg), 0);
	assert_int_equal(arg.offset, offset);
	for (i = 0; i < 6; i++) {
		assert_int_equal(arg.shared->params[i].attr, 0);
		assert_int_equal(arg.shared->params[i].u.value.c, 0);
	}
	assert_int_equal(arg.rpc->num_params, 0);
	driver_arg_put(driver, &arg);
	fake_driver_end(driver);
}

/* The secure world may write what it likes where the call's own numbers stand. */
static void only_results_are_read_back(void **state)
{
	struct driver *driver = fake_driver();
	struct message message = { .cmd = 1, .func = 2, .session = 3, .num_params = 1 };
	struct arg arg;

	assert_int_equal(driver_arg_get(driver, 1, &arg), 0);
	driver_arg_write(&arg, &message);
	arg.shared->cmd = 77;
	arg.shared->num_params = 0xffffffff;
	arg.shared->session = 9;
	arg.shared->ret = 5;
	arg.shared->ret_origin = 4;
	arg.shared->params[0].u.value.a = 11;
	driver_arg_read(&arg, &message);
	assert_int_equal(message.cmd, 1);
	assert_int_equal(message.num_params, 1);
	assert_int_equal(message.session, 9);
	assert_int_equal(message.ret, 5);
	assert_int_equal(message.ret_origin, 4);
	assert_int_equal(message.params[0].u.value.a, 11);
	driver_arg_put(driver, &arg);
	fake_driver_end(driver);
}

static void a_private_slot_calls_nobody(void **state)
{
	struct driver *driver = fake_driver();
	struct arg arg;

	assert_int_equal(driver_arg_get_private(driver, 1, &arg), 0);
	assert_int_equal(fake_secure_calls(), 0);
	assert_int_equal(arg.function, SMC_CALL_WITH_RPC_ARG);
	assert_ptr_equal(fake_os_physical(arg.reference), arg.shared);
	driver_arg_put(driver, &arg);
	assert_int_equal(fake_os_memories(), 0);
	fake_driver_end(driver);
}

static void no_memory_is_an_error_and_leaks_nothing(void **state)
{
	struct driver *driver = fake_driver();
	unsigned int number = 0;
	struct arg arg;
	int error;

	do {
		fake_os_fail(++number);
		error = driver_arg_get(driver, 2, &arg);
		assert_true(error == 0 || error == -ENOMEM);
	} while (error != 0);
	assert_false(fake_os_failed());
	assert_true(number > 3);
	fake_os_fail(0);
	driver_arg_put(driver, &arg);
	fake_driver_end(driver);
}

static void a_secure_world_that_refuses_the_page_gives_no_slot(void **state)
{
	struct driver *driver = fake_driver();
	struct arg arg;

	fake_secure.register_result = TEE_ERROR_BAD_PARAMETERS;
	assert_int_equal(driver_arg_get(driver, 2, &arg), -EINVAL);
	fake_driver_end(driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_message_has_six_parameters_at_most),
		promise(slots_of_a_page_follow_one_another_with_room_for_requests),
		promise(without_rpc_room_each_message_begins_a_page),
		promise(a_slot_is_used_again_and_holds_nothing_of_the_call_before),
		promise(only_results_are_read_back),
		promise(a_private_slot_calls_nobody),
		promise(no_memory_is_an_error_and_leaks_nothing),
		promise(a_secure_world_that_refuses_the_page_gives_no_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
