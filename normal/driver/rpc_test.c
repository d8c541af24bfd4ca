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
#include "normal/driver/file.h"
#include "normal/driver/shm.h"

#define VALUE_INPUT  MSG_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUTPUT MSG_ATTR_TYPE_VALUE_OUTPUT
#define PAGE	     ((uint64_t)OS_PAGE_SIZE)

/* --- One request, sent by a TA and answered -------------------------------------------------- */

static struct {
	uint32_t cmd;
	uint32_t count;
	struct msg_param params[4];
} sent;

static struct {
	uint32_t ret;
	uint32_t origin;
	struct msg_param params[4];
} reply;

static enum fake_stop send_one(struct fake_thread *thread)
{
	if (thread->step == 0) {
		return fake_request(thread, sent.cmd, sent.count, sent.params);
	}
	reply.ret = fake_reply(thread)->ret;
	reply.origin = fake_reply(thread)->ret_origin;
	memcpy(reply.params, fake_reply(thread)->params, sizeof(reply.params));
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
}

struct ta {
	struct driver *driver;
	struct driver_file *file;
	uint32_t session;
};

static struct ta ta_start(void)
{
	struct ta ta;

	ta.driver = fake_driver();
	ta.file = fake_client(ta.driver);
	ta.session = client_session(ta.file);
	return ta;
}

static void ta_end(struct ta *ta)
{
	driver_release(ta->file);
	fake_driver_end(ta->driver);
}

