/* What the simulation itself promises to those who write scenarios. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/image.h"
#include "secure/core/port.h"
#include "sim/gate.h"
#include "sim/task.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

/* --- A world ---------------------------------------------------------------------------------- */

static TEE_Result adder_entry(struct ta *ta, struct ta_call *call)
{
	(void)ta;
	if (call->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		call->params.vals[0] += call->command;
	}
	return TEE_SUCCESS;
}

static const struct ta_script adder = {
	.uuid = { 0xADD00000, 1, 2, { 3, 4, 5, 6, 7, 8, 9, 10 } },
	.entry = adder_entry,
};

static const struct ta_script *const adder_scripts[] = { &adder, NULL };

/* covers: TEE_IOC_OPEN_SESSION TEE_IOC_INVOKE TEE_IOC_CLOSE_SESSION SMC_CALLS_UID
 * SMC_CALLS_REVISION SMC_GET_OS_REVISION SMC_EXCHANGE_CAPABILITIES SMC_GET_THREAD_COUNT
 * SMC_CALL_WITH_REGD_ARG FFA_VERSION FFA_ID_GET FFA_RXTX_MAP_64 FFA_RXTX_UNMAP
 * FFA_PARTITION_INFO_GET FFA_RX_RELEASE FFA_MSG_SEND_DIRECT_REQ_32 FFA_GET_API_VERSION
 * FFA_GET_OS_VERSION FFA_EXCHANGE_CAPABILITIES FFA_MEM_SHARE_32 FFA_UNREGISTER_SHM
 * FFA_MEM_RECLAIM */
static void a_session_opens_invokes_and_closes(void **state)
{
	struct world *world = world_new(1, adder_scripts, NULL);
	struct tee_ioctl_param param = param_value_inout(40, 0);
	struct client client;
	uint32_t session;

	client_open(&client, world);
	expect_equal(client_open_session(&client, &adder.uuid, NULL, 0, &session), TEE_SUCCESS);
	expect_equal(world_sessions(world), 1);
	expect_equal(world_secure_sessions(), 1);
	expect_equal(client_invoke(&client, session, 2, &param, 1), TEE_SUCCESS);
	expect_equal(client.origin, TEE_ORIGIN_TRUSTED_APP);
	expect_equal(param.a, 42);
	expect_equal(client_close_session(&client, session), 0);
	client_close(&client);
	world_free(world);
}

/* What a client leaves open is closed with its file. */
static void a_client_that_just_leaves_holds_nothing(void **state)
{
	struct world *world = world_new(2, adder_scripts, NULL);
	struct client client;
	uint32_t session;

	client_open(&client, world);
	for (unsigned int i = 0; i < 3; i++) {
		expect_equal(client_open_session(&client, &adder.uuid, NULL, 0, &session),
			     TEE_SUCCESS);
	}
	expect_equal(world_secure_sessions(), 3);
	client_close(&client);
	expect_equal(world_secure_sessions(), 0);
	world_free(world);
}

/* --- User mode -------------------------------------------------------------------------------- */

enum ending {
	END_FAULT,
	END_VANISH,
	END_PANIC,
	END_LATE, /* touch memory of a call that is over */
	KEEP,	  /* an address for that */
};

