/* Objects in an RPMB device that outlives worlds: power goes at every exchange, answers are lost, are
 * old or are forged at every exchange, on both ways to the device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/rpmb.h"
#include "abi/tee_api_defines.h"
#include "abi/tee_api_defines_extensions.h"
#include "lib/bits.h"
#include "lib/bytes.h"
#include "normal/rpmb/device.h"
#include "normal/rpmb/frame.h"
#include "sim/supplicant.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED 77u
/* Three blocks. */
#define SIZE 700u
#define OLD  0x11u
#define NEW  0x22u

/* --- A TA that keeps one object --------------------------------------------------------------- */

enum command {
	COMMAND_PUT,
	COMMAND_GET,
	COMMAND_REMOVE,
	COMMAND_RENAME,
	COMMAND_FILL,
};

#define FLAGS                                                                                      \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META)

static TEE_Result object_open(struct ta *ta, const char *name, uint32_t *object)
{
	uint64_t handle = ta_push(ta, NULL, sizeof(uint32_t));
	uint64_t id = ta_push(ta, name, strlen(name));
	TEE_Result res;

	res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_OPEN, TEE_STORAGE_PRIVATE_RPMB, id, strlen(name),
			 FLAGS, handle);
	*object = ta_read_u32(ta, handle);
	return res;
}

static TEE_Result object_put(struct ta *ta, const char *name, uint8_t fill, size_t size)
{
	uint64_t handle = ta_push(ta, NULL, sizeof(uint32_t));
	uint64_t id = ta_push(ta, name, strlen(name));
	uint8_t bytes[SIZE];
	uint64_t data;
	TEE_Result res;

	memset(bytes, fill, sizeof(bytes));
	data = ta_push(ta, bytes, size);
	res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_CREATE, TEE_STORAGE_PRIVATE_RPMB, id, strlen(name),
			 FLAGS | TEE_DATA_FLAG_OVERWRITE, 0, data, size, handle);
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_CRYP_OBJ_CLOSE, ta_read_u32(ta, handle));
	}
	return res;
}

static TEE_Result serve_put(struct ta *ta, struct ta_call *call)
{
	return object_put(ta, "o", (uint8_t)call->params.vals[0], SIZE);
}

/* What all bytes are. CORRUPT_OBJECT: they are not all the same. */
static TEE_Result serve_get(struct ta *ta, struct ta_call *call)
{
	uint64_t data = ta_push(ta, NULL, SIZE + 1);
	uint64_t count = ta_push(ta, NULL, sizeof(uint64_t));
	uint8_t bytes[SIZE];
	uint32_t object;
	TEE_Result res;

	res = object_open(ta, "o", &object);
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_READ, object, data, SIZE + 1, count);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	ta_read(ta, bytes, data, sizeof(bytes));
	call->params.vals[0] = bytes[0];
	if (ta_read_u32(ta, count) != SIZE || memcmp(bytes, bytes + 1, SIZE - 1) != 0) {
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	return ta_syscall(ta, SYSCALL_CRYP_OBJ_CLOSE, object);
}

static TEE_Result serve_remove(struct ta *ta, struct ta_call *call)
{
	uint32_t object;
	TEE_Result res = object_open(ta, "o", &object);

	(void)call;
	return res == TEE_SUCCESS ? ta_syscall(ta, SYSCALL_STORAGE_OBJ_DEL, object) : res;
}

/* From "p" to "o". */
static TEE_Result serve_rename(struct ta *ta, struct ta_call *call)
{
	uint32_t object;
	TEE_Result res = object_put(ta, "p", (uint8_t)call->params.vals[0], SIZE);

	if (res == TEE_SUCCESS) {
		res = object_open(ta, "p", &object);
	}
	if (res == TEE_SUCCESS) {
		uint64_t id = ta_push(ta, "o", 1);

		res = ta_syscall(ta, SYSCALL_STORAGE_OBJ_RENAME, object, id, 1);
	}
	if (res == TEE_SUCCESS) {
		res = ta_syscall(ta, SYSCALL_CRYP_OBJ_CLOSE, object);
	}
	return res;
}

/* One byte objects until there is no room; how many. */
static TEE_Result serve_fill(struct ta *ta, struct ta_call *call)
{
	TEE_Result res = TEE_SUCCESS;
	char name[] = "f00";
	uint64_t count;

	for (count = 0; count < 600 && res == TEE_SUCCESS; count++) {
		name[1] = (char)('0' + count / 64);
		name[2] = (char)('0' + count % 64);
		res = object_put(ta, name, 1, 1);
	}
	call->params.vals[0] = count - 1;
	return res;
}