static uint32_t request(struct ta *ta, uint32_t cmd, uint32_t count, const struct msg_param *params)
{
	struct outcome outcome;

	fake_secure.invoke = send_one;
	sent.cmd = cmd;
	sent.count = count;
	memset(sent.params, 0, sizeof(sent.params));
	memcpy(sent.params, params, (count <= 4 ? count : 4) * sizeof(*params));
	assert_int_equal(client_invoke(ta->file, ta->session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	return reply.ret;
}

static uint32_t request_value(struct ta *ta, uint32_t cmd, uint64_t attr, uint64_t a, uint64_t b,
			      uint64_t c)
{
	struct msg_param param = fake_value(attr, a, b, c);

	return request(ta, cmd, 1, &param);
}

static unsigned int kernel_objects(const struct ta *ta)
{
	struct driver_census census;

	driver_census(ta->driver, &census);
	return census.shm_kernel;
}

/* --- What the driver answers itself ---------------------------------------------------------- */

/* covers: RPC_CMD_GET_TIME */
static void time_is_that_of_the_clock(void **state)
{
	struct ta ta = ta_start();

	assert_int_equal(request_value(&ta, RPC_CMD_GET_TIME, VALUE_OUTPUT, 0, 0, 0), TEE_SUCCESS);
	assert_int_equal(reply.params[0].u.value.a, FAKE_REAL_SECONDS);
	assert_int_equal(reply.params[0].u.value.b, FAKE_REAL_NANOSECONDS);
	ta_end(&ta);
}

static void a_request_of_the_wrong_shape_is_refused(void **state)
{
	static const uint32_t cmds[] = { RPC_CMD_GET_TIME, RPC_CMD_NOTIFICATION, RPC_CMD_SUSPEND,
					 RPC_CMD_SHM_ALLOC, RPC_CMD_SHM_FREE };
	static const uint64_t attrs[] = { MSG_ATTR_TYPE_NONE,
					  MSG_ATTR_TYPE_VALUE_INOUT,
					  MSG_ATTR_TYPE_RMEM_INPUT,
					  MSG_ATTR_TYPE_TMEM_OUTPUT,
					  4,
					  8,
					  12,
					  VALUE_INPUT | MSG_ATTR_META,
					  VALUE_OUTPUT | 1ull << 32 };
	struct msg_param two[2] = { fake_value(VALUE_INPUT, 1, 1, 0),
				    fake_value(VALUE_INPUT, 1, 1, 0) };
	struct ta ta = ta_start();
	size_t i;
	size_t j;

	for (i = 0; i < array_size(cmds); i++) {
		for (j = 0; j < array_size(attrs); j++) {
			assert_int_equal(request_value(&ta, cmds[i], attrs[j], 0, 1, 0),
					 TEE_ERROR_BAD_PARAMETERS);
		}
		assert_int_equal(request(&ta, cmds[i], 0, two), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(request(&ta, cmds[i], 2, two), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(kernel_objects(&ta), 0);
	ta_end(&ta);
}

static void more_parameters_than_there_is_room_for_are_refused(void **state)
{
	static const uint32_t counts[] = { 5, 8, 9, 127, 128, 0x08000000, 0x7fffffff, 0xffffffff };
	static const uint32_t cmds[] = { RPC_CMD_GET_TIME, RPC_CMD_FS, 12345 };
	struct msg_param none[4] = { { 0 } };
	struct ta ta = ta_start();
	size_t i;
	size_t j;

	for (i = 0; i < array_size(counts); i++) {
		for (j = 0; j < array_size(cmds); j++) {
			assert_int_equal(request(&ta, cmds[j], counts[i], none),
					 TEE_ERROR_BAD_PARAMETERS);
		}
	}
	ta_end(&ta);
}

/* covers: RPC_CMD_NOTIFICATION RPC_NOTIFICATION_WAIT RPC_NOTIFICATION_SEND */
static void notifications_are_sent_and_waited_for(void **state)
{
	struct ta ta = ta_start();

	fake_time_flies(true);
	assert_int_equal(
		request_value(&ta, RPC_CMD_NOTIFICATION, VALUE_INPUT, RPC_NOTIFICATION_SEND, 5, 0),
		TEE_SUCCESS);
	assert_int_equal(
		request_value(&ta, RPC_CMD_NOTIFICATION, VALUE_INPUT, RPC_NOTIFICATION_WAIT, 5, 0),
		TEE_SUCCESS);
	assert_int_equal(request_value(&ta, RPC_CMD_NOTIFICATION, VALUE_INPUT,
				       RPC_NOTIFICATION_WAIT, 5, 100),
			 TEE_ERROR_TIMEOUT);
	assert_int_equal(request_value(&ta, RPC_CMD_NOTIFICATION, VALUE_INPUT,
				       RPC_NOTIFICATION_SEND, 256, 0),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(request_value(&ta, RPC_CMD_NOTIFICATION, VALUE_INPUT, 2, 5, 0),
			 TEE_ERROR_BAD_PARAMETERS);
	ta_end(&ta);
}

/* covers: RPC_CMD_SUSPEND */
static void a_thread_sleeps_as_long_as_it_asks(void **state)
{
	struct ta ta = ta_start();

	assert_int_equal(request_value(&ta, RPC_CMD_SUSPEND, VALUE_INPUT, 12345, 0, 0),
			 TEE_SUCCESS);
	assert_int_equal(fake_time_slept_ms(), 12345);
	ta_end(&ta);
}

static void a_kill_ends_a_sleep_and_is_told(void **state)
{
	struct ta ta = ta_start();

	fake_self_kill(true);
	assert_int_equal(request_value(&ta, RPC_CMD_SUSPEND, VALUE_INPUT, UINT64_MAX, 0, 0),
			 TEE_ERROR_CANCEL);
	fake_self_kill(false);
	assert_int_equal(fake_time_slept_ms(), 0);
	ta_end(&ta);
}

static void there_is_no_i2c(void **state)
{
	struct ta ta = ta_start();

	assert_int_equal(request_value(&ta, RPC_CMD_I2C_TRANSFER, VALUE_INPUT, RPC_I2C_READ, 0, 0),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(request_value(&ta, RPC_CMD_I2C_TRANSFER, VALUE_INPUT, RPC_I2C_WRITE, 0, 0),
			 TEE_ERROR_NOT_SUPPORTED);
	ta_end(&ta);
}

/* --- Kernel memory --------------------------------------------------------------------------- */

static uint64_t kernel_alloc(struct ta *ta, uint64_t size)
{
	assert_int_equal(request_value(ta, RPC_CMD_SHM_ALLOC, VALUE_INPUT, RPC_SHM_TYPE_KERNEL,
				       size, RPC_SHM_ALIGNMENT),
			 TEE_SUCCESS);
	return reply.params[0].u.tmem.shm_ref;
}

static uint32_t shm_free(struct ta *ta, uint64_t type, uint64_t cookie)
{
	return request_value(ta, RPC_CMD_SHM_FREE, VALUE_INPUT, type, cookie, 0);
}

/* covers: RPC_CMD_SHM_ALLOC RPC_CMD_SHM_FREE RPC_SHM_TYPE_KERNEL */
static void kernel_memory_is_described_page_by_page(void **state)
{
	static const uint64_t sizes[] = { 1, PAGE, 3 * PAGE, 512 * PAGE, 1023 * PAGE };
	struct ta ta = ta_start();
	uint64_t cookie;
	size_t i;

	for (i = 0; i < array_size(sizes); i++) {
		cookie = kernel_alloc(&ta, sizes[i]);
		assert_int_equal(reply.params[0].attr, RPC_SHM_ATTR_NONCONTIG);
		assert_true(reply.params[0].u.tmem.size >= sizes[i]);
		assert_true(cookie != 0);
		assert_int_equal(kernel_objects(&ta), 1);
		assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, cookie), TEE_SUCCESS);
		assert_int_equal(kernel_objects(&ta), 0);
	}
	/* By pages in the reply, not by cookie. */
	assert_int_equal(fake_secure_registered(), 1);
	ta_end(&ta);
}

/* One byte of each page of two allocations in the same call; the list of the first is gone when the
 * second is there. */
static enum fake_stop alloc_twice(struct fake_thread *thread)
{
	struct msg_param ask = fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 600 * PAGE, 8);
	const struct msg_param_tmem *got = &fake_reply(thread)->params[0].u.tmem;
	uint64_t offset;

	if (thread->step > 0 && thread->step < 3) {
		if (fake_reply(thread)->ret != TEE_SUCCESS) {
			return fake_done(thread, TEE_ERROR_OUT_OF_MEMORY, MSG_ORIGIN_TEE);
		}
		thread->kept[thread->step - 1] = got->shm_ref;
		thread->kept[thread->step + 1] = got->buf_ptr;
		for (offset = 0; offset < got->size; offset += PAGE) {
			char *byte = fake_secure_byte(got->buf_ptr, got->size, offset);

			if (byte == NULL || *byte != 0) {
				return fake_done(thread, TEE_ERROR_BAD_STATE, MSG_ORIGIN_TEE);
			}
			*byte = 1;
		}
	}
	switch (thread->step) {
	case 0:
	case 1:
		return fake_request(thread, RPC_CMD_SHM_ALLOC, 1, &ask);
	case 2:
	case 3:
		if (fake_os_physical(thread->kept[2]) != NULL ||
		    fake_os_physical(thread->kept[3]) == NULL) {
			return fake_done(thread, TEE_ERROR_SECURITY, MSG_ORIGIN_TEE);
		}
		ask = fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, thread->kept[thread->step - 2],
				 0);
		return fake_request(thread, RPC_CMD_SHM_FREE, 1, &ask);
	default:
		return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
	}
}

static void a_page_list_lives_until_the_next_or_the_end_of_the_call(void **state)
{
	struct ta ta = ta_start();
	struct outcome outcome;
	size_t before = fake_os_memories();

	fake_secure.invoke = alloc_twice;
	assert_int_equal(client_invoke(ta.file, ta.session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	assert_int_equal(fake_os_memories(), before);
	ta_end(&ta);
}

/* covers: RPC_SHM_TYPE_GLOBAL */
static void memory_of_impossible_size_or_type_is_refused(void **state)
{
	static const uint64_t sizes[] = { 0, SHM_SIZE_MAX + 1, UINT64_MAX - 1, UINT64_MAX };
	static const uint64_t types[] = { RPC_SHM_TYPE_GLOBAL, 3, 1ull << 32, UINT64_MAX };
	struct ta ta = ta_start();
	size_t i;

	for (i = 0; i < array_size(sizes); i++) {
		assert_int_equal(request_value(&ta, RPC_CMD_SHM_ALLOC, VALUE_INPUT,
					       RPC_SHM_TYPE_KERNEL, sizes[i], 8),
				 TEE_ERROR_OUT_OF_MEMORY);
	}
	for (i = 0; i < array_size(types); i++) {
		assert_int_equal(request_value(&ta, RPC_CMD_SHM_ALLOC, VALUE_INPUT, types[i], 1, 8),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(kernel_objects(&ta), 0);
	ta_end(&ta);
}

static void empty_parameters_behind_do_not_matter_to_an_allocation(void **state)
{
	struct msg_param params[4] = { fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 1, 8) };
	struct ta ta = ta_start();

	assert_int_equal(request(&ta, RPC_CMD_SHM_ALLOC, 4, params), TEE_SUCCESS);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, reply.params[0].u.tmem.shm_ref),
			 TEE_SUCCESS);
	params[3].attr = VALUE_INPUT;
	assert_int_equal(request(&ta, RPC_CMD_SHM_ALLOC, 4, params), TEE_ERROR_BAD_PARAMETERS);
	ta_end(&ta);
}

static void a_wrong_cookie_frees_nothing(void **state)
{
	struct ta ta = ta_start();
	uint64_t cookie = kernel_alloc(&ta, 1);
	const uint64_t wrong[] = { 0,
				   1,
				   cookie + 1,
				   cookie + SHM_OBJECTS_MAX,
				   cookie ^ 1ull << 63,
				   UINT64_MAX,
				   (uint64_t)(uintptr_t)&ta };
	struct shm *client;
	int32_t id;
	size_t i;

	for (i = 0; i < array_size(wrong); i++) {
		assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, wrong[i]),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(client_shm_alloc(ta.file, 1, &id), 0);
	client = driver_shm_by_id(ta.file, (uint64_t)id);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, client->cookie),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_APPL, client->cookie),
			 TEE_ERROR_BAD_PARAMETERS);
	driver_shm_put(client);
	/* A type that is none is not an error, for it never was one. */
	assert_int_equal(shm_free(&ta, 9, cookie), TEE_SUCCESS);
	assert_int_equal(kernel_objects(&ta), 1);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, cookie), TEE_SUCCESS);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, cookie), TEE_ERROR_BAD_PARAMETERS);
	ta_end(&ta);
}

