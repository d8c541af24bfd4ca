/* One run with everything: each RPC of the secure world crosses, and nothing is held afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "abi/smc.h"
#include "secure/core/shm.h"
#include "sim/port.h"
#include "sim/raw.h"
#include "sim/task.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

/* Seeds that are as good as any others. */
#define SEEDS 40u

static void expect_perfect(const struct tour *tour)
{
	for (int i = 0; i < TOUR_STEPS; i++) {
		if (tour->results[i] != TEE_SUCCESS) {
			trouble("step %s ended with %#x", tour_step_name(i), tour->results[i]);
		}
	}
}

/* Neither side found fault with the other. */
static void expect_no_complaint(void)
{
	expect(!trouble_said("E/"));
	expect(!trouble_said("W/driver"));
}

/* covers: MSG_CMD_OPEN_SESSION MSG_CMD_INVOKE_COMMAND MSG_CMD_CANCEL MSG_CMD_CLOSE_SESSION
 * SMC_RPC_CMD SMC_RPC_FOREIGN_INTR RPC_CMD_LOAD_TA RPC_CMD_FS RPC_CMD_GET_TIME
 * RPC_CMD_SUSPEND RPC_CMD_SHM_ALLOC RPC_CMD_SHM_FREE RPC_SHM_TYPE_APPL RPC_SHM_TYPE_KERNEL
 * RPC_FS_OPEN RPC_FS_CREATE RPC_FS_CLOSE RPC_FS_READ RPC_FS_WRITE RPC_FS_TRUNCATE
 * RPC_FS_REMOVE RPC_FS_RENAME RPC_FS_OPENDIR RPC_FS_CLOSEDIR RPC_FS_READDIR
 * RPC_CMD_SOCKET RPC_SOCKET_OPEN RPC_SOCKET_CLOSE RPC_SOCKET_CLOSE_ALL RPC_SOCKET_SEND
 * RPC_SOCKET_RECV RPC_SOCKET_IOCTL
 * RPC_CMD_SUPP_PLUGIN RPC_PLUGIN_INVOKE RPC_CMD_GPROF */
static void every_rpc_crosses(void **state)
{
	struct world *world = world_new(1, tour_scripts, NULL);
	struct tour tour;

	port_interrupt_every(3);
	tour_run(world, &tour);
	expect_perfect(&tour);
	expect_no_complaint();
	for (unsigned int i = 0; i < RPC_FS_OPERATIONS; i++) {
		trouble_step("FS operation %u", i);
		expect(world->service->operations[i] != 0);
	}
	expect(world->commands[RPC_CMD_LOAD_TA] != 0);
	expect(world->commands[RPC_CMD_FS] != 0);
	expect(world->commands[RPC_CMD_RPMB] != 0);
	expect(world->commands[RPC_CMD_SOCKET] != 0);
	expect(world->commands[RPC_CMD_SUPP_PLUGIN] != 0);
	expect(world->commands[RPC_CMD_GPROF] != 0);
	expect_equal(outside_sockets_open(&world->service->outside), 0);
	expect(world->commands[RPC_CMD_GET_TIME] != 0);
	expect(world->commands[RPC_CMD_SUSPEND] != 0);
	expect(world->commands[RPC_CMD_SHM_ALLOC] != 0);
	expect(world->memories[RPC_SHM_TYPE_APPL] != 0);
	expect(world->memories[RPC_SHM_TYPE_KERNEL] != 0);
	expect_equal(world->commands[RPC_CMD_SHM_ALLOC], world->commands[RPC_CMD_SHM_FREE]);
	expect(world->functions[SMC_RPC_FUNCTION_FOREIGN_INTR] != 0);
	expect(world->functions[SMC_RPC_FUNCTION_CMD] != 0);
	/* Calls bring room for requests with them. */
	expect_equal(world->functions[SMC_RPC_FUNCTION_ALLOC], 0);
	expect_equal(world->functions[SMC_RPC_FUNCTION_FREE], 0);
	world_free(world);
}

