#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/event.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/shm.h"

#define VALUE_INPUT MSG_ATTR_TYPE_VALUE_INPUT
#define RMEM_INPUT  MSG_ATTR_TYPE_RMEM_INPUT
#define PAGE	    ((uint64_t)OS_PAGE_SIZE)

/* --- One request, and what an observer sees of it -------------------------------------------- */

static struct {
	uint32_t cmd;
	uint32_t count;
	struct msg_param params[4];
} sent;

static enum fake_stop send_one(struct fake_thread *thread)
{
	if (thread->step == 0) {
		return fake_request(thread, sent.cmd, sent.count, sent.params);
	}
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
}

static uint32_t serve(struct driver_file *file, struct taken *taken)
{
	return 0x55;
}

struct scene {
	struct driver *driver;
	struct driver_file *client;
	struct driver_file *supplicant;
	struct supplicant_thread thread;
	uint32_t session;
	struct shm *shm; /* the driver's own, of one page */
};

static struct scene scene_set(void)
{
	struct scene scene;

	scene.driver = fake_driver();
	scene.client = fake_client(scene.driver);
	scene.session = client_session(scene.client);
	scene.supplicant = fake_supplicant(scene.driver);
	assert_int_equal(driver_shm_private(scene.driver, PAGE, &scene.shm), 0);
	fake_secure.invoke = send_one;
	return scene;
}

static void scene_clear(struct scene *scene)
{
	driver_shm_put(scene->shm);
	driver_release(scene->client);
	driver_release(scene->supplicant);
	fake_driver_end(scene->driver);
}

/* Send a request, with a supplicant there, and forget what was before. */
static void scene_request(struct scene *scene, uint32_t cmd, uint32_t count,
			  const struct msg_param *params)
{
	struct outcome outcome;

	sent.cmd = cmd;
	sent.count = count;
	memcpy(sent.params, params, (count <= 4 ? count : 4) * sizeof(*params));
	supplicant_start(&scene->thread, scene->supplicant, serve);
	fake_wait_asleep(1);
	fake_events_forget();
	assert_int_equal(client_invoke(scene->client, scene->session, 9, NULL, 0, &outcome), 0);
	supplicant_stop(&scene->thread);
}

/* The first event of its kind. */
static struct driver_event event_of(enum driver_event_kind kind)
{
	size_t i;

	for (i = 0; i < fake_events(); i++) {
		if (fake_event(i).kind == kind) {
			return fake_event(i);
		}
	}
	fail_msg("no event of kind %d", kind);
	return (struct driver_event){ 0 };
}

