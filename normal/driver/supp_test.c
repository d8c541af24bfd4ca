#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "abi/rpc.h"
#include "normal/driver/call.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/file.h"
#include "normal/driver/supp.h"

#define VALUE_INOUT    TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT
#define REQUESTERS_MAX 4u

/* --- Requesters: one request each, in a task of its own -------------------------------------- */

struct requester {
	struct driver_file *client;
	uint32_t function;
	enum call_patience patience;
	enum supp_purpose purpose;
	const struct driver_file *only;
	struct param params[3];
	uint32_t count;
	struct driver_event event;
	uint32_t result;
	struct fake_task *task;
};

static void requester_run(void *arg)
{
	struct requester *requester = arg;
	const struct call call = {
		.driver = requester->client->driver,
		.file = requester->client,
		.patience = requester->patience,
	};
	const struct supp_ask ask = {
		.function = requester->function,
		.params = requester->params,
		.count = requester->count,
		.purpose = requester->purpose,
		.only = requester->only,
	};

	requester->result = driver_supp_request(&call, &requester->event, &ask);
}

/* A request of one value; `function` is its a as well. */
static struct requester request_of(struct driver_file *client, uint32_t function)
{
	struct requester requester = { .client = client, .function = function, .count = 1 };

	requester.params[0] = (struct param){ .type = VALUE_INOUT, .a = function };
	return requester;
}

static void requester_start(struct requester *requester)
{
	requester->task = fake_task_start(requester_run, requester);
}

static uint32_t requester_result(struct requester *requester)
{
	fake_task_join(requester->task);
	return requester->result;
}

/* Start, and return when the request is queued and its task asleep, as the `number`-th to sleep. */
static void requester_queue(struct requester *requester, struct driver_file *client,
			    uint32_t function, unsigned int number)
{
	*requester = request_of(client, function);
	requester_start(requester);
	fake_wait_asleep(number);
}

/* --- The stage ------------------------------------------------------------------------------- */

struct stage {
	struct driver *driver;
	struct driver_file *client;
	struct driver_file *supplicant;
};

static struct stage stage_set(void)
{
	struct stage stage;

	stage.driver = fake_driver();
	stage.client = fake_client(stage.driver);
	stage.supplicant = fake_supplicant(stage.driver);
	return stage;
}

static void stage_clear(struct stage *stage)
{
	if (stage->supplicant != NULL) {
		driver_release(stage->supplicant);
	}
	driver_release(stage->client);
	fake_driver_end(stage->driver);
}

static struct driver_census census_of(const struct stage *stage)
{
	struct driver_census census;

	driver_census(stage->driver, &census);
	return census;
}

static void assert_census(const struct stage *stage, unsigned int queued, unsigned int taken)
{
	struct driver_census census = census_of(stage);

	assert_int_equal(census.requests_queued, queued);
	assert_int_equal(census.requests_taken, taken);
}

/* Receive with META what has to be there. */
static struct taken take(struct stage *stage)
{
	struct taken taken;

	assert_int_equal(supplicant_receive(stage->supplicant, 5, true, &taken), 0);
	return taken;
}

static int answer(struct stage *stage, const struct taken *taken, uint32_t ret)
{
	return supplicant_send(stage->supplicant, ret, taken->params, taken->count);
}

/* A receiver in a task of its own. */
struct receiver {
	struct driver_file *file;
	uint32_t room;
	bool meta;
	int error;
	struct taken taken;
	struct fake_task *task;
};

static void receiver_run(void *arg)
{
	struct receiver *receiver = arg;

	receiver->error = supplicant_receive(receiver->file, receiver->room, receiver->meta,
					     &receiver->taken);
}

static void receiver_start(struct receiver *receiver, struct stage *stage, uint32_t room, bool meta)
{
	*receiver = (struct receiver){ .file = stage->supplicant, .room = room, .meta = meta };
	receiver->task = fake_task_start(receiver_run, receiver);
}

static int receiver_error(struct receiver *receiver)
{
	fake_task_join(receiver->task);
	return receiver->error;
}

/* --- With META ------------------------------------------------------------------------------- */