static void an_allocation_that_fails_leaks_nothing(void **state)
{
	struct ta ta = ta_start();
	uint32_t result;
	unsigned int number = 0;

	/* Past the client's own buffers, none of which a request needs. */
	do {
		fake_os_fail(++number);
		result = request_value(&ta, RPC_CMD_SHM_ALLOC, VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 1,
				       8);
		assert_true(result == TEE_SUCCESS || result == TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(kernel_objects(&ta), result == TEE_SUCCESS ? 1 : 0);
	} while (result != TEE_SUCCESS);
	assert_int_equal(number, 4);
	fake_os_fail(0);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, reply.params[0].u.tmem.shm_ref),
			 TEE_SUCCESS);
	ta_end(&ta);
}

/* --- The supplicant's memory ----------------------------------------------------------------- */

static uint64_t answer_with_id;
static uint64_t allocated_id;
static uint64_t freed_id;
static uint64_t supplicant_allocates;
static uint32_t supplicant_result;

/* SHM_ALLOC by SHM_ALLOC, SHM_FREE by closing. */
static uint32_t serve_memory(struct driver_file *file, struct taken *taken)
{
	struct tee_ioctl_param *param = &taken->params[1];
	int32_t id;

	if (taken->func == RPC_CMD_SHM_FREE) {
		freed_id = param->b;
		return driver_shm_close(file, (int32_t)param->b) == 0 ? TEE_SUCCESS
								      : TEE_ERROR_BAD_PARAMETERS;
	}
	if (taken->func != RPC_CMD_SHM_ALLOC ||
	    param->attr != TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT || param->a != RPC_SHM_TYPE_APPL ||
	    param->c != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	param->c = answer_with_id;
	if (answer_with_id == 0) {
		uint64_t size = supplicant_allocates != 0 ? supplicant_allocates : param->b;

		if (client_shm_alloc(file, size, &id) != 0) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		param->c = (uint64_t)id;
		allocated_id = (uint64_t)id;
	}
	return supplicant_result;
}

struct memory_supplicant {
	struct driver_file *file;
	struct supplicant_thread thread;
};

static void memory_supplicant_start(struct memory_supplicant *supplicant, struct ta *ta)
{
	answer_with_id = 0;
	freed_id = 0;
	supplicant_allocates = 0;
	supplicant_result = TEE_SUCCESS;
	supplicant->file = fake_supplicant(ta->driver);
	supplicant_start(&supplicant->thread, supplicant->file, serve_memory);
}

static void memory_supplicant_end(struct memory_supplicant *supplicant)
{
	supplicant_stop(&supplicant->thread);
	driver_release(supplicant->file);
}

static uint32_t application_alloc(struct ta *ta, uint64_t size)
{
	return request_value(ta, RPC_CMD_SHM_ALLOC, VALUE_INPUT, RPC_SHM_TYPE_APPL, size, 8);
}

/* covers: RPC_SHM_TYPE_APPL */
static void application_memory_is_the_supplicants(void **state)
{
	struct memory_supplicant supplicant;
	struct driver_census census;
	struct ta ta = ta_start();
	uint64_t cookie;

	memory_supplicant_start(&supplicant, &ta);
	assert_int_equal(application_alloc(&ta, 2 * PAGE), TEE_SUCCESS);
	assert_int_equal(reply.params[0].attr, RPC_SHM_ATTR_NONCONTIG);
	assert_int_equal(reply.params[0].u.tmem.size, 2 * PAGE);
	cookie = reply.params[0].u.tmem.shm_ref;
	driver_census(ta.driver, &census);
	assert_int_equal(census.shm, 1);
	assert_int_equal(census.shm_kernel, 0);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_APPL, cookie), TEE_SUCCESS);
	assert_int_equal(freed_id, allocated_id);
	driver_census(ta.driver, &census);
	assert_int_equal(census.shm, 0);
	memory_supplicant_end(&supplicant);
	ta_end(&ta);
}