static void assert_detail(struct scene *scene, uint32_t cmd, uint32_t count,
			  const struct msg_param *params, const char *detail)
{
	scene_request(scene, cmd, count, params);
	assert_string_equal(event_of(DRIVER_EVENT_RPC_BEGIN).detail, detail);
	assert_string_equal(event_of(DRIVER_EVENT_RPC_END).detail, detail);
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void a_call_has_a_begin_and_an_end(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct driver_event begin;
	struct driver_event end;
	uint32_t session;

	session = client_session(file);
	/* The page of messages is registered first. */
	assert_int_equal(fake_events(), 4);
	assert_int_equal(fake_event(0).command, MSG_CMD_REGISTER_SHM);
	assert_int_equal(fake_event(0).pid, 0);
	assert_int_equal(fake_event(0).bytes, PAGE);
	begin = fake_event(2);
	end = fake_event(3);
	assert_int_equal(begin.kind, DRIVER_EVENT_CALL_BEGIN);
	assert_int_equal(begin.command, MSG_CMD_OPEN_SESSION);
	assert_int_equal(begin.function, 0);
	assert_int_equal(begin.pid, 100);
	assert_string_equal(begin.detail, "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf");
	assert_int_equal(end.kind, DRIVER_EVENT_CALL_END);
	assert_int_equal(end.call, begin.call);
	assert_int_equal(end.session, session);
	assert_int_equal(end.result, TEE_SUCCESS);
	assert_int_equal(end.origin, MSG_ORIGIN_TRUSTED_APP);
	assert_true(fake_event(0).call != begin.call);
	driver_release(file);
	fake_driver_end(driver);
}

static enum fake_stop take_a_second(struct fake_thread *thread)
{
	fake_time_advance(1000);
	return fake_done(thread, TEE_ERROR_GENERIC, MSG_ORIGIN_TEE);
}

static void an_end_says_how_long_it_took_and_how_it_ended(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct outcome outcome;

	fake_secure.invoke = take_a_second;
	fake_events_forget();
	assert_int_equal(client_invoke(file, session, 9, NULL, 0, &outcome), 0);
	assert_int_equal(fake_events(), 2);
	assert_int_equal(fake_event(0).sub_command, 9);
	assert_int_equal(fake_event(0).session, session);
	assert_int_equal(fake_event(0).duration_ns, 0);
	assert_int_equal(fake_event(1).duration_ns, 1000000000);
	assert_int_equal(fake_event(1).time_ns, fake_event(0).time_ns + 1000000000);
	assert_int_equal(fake_event(1).result, TEE_ERROR_GENERIC);
	assert_int_equal(fake_event(1).origin, MSG_ORIGIN_TEE);
	driver_release(file);
	fake_driver_end(driver);
}

/* --- RPCs ------------------------------------------------------------------------------------ */

static void a_request_for_the_supplicant_is_seen_at_each_step(void **state)
{
	static const enum driver_event_kind kinds[] = {
		DRIVER_EVENT_CALL_BEGIN,      DRIVER_EVENT_RPC_BEGIN,
		DRIVER_EVENT_SUPPLICANT_TAKE, DRIVER_EVENT_SUPPLICANT_ANSWER,
		DRIVER_EVENT_RPC_END,	      DRIVER_EVENT_CALL_END,
	};
	struct scene scene = scene_set();
	const struct msg_param params[2] = {
		fake_value(VALUE_INPUT, RPC_FS_READ, 5, 4096),
		fake_memref(MSG_ATTR_TYPE_RMEM_OUTPUT, 0, 100, scene.shm->cookie),
	};
	uint32_t seen = 0;
	uint64_t call;
	size_t i;

	scene_request(&scene, RPC_CMD_FS, 2, params);
	assert_int_equal(fake_events(), array_size(kinds));
	call = fake_event(0).call;
	for (i = 0; i < fake_events(); i++) {
		struct driver_event event = fake_event(i);

		/* The supplicant's thread says of its step when it has done it. */
		seen |= 1u << event.kind;
		assert_int_equal(event.call, call);
		assert_int_equal(event.pid, 100);
		if (event.kind != DRIVER_EVENT_CALL_BEGIN && event.kind != DRIVER_EVENT_CALL_END) {
			assert_int_equal(event.function, SMC_RPC_CMD);
			assert_int_equal(event.command, RPC_CMD_FS);
			assert_int_equal(event.sub_command, RPC_FS_READ);
			assert_int_equal(event.bytes, 100);
			assert_string_equal(event.detail, "file 5 at 4096");
		}
	}
	assert_int_equal(seen, 0x3f);
	assert_int_equal(event_of(DRIVER_EVENT_RPC_BEGIN).request, 0);
	assert_int_equal(event_of(DRIVER_EVENT_SUPPLICANT_TAKE).request, 1);
	assert_int_equal(event_of(DRIVER_EVENT_SUPPLICANT_ANSWER).request, 1);
	assert_int_equal(event_of(DRIVER_EVENT_SUPPLICANT_ANSWER).result, 0x55);
	assert_int_equal(event_of(DRIVER_EVENT_RPC_END).request, 1);
	assert_int_equal(event_of(DRIVER_EVENT_RPC_END).result, 0x55);
	assert_int_equal(event_of(DRIVER_EVENT_RPC_END).origin, MSG_ORIGIN_COMMS);
	scene_clear(&scene);
}

static void a_request_for_a_file_says_its_name(void **state)
{
	static const uint64_t operations[] = { RPC_FS_OPEN, RPC_FS_CREATE, RPC_FS_REMOVE,
					       RPC_FS_OPENDIR };
	struct scene scene = scene_set();
	char *memory = driver_shm_address(scene.shm);
	size_t i;

	strcpy(memory + 64, "/ta/vault/1");
	for (i = 0; i < array_size(operations); i++) {
		const struct msg_param params[2] = {
			fake_value(VALUE_INPUT, operations[i], 0, 0),
			fake_memref(RMEM_INPUT, 64, RPC_FS_NAME_MAX, scene.shm->cookie),
		};

		assert_detail(&scene, RPC_CMD_FS, 2, params, "/ta/vault/1");
	}
	scene_clear(&scene);
}

static void a_renaming_says_both_names(void **state)
{
	struct scene scene = scene_set();
	char *memory = driver_shm_address(scene.shm);
	const struct msg_param params[3] = {
		fake_value(VALUE_INPUT, RPC_FS_RENAME, 1, 0),
		fake_memref(RMEM_INPUT, 0, 10, scene.shm->cookie),
		fake_memref(RMEM_INPUT, 512, 10, scene.shm->cookie),
	};

	strcpy(memory, "old");
	strcpy(memory + 512, "new");
	assert_detail(&scene, RPC_CMD_FS, 3, params, "old to new");
	scene_clear(&scene);
}

static void a_name_is_cut_and_made_printable(void **state)
{
	struct scene scene = scene_set();
	char *memory = driver_shm_address(scene.shm);
	const struct msg_param params[2] = {
		fake_value(VALUE_INPUT, RPC_FS_OPEN, 0, 0),
		fake_memref(RMEM_INPUT, 0, PAGE, scene.shm->cookie),
	};
	char expected[64];

	memset(memory, 'x', PAGE);
	memcpy(memory, "a\n\x1b\x7f\xff\"", 6);
	memset(expected, 'x', sizeof(expected));
	memcpy(expected, "a????\"", 6);
	expected[63] = '\0';
	assert_detail(&scene, RPC_CMD_FS, 2, params, expected);
	scene_clear(&scene);
}

static void a_name_without_end_is_no_longer_than_its_memory(void **state)
{
	struct scene scene = scene_set();
	char *memory = driver_shm_address(scene.shm);
	const struct msg_param params[2] = {
		fake_value(VALUE_INPUT, RPC_FS_OPEN, 0, 0),
		fake_memref(RMEM_INPUT, PAGE - 3, 3, scene.shm->cookie),
	};

	memcpy(memory + PAGE - 3, "abc", 3);
	assert_detail(&scene, RPC_CMD_FS, 2, params, "abc");
	scene_clear(&scene);
}

/* Nothing of a request has been checked when it is described. */
static void a_malformed_request_is_described_without_its_name(void **state)
{
	struct scene scene = scene_set();
	const struct msg_param bad[] = {
		fake_value(VALUE_INPUT, 1, 2, 3),
		fake_memref(RMEM_INPUT, 0, 10, 12345),
		fake_memref(RMEM_INPUT, PAGE, 1, scene.shm->cookie),
		fake_memref(RMEM_INPUT, 1, UINT64_MAX, scene.shm->cookie),
		fake_memref(RMEM_INPUT, UINT64_MAX, 2, scene.shm->cookie),
		fake_memref(MSG_ATTR_TYPE_TMEM_INPUT, 0, 0, 0),
	};
	struct msg_param params[4] = { fake_value(VALUE_INPUT, RPC_FS_OPEN, 0, 0) };
	size_t i;

	for (i = 0; i < array_size(bad); i++) {
		params[1] = bad[i];
		assert_detail(&scene, RPC_CMD_FS, 2, params, "");
	}
	assert_detail(&scene, RPC_CMD_FS, 1, params, "");
	assert_detail(&scene, RPC_CMD_FS, 0, params, "");
	params[0].u.value.a = 11;
	assert_detail(&scene, RPC_CMD_FS, 1, params, "");
	params[0].u.value.a = UINT64_MAX;
	assert_detail(&scene, RPC_CMD_FS, 1, params, "");
	assert_detail(&scene, RPC_CMD_LOAD_TA, 0, params, "");
	assert_detail(&scene, RPC_CMD_FS, 200, params, "");
	scene_clear(&scene);
}

static void what_the_driver_answers_is_described(void **state)
{
	struct scene scene = scene_set();
	const struct {
		uint32_t cmd;
		struct msg_param param;
		const char *detail;
	} cases[] = {
		{ RPC_CMD_NOTIFICATION, fake_value(VALUE_INPUT, RPC_NOTIFICATION_SEND, 65, 0),
		  "send 65" },
		{ RPC_CMD_NOTIFICATION, fake_value(VALUE_INPUT, RPC_NOTIFICATION_WAIT, 65, 0),
		  "wait 65" },
		{ RPC_CMD_NOTIFICATION, fake_value(VALUE_INPUT, RPC_NOTIFICATION_WAIT, 66, 250),
		  "wait 66, 250 ms" },
		{ RPC_CMD_SUSPEND, fake_value(VALUE_INPUT, 20, 0, 0), "20 ms" },
		{ RPC_CMD_GET_TIME, fake_value(MSG_ATTR_TYPE_VALUE_OUTPUT, 0, 0, 0), "" },
		{ RPC_CMD_SHM_FREE, fake_value(VALUE_INPUT, RPC_SHM_TYPE_APPL, 1, 0),
		  "application" },
		{ RPC_CMD_SHM_FREE, fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 1, 0), "kernel" },
	};
	size_t i;

	fake_time_flies(true);
	for (i = 0; i < array_size(cases); i++) {
		assert_detail(&scene, cases[i].cmd, 1, &cases[i].param, cases[i].detail);
		assert_int_equal(event_of(DRIVER_EVENT_RPC_END).request, 0);
	}
	scene_clear(&scene);
}