/* --- Clients that wait for one another -------------------------------------------------------- */

#define CLIENTS 5u

struct visitor {
	struct world *world;
	struct tour tour;
};

static void visitor_main(void *arg)
{
	struct visitor *visitor = arg;

	tour_run(visitor->world, &visitor->tour);
}

static void visitors_run(struct world *world, struct visitor *visitors, unsigned int count)
{
	struct task *tasks[CLIENTS];

	for (unsigned int i = 0; i < count; i++) {
		visitors[i].world = world;
		tasks[i] = task_start("client", visitor_main, &visitors[i]);
	}
	for (unsigned int i = 0; i < count; i++) {
		task_join(tasks[i]);
	}
}

/* One instance, two secure threads: the second call waits in the secure world until the first wakes
 * it. */
/* covers: RPC_CMD_NOTIFICATION RPC_NOTIFICATION_WAIT RPC_NOTIFICATION_SEND */
static void two_clients_of_one_instance_wait_and_wake(void **state)
{
	unsigned int waits = 0;
	unsigned int sends = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = world_new(seed, tour_scripts, NULL);
		struct visitor visitors[2] = { 0 };

		visitors_run(world, visitors, 2);
		expect_perfect(&visitors[0].tour);
		expect_perfect(&visitors[1].tour);
		expect_no_complaint();
		waits += world->notifications[RPC_NOTIFICATION_WAIT];
		sends += world->notifications[RPC_NOTIFICATION_SEND];
		world_free(world);
	}
	expect(waits >= SEEDS);
	expect(sends >= SEEDS);
}

/* More calls than secure threads: they wait in the driver, and each gets its turn. */
static void more_clients_than_threads_are_all_served(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = world_new(seed, tour_scripts, NULL);
		struct visitor visitors[CLIENTS] = { 0 };

		port_interrupt_every(5);
		visitors_run(world, visitors, CLIENTS);
		for (unsigned int i = 0; i < CLIENTS; i++) {
			expect_perfect(&visitors[i].tour);
		}
		expect_no_complaint();
		world_free(world);
	}
}

static void one_secure_thread_is_enough(void **state)
{
	const struct world_options options = { .threads = 1 };

	for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
		struct world *world = world_new(seed, tour_scripts, &options);
		struct visitor visitors[3] = { 0 };

		visitors_run(world, visitors, 3);
		for (unsigned int i = 0; i < 3; i++) {
			expect_perfect(&visitors[i].tour);
		}
		world_free(world);
	}
}

/* --- Other ages ------------------------------------------------------------------------------- */

/* Calls bring no room for requests: the secure world asks for it, and keeps it as long as the
 * cache is on. */
/* covers: SMC_CALL_WITH_ARG SMC_RPC_ALLOC SMC_RPC_FREE */
static void a_driver_without_rpc_arguments_gives_memory_for_requests(void **state)
{
	const struct world_options options = { .hidden_capabilities = SMC_SEC_CAP_RPC_ARG };

	for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
		struct world *world = world_new(seed, tour_scripts, &options);
		struct visitor visitors[3] = { 0 };

		visitors_run(world, visitors, 3);
		for (unsigned int i = 0; i < 3; i++) {
			expect_perfect(&visitors[i].tour);
		}
		expect_no_complaint();
		expect(world->functions[SMC_RPC_FUNCTION_ALLOC] > 0);
		/* Two threads keep theirs. */
		expect(world->functions[SMC_RPC_FUNCTION_ALLOC] <= 2);
		world_free(world);
	}
}

/* covers: TEE_IOC_SUPPL_RECV TEE_IOC_SUPPL_SEND */
static void a_supplicant_without_meta_serves_one_request_at_a_time(void **state)
{
	const struct world_options options = { .supplicant.plain = true };

	for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
		struct world *world = world_new(seed, tour_scripts, &options);
		struct visitor visitors[2] = { 0 };

		visitors_run(world, visitors, 2);
		expect_perfect(&visitors[0].tour);
		expect_perfect(&visitors[1].tour);
		world_free(world);
	}
}