static void memory_that_the_supplicant_does_not_have_is_no_memory(void **state)
{
	static const uint64_t ids[] = { 99, UINT32_MAX, UINT64_MAX, 1ull << 32 | 1 };
	struct memory_supplicant supplicant;
	struct ta ta = ta_start();
	int32_t clients;
	size_t i;

	memory_supplicant_start(&supplicant, &ta);
	for (i = 0; i < array_size(ids); i++) {
		answer_with_id = ids[i];
		assert_int_equal(application_alloc(&ta, PAGE), TEE_ERROR_OUT_OF_MEMORY);
	}
	assert_int_equal(client_shm_alloc(ta.file, 1, &clients), 0);
	answer_with_id = (uint64_t)clients;
	assert_int_equal(application_alloc(&ta, PAGE), TEE_ERROR_OUT_OF_MEMORY);
	memory_supplicant_end(&supplicant);
	ta_end(&ta);
}

static void memory_smaller_than_asked_for_is_given_back(void **state)
{
	struct memory_supplicant supplicant;
	struct driver_census census;
	struct ta ta = ta_start();

	memory_supplicant_start(&supplicant, &ta);
	supplicant_allocates = PAGE;
	assert_int_equal(application_alloc(&ta, PAGE + 1), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(freed_id, allocated_id);
	driver_census(ta.driver, &census);
	assert_int_equal(census.shm, 0);
	memory_supplicant_end(&supplicant);
	ta_end(&ta);
}

static void a_supplicant_that_fails_gives_no_memory(void **state)
{
	struct memory_supplicant supplicant;
	struct ta ta = ta_start();

	memory_supplicant_start(&supplicant, &ta);
	supplicant_result = TEE_ERROR_SECURITY;
	assert_int_equal(application_alloc(&ta, PAGE), TEE_ERROR_OUT_OF_MEMORY);
	memory_supplicant_end(&supplicant);
	ta_end(&ta);
}

/* The pages stay, and with them the file, until the secure world gives them back; the supplicant
 * that comes next has nothing to do with them. */
static void memory_outlives_the_supplicant_that_made_it(void **state)
{
	struct memory_supplicant supplicant;
	struct driver_census census;
	struct ta ta = ta_start();
	uint64_t cookie;
	int32_t own;

	memory_supplicant_start(&supplicant, &ta);
	assert_int_equal(application_alloc(&ta, PAGE), TEE_SUCCESS);
	cookie = reply.params[0].u.tmem.shm_ref;
	memory_supplicant_end(&supplicant);
	driver_census(ta.driver, &census);
	assert_int_equal(census.shm, 1);
	assert_int_equal(census.files, 2);
	assert_int_equal(census.supplicant, 0);

	memory_supplicant_start(&supplicant, &ta);
	assert_int_equal(client_shm_alloc(supplicant.file, 1, &own), 0);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_APPL, cookie), TEE_SUCCESS);
	assert_int_equal(freed_id, 0);
	driver_census(ta.driver, &census);
	assert_int_equal(census.shm, 1);
	assert_int_equal(census.files, 2);
	assert_int_equal(driver_shm_close(supplicant.file, own), 0);
	memory_supplicant_end(&supplicant);
	ta_end(&ta);
}