static void with_meta_the_first_parameter_is_the_id(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken;

	requester_queue(&requester, stage.client, 42, 1);
	taken = take(&stage);
	assert_int_equal(taken.func, 42);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.params[0].attr, TEE_IOCTL_PARAM_ATTR_SUPP_META);
	assert_int_equal(taken.params[0].a, 1);
	assert_int_equal(taken.params[0].b, 0);
	assert_int_equal(taken.params[0].c, 0);
	assert_int_equal(taken.params[1].attr, VALUE_INOUT);
	assert_int_equal(taken.params[1].a, 42);
	taken.params[1].a = 43;
	assert_int_equal(answer(&stage, &taken, 0x77), 0);
	assert_int_equal(requester_result(&requester), 0x77);
	assert_int_equal(requester.params[0].a, 43);
	assert_int_equal(requester.event.request, 1);
	stage_clear(&stage);
}

static void with_meta_many_are_taken_and_answered_in_any_order(void **state)
{
	struct stage stage = stage_set();
	struct requester requesters[REQUESTERS_MAX];
	struct taken taken[REQUESTERS_MAX];
	uint32_t i;

	for (i = 0; i < REQUESTERS_MAX; i++) {
		requester_queue(&requesters[i], stage.client, 100 + i, i + 1);
	}
	assert_census(&stage, REQUESTERS_MAX, 0);
	for (i = 0; i < REQUESTERS_MAX; i++) {
		taken[i] = take(&stage);
		assert_int_equal(taken[i].func, 100 + i);
		assert_int_equal(taken[i].params[0].a, i + 1);
	}
	assert_census(&stage, 0, REQUESTERS_MAX);
	for (i = REQUESTERS_MAX; i > 0; i--) {
		assert_int_equal(answer(&stage, &taken[i - 1], i), 0);
		assert_int_equal(requester_result(&requesters[i - 1]), i);
	}
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

static void an_id_that_was_not_handed_out_is_unknown(void **state)
{
	static const uint64_t ids[] = { 0,
					2,
					SUPP_REQUESTS_MAX,
					SUPP_REQUESTS_MAX + 1,
					UINT32_MAX,
					(1ull << 32) + 1,
					UINT64_MAX };
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken = { .count = 2 };
	size_t i;

	taken.params[0] = client_value(TEE_IOCTL_PARAM_ATTR_SUPP_META, 1, 0, 0);
	assert_int_equal(answer(&stage, &taken, 0), -ENOENT);
	requester_queue(&requester, stage.client, 1, 1);
	/* Queued is not taken. */
	assert_int_equal(answer(&stage, &taken, 0), -ENOENT);
	taken = take(&stage);
	for (i = 0; i < array_size(ids); i++) {
		struct taken wrong = taken;

		wrong.params[0].a = ids[i];
		assert_int_equal(answer(&stage, &wrong, 0), -ENOENT);
	}
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(answer(&stage, &taken, 0), -ENOENT);
	assert_int_equal(requester_result(&requester), TEE_SUCCESS);
	stage_clear(&stage);
}

static void an_answer_of_the_wrong_count_leaves_the_request(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken;

	requester_queue(&requester, stage.client, 1, 1);
	taken = take(&stage);
	assert_int_equal(supplicant_send(stage.supplicant, 0, taken.params, 1), -EINVAL);
	assert_int_equal(supplicant_send(stage.supplicant, 0, taken.params, 3), -EINVAL);
	assert_census(&stage, 0, 1);
	assert_int_equal(answer(&stage, &taken, 5), 0);
	assert_int_equal(requester_result(&requester), 5);
	stage_clear(&stage);
}

static void an_answer_needs_a_meta_parameter_when_nothing_else_says_whose_it_is(void **state)
{
	static const uint64_t attrs[] = { 0, VALUE_INOUT, TEE_IOCTL_PARAM_ATTR_META,
					  TEE_IOCTL_PARAM_ATTR_META |
						  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT };
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken;
	size_t i;

	requester_queue(&requester, stage.client, 1, 1);
	taken = take(&stage);
	for (i = 0; i < array_size(attrs); i++) {
		struct taken wrong = taken;

		wrong.params[0].attr = attrs[i];
		assert_int_equal(answer(&stage, &wrong, 0), -EINVAL);
	}
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(requester_result(&requester), TEE_SUCCESS);
	stage_clear(&stage);
}

static void an_answer_with_unknown_bits_leaves_the_request(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken;
	struct taken wrong;

	requester_queue(&requester, stage.client, 1, 1);
	taken = take(&stage);
	wrong = taken;
	wrong.params[1].attr |= 0x200;
	assert_int_equal(answer(&stage, &wrong, 0), -EINVAL);
	wrong = taken;
	wrong.params[1].attr |= 1ull << 63;
	assert_int_equal(answer(&stage, &wrong, 0), -EINVAL);
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(requester_result(&requester), TEE_SUCCESS);
	stage_clear(&stage);
}

/* --- Without META ---------------------------------------------------------------------------- */

static void without_meta_one_is_taken_at_a_time(void **state)
{
	struct stage stage = stage_set();
	struct requester one;
	struct requester two;
	struct taken taken;
	struct taken next;

	requester_queue(&one, stage.client, 1, 1);
	requester_queue(&two, stage.client, 2, 2);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, false, &taken), 0);
	assert_int_equal(taken.func, 1);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.params[0].attr, VALUE_INOUT);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, false, &next), -EINVAL);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, true, &next), -EINVAL);
	assert_census(&stage, 1, 1);
	assert_int_equal(answer(&stage, &taken, 11), 0);
	assert_int_equal(requester_result(&one), 11);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, false, &taken), 0);
	assert_int_equal(taken.func, 2);
	assert_int_equal(answer(&stage, &taken, 12), 0);
	assert_int_equal(requester_result(&two), 12);
	stage_clear(&stage);
}

