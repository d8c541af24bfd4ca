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
#include "normal/driver/session.h"
#include "normal/driver/shm.h"

#define VALUE_INPUT   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUTPUT  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define VALUE_INOUT   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT
#define MEMREF_INPUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEMREF_OUTPUT TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
#define MEMREF_INOUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT
#define PAGE	      ((uint64_t)OS_PAGE_SIZE)

/* --- What the secure world saw --------------------------------------------------------------- */

static struct {
	uint32_t cmd;
	uint32_t func;
	uint32_t session;
	uint32_t num_params;
	struct msg_param params[8];
} seen;
static struct msg_param written[8];
static uint32_t result;

static enum fake_stop see(struct fake_thread *thread)
{
	seen.cmd = thread->message->cmd;
	seen.func = thread->message->func;
	seen.session = thread->message->session;
	seen.num_params = thread->message->num_params;
	memcpy(seen.params, thread->message->params, seen.num_params * sizeof(seen.params[0]));
	memcpy(thread->message->params, written, seen.num_params * sizeof(seen.params[0]));
	thread->message->session = 77;
	return fake_done(thread, result, MSG_ORIGIN_TRUSTED_APP);
}

static void forget(void)
{
	memset(&seen, 0, sizeof(seen));
	memset(written, 0, sizeof(written));
	result = TEE_SUCCESS;
}

/* --- Opening --------------------------------------------------------------------------------- */