static void a_ta_is_called_by_its_uuid_and_a_host_by_its_name(void **state)
{
	struct scene scene = scene_set();
	struct msg_param params[3] = { { .attr = VALUE_INPUT } };
	size_t i;

	for (i = 0; i < 16; i++) {
		params[0].u.octets[i] = (uint8_t)i;
	}
	params[1] = fake_memref(MSG_ATTR_TYPE_TMEM_OUTPUT, 0, 0, 0);
	assert_detail(&scene, RPC_CMD_LOAD_TA, 2, params, "00010203-0405-0607-0809-0a0b0c0d0e0f");

	strcpy(driver_shm_address(scene.shm), "localhost");
	params[0] = fake_value(VALUE_INPUT, RPC_SOCKET_OPEN, 0, 0);
	params[1] = fake_value(VALUE_INPUT, 8080, RPC_SOCKET_PROTOCOL_TCP, 0);
	params[2] = fake_memref(RMEM_INPUT, 0, 10, scene.shm->cookie);
	assert_detail(&scene, RPC_CMD_SOCKET, 3, params, "localhost:8080");
	scene_clear(&scene);
}

static void an_allocation_says_how_much_was_asked_and_got(void **state)
{
	const struct msg_param param = fake_value(VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 100, 8);
	struct scene scene = scene_set();
	struct driver_event begin;
	struct driver_event end;

	scene_request(&scene, RPC_CMD_SHM_ALLOC, 1, &param);
	begin = event_of(DRIVER_EVENT_RPC_BEGIN);
	end = event_of(DRIVER_EVENT_RPC_END);
	assert_int_equal(begin.bytes, 100);
	assert_int_equal(end.bytes, PAGE);
	assert_string_equal(end.detail, "kernel");
	scene_clear(&scene);
}