/* --- Requests for the supplicant ------------------------------------------------------------- */

static uint32_t serve_all_shapes(struct driver_file *file, struct taken *taken)
{
	struct tee_ioctl_param *params = taken->params + 1;

	/* Offset, size and id of what is there; no id of what is not. */
	if (taken->count != 5 || params[0].attr != TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT ||
	    params[0].a != 1 || params[0].b != 2 || params[0].c != 3 ||
	    params[1].attr != TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT || params[1].a != 0x10 ||
	    params[1].b != 0x20 || params[1].c != TEE_MEMREF_NULL ||
	    params[2].attr != TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT || params[2].a != 0 ||
	    params[2].b != 0 || params[2].c != TEE_MEMREF_NULL ||
	    params[3].attr != TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT || params[3].a != 0 ||
	    params[3].b != 0 || params[3].c != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	params[0] = client_value(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT, 11, 12, 13);
	/* Of this the size counts, and nothing else. */
	params[1] = client_value(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, 21, 22, 23);
	params[2] = client_value(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, 31, 32, 33);
	params[3] = client_value(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT, 41, 42, 43);
	return 0x1234;
}

static void the_supplicants_answer_comes_back_verbatim(void **state)
{
	struct supplicant_thread thread;
	struct driver_file *supplicant;
	struct ta ta = ta_start();
	struct msg_param params[4];
	uint64_t cookie;

	supplicant = fake_supplicant(ta.driver);
	cookie = kernel_alloc(&ta, PAGE);
	supplicant_start(&thread, supplicant, serve_all_shapes);
	params[0] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, 1, 2, 3);
	params[1] = fake_memref(MSG_ATTR_TYPE_RMEM_OUTPUT, 0x10, 0x20, cookie);
	params[2] = fake_memref(MSG_ATTR_TYPE_TMEM_INPUT, 0, 0, 0);
	params[3] = fake_value(VALUE_OUTPUT, 7, 7, 7);
	assert_int_equal(request(&ta, 12345, 4, params), 0x1234);
	assert_int_equal(reply.origin, MSG_ORIGIN_COMMS);
	assert_int_equal(reply.params[0].u.value.a, 11);
	assert_int_equal(reply.params[0].u.value.b, 12);
	assert_int_equal(reply.params[0].u.value.c, 13);
	assert_int_equal(reply.params[1].u.rmem.offs, 0x10);
	assert_int_equal(reply.params[1].u.rmem.size, 22);
	assert_int_equal(reply.params[1].u.rmem.shm_ref, cookie);
	assert_int_equal(reply.params[2].u.rmem.size, 0);
	assert_int_equal(reply.params[3].u.value.a, 41);
	assert_int_equal(reply.params[3].u.value.c, 43);
	supplicant_stop(&thread);
	driver_release(supplicant);
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, cookie), TEE_SUCCESS);
	ta_end(&ta);
}