/* --- By hand ---------------------------------------------------------------------------------- */

/* covers: SMC_CALL_WITH_RPC_ARG FFA_YIELDING_CALL_WITH_ARG FFA_YIELDING_CALL_RESUME */
static void raw_messages_get_the_same_answers(void **state)
{
	const struct world_options options = { .no_driver = true };
	struct world *world = world_new(7, tour_scripts, &options);
	struct tour tour;

	port_interrupt_every(4);
	tour_run_raw(world->raw, &tour);
	expect_perfect(&tour);
	expect_no_complaint();
	world_free(world);
}

/* CALL_WITH_ARG without the cache: ALLOC at the first request of a call and FREE at its end;
 * with it, the room stays until DISABLE_SHM_CACHE gives its cookie back. */
static uint32_t cache_call(struct raw *raw, uint32_t function, uint64_t *cookie)
{
	struct smc_regs regs = raw_smc(raw, (struct smc_regs){ .a0 = function });

	*cookie = smc_u64_from_pair(regs.a1, regs.a2);
	return (uint32_t)regs.a0;
}

static TEE_Result bare_open(struct raw *raw, uint32_t *session)
{
	struct msg_arg *arg = raw_message(raw, MSG_CMD_OPEN_SESSION, MSG_OPEN_META_PARAMS);

	raw_open_meta(arg, &tour_guide.uuid, MSG_LOGIN_PUBLIC);
	expect_equal(raw_call_bare(raw), SMC_OK);
	*session = arg->session;
	return arg->ret;
}

/* covers: SMC_ENABLE_SHM_CACHE SMC_DISABLE_SHM_CACHE SMC_RPC_ALLOC SMC_RPC_FREE */
static void room_for_requests_is_freed_or_cached(void **state)
{
	const struct world_options options = { .no_driver = true, .threads = 1 };
	struct world *world = world_new(8, tour_scripts, &options);
	struct raw *raw = world->raw;
	uint32_t session;
	uint64_t cookie;

	/* At boot the cache is off. */
	expect_equal(bare_open(raw, &session), TEE_SUCCESS);
	expect_equal(raw_given(raw), 0);
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
	expect_equal(cache_call(raw, SMC_DISABLE_SHM_CACHE, &cookie), SMC_ENOTAVAIL);

	expect_equal(cache_call(raw, SMC_ENABLE_SHM_CACHE, &cookie), SMC_OK);
	expect_equal(bare_open(raw, &session), TEE_SUCCESS);
	expect_equal(raw_given(raw), 1);
	expect_equal(shm_live(), 1);
	/* A call that brings its own room makes the thread drop the cached one. */
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
	expect_equal(raw_given(raw), 0);

	expect_equal(bare_open(raw, &session), TEE_SUCCESS);
	expect_equal(raw_given(raw), 1);
	expect_equal(cache_call(raw, SMC_DISABLE_SHM_CACHE, &cookie), SMC_OK);
	expect(cookie != 0);
	expect_equal(shm_live(), 0);
	expect_equal(cache_call(raw, SMC_DISABLE_SHM_CACHE, &cookie), SMC_ENOTAVAIL);
	raw_write_off(raw);
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rpc_crosses),
		cmocka_unit_test(two_clients_of_one_instance_wait_and_wake),
		cmocka_unit_test(more_clients_than_threads_are_all_served),
		cmocka_unit_test(one_secure_thread_is_enough),
		cmocka_unit_test(a_supplicant_without_meta_serves_one_request_at_a_time),
		cmocka_unit_test(raw_messages_get_the_same_answers),
		cmocka_unit_test(a_driver_without_rpc_arguments_gives_memory_for_requests),
		cmocka_unit_test(room_for_requests_is_freed_or_cached),
	};

	return world_run(tests, 2);
}