static void without_meta_a_killed_client_frees_the_place_when_the_answer_comes(void **state)
{
	struct stage stage = stage_set();
	struct requester one;
	struct requester two;
	struct taken taken;

	requester_queue(&one, stage.client, 1, 1);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, false, &taken), 0);
	fake_task_kill(one.task);
	assert_int_equal(requester_result(&one), TEE_ERROR_CANCEL);
	assert_int_equal(answer(&stage, &taken, 0), -EBADF);
	requester_queue(&two, stage.client, 2, 1);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, false, &taken), 0);
	assert_int_equal(answer(&stage, &taken, 2), 0);
	assert_int_equal(requester_result(&two), 2);
	stage_clear(&stage);
}

/* --- Receiving ------------------------------------------------------------------------------- */

static void a_request_that_does_not_fit_stays(void **state)
{
	struct stage stage = stage_set();
	struct requester requester = request_of(stage.client, 9);
	struct taken taken;

	requester.count = 3;
	requester.params[1].type = VALUE_INOUT;
	requester.params[2].type = VALUE_INOUT;
	requester_start(&requester);
	fake_wait_asleep(1);
	assert_int_equal(supplicant_receive(stage.supplicant, 1, false, &taken), -EINVAL);
	assert_int_equal(supplicant_receive(stage.supplicant, 2, false, &taken), -EINVAL);
	assert_int_equal(supplicant_receive(stage.supplicant, 3, true, &taken), -EINVAL);
	assert_census(&stage, 1, 0);
	assert_int_equal(supplicant_receive(stage.supplicant, 4, true, &taken), 0);
	assert_int_equal(taken.count, 4);
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(requester_result(&requester), TEE_SUCCESS);
	stage_clear(&stage);
}

/* The one that wakes first has too little room: the other has to get it. */
static void a_request_that_does_not_fit_goes_to_the_next_who_waits(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct receiver small;
	struct receiver large;

	receiver_start(&small, &stage, 1, true);
	fake_wait_asleep(1);
	receiver_start(&large, &stage, 2, true);
	fake_wait_asleep(2);
	requester = request_of(stage.client, 9);
	requester_start(&requester);
	assert_int_equal(receiver_error(&small), -EINVAL);
	assert_int_equal(receiver_error(&large), 0);
	assert_int_equal(answer(&stage, &large.taken, 3), 0);
	assert_int_equal(requester_result(&requester), 3);
	stage_clear(&stage);
}

static void a_killed_receiver_leaves_the_request_to_the_next(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct receiver killed;
	struct receiver next;

	receiver_start(&killed, &stage, 5, true);
	fake_wait_asleep(1);
	receiver_start(&next, &stage, 5, true);
	fake_wait_asleep(2);
	fake_task_kill(killed.task);
	assert_int_equal(receiver_error(&killed), -EINTR);
	requester = request_of(stage.client, 9);
	requester_start(&requester);
	assert_int_equal(receiver_error(&next), 0);
	assert_int_equal(answer(&stage, &next.taken, 3), 0);
	assert_int_equal(requester_result(&requester), 3);
	stage_clear(&stage);
}