static TEE_Result keeper_entry(struct ta *ta, struct ta_call *call)
{
	static TEE_Result (*const commands[])(struct ta * ta, struct ta_call * call) = {
		[COMMAND_PUT] = serve_put,	 [COMMAND_GET] = serve_get,
		[COMMAND_REMOVE] = serve_remove, [COMMAND_RENAME] = serve_rename,
		[COMMAND_FILL] = serve_fill,
	};

	return call->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND ? commands[call->command](ta, call)
							    : TEE_SUCCESS;
}

static const struct ta_script keeper = {
	.uuid = { 0x70070003, 0x1111, 0x4222, { 0x83, 0x33, 1, 2, 3, 4, 5, 6 } },
	.flags = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION,
	.entry = keeper_entry,
};

static const struct ta_script *const scripts[] = { &keeper, NULL };

/* --- A world around a device ------------------------------------------------------------------ */

enum way {
	BY_DRIVER,
	BY_SUPPLICANT,
	WAYS,
};

static struct rpmb_device *device_new(void)
{
	static const struct rpmb_geometry geometry = { { 7, 7, 7 }, 1, 1 };
	struct rpmb_device *device = rpmb_device_new(&geometry, NULL, NULL);

	expect(device != NULL);
	return device;
}

/* As it is now, and switched on. */
static struct rpmb_device *device_copy(struct rpmb_device *device)
{
	struct rpmb_device *copy;
	struct rpmb_state state;
	uint8_t *data = malloc(RPMB_SIZE_UNIT);

	expect(data != NULL);
	rpmb_device_state(device, &state);
	memcpy(data, state.data, RPMB_SIZE_UNIT);
	state.data = data;
	copy = rpmb_device_resume(&state, NULL, NULL);
	expect(copy != NULL);
	return copy;
}

struct visit {
	struct world *world;
	struct client client;
	uint32_t session;
};

static void visit_begin(struct visit *visit, struct rpmb_device *device, enum way way,
			const struct supplicant_options *supplicant)
{
	struct world_options options = {
		.driver_rpmb = way == BY_DRIVER ? device : NULL,
		.supplicant_rpmb = way == BY_SUPPLICANT ? device : NULL,
	};

	if (supplicant != NULL) {
		options.supplicant = *supplicant;
	}
	visit->world = world_new(SEED, scripts, &options);
	client_open(&visit->client, visit->world);
	expect_equal(client_open_session(&visit->client, &keeper.uuid, NULL, 0, &visit->session),
		     TEE_SUCCESS);
}

static TEE_Result ask(struct visit *visit, enum command command, uint64_t *value)
{
	struct tee_ioctl_param param = param_value_inout(*value, 0);
	TEE_Result res = client_invoke(&visit->client, visit->session, command, &param, 1);

	*value = param.a;
	return res;
}

static TEE_Result tell(struct visit *visit, enum command command, uint64_t value)
{
	return ask(visit, command, &value);
}

static void visit_end(struct visit *visit)
{
	(void)client_close_session(&visit->client, visit->session);
	client_close(&visit->client);
	world_free(visit->world);
}

/* One command in a world of its own, which begins with the power coming on. */
static TEE_Result once(struct rpmb_device *device, enum way way, enum command command,
		       uint64_t *value)
{
	struct visit visit;
	TEE_Result res;

	visit_begin(&visit, device, way, NULL);
	res = ask(&visit, command, value);
	visit_end(&visit);
	return res;
}

static TEE_Result put(struct rpmb_device *device, enum way way, uint64_t value)
{
	return once(device, way, COMMAND_PUT, &value);
}

/* What the object has; 0: there is none. */
static uint64_t get(struct rpmb_device *device, enum way way)
{
	uint64_t value = 0;
	TEE_Result res;

	rpmb_device_restart(device);
	res = once(device, way, COMMAND_GET, &value);
	if (res == TEE_ERROR_ITEM_NOT_FOUND) {
		return 0;
	}
	expect_equal(res, TEE_SUCCESS);
	return value;
}

/* --- Promises --------------------------------------------------------------------------------- */

/* covers: RPC_CMD_RPMB RPMB_CMD_DATA_REQ RPMB_CMD_GET_DEV_INFO RPC_CMD_RPMB_PROBE_RESET
 * RPC_CMD_RPMB_PROBE_NEXT RPC_CMD_RPMB_FRAMES */