static void an_open_message_begins_with_the_two_identities(void **state)
{
	static const uint8_t uuid[] = { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
					0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf };
	static const uint8_t nil[16];
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct tee_ioctl_param param = client_value(VALUE_INPUT, 1, 2, 3);
	struct outcome outcome;

	forget();
	fake_secure.open = see;
	assert_int_equal(client_open(file, TEE_IOCTL_LOGIN_PUBLIC, 0xffffffff, &param, 1, &outcome),
			 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	assert_int_equal(outcome.session, 77);
	assert_int_equal(seen.cmd, MSG_CMD_OPEN_SESSION);
	assert_int_equal(seen.num_params, 3);
	assert_int_equal(seen.params[0].attr, 0x101);
	assert_memory_equal(seen.params[0].u.octets, uuid, 16);
	assert_int_equal(seen.params[1].attr, 0x101);
	assert_memory_equal(seen.params[1].u.octets, nil, 16);
	assert_int_equal(seen.params[1].u.value.c, TEE_IOCTL_LOGIN_PUBLIC);
	assert_int_equal(seen.params[2].attr, MSG_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(seen.params[2].u.value.a, 1);
	driver_release(file);
	fake_driver_end(driver);
}

/* UUID version 5 of a namespace and a name: all that is hashed is looked at, and what is made of
 * the digest. */
static void assert_identity(uint32_t login, uint32_t data, const char *name)
{
	static const uint8_t namespace[] = TEE_CLIENT_UUID_NAMESPACE;
	static const uint8_t uuid[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5f, 0xff,
					0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;
	const uint8_t *hashed;
	size_t size;

	forget();
	fake_secure.open = see;
	assert_int_equal(client_open(file, login, data, NULL, 0, &outcome), 0);
	hashed = fake_os_hashed(&size);
	assert_int_equal(size, sizeof(namespace) + strlen(name));
	assert_memory_equal(hashed, namespace, sizeof(namespace));
	assert_memory_equal(hashed + sizeof(namespace), name, strlen(name));
	assert_memory_equal(seen.params[1].u.octets, uuid, 16);
	assert_int_equal(seen.params[1].u.value.c, login);
	driver_release(file);
	fake_driver_end(driver);
}

static void a_user_is_called_by_the_number_of_the_user(void **state)
{
	assert_identity(TEE_IOCTL_LOGIN_USER, 55, "uid=3e8");
}

static void a_group_is_called_by_the_number_of_the_group(void **state)
{
	assert_identity(TEE_IOCTL_LOGIN_GROUP, 1000, "gid=3e8");
}

static void a_further_group_will_do(void **state)
{
	assert_identity(TEE_IOCTL_LOGIN_GROUP, 3000, "gid=bb8");
}

static void a_client_cannot_be_who_it_is_not(void **state)
{
	static const struct {
		uint32_t login;
		uint32_t data;
		int error;
	} cases[] = {
		{ TEE_IOCTL_LOGIN_GROUP, 0, -EPERM },
		{ TEE_IOCTL_LOGIN_GROUP, 1001, -EPERM },
		{ TEE_IOCTL_LOGIN_REE_KERNEL, 0, -EPERM },
		{ TEE_IOCTL_LOGIN_REE_KERNEL_MAX, 0, -EPERM },
		{ TEE_IOCTL_LOGIN_REE_KERNEL_MAX + 1, 0, -EINVAL },
		{ TEE_IOCTL_LOGIN_APPLICATION, 0, -EINVAL },
		{ TEE_IOCTL_LOGIN_USER_APPLICATION, 0, -EINVAL },
		{ TEE_IOCTL_LOGIN_GROUP_APPLICATION, 1000, -EINVAL },
		{ 3, 0, -EINVAL },
		{ 7, 0, -EINVAL },
		{ UINT32_MAX, 0, -EINVAL },
	};
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;
	size_t i;

	for (i = 0; i < array_size(cases); i++) {
		assert_int_equal(
			client_open(file, cases[i].login, cases[i].data, NULL, 0, &outcome),
			cases[i].error);
	}
	assert_int_equal(fake_secure_calls(), 0);
	driver_release(file);
	fake_driver_end(driver);
}

static void a_session_that_did_not_open_is_none(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct driver_census census;
	struct outcome outcome;

	forget();
	fake_secure.open = see;
	result = TEE_ERROR_ITEM_NOT_FOUND;
	assert_int_equal(client_open(file, 0, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(outcome.origin, MSG_ORIGIN_TRUSTED_APP);
	assert_int_equal(client_close(file, 77), -EINVAL);
	driver_census(driver, &census);
	assert_int_equal(census.sessions, 0);
	driver_release(file);
	fake_driver_end(driver);
}

static void a_session_is_for_the_file_that_opened_it(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *mine = fake_client(driver);
	struct driver_file *other = fake_client(driver);
	uint32_t session = client_session(mine);
	struct driver_census census;
	struct outcome outcome;
	size_t calls = fake_secure_calls();

	assert_int_equal(client_invoke(other, session, 0, NULL, 0, &outcome), -EINVAL);
	assert_int_equal(client_cancel(other, session), -EINVAL);
	assert_int_equal(client_close(other, session), -EINVAL);
	assert_int_equal(client_invoke(mine, session + 1, 0, NULL, 0, &outcome), -EINVAL);
	assert_int_equal(fake_secure_calls(), calls);
	assert_int_equal(client_invoke(mine, session, 0, NULL, 0, &outcome), 0);
	driver_census(driver, &census);
	assert_int_equal(census.sessions, 1);
	driver_release(mine);
	driver_release(other);
	fake_driver_end(driver);
}

static void a_closed_session_is_gone(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct outcome outcome;

	assert_int_equal(client_close(file, session), 0);
	assert_int_equal(fake_secure_sessions(), 0);
	assert_int_equal(client_close(file, session), -EINVAL);
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), -EINVAL);
	assert_int_equal(client_cancel(file, session), -EINVAL);
	driver_release(file);
	fake_driver_end(driver);
}

/* --- Cancelling and closing ------------------------------------------------------------------ */

static void what_the_tee_says_of_a_cancel_or_close_does_not_matter(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);

	forget();
	result = TEE_ERROR_ITEM_NOT_FOUND;
	fake_secure.final = SMC_EBADCMD;
	assert_int_equal(client_cancel(file, session), 0);
	fake_secure.close = see;
	assert_int_equal(client_close(file, session), 0);
	assert_int_equal(seen.cmd, MSG_CMD_CLOSE_SESSION);
	assert_int_equal(seen.session, session);
	assert_int_equal(seen.num_params, 0);
	fake_secure.final = SMC_OK;
	driver_release(file);
	fake_driver_end(driver);
}

/* --- Parameters ------------------------------------------------------------------------------ */

static uint64_t cookie_of(struct driver_file *file, int32_t id)
{
	struct shm *shm = driver_shm_by_id(file, (uint64_t)id);
	uint64_t cookie;

	assert_non_null(shm);
	cookie = shm->cookie;
	driver_shm_put(shm);
	return cookie;
}

static void parameters_cross_as_they_are(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct tee_ioctl_param params[4];
	struct outcome outcome;
	uint64_t cookie;
	int32_t id;

	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	cookie = cookie_of(file, id);
	forget();
	fake_secure.invoke = see;
	params[0] = client_value(VALUE_INPUT, 1, 2, 3);
	params[1] = client_value(VALUE_OUTPUT, 4, 5, 6);
	params[2] = client_memref(MEMREF_INPUT, id, 0x10, PAGE - 0x10);
	params[3] = client_memref(MEMREF_INOUT, -1, 9, 9);
	assert_int_equal(client_invoke(file, session, 42, params, 4, &outcome), 0);
	assert_int_equal(seen.cmd, MSG_CMD_INVOKE_COMMAND);
	assert_int_equal(seen.func, 42);
	assert_int_equal(seen.session, session);
	assert_int_equal(seen.num_params, 4);
	assert_int_equal(seen.params[0].attr, MSG_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(seen.params[0].u.value.a, 1);
	assert_int_equal(seen.params[0].u.value.b, 2);
	assert_int_equal(seen.params[0].u.value.c, 3);
	/* What is only an output goes in empty. */
	assert_int_equal(seen.params[1].attr, MSG_ATTR_TYPE_VALUE_OUTPUT);
	assert_int_equal(seen.params[1].u.value.a, 0);
	assert_int_equal(seen.params[1].u.value.c, 0);
	assert_int_equal(seen.params[2].attr, MSG_ATTR_TYPE_RMEM_INPUT);
	assert_int_equal(seen.params[2].u.rmem.offs, 0x10);
	assert_int_equal(seen.params[2].u.rmem.size, PAGE - 0x10);
	assert_int_equal(seen.params[2].u.rmem.shm_ref, cookie);
	/* No memory is all zero, and by address. */
	assert_int_equal(seen.params[3].attr, MSG_ATTR_TYPE_TMEM_INOUT);
	assert_int_equal(seen.params[3].u.tmem.buf_ptr, 0);
	assert_int_equal(seen.params[3].u.tmem.size, 0);
	assert_int_equal(seen.params[3].u.tmem.shm_ref, 0);
	driver_release(file);
	fake_driver_end(driver);
}

static void only_outputs_come_back(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct tee_ioctl_param before[4];
	struct tee_ioctl_param params[4];
	struct outcome outcome;
	int32_t id;

	assert_int_equal(client_shm_alloc(file, PAGE, &id), 0);
	forget();
	memset(written, 0x11, sizeof(written));
	fake_secure.invoke = see;
	result = TEE_ERROR_SHORT_BUFFER;
	params[0] = client_value(VALUE_INPUT, 1, 2, 3);
	params[1] = client_value(VALUE_INOUT, 4, 5, 6);
	params[2] = client_memref(MEMREF_INPUT, id, 0, PAGE);
	params[3] = client_memref(MEMREF_OUTPUT, id, 1, 2);
	memcpy(before, params, sizeof(before));
	assert_int_equal(client_invoke(file, session, 0, params, 4, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_ERROR_SHORT_BUFFER);
	assert_memory_equal(&params[0], &before[0], sizeof(params[0]));
	assert_int_equal(params[1].attr, before[1].attr);
	assert_int_equal(params[1].a, 0x1111111111111111);
	assert_int_equal(params[1].b, 0x1111111111111111);
	assert_int_equal(params[1].c, 0x1111111111111111);
	assert_memory_equal(&params[2], &before[2], sizeof(params[2]));
	before[3].b = 0x1111111111111111;
	assert_memory_equal(&params[3], &before[3], sizeof(params[3]));
	driver_release(file);
	fake_driver_end(driver);
}

static void a_bad_parameter_is_refused_wherever_it_stands(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct driver_file *other = fake_client(driver);
	uint32_t session = client_session(file);
	struct outcome outcome;
	int32_t theirs;
	int32_t closed;
	size_t calls;
	int32_t id;
	size_t i;

	assert_int_equal(client_shm_register(file, 0x123, 0x1000, &id), 0);
	assert_int_equal(client_shm_alloc(other, PAGE, &theirs), 0);
	assert_int_equal(client_shm_alloc(file, PAGE, &closed), 0);
	assert_int_equal(driver_shm_close(file, closed), 0);
	const struct tee_ioctl_param bad[] = {
		client_value(4, 0, 0, 0),
		client_value(TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INPUT, 0, 0, 0),
		client_value(TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INOUT, 0, 0, 0),
		client_value(0xff, 0, 0, 0),
		client_value(TEE_IOCTL_PARAM_ATTR_META, 0, 0, 0),
		client_value(VALUE_INPUT | TEE_IOCTL_PARAM_ATTR_META, 0, 0, 0),
		client_value(VALUE_INPUT | 0x200, 0, 0, 0),
		client_value(VALUE_INPUT | 1ull << 32, 0, 0, 0),
		client_memref(MEMREF_INPUT, 0, 0, 0),
		client_memref(MEMREF_INPUT, -2, 0, 0),
		client_memref(MEMREF_INPUT, theirs, 0, 1),
		client_memref(MEMREF_INPUT, closed, 0, 1),
		client_value(MEMREF_INPUT, 0, 1, (1ull << 32) + (uint64_t)id),
		client_memref(MEMREF_INPUT, id, 0, 0x1001),
		client_memref(MEMREF_OUTPUT, id, 0x1000, 1),
		client_memref(MEMREF_INOUT, id, 0x1001, 0),
		client_memref(MEMREF_INPUT, id, 1, UINT64_MAX),
		client_memref(MEMREF_INPUT, id, UINT64_MAX, 1),
		client_memref(MEMREF_INPUT, id, UINT64_MAX, UINT64_MAX),
	};
	calls = fake_secure_calls();
	for (i = 0; i < 2 * array_size(bad); i++) {
		struct tee_ioctl_param params[3] = { client_memref(MEMREF_INPUT, id, 0, 1),
						     client_memref(MEMREF_INPUT, id, 0, 1),
						     client_memref(MEMREF_INPUT, id, 0, 1) };

		params[i % 2 * 2] = bad[i / 2];
		assert_int_equal(client_invoke(file, session, 0, params, 3, &outcome), -EINVAL);
		assert_int_equal(client_open(file, 0, 0, params, 3, &outcome), -EINVAL);
	}
	assert_int_equal(fake_secure_calls(), calls);
	/* No reference was left behind: closing is the end of it. */
	assert_int_equal(driver_shm_close(file, id), 0);
	driver_release(other);
	assert_int_equal(fake_secure_registered(), 1);
	driver_release(file);
	fake_driver_end(driver);
}

static void the_edges_of_memory_belong_to_it(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct tee_ioctl_param params[3];
	struct outcome outcome;
	int32_t id;

	assert_int_equal(client_shm_register(file, 0x123, 0x1000, &id), 0);
	params[0] = client_memref(MEMREF_INPUT, id, 0, 0x1000);
	params[1] = client_memref(MEMREF_INPUT, id, 0xfff, 1);
	params[2] = client_memref(MEMREF_INPUT, id, 0x1000, 0);
	assert_int_equal(client_invoke(file, session, 0, params, 3, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	driver_release(file);
	fake_driver_end(driver);
}

static void no_memory_is_a_parameter_only_where_the_secure_world_knows_it(void **state)
{
	struct tee_ioctl_param param = client_memref(MEMREF_INPUT, -1, 0, 0);
	struct driver_file *file;
	struct outcome outcome;
	struct driver *driver;

	fake_secure.capabilities &= ~SMC_SEC_CAP_MEMREF_NULL;
	driver = fake_driver();
	file = fake_client(driver);
	assert_int_equal(client_open(file, 0, 0, &param, 1, &outcome), -EINVAL);
	driver_release(file);
	fake_driver_end(driver);
}

static void there_are_only_so_many_parameters(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct tee_ioctl_param params[7] = { { 0 } };
	struct outcome outcome;

	assert_int_equal(client_open(file, 0, 0, params, 4, &outcome), 0);
	assert_int_equal(client_open(file, 0, 0, params, 5, &outcome), -EINVAL);
	assert_int_equal(client_invoke(file, session, 0, params, 6, &outcome), 0);
	assert_int_equal(client_invoke(file, session, 0, params, 7, &outcome), -EINVAL);
	driver_release(file);
	fake_driver_end(driver);
}

/* Memory closed by another thread while a TA works on it. */
static struct driver_file *closing_file;
static int32_t closing_id;

static enum fake_stop close_memory_in_use(struct fake_thread *thread)
{
	uint64_t cookie = thread->message->params[0].u.rmem.shm_ref;

	if (driver_shm_close(closing_file, closing_id) != 0 ||
	    fake_secure_registered_byte(cookie, 0) == NULL) {
		return fake_done(thread, TEE_ERROR_BAD_STATE, MSG_ORIGIN_TEE);
	}
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
}

static void memory_in_use_by_a_call_stays_until_it_ends(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct tee_ioctl_param param;
	struct outcome outcome;

	closing_file = file;
	assert_int_equal(client_shm_alloc(file, PAGE, &closing_id), 0);
	fake_secure.invoke = close_memory_in_use;
	param = client_memref(MEMREF_INPUT, closing_id, 0, PAGE);
	assert_int_equal(client_invoke(file, session, 0, &param, 1, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	assert_int_equal(fake_secure_registered(), 1);
	driver_release(file);
	fake_driver_end(driver);
}

/* --- Limits ---------------------------------------------------------------------------------- */

static void a_file_has_only_so_many_sessions(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;
	uint32_t i;

	for (i = 0; i < SESSIONS_MAX; i++) {
		(void)client_session(file);
	}
	assert_int_equal(client_open(file, 0, 0, NULL, 0, &outcome), -ENOMEM);
	assert_int_equal(client_close(file, 1), 0);
	(void)client_session(file);
	driver_release(file);
	assert_int_equal(fake_secure_sessions(), 0);
	fake_driver_end(driver);
}

static void no_memory_opens_nothing(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;
	unsigned int number = 0;
	int error;

	do {
		fake_os_fail(++number);
		error = client_open(file, 0, 0, NULL, 0, &outcome);
		assert_true(error == 0 || error == -ENOMEM);
		assert_int_equal(fake_secure_sessions(), error == 0 ? 1 : 0);
	} while (error != 0);
	fake_os_fail(0);
	driver_release(file);
	fake_driver_end(driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(an_open_message_begins_with_the_two_identities),
		promise(a_user_is_called_by_the_number_of_the_user),
		promise(a_group_is_called_by_the_number_of_the_group),
		promise(a_further_group_will_do),
		promise(a_client_cannot_be_who_it_is_not),
		promise(a_session_that_did_not_open_is_none),
		promise(a_session_is_for_the_file_that_opened_it),
		promise(a_closed_session_is_gone),
		promise(what_the_tee_says_of_a_cancel_or_close_does_not_matter),
		promise(parameters_cross_as_they_are),
		promise(only_outputs_come_back),
		promise(a_bad_parameter_is_refused_wherever_it_stands),
		promise(the_edges_of_memory_belong_to_it),
		promise(no_memory_is_a_parameter_only_where_the_secure_world_knows_it),
		promise(there_are_only_so_many_parameters),
		promise(memory_in_use_by_a_call_stays_until_it_ends),
		promise(a_file_has_only_so_many_sessions),
		promise(no_memory_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