static void several_receivers_get_one_request_each(void **state)
{
	struct stage stage = stage_set();
	struct requester requesters[REQUESTERS_MAX];
	struct receiver receivers[REQUESTERS_MAX];
	uint32_t seen = 0;
	uint32_t i;

	for (i = 0; i < REQUESTERS_MAX; i++) {
		receiver_start(&receivers[i], &stage, 5, true);
		fake_wait_asleep(i + 1);
	}
	for (i = 0; i < REQUESTERS_MAX; i++) {
		requesters[i] = request_of(stage.client, i);
		requester_start(&requesters[i]);
	}
	for (i = 0; i < REQUESTERS_MAX; i++) {
		assert_int_equal(receiver_error(&receivers[i]), 0);
		seen |= 1u << receivers[i].taken.func;
		assert_int_equal(answer(&stage, &receivers[i].taken, 0), 0);
	}
	assert_int_equal(seen, (1u << REQUESTERS_MAX) - 1);
	for (i = 0; i < REQUESTERS_MAX; i++) {
		assert_int_equal(requester_result(&requesters[i]), TEE_SUCCESS);
	}
	stage_clear(&stage);
}

static void a_receiver_offers_empty_parameters(void **state)
{
	static const uint64_t attrs[] = { TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
					  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT,
					  TEE_IOCTL_PARAM_ATTR_SUPP_META, 0x200, 1ull << 63 };
	_Alignas(8) unsigned char buffer[8 + 2 * sizeof(struct tee_ioctl_param)];
	struct tee_ioctl_supp_recv_arg *arg = (void *)buffer;
	struct stage stage = stage_set();
	struct os_memory *out;
	size_t i;

	for (i = 0; i < 2 * array_size(attrs); i++) {
		memset(buffer, 0, sizeof(buffer));
		arg->num_params = 2;
		arg->params[i % 2].attr = attrs[i / 2];
		assert_int_equal(driver_ioctl(stage.supplicant, TEE_IOC_SUPPL_RECV, buffer,
					      sizeof(buffer), NULL, &out),
				 -EINVAL);
	}
	memset(buffer, 0, sizeof(buffer));
	assert_int_equal(driver_ioctl(stage.supplicant, TEE_IOC_SUPPL_RECV, buffer, sizeof(*arg),
				      NULL, &out),
			 -EINVAL);
	assert_int_equal(driver_ioctl(stage.supplicant, TEE_IOC_SUPPL_SEND, buffer, sizeof(*arg),
				      NULL, &out),
			 -EINVAL);
	stage_clear(&stage);
}

/* --- Killed clients -------------------------------------------------------------------------- */

static void a_killed_client_leaves_the_queue(void **state)
{
	struct stage stage = stage_set();
	struct requester killed;
	struct requester next;
	struct taken taken;

	requester_queue(&killed, stage.client, 1, 1);
	requester_queue(&next, stage.client, 2, 2);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	assert_census(&stage, 1, 0);
	taken = take(&stage);
	assert_int_equal(taken.func, 2);
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(requester_result(&next), TEE_SUCCESS);
	stage_clear(&stage);
}

static void the_id_of_a_killed_client_stays_taken_until_the_late_answer(void **state)
{
	struct stage stage = stage_set();
	struct requester killed;
	struct requester next;
	struct taken late;
	struct taken taken;

	requester_queue(&killed, stage.client, 1, 1);
	late = take(&stage);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	assert_census(&stage, 0, 1);
	requester_queue(&next, stage.client, 2, 1);
	taken = take(&stage);
	assert_int_equal(taken.params[0].a, 2);
	assert_int_equal(answer(&stage, &late, 0), -EBADF);
	assert_census(&stage, 0, 1);
	assert_int_equal(answer(&stage, &late, 0), -ENOENT);
	assert_int_equal(answer(&stage, &taken, 7), 0);
	assert_int_equal(requester_result(&next), 7);
	requester_queue(&next, stage.client, 3, 1);
	taken = take(&stage);
	assert_int_equal(taken.params[0].a, 1);
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(requester_result(&next), TEE_SUCCESS);
	stage_clear(&stage);
}