static TEE_Result mortal_entry(struct ta *ta, struct ta_call *call)
{
	uint64_t *kept = ta_state(ta);
	uint8_t byte;

	if (call->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	switch ((enum ending)call->command) {
	case END_FAULT:
		ta_fault(ta, 0xDEAD0000);
	case END_VANISH:
		ta_vanish(ta);
	case END_PANIC:
		ta_panic(ta, 0x1234);
	case END_LATE:
		ta_read(ta, &byte, *kept, 1);
		break;
	case KEEP:
		*kept = call->params.vals[0];
		ta_read(ta, &byte, *kept, 1);
		break;
	}
	return TEE_SUCCESS;
}

static const struct ta_script mortal = {
	.uuid = { 0xDEAD0000, 1, 2, { 3, 4, 5, 6, 7, 8, 9, 10 } },
	.flags = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION,
	.entry = mortal_entry,
};

static const struct ta_script *const mortal_scripts[] = { &mortal, NULL };

static void keep_address(struct client *client, uint32_t session)
{
	struct client_memory memory;
	struct tee_ioctl_param param;

	expect_equal(client_alloc(client, 100, &memory), 0);
	param = param_memory(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, &memory, 0, 100);
	expect_equal(client_invoke(client, session, KEEP, &param, 1), TEE_SUCCESS);
	client_memory_free(client, &memory);
}

static void a_ta_that_dies_is_dead_for_all_its_sessions_and_no_others(void **state)
{
	for (int ending = END_FAULT; ending <= END_LATE; ending++) {
		struct world *world = world_new(3, mortal_scripts, NULL);
		struct client client;
		uint32_t first;
		uint32_t second;

		trouble_step("ending %d", ending);
		client_open(&client, world);
		expect_equal(client_open_session(&client, &mortal.uuid, NULL, 0, &first),
			     TEE_SUCCESS);
		expect_equal(client_open_session(&client, &mortal.uuid, NULL, 0, &second),
			     TEE_SUCCESS);
		keep_address(&client, first);
		expect_equal(client_invoke(&client, first, (uint32_t)ending, NULL, 0),
			     TEE_ERROR_TARGET_DEAD);
		expect_equal(client.origin, TEE_ORIGIN_TEE);
		expect_equal(client_invoke(&client, second, KEEP, NULL, 0), TEE_ERROR_TARGET_DEAD);
		/* A new instance knows nothing of that. */
		expect_equal(client_close_session(&client, second), 0);
		expect_equal(client_open_session(&client, &mortal.uuid, NULL, 0, &second),
			     TEE_SUCCESS);
		keep_address(&client, second);
		client_close(&client);
		world_free(world);
	}
}

/* --- Seeds ------------------------------------------------------------------------------------ */

struct trace {
	uint64_t switches;
	uint64_t time_ns;
	uint64_t outputs[2];
};

struct visitor {
	struct world *world;
	struct tour tour;
};

static void visitor_main(void *arg)
{
	struct visitor *visitor = arg;

	tour_run(visitor->world, &visitor->tour);
}

static struct trace trace_of(uint64_t seed)
{
	struct world *world = world_new(seed, tour_scripts, NULL);
	struct visitor visitors[2] = { { .world = world }, { .world = world } };
	struct task *tasks[2];
	struct trace trace;

	for (size_t i = 0; i < 2; i++) {
		tasks[i] = task_start("client", visitor_main, &visitors[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		task_join(tasks[i]);
		trace.outputs[i] = visitors[i].tour.outputs;
	}
	trace.switches = gate_count();
	trace.time_ns = task_time_ns();
	world_free(world);
	return trace;
}

static void a_seed_is_a_run(void **state)
{
	bool differ = false;
	struct trace last = trace_of(1);

	for (uint64_t seed = 1; seed < 10; seed++) {
		struct trace once = trace_of(seed);
		struct trace again = trace_of(seed);

		expect(memcmp(&once, &again, sizeof(once)) == 0);
		differ = differ || once.time_ns != last.time_ns;
	}
	expect(differ);
}

/* --- Bad ends --------------------------------------------------------------------------------- */

static void waits_for_nobody(void *arg)
{
	struct list queue;

	list_init(&queue);
	(void)task_wait(&queue, "Godot", TASK_FOREVER, TASK_STUBBORN);
}

static void deadlock(void)
{
	struct world *world = world_new(4711, NULL, NULL);
	struct task *task = task_start("estragon", waits_for_nobody, NULL);

	trouble_step("act %d", 2);
	task_join(task);
	world_free(world);
}

static void leak(void)
{
	struct world *world = world_new(4712, adder_scripts, NULL);
	struct client client;
	uint32_t session;

	client_open(&client, world);
	(void)client_open_session(&client, &adder.uuid, NULL, 0, &session);
	world_free(world);
}

static void panic(void)
{
	struct world *world = world_new(4713, NULL, NULL);

	/* What only a broken secure world would ask for. */
	port_panic("everything is lost");
	world_free(world);
}

/* The words that a world ended with, which aborted. */
static void words_of(void (*end)(void), char *words, size_t size)
{
	size_t used = 0;
	ssize_t got;
	int status;
	int ends[2];
	pid_t child;

	expect_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		end();
		_exit(0);
	}
	close(ends[1]);
	while (used < size - 1 && (got = read(ends[0], words + used, size - 1 - used)) > 0) {
		used += (size_t)got;
	}
	words[used] = '\0';
	close(ends[0]);
	expect_equal(waitpid(child, &status, 0), child);
	expect(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

static void a_bad_end_says_what_why_and_which_seed(void **state)
{
	char words[16384];

	words_of(deadlock, words, sizeof(words));
	expect(strstr(words, "seed 4711, act 2: deadlock:") != NULL);
	expect(strstr(words, "estragon waits for Godot") != NULL);
	words_of(leak, words, sizeof(words));
	expect(strstr(words, "seed 4712") != NULL);
	expect(strstr(words, "census.files is 0x1") != NULL);
	words_of(panic, words, sizeof(words));
	expect(strstr(words, "seed 4713: the secure world panics: everything is lost") != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_opens_invokes_and_closes),
		cmocka_unit_test(a_client_that_just_leaves_holds_nothing),
		cmocka_unit_test(a_ta_that_dies_is_dead_for_all_its_sessions_and_no_others),
		cmocka_unit_test(a_seed_is_a_run),
		cmocka_unit_test(a_bad_end_says_what_why_and_which_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