static void objects_stay_when_worlds_go(void **state)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct rpmb_device *device = device_new();

		expect_equal(put(device, way, OLD), TEE_SUCCESS);
		expect_equal(get(device, way), OLD);
		expect_equal(put(device, way, NEW), TEE_SUCCESS);
		expect_equal(get(device, way), NEW);
		/* The other way leads to the same device. */
		expect_equal(get(device, way == BY_DRIVER ? BY_SUPPLICANT : BY_DRIVER), NEW);
		rpmb_device_free(device);
	}
}

static void what_is_removed_is_gone(void **state)
{
	struct rpmb_device *device = device_new();
	uint64_t value = 0;

	expect_equal(put(device, BY_DRIVER, OLD), TEE_SUCCESS);
	expect_equal(once(device, BY_DRIVER, COMMAND_REMOVE, &value), TEE_SUCCESS);
	expect_equal(get(device, BY_DRIVER), 0);
	expect_equal(once(device, BY_DRIVER, COMMAND_REMOVE, &value), TEE_ERROR_ITEM_NOT_FOUND);
	rpmb_device_free(device);
}

static void the_device_shows_nothing_of_what_it_keeps(void **state)
{
	struct rpmb_device *device = device_new();
	struct rpmb_state now;
	uint8_t run[16];

	memset(run, OLD, sizeof(run));
	expect_equal(put(device, BY_DRIVER, OLD), TEE_SUCCESS);
	rpmb_device_state(device, &now);
	for (size_t i = 0; i + sizeof(run) <= RPMB_SIZE_UNIT; i++) {
		expect(memcmp(now.data + i, run, sizeof(run)) != 0);
	}
	rpmb_device_free(device);
}

/* Upstream's layout: partition, table, names, data from the back. */
static void the_layout_is_upstreams(void **state)
{
	static const char name[] = "/030007701111224283330102030405"
				   "06/6F";
	struct rpmb_device *device = device_new();
	struct rpmb_state now;
	const uint8_t *entry;

	expect_equal(put(device, BY_DRIVER, OLD), TEE_SUCCESS);
	rpmb_device_state(device, &now);
	expect_equal(load_le32(now.data), 0x52504D42);
	expect_equal(load_le32(now.data + 4), 2);
	expect_equal(load_le32(now.data + 12), 512);
	entry = now.data + 512;
	expect_equal(load_le32(entry), RPMB_SIZE_UNIT - 3 * RPMB_DATA_SIZE);
	expect_equal(load_le32(entry + 4), SIZE + 24);
	expect_equal(load_le32(entry + 8), 1);
	expect(strcmp((const char *)entry + 32, name) == 0);
	expect_equal(load_le32(entry + 256 + 8), 2);
	rpmb_device_free(device);
}

/* Each fault at each exchange of a command that replaces OLD by NEW: afterwards there is one of
 * them. Faults that pass are survived; power that goes is not, but NEW that was promised is
 * there. */
static void disturb(enum way way, enum command command, uint64_t before)
{
	static const enum rpmb_fault_kind kinds[] = {
		RPMB_FAULT_LOSE_REQUEST, RPMB_FAULT_LOSE_ANSWER, RPMB_FAULT_REPLAY,
		RPMB_FAULT_FAIL,	 RPMB_FAULT_CUT_BEFORE,	 RPMB_FAULT_CUT_AFTER,
	};
	struct rpmb_device *first = device_new();
	unsigned int exchanges;
	uint64_t value = NEW;

	if (before != 0) {
		expect_equal(put(first, way, before), TEE_SUCCESS);
	}
	{
		struct rpmb_device *device = device_copy(first);

		expect_equal(once(device, way, command, &value), TEE_SUCCESS);
		exchanges = rpmb_device_exchanges(device);
		expect(exchanges > 8);
		rpmb_device_free(device);
	}
	for (size_t i = 0; i < array_size(kinds); i++) {
		for (unsigned int at = 1; at <= exchanges; at++) {
			struct rpmb_device *device = device_copy(first);
			const struct rpmb_fault fault = { kinds[i], at };
			bool passes = kinds[i] < RPMB_FAULT_CUT_BEFORE;
			uint64_t after;
			TEE_Result res;

			trouble_step("way %d, command %d: fault %d at exchange %u", way, command,
				     kinds[i], at);
			expect(rpmb_device_fault(device, &fault));
			value = NEW;
			res = once(device, way, command, &value);
			expect(!passes || res == TEE_SUCCESS);
			expect(res == TEE_SUCCESS || res == TEE_ERROR_STORAGE_NOT_AVAILABLE);
			after = get(device, way);
			expect(after == NEW || (after == before && res != TEE_SUCCESS));
			/* And it goes on from there. */
			expect_equal(put(device, way, OLD), TEE_SUCCESS);
			expect_equal(get(device, way), OLD);
			rpmb_device_free(device);
		}
	}
	rpmb_device_free(first);
}