static void what_is_given_back_reaches_the_supplicant_after_a_kill(void **state)
{
	struct stage stage = stage_set();
	struct requester killed = request_of(stage.client, RPC_CMD_SHM_FREE);
	struct taken taken;

	killed.purpose = SUPP_GIVE_BACK;
	requester_start(&killed);
	fake_wait_asleep(1);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	memset(&killed, 0xee, sizeof(killed));
	assert_census(&stage, 1, 0);
	taken = take(&stage);
	assert_int_equal(taken.func, RPC_CMD_SHM_FREE);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.params[1].a, RPC_CMD_SHM_FREE);
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

static void what_is_given_back_goes_with_the_supplicant(void **state)
{
	struct stage stage = stage_set();
	struct requester killed = request_of(stage.client, RPC_CMD_SHM_FREE);

	killed.purpose = SUPP_GIVE_BACK;
	requester_start(&killed);
	fake_wait_asleep(1);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	driver_release(stage.supplicant);
	stage.supplicant = NULL;
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

static void what_is_given_back_is_not_for_a_supplicant_to_come(void **state)
{
	struct stage stage = stage_set();
	struct requester killed = request_of(stage.client, RPC_CMD_SHM_FREE);

	driver_release(stage.supplicant);
	stage.supplicant = NULL;
	killed.purpose = SUPP_GIVE_BACK;
	requester_start(&killed);
	fake_wait_asleep(1);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

static void what_is_given_back_without_memory_is_withdrawn(void **state)
{
	struct stage stage = stage_set();
	struct requester killed = request_of(stage.client, RPC_CMD_SHM_FREE);

	killed.purpose = SUPP_GIVE_BACK;
	requester_start(&killed);
	fake_wait_asleep(1);
	fake_os_fail(1);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	assert_true(fake_os_failed());
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

/* --- Supplicants that come and go ------------------------------------------------------------ */

static void there_is_one_supplicant_at_a_time(void **state)
{
	const struct driver_credentials nobody = { .pid = 1 };
	struct stage stage = stage_set();
	struct driver_file *second;

	assert_int_equal(driver_open(stage.driver, DRIVER_TEEPRIV, &nobody, &second), -EBUSY);
	driver_release(stage.supplicant);
	stage.supplicant = fake_supplicant(stage.driver);
	stage_clear(&stage);
}

static void requests_wait_for_a_supplicant(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken;

	driver_release(stage.supplicant);
	requester_queue(&requester, stage.client, 4, 1);
	assert_census(&stage, 1, 0);
	stage.supplicant = fake_supplicant(stage.driver);
	taken = take(&stage);
	assert_int_equal(answer(&stage, &taken, 6), 0);
	assert_int_equal(requester_result(&requester), 6);
	stage_clear(&stage);
}

static void who_waits_for_a_supplicant_can_be_killed(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;

	driver_release(stage.supplicant);
	stage.supplicant = NULL;
	requester_queue(&requester, stage.client, 4, 1);
	fake_task_kill(requester.task);
	assert_int_equal(requester_result(&requester), TEE_ERROR_CANCEL);
	stage_clear(&stage);
}

static void who_is_in_haste_does_not_wait_for_a_supplicant(void **state)
{
	struct stage stage = stage_set();
	struct requester requester = request_of(stage.client, 4);

	driver_release(stage.supplicant);
	stage.supplicant = NULL;
	requester.patience = CALL_HASTY;
	requester_start(&requester);
	assert_int_equal(requester_result(&requester), TEE_ERROR_COMMUNICATION);
	stage_clear(&stage);
}

static void who_is_in_haste_gets_an_answer_from_one_that_is_there_also_when_killed(void **state)
{
	struct stage stage = stage_set();
	struct requester requester = request_of(stage.client, 4);
	struct taken taken;

	requester.patience = CALL_HASTY;
	requester_start(&requester);
	fake_wait_asleep(1);
	fake_task_kill(requester.task);
	taken = take(&stage);
	assert_int_equal(answer(&stage, &taken, 8), 0);
	assert_int_equal(requester_result(&requester), 8);
	stage_clear(&stage);
}

static void a_request_for_one_supplicant_is_not_for_another(void **state)
{
	struct stage stage = stage_set();
	struct requester requester = request_of(stage.client, 4);

	requester.only = stage.client;
	requester_start(&requester);
	assert_int_equal(requester_result(&requester), TEE_ERROR_COMMUNICATION);
	stage_clear(&stage);
}

static void all_requests_fail_with_the_supplicant_and_later_ones_do_not(void **state)
{
	struct stage stage = stage_set();
	struct requester requesters[REQUESTERS_MAX];
	struct requester killed;
	struct requester later;
	struct taken taken;
	uint32_t i;

	requester_queue(&killed, stage.client, 99, 1);
	taken = take(&stage);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	for (i = 0; i < REQUESTERS_MAX; i++) {
		requester_queue(&requesters[i], stage.client, i, i + 1);
	}
	taken = take(&stage);
	taken = take(&stage);
	assert_census(&stage, REQUESTERS_MAX - 2, 3);
	driver_release(stage.supplicant);
	for (i = 0; i < REQUESTERS_MAX; i++) {
		assert_int_equal(requester_result(&requesters[i]), TEE_ERROR_COMMUNICATION);
	}
	stage.supplicant = NULL;
	assert_census(&stage, 0, 0);

	requester_queue(&later, stage.client, 5, 1);
	stage.supplicant = fake_supplicant(stage.driver);
	/* What the one before had taken says nothing now. */
	assert_int_equal(answer(&stage, &taken, 0), -ENOENT);
	taken = take(&stage);
	assert_int_equal(taken.func, 5);
	assert_int_equal(taken.params[0].a, 1);
	assert_int_equal(answer(&stage, &taken, 5), 0);
	assert_int_equal(requester_result(&later), 5);
	stage_clear(&stage);
}

static void a_supplicant_that_dies_without_an_answer_leaves_the_next_one_free(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct taken taken;

	requester_queue(&requester, stage.client, 1, 1);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, false, &taken), 0);
	driver_release(stage.supplicant);
	assert_int_equal(requester_result(&requester), TEE_ERROR_COMMUNICATION);
	stage.supplicant = fake_supplicant(stage.driver);
	requester_queue(&requester, stage.client, 2, 1);
	taken = take(&stage);
	assert_int_equal(answer(&stage, &taken, 0), 0);
	assert_int_equal(requester_result(&requester), TEE_SUCCESS);
	stage_clear(&stage);
}

/* --- A supplicant that does not answer -------------------------------------------------------- */

static void a_request_that_is_not_answered_in_time_fails_by_itself(void **state)
{
	struct stage stage = stage_set();
	struct requester frozen;
	struct requester next;
	struct taken late;
	struct taken taken;

	driver_supplicant_timeout(stage.driver, 250);
	requester_queue(&frozen, stage.client, 1, 1);
	late = take(&stage);
	fake_time_advance(249);
	fake_wait_asleep(1);
	fake_time_advance(1);
	assert_int_equal(requester_result(&frozen), TEE_ERROR_TIMEOUT);
	/* Its id stays taken, so that the answer that comes after all hits nothing else. */
	assert_census(&stage, 0, 1);
	requester_queue(&next, stage.client, 2, 1);
	taken = take(&stage);
	assert_int_equal(answer(&stage, &late, 0), -EBADF);
	assert_int_equal(answer(&stage, &taken, 7), 0);
	assert_int_equal(requester_result(&next), 7);
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

static void a_request_that_is_not_taken_in_time_is_withdrawn(void **state)
{
	struct stage stage = stage_set();
	struct requester frozen;

	driver_supplicant_timeout(stage.driver, 250);
	requester_queue(&frozen, stage.client, 1, 1);
	assert_census(&stage, 1, 0);
	fake_time_advance(250);
	assert_int_equal(requester_result(&frozen), TEE_ERROR_TIMEOUT);
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

static void there_is_no_limit_unless_it_is_set(void **state)
{
	struct stage stage = stage_set();
	struct requester patient;
	struct taken taken;

	requester_queue(&patient, stage.client, 1, 1);
	fake_time_advance(UINT32_MAX);
	fake_wait_asleep(1);
	taken = take(&stage);
	fake_time_advance(UINT32_MAX);
	assert_int_equal(answer(&stage, &taken, 7), 0);
	assert_int_equal(requester_result(&patient), 7);
	stage_clear(&stage);
}

static void a_kill_counts_before_the_limit_too(void **state)
{
	struct stage stage = stage_set();
	struct requester killed;

	driver_supplicant_timeout(stage.driver, 250);
	requester_queue(&killed, stage.client, 1, 1);
	fake_task_kill(killed.task);
	assert_int_equal(requester_result(&killed), TEE_ERROR_CANCEL);
	assert_census(&stage, 0, 0);
	stage_clear(&stage);
}

/* --- Limits and the end ---------------------------------------------------------------------- */

static void more_requests_than_ids_are_refused(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	uint32_t i;

	/* Each killed while its request is worked on. */
	for (i = 0; i < SUPP_REQUESTS_MAX; i++) {
		requester_queue(&requester, stage.client, 1, 1);
		(void)take(&stage);
		fake_task_kill(requester.task);
		assert_int_equal(requester_result(&requester), TEE_ERROR_CANCEL);
	}
	requester = request_of(stage.client, 1);
	requester_start(&requester);
	assert_int_equal(requester_result(&requester), TEE_ERROR_OUT_OF_MEMORY);
	driver_release(stage.supplicant);
	stage.supplicant = NULL;
	stage_clear(&stage);
}

static void the_end_of_the_secure_world_wakes_all(void **state)
{
	struct stage stage = stage_set();
	struct requester requester;
	struct requester later;
	struct receiver receiver;
	struct taken taken;

	requester_queue(&requester, stage.client, 1, 1);
	taken = take(&stage);
	receiver_start(&receiver, &stage, 1, true);
	fake_wait_asleep(2);
	driver_dead(stage.driver);
	assert_int_equal(receiver_error(&receiver), -ENODEV);
	assert_int_equal(requester_result(&requester), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(answer(&stage, &taken, 0), -ENODEV);
	assert_int_equal(supplicant_receive(stage.supplicant, 5, true, &taken), -ENODEV);
	later = request_of(stage.client, 2);
	requester_start(&later);
	assert_int_equal(requester_result(&later), TEE_ERROR_TARGET_DEAD);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(with_meta_the_first_parameter_is_the_id),
		promise(with_meta_many_are_taken_and_answered_in_any_order),
		promise(an_id_that_was_not_handed_out_is_unknown),
		promise(an_answer_of_the_wrong_count_leaves_the_request),
		promise(an_answer_needs_a_meta_parameter_when_nothing_else_says_whose_it_is),
		promise(an_answer_with_unknown_bits_leaves_the_request),
		promise(without_meta_one_is_taken_at_a_time),
		promise(without_meta_a_killed_client_frees_the_place_when_the_answer_comes),
		promise(a_request_that_does_not_fit_stays),
		promise(a_request_that_does_not_fit_goes_to_the_next_who_waits),
		promise(a_killed_receiver_leaves_the_request_to_the_next),
		promise(several_receivers_get_one_request_each),
		promise(a_receiver_offers_empty_parameters),
		promise(a_killed_client_leaves_the_queue),
		promise(the_id_of_a_killed_client_stays_taken_until_the_late_answer),
		promise(what_is_given_back_reaches_the_supplicant_after_a_kill),
		promise(what_is_given_back_goes_with_the_supplicant),
		promise(what_is_given_back_is_not_for_a_supplicant_to_come),
		promise(what_is_given_back_without_memory_is_withdrawn),
		promise(there_is_one_supplicant_at_a_time),
		promise(requests_wait_for_a_supplicant),
		promise(who_waits_for_a_supplicant_can_be_killed),
		promise(who_is_in_haste_does_not_wait_for_a_supplicant),
		promise(who_is_in_haste_gets_an_answer_from_one_that_is_there_also_when_killed),
		promise(a_request_for_one_supplicant_is_not_for_another),
		promise(all_requests_fail_with_the_supplicant_and_later_ones_do_not),
		promise(a_supplicant_that_dies_without_an_answer_leaves_the_next_one_free),
		promise(a_request_that_is_not_answered_in_time_fails_by_itself),
		promise(a_request_that_is_not_taken_in_time_is_withdrawn),
		promise(there_is_no_limit_unless_it_is_set),
		promise(a_kill_counts_before_the_limit_too),
		promise(more_requests_than_ids_are_refused),
		promise(the_end_of_the_secure_world_wakes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