static uint32_t serve_nothing(struct driver_file *file, struct taken *taken)
{
	return TEE_SUCCESS;
}

static void the_supplicant_never_sees_a_malformed_request(void **state)
{
	struct supplicant_thread thread;
	struct driver_file *supplicant;
	struct ta ta = ta_start();
	uint64_t cookie = kernel_alloc(&ta, PAGE);
	const struct msg_param bad[] = {
		fake_value(4, 0, 0, 0),
		fake_value(8, 0, 0, 0),
		fake_value(12, 0, 0, 0),
		fake_value(UINT64_MAX, 0, 0, 0),
		fake_value(VALUE_INPUT | MSG_ATTR_META, 0, 0, 0),
		fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, 0, 1, 0),
		fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, 0, 0, 12345),
		fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, 0, PAGE + 1, cookie),
		fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, PAGE, 1, cookie),
		fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, 2, UINT64_MAX - 1, cookie),
		fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, UINT64_MAX, 2, cookie),
		fake_memref(MSG_ATTR_TYPE_TMEM_INPUT, PAGE, 1, 0),
		fake_memref(MSG_ATTR_TYPE_TMEM_INPUT, 0, 1, cookie),
		fake_memref(MSG_ATTR_TYPE_TMEM_INPUT | MSG_ATTR_NONCONTIG, PAGE, 1, cookie),
	};
	size_t i;

	supplicant = fake_supplicant(ta.driver);
	supplicant_start(&thread, supplicant, serve_nothing);
	for (i = 0; i < array_size(bad); i++) {
		struct msg_param params[2] = { fake_memref(MSG_ATTR_TYPE_RMEM_INPUT, 0, 1, cookie),
					       bad[i] };

		assert_int_equal(request(&ta, RPC_CMD_FS, 2, params), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(reply.origin, MSG_ORIGIN_COMMS);
	}
	supplicant_stop(&thread);
	assert_int_equal(thread.served, 0);
	driver_release(supplicant);
	/* No reference was left behind. */
	assert_int_equal(shm_free(&ta, RPC_SHM_TYPE_KERNEL, cookie), TEE_SUCCESS);
	assert_int_equal(kernel_objects(&ta), 0);
	ta_end(&ta);
}

