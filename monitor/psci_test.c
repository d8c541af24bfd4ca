#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/psci.h"
#include "monitor/fake_machine.h"
#include "monitor/offsets.h"
#include "monitor/psci.h"

#define RAM_START 0x40000000ull
#define RAM_END	  0x80000000ull
#define ENTRY	  0x42200000ull

static int two_cpus(void **state)
{
	(void)state;
	fake_reset();
	psci_init(2, RAM_START, RAM_END);
	return 0;
}

static void the_first_cpu_is_on_and_the_others_are_off(void **state)
{
	(void)state;
	assert_int_equal(psci_affinity_info(0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(psci_affinity_info(1, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(psci_affinity_info(2, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(psci_affinity_info(1, 1), PSCI_INVALID_PARAMETERS);
	assert_int_equal(psci_affinity_info(UINT64_MAX, 0), PSCI_INVALID_PARAMETERS);
}

static void cpu_on_wakes_the_cpu_and_hands_over_where_to_begin(void **state)
{
	uint64_t entry = 0;
	uint64_t context = 0;

	(void)state;
	assert_false(psci_take_wanted(1, &entry, &context));
	assert_int_equal(psci_cpu_on(1, ENTRY, 17), PSCI_SUCCESS);
	assert_int_equal(fake.woken, 1);
	assert_int_equal(psci_affinity_info(1, 0), PSCI_AFFINITY_ON_PENDING);
	assert_true(psci_take_wanted(1, &entry, &context));
	assert_int_equal(entry, ENTRY);
	assert_int_equal(context, 17);
	assert_false(psci_take_wanted(1, &entry, &context));
	psci_started(1);
	assert_int_equal(psci_affinity_info(1, 0), PSCI_AFFINITY_ON);
}

static void a_cpu_is_turned_on_once(void **state)
{
	uint64_t entry;
	uint64_t context;

	(void)state;
	assert_int_equal(psci_cpu_on(1, ENTRY, 1), PSCI_SUCCESS);
	assert_int_equal(psci_cpu_on(1, ENTRY + 4, 2), PSCI_ON_PENDING);
	assert_true(psci_take_wanted(1, &entry, &context));
	assert_int_equal(context, 1);
	psci_started(1);
	assert_int_equal(psci_cpu_on(1, ENTRY, 3), PSCI_ALREADY_ON);
	assert_int_equal(psci_cpu_on(0, ENTRY, 3), PSCI_ALREADY_ON);
	assert_false(psci_take_wanted(1, &entry, &context));
}

static void a_bad_target_or_entry_wakes_nobody(void **state)
{
	(void)state;
	assert_int_equal(psci_cpu_on(2, ENTRY, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(psci_cpu_on(1ull << 32 | 1, ENTRY, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(psci_cpu_on(1, RAM_START - 4, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(psci_cpu_on(1, RAM_END, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(psci_cpu_on(1, SECURE_KERNEL_BASE, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(psci_cpu_on(1, ENTRY + 2, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(fake.wakes, 0);
	assert_int_equal(psci_affinity_info(1, 0), PSCI_AFFINITY_OFF);
}

static void the_last_cpu_may_not_stop(void **state)
{
	uint64_t entry;
	uint64_t context;

	(void)state;
	assert_false(psci_may_stop());
	assert_int_equal(psci_cpu_on(1, ENTRY, 0), PSCI_SUCCESS);
	assert_true(psci_take_wanted(1, &entry, &context));
	psci_started(1);
	assert_true(psci_may_stop());
	assert_false(psci_may_stop());
	psci_stopped(0);
	assert_int_equal(psci_affinity_info(0, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(psci_cpu_on(0, ENTRY, 0), PSCI_SUCCESS);
}

static void more_cpus_than_there_is_room_for_stay_unknown(void **state)
{
	(void)state;
	psci_init(CPUS_MAX + 3, RAM_START, RAM_END);
	assert_int_equal(psci_affinity_info(CPUS_MAX - 1, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(psci_affinity_info(CPUS_MAX, 0), PSCI_INVALID_PARAMETERS);
}

static void power_states_with_reserved_bits_or_levels_are_refused(void **state)
{
	(void)state;
	assert_int_equal(psci_power_state_check(0), PSCI_SUCCESS);
	assert_int_equal(psci_power_state_check(PSCI_POWER_STATE_DOWN | 0xFFFF), PSCI_SUCCESS);
	assert_int_equal(psci_power_state_check(0x01000000), PSCI_INVALID_PARAMETERS);
	assert_int_equal(psci_power_state_check(0x80000000), PSCI_INVALID_PARAMETERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_cpu_is_on_and_the_others_are_off, two_cpus),
		cmocka_unit_test_setup(cpu_on_wakes_the_cpu_and_hands_over_where_to_begin,
				       two_cpus),
		cmocka_unit_test_setup(a_cpu_is_turned_on_once, two_cpus),
		cmocka_unit_test_setup(a_bad_target_or_entry_wakes_nobody, two_cpus),
		cmocka_unit_test_setup(the_last_cpu_may_not_stop, two_cpus),
		cmocka_unit_test_setup(more_cpus_than_there_is_room_for_stay_unknown, two_cpus),
		cmocka_unit_test_setup(power_states_with_reserved_bits_or_levels_are_refused,
				       two_cpus),
	};

	return cmocka_run_group_tests_name("monitor/psci", tests, NULL, NULL);
}