static enum fake_stop registers_alone(struct fake_thread *thread)
{
	switch (thread->step) {
	case 0:
		return fake_rpc(thread, SMC_RPC_ALLOC, 160, 0);
	case 1:
		return fake_rpc(thread, SMC_RPC_FREE, thread->regs.a4, thread->regs.a5);
	case 2:
		return fake_rpc(thread, SMC_RPC_FOREIGN_INTR, 0, 0);
	default:
		return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
	}
}

static void rpcs_by_registers_are_seen_too(void **state)
{
	static const uint32_t functions[] = { SMC_RPC_ALLOC, SMC_RPC_FREE, SMC_RPC_FOREIGN_INTR };
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct outcome outcome;
	size_t i;

	fake_secure.invoke = registers_alone;
	fake_events_forget();
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(fake_events(), 8);
	for (i = 0; i < array_size(functions); i++) {
		assert_int_equal(fake_event(1 + 2 * i).kind, DRIVER_EVENT_RPC_BEGIN);
		assert_int_equal(fake_event(2 + 2 * i).kind, DRIVER_EVENT_RPC_END);
		assert_int_equal(fake_event(1 + 2 * i).function, functions[i]);
		assert_int_equal(fake_event(2 + 2 * i).result, TEE_SUCCESS);
	}
	assert_int_equal(fake_event(1).bytes, 160);
	driver_release(file);
	fake_driver_end(driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_call_has_a_begin_and_an_end),
		promise(an_end_says_how_long_it_took_and_how_it_ended),
		promise(a_request_for_the_supplicant_is_seen_at_each_step),
		promise(a_request_for_a_file_says_its_name),
		promise(a_renaming_says_both_names),
		promise(a_name_is_cut_and_made_printable),
		promise(a_name_without_end_is_no_longer_than_its_memory),
		promise(a_malformed_request_is_described_without_its_name),
		promise(what_the_driver_answers_is_described),
		promise(a_ta_is_called_by_its_uuid_and_a_host_by_its_name),
		promise(an_allocation_says_how_much_was_asked_and_got),
		promise(rpcs_by_registers_are_seen_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