static uint64_t free_under_request;
static struct ta *free_under_ta;

static uint32_t serve_after_free(struct driver_file *file, struct taken *taken)
{
	struct shm *shm = driver_shm_unhold(free_under_ta->driver, SHM_PRIVATE, free_under_request);

	driver_shm_put(shm);
	return shm != NULL ? TEE_SUCCESS : TEE_ERROR_BAD_STATE;
}

static void memory_that_is_freed_under_a_request_stays_until_the_answer(void **state)
{
	struct supplicant_thread thread;
	struct driver_file *supplicant;
	struct ta ta = ta_start();
	struct msg_param param;

	supplicant = fake_supplicant(ta.driver);
	free_under_ta = &ta;
	free_under_request = kernel_alloc(&ta, PAGE);
	supplicant_start(&thread, supplicant, serve_after_free);
	param = fake_memref(MSG_ATTR_TYPE_RMEM_INOUT, 0, PAGE, free_under_request);
	assert_int_equal(request(&ta, RPC_CMD_FS, 1, &param), TEE_SUCCESS);
	assert_int_equal(kernel_objects(&ta), 0);
	supplicant_stop(&thread);
	driver_release(supplicant);
	ta_end(&ta);
}

/* --- Registers ------------------------------------------------------------------------------- */

/* A secure world that was given no room asks for it, and gives it back when the call ends. */
/* covers: SMC_RPC_ALLOC SMC_RPC_FREE */
static void without_rpc_room_requests_lie_in_memory_asked_for(void **state)
{
	struct ta ta;

	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	ta = ta_start();
	fake_secure.cache = false;
	assert_int_equal(request_value(&ta, RPC_CMD_GET_TIME, VALUE_OUTPUT, 0, 0, 0), TEE_SUCCESS);
	assert_int_equal(reply.params[0].u.value.a, FAKE_REAL_SECONDS);
	assert_int_equal(kernel_objects(&ta), 0);
	ta_end(&ta);
}

static void memory_kept_in_the_cache_comes_back_at_the_end(void **state)
{
	struct ta ta;

	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	ta = ta_start();
	assert_true(fake_secure.cache);
	assert_int_equal(request_value(&ta, RPC_CMD_GET_TIME, VALUE_OUTPUT, 0, 0, 0), TEE_SUCCESS);
	assert_int_equal(kernel_objects(&ta), 1);
	ta_end(&ta);
}

static uint64_t alloc_size;

