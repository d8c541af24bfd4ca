/* Each allocation of either world fails once, and for a while: an error comes back, and nothing is
 * held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>

#include "abi/smc.h"
#include "lib/bits.h"
#include "normal/driver/driver.h"
#include "sim/fault.h"
#include "sim/ffa.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED 50u
/* How many fail in a row when it is not one. */
#define ROW  6u

/* What a step may end with when there was no memory for it, or for one before it. */
static bool is_honest(TEE_Result res)
{
	static const TEE_Result honest[] = {
		TEE_SUCCESS,
		TEE_ERROR_OUT_OF_MEMORY,
		/* The step was not reached. */
		TEE_ERROR_BAD_STATE,
		/* An address space that could not be put in order again is a dead TA. */
		TEE_ERROR_TARGET_DEAD,
		/* SHM_REGISTER and SHM_ALLOC: the secure world refuses. */
		TEE_ERROR_BAD_PARAMETERS,
		/* The secure world could not map the message: as libteec sees it. */
		TEE_ERROR_COMMUNICATION,
		/* What the storage of a TA makes of it. */
		TEE_ERROR_STORAGE_NOT_AVAILABLE,
		TEE_ERROR_STORAGE_NO_SPACE,
	};

	for (size_t i = 0; i < array_size(honest); i++) {
		if (res == honest[i]) {
			return true;
		}
	}
	return false;
}

static unsigned int tour_with_faults(unsigned int first, unsigned int count,
				     const struct world_options *options)
{
	struct world *world = world_new(SEED, tour_scripts, options);
	struct tour tour;
	unsigned int counted;

	trouble_step("allocations %u to %u fail", first, first + count - 1);
	fault_begin(first, count);
	tour_run(world, &tour);
	counted = fault_end();
	for (int i = 0; i < TOUR_STEPS; i++) {
		if (!is_honest(tour.results[i])) {
			trouble("step %s ended with %#x", tour_step_name(i), tour.results[i]);
		}
	}
	/* Enough for everything again: the next client notices nothing. */
	tour_run(world, &tour);
	expect(tour_is_perfect(&tour));
	world_free(world);
	return counted;
}

static void fail_each(unsigned int count, const struct world_options *options)
{
	unsigned int counted = tour_with_faults(FAULT_NEVER, 1, options);

	expect(counted > 50);
	for (unsigned int first = 0; first < counted; first++) {
		(void)tour_with_faults(first, count, options);
	}
}

static void one_allocation_fails(void **state)
{
	fail_each(1, NULL);
}

static void several_allocations_fail_in_a_row(void **state)
{
	fail_each(ROW, NULL);
}

static void one_allocation_fails_where_requests_need_memory_too(void **state)
{
	const struct world_options options = { .hidden_capabilities = SMC_SEC_CAP_RPC_ARG };

	fail_each(1, &options);
}

static void without_memory_there_is_no_driver_and_nothing_of_one(void **state)
{
	const struct world_options options = { .no_driver = true };
	enum driver_transport transport = world_is_ffa() ? DRIVER_FFA : DRIVER_SMC;
	unsigned int counted = 1;

	for (unsigned int first = 0; first < counted; first++) {
		struct world *world = world_new(SEED, tour_scripts, &options);
		struct driver *driver;

		trouble_step("allocation %u fails", first);
		if (world_is_ffa()) {
			/* The driver has buffers of its own. */
			ffa_buffers_end();
		}
		fault_begin(first, 1);
		expect_equal(driver_probe(transport, &driver), -ENOMEM);
		(void)fault_end();
		fault_begin(FAULT_NEVER, 1);
		expect_equal(driver_probe(transport, &driver), 0);
		counted = fault_end();
		driver_remove(driver);
		if (world_is_ffa()) {
			ffa_buffers_begin();
		}
		world_free(world);
	}
	expect(counted > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_there_is_no_driver_and_nothing_of_one),
		cmocka_unit_test(one_allocation_fails),
		cmocka_unit_test(several_allocations_fail_in_a_row),
		cmocka_unit_test(one_allocation_fails_where_requests_need_memory_too),
	};

	return world_run(tests, 1);
}