static void an_object_is_old_or_new_whatever_happens_when(void **state)
{
	for (enum way way = 0; way < WAYS; way++) {
		disturb(way, COMMAND_PUT, OLD);
	}
}

static void the_first_object_is_whole_or_not_there(void **state)
{
	disturb(BY_DRIVER, COMMAND_PUT, 0);
}

static void a_renamed_object_has_one_of_its_names(void **state)
{
	disturb(BY_DRIVER, COMMAND_RENAME, 0);
}

/* --- Nothing but faults ----------------------------------------------------------------------- */

static void order_for_ever(struct rpmb_device *device, enum rpmb_fault_kind kind, unsigned int at)
{
	for (unsigned int i = 0; i < RPMB_FAULTS_MAX; i++) {
		const struct rpmb_fault fault = { kind, at + i };

		expect(rpmb_device_fault(device, &fault));
	}
}

/* One counter, one write, the answers to all of which are lost; and then it would answer again. */
static void a_device_that_answers_no_write_is_dead_until_the_next_boot(void **state)
{
	for (enum way way = 0; way < WAYS; way++) {
		struct rpmb_device *device = device_new();
		struct visit visit;
		uint64_t value = 0;

		expect_equal(put(device, way, OLD), TEE_SUCCESS);
		visit_begin(&visit, device, way, NULL);
		expect_equal(ask(&visit, COMMAND_GET, &value), TEE_SUCCESS);
		order_for_ever(device, RPMB_FAULT_LOSE_ANSWER, rpmb_device_exchanges(device) + 1);
		expect_equal(tell(&visit, COMMAND_PUT, NEW), TEE_ERROR_STORAGE_NOT_AVAILABLE);
		rpmb_device_restart(device);
		expect_equal(tell(&visit, COMMAND_PUT, NEW), TEE_ERROR_STORAGE_NOT_AVAILABLE);
		expect_equal(ask(&visit, COMMAND_GET, &value), TEE_ERROR_STORAGE_NOT_AVAILABLE);
		/* It is not asked any more. */
		expect_equal(rpmb_device_exchanges(device), 0);
		visit_end(&visit);
		expect_equal(get(device, way), OLD);
		rpmb_device_free(device);
	}
}