static enum fake_stop alloc_registers(struct fake_thread *thread)
{
	switch (thread->step) {
	case 0:
		return fake_rpc(thread, SMC_RPC_ALLOC, alloc_size, 0);
	case 1:
		return fake_done(
			thread,
			(thread->regs.a1 | thread->regs.a2 | thread->regs.a4 | thread->regs.a5) == 0
				? TEE_ERROR_OUT_OF_MEMORY
				: TEE_SUCCESS,
			MSG_ORIGIN_TEE);
	default:
		return FAKE_DONE;
	}
}

static void memory_that_cannot_be_had_by_address_is_all_zero(void **state)
{
	static const uint64_t sizes[] = { 0, PAGE + 1, UINT32_MAX };
	struct outcome outcome;
	struct ta ta = ta_start();
	size_t i;

	fake_secure.invoke = alloc_registers;
	for (i = 0; i < array_size(sizes); i++) {
		alloc_size = sizes[i];
		assert_int_equal(client_invoke(ta.file, ta.session, 0, NULL, 0, &outcome), 0);
		assert_int_equal(outcome.ret, TEE_ERROR_OUT_OF_MEMORY);
	}
	alloc_size = PAGE;
	fake_os_fail(1);
	assert_int_equal(client_invoke(ta.file, ta.session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(kernel_objects(&ta), 0);
	ta_end(&ta);
}

static uint64_t wrong_cookie;
static uint32_t wrong_function;

static enum fake_stop wrong_registers(struct fake_thread *thread)
{
	if (thread->step == 0) {
		return fake_rpc(thread, wrong_function, smc_u64_high(wrong_cookie),
				smc_u64_low(wrong_cookie));
	}
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
}

static void a_wrong_cookie_in_registers_is_resumed(void **state)
{
	static const uint32_t functions[] = { SMC_RPC_FREE, SMC_RPC_CMD };
	struct outcome outcome;
	struct ta ta;
	struct shm *client;
	int32_t id;
	size_t i;
	size_t j;

	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	ta = ta_start();
	assert_int_equal(client_shm_alloc(ta.file, 1, &id), 0);
	client = driver_shm_by_id(ta.file, (uint64_t)id);
	fake_secure.invoke = wrong_registers;
	for (i = 0; i < array_size(functions); i++) {
		const uint64_t cookies[] = { 0, 1, UINT64_MAX, client->cookie };

		for (j = 0; j < array_size(cookies); j++) {
			wrong_function = functions[i];
			wrong_cookie = cookies[j];
			assert_int_equal(client_invoke(ta.file, ta.session, 0, NULL, 0, &outcome),
					 0);
			assert_int_equal(outcome.ret, TEE_SUCCESS);
		}
	}
	driver_shm_put(client);
	ta_end(&ta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(time_is_that_of_the_clock),
		promise(a_request_of_the_wrong_shape_is_refused),
		promise(more_parameters_than_there_is_room_for_are_refused),
		promise(notifications_are_sent_and_waited_for),
		promise(a_thread_sleeps_as_long_as_it_asks),
		promise(a_kill_ends_a_sleep_and_is_told),
		promise(there_is_no_i2c),
		promise(kernel_memory_is_described_page_by_page),
		promise(a_page_list_lives_until_the_next_or_the_end_of_the_call),
		promise(memory_of_impossible_size_or_type_is_refused),
		promise(empty_parameters_behind_do_not_matter_to_an_allocation),
		promise(a_wrong_cookie_frees_nothing),
		promise(an_allocation_that_fails_leaks_nothing),
		promise(application_memory_is_the_supplicants),
		promise(memory_that_the_supplicant_does_not_have_is_no_memory),
		promise(memory_smaller_than_asked_for_is_given_back),
		promise(a_supplicant_that_fails_gives_no_memory),
		promise(memory_outlives_the_supplicant_that_made_it),
		promise(the_supplicants_answer_comes_back_verbatim),
		promise(the_supplicant_never_sees_a_malformed_request),
		promise(memory_that_is_freed_under_a_request_stays_until_the_answer),
		promise(without_rpc_room_requests_lie_in_memory_asked_for),
		promise(memory_kept_in_the_cache_comes_back_at_the_end),
		promise(memory_that_cannot_be_had_by_address_is_all_zero),
		promise(a_wrong_cookie_in_registers_is_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