static void a_read_that_is_not_answered_is_tried_ten_times(void **state)
{
	struct rpmb_device *device = device_new();
	struct visit visit;
	uint64_t value = 0;
	unsigned int before;

	expect_equal(put(device, BY_DRIVER, OLD), TEE_SUCCESS);
	visit_begin(&visit, device, BY_DRIVER, NULL);
	expect_equal(ask(&visit, COMMAND_GET, &value), TEE_SUCCESS);
	before = rpmb_device_exchanges(device);
	order_for_ever(device, RPMB_FAULT_LOSE_ANSWER, before + 1);
	expect_equal(ask(&visit, COMMAND_GET, &value), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	expect_equal(rpmb_device_exchanges(device) - before, RPMB_WRITE_RETRY_MAX);
	rpmb_device_restart(device);
	expect_equal(ask(&visit, COMMAND_GET, &value), TEE_SUCCESS);
	visit_end(&visit);
	rpmb_device_free(device);
}

/* --- The supplicant dies ---------------------------------------------------------------------- */

struct death {
	enum supplicant_deed deed;
	unsigned int number; /* of the request that it does not answer */
	unsigned int seen;
};

static enum supplicant_deed die_at(void *arg, struct supplicant_answer *answer)
{
	struct death *death = arg;

	if (answer->command != RPC_CMD_RPMB) {
		return SUPPLICANT_SEND;
	}
	death->seen++;
	return death->seen == death->number ? death->deed : SUPPLICANT_SEND;
}

/* Its memory dies with it, and whoever comes after does not know that. */
static void deaths(enum supplicant_deed deed)
{
	struct rpmb_device *first = device_new();
	struct death death = { 0 };
	bool died = true;

	expect_equal(put(first, BY_SUPPLICANT, OLD), TEE_SUCCESS);
	for (unsigned int at = 1; died; at++) {
		const struct supplicant_options options = { .meddle = die_at, .arg = &death };
		struct rpmb_device *device = device_copy(first);
		struct visit visit;
		uint64_t value = 0;
		TEE_Result res;

		trouble_step("the supplicant dies at its request %u", at);
		death = (struct death){ .deed = deed, .number = at };
		visit_begin(&visit, device, BY_SUPPLICANT, &options);
		res = tell(&visit, COMMAND_PUT, NEW);
		/* While it looks for the device it looks once. */
		expect(res == TEE_SUCCESS || (at <= 2 && res == TEE_ERROR_STORAGE_NOT_AVAILABLE));
		died = death.seen >= at;
		death.number = 0;
		expect(at > 8 || died);
		expect_equal(ask(&visit, COMMAND_GET, &value), TEE_SUCCESS);
		expect_equal(value, res == TEE_SUCCESS ? NEW : OLD);
		expect_equal(tell(&visit, COMMAND_PUT, NEW), TEE_SUCCESS);
		visit_end(&visit);
		rpmb_device_free(device);
	}
	rpmb_device_free(first);
}

static void a_supplicant_that_dies_does_not_take_the_device_along(void **state)
{
	deaths(SUPPLICANT_DIE);
	deaths(SUPPLICANT_SEND_AND_DIE);
}

/* --- No room ---------------------------------------------------------------------------------- */

static void a_full_device_says_so_and_keeps_what_it_has(void **state)
{
	struct rpmb_device *device = device_new();
	uint64_t count = 0;

	expect_equal(put(device, BY_DRIVER, OLD), TEE_SUCCESS);
	expect_equal(once(device, BY_DRIVER, COMMAND_FILL, &count), TEE_ERROR_STORAGE_NO_SPACE);
	/* 512 blocks; two before the table; each file takes an entry and a block. */
	expect(count > 240 && count <= 255);
	expect_equal(get(device, BY_DRIVER), OLD);
	expect_equal(put(device, BY_DRIVER, NEW) == TEE_SUCCESS || get(device, BY_DRIVER) == OLD,
		     true);
	rpmb_device_free(device);
}

static void at_the_counters_end_objects_can_be_read(void **state)
{
	struct rpmb_device *device = device_new();

	expect_equal(put(device, BY_DRIVER, OLD), TEE_SUCCESS);
	rpmb_device_counter_set(device, UINT32_MAX);
	expect_equal(put(device, BY_DRIVER, NEW), TEE_ERROR_STORAGE_NO_SPACE);
	expect_equal(get(device, BY_DRIVER), OLD);
	rpmb_device_free(device);
}

static void another_device_with_another_key_is_not_used(void **state)
{
	struct rpmb_device *device = device_new();
	struct rpmb_frame program = { 0 };
	struct rpmb_frame response;
	uint64_t value = 0;

	store_be16(program.msg_type, RPMB_MSG_KEY_PROGRAM);
	memset(program.key_mac, 0x99, sizeof(program.key_mac));
	expect_equal(rpmb_device_exchange(device, &program, 1, &response, 1), 0);
	for (enum way way = 0; way < WAYS; way++) {
		expect_equal(put(device, way, OLD), TEE_ERROR_STORAGE_NOT_AVAILABLE);
		expect_equal(once(device, way, COMMAND_GET, &value),
			     TEE_ERROR_STORAGE_NOT_AVAILABLE);
	}
	expect_equal(rpmb_device_writes(device), 1);
	rpmb_device_free(device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_stay_when_worlds_go),
		cmocka_unit_test(what_is_removed_is_gone),
		cmocka_unit_test(the_device_shows_nothing_of_what_it_keeps),
		cmocka_unit_test(the_layout_is_upstreams),
		cmocka_unit_test(an_object_is_old_or_new_whatever_happens_when),
		cmocka_unit_test(the_first_object_is_whole_or_not_there),
		cmocka_unit_test(a_renamed_object_has_one_of_its_names),
		cmocka_unit_test(a_device_that_answers_no_write_is_dead_until_the_next_boot),
		cmocka_unit_test(a_read_that_is_not_answered_is_tried_ten_times),
		cmocka_unit_test(a_supplicant_that_dies_does_not_take_the_device_along),
		cmocka_unit_test(a_full_device_says_so_and_keeps_what_it_has),
		cmocka_unit_test(at_the_counters_end_objects_can_be_read),
		cmocka_unit_test(another_device_with_another_key_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
