#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/psci.h"
#include "monitor/dispatch.h"
#include "monitor/fake_machine.h"
#include "monitor/psci.h"

#define RAM_START 0x40000000ull
#define RAM_END	  0x80000000ull
#define ENTRY	  0x42200000ull
#define IMAGE	  0x0E100000ull
#define TREE	  0x40000000ull
#define VECTORS	  0x0E100040ull
#define ESR_FP	  (0x07ull << 26)

static const struct features given = {
	.scr_normal = SCR_NS | SCR_FIQ,
	.scr_secure = SCR_ST,
	.cptr_normal = CPTR_EZ,
	.cptr_secure = CPTR_TFP,
};

static struct cpu cpu;

static void log_is(const char *wanted)
{
	assert_string_equal(fake.log, wanted);
	fake.logged = 0;
	fake.log[0] = '\0';
	for (size_t i = 0; i < sizeof(fake.log); i++) {
		fake.log[i] = '\0';
	}
}

static struct world *secure_says(uint64_t id, uint64_t argument)
{
	cpu.secure.x[0] = id;
	cpu.secure.x[1] = argument;
	return monitor_lower(&cpu, &cpu.secure, LOWER_REASON_SMC);
}

static struct world *normal_asks(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3)
{
	cpu.normal.x[0] = id;
	cpu.normal.x[1] = a1;
	cpu.normal.x[2] = a2;
	cpu.normal.x[3] = a3;
	return monitor_lower(&cpu, &cpu.normal, LOWER_REASON_SMC);
}

static int before_the_secure_kernel(void **state)
{
	(void)state;
	fake_reset();
	psci_init(2, RAM_START, RAM_END);
	dispatch_init(&given);
	dispatch_cpu_init(&cpu, 0, ENTRY, TREE);
	return 0;
}

static int with_secure_kernel(void **state)
{
	before_the_secure_kernel(state);
	dispatch_boot(&cpu, IMAGE, TREE);
	secure_says(OPTEED_RETURN_ENTRY_DONE, VECTORS);
	log_is("SsbN");
	return 0;
}

/* A second one, so that the first may stop. */
static int with_two_cpus(void **state)
{
	uint64_t entry;
	uint64_t context;

	with_secure_kernel(state);
	assert_int_equal(psci_cpu_on(1, ENTRY, 0), PSCI_SUCCESS);
	assert_true(psci_take_wanted(1, &entry, &context));
	psci_started(1);
	fake.wakes = 0;
	return 0;
}

static void the_secure_kernel_starts_with_the_device_tree_in_x2(void **state)
{
	struct world *world = dispatch_boot(&cpu, IMAGE, TREE);

	(void)state;
	assert_ptr_equal(world, &cpu.secure);
	assert_int_equal(world->elr, IMAGE);
	assert_int_equal(world->spsr, SPSR_SECURE);
	assert_int_equal(world->scr, given.scr_secure);
	assert_int_equal(world->x[0], 0);
	assert_int_equal(world->x[1], 0);
	assert_int_equal(world->x[2], TREE);
	assert_int_equal(world->x[3], 0);
	log_is("S");
}

static void the_normal_world_starts_after_entry_done(void **state)
{
	struct world *world;

	(void)state;
	dispatch_boot(&cpu, IMAGE, TREE);
	world = secure_says(OPTEED_RETURN_ENTRY_DONE, VECTORS);
	assert_ptr_equal(world, &cpu.normal);
	assert_int_equal(world->elr, ENTRY);
	assert_int_equal(world->x[0], TREE);
	assert_int_equal(world->x[1], 0);
	assert_int_equal(cpu.vectors, VECTORS);
	assert_true(fake.secure_kernel_runs);
}

static void a_secure_kernel_that_cannot_start_is_never_called(void **state)
{
	(void)state;
	dispatch_boot(&cpu, IMAGE, TREE);
	assert_ptr_equal(secure_says(OPTEED_RETURN_ENTRY_DONE, 0), &cpu.normal);
	assert_false(fake.secure_kernel_runs);
	assert_int_equal(cpu.vectors, 0);
	/* PSCI works without it. */
	assert_int_equal(fake_leaves(normal_asks(PSCI_SYSTEM_OFF, 0, 0, 0)), FAKE_END_STOPPED);
}

static void an_answer_that_was_not_asked_for_stops_the_machine(void **state)
{
	(void)state;
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_ON_DONE, 0)), FAKE_END_PANIC);
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_FIQ_DONE, 0)), FAKE_END_PANIC);
	assert_int_equal(fake_leaves(secure_says(0xBE000009u, 0)), FAKE_END_PANIC);
	assert_int_equal(fake_leaves(secure_says(PSCI_VERSION, 0)), FAKE_END_PANIC);
}

static void call_done_is_no_answer_to_a_visit(void **state)
{
	(void)state;
	monitor_lower(&cpu, &cpu.normal, LOWER_REASON_FIQ);
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_CALL_DONE, 0)), FAKE_END_PANIC);
}

static void a_call_that_used_the_vectors_gives_them_back(void **state)
{
	(void)state;
	fake.esr = ESR_FP;
	cpu.normal.x[4] = 44;
	assert_ptr_equal(monitor_lower(&cpu, &cpu.secure, LOWER_REASON_OTHER), &cpu.secure);
	assert_int_equal(cpu.fp_lent, 1);
	assert_int_equal(cpu.secure.cptr & CPTR_TFP, 0);
	log_is("f");
	for (unsigned int i = 2; i <= 5; i++) {
		cpu.secure.x[i] = i;
	}
	assert_ptr_equal(secure_says(OPTEED_RETURN_CALL_DONE, 1), &cpu.normal);
	assert_int_equal(cpu.normal.x[0], 1);
	assert_int_equal(cpu.normal.x[3], 4);
	assert_int_equal(cpu.normal.x[4], 44);
	assert_int_equal(cpu.fp_lent, 0);
	assert_int_equal(cpu.secure.cptr, given.cptr_secure);
	log_is("sFN");
}

static void other_exceptions_of_the_secure_kernel_stop_the_machine(void **state)
{
	(void)state;
	fake.esr = 0x25ull << 26;
	assert_int_equal(fake_leaves(monitor_lower(&cpu, &cpu.secure, LOWER_REASON_OTHER)),
			 FAKE_END_PANIC);
	assert_int_equal(fake_leaves(monitor_lower(&cpu, &cpu.secure, LOWER_REASON_SERROR)),
			 FAKE_END_PANIC);
}

static void a_secure_interrupt_is_shown_where_the_normal_world_was(void **state)
{
	struct world *world;

	(void)state;
	cpu.normal.elr = 0x1234;
	world = monitor_lower(&cpu, &cpu.normal, LOWER_REASON_FIQ);
	assert_ptr_equal(world, &cpu.secure);
	assert_int_equal(world->elr, VECTORS + OPTEED_VECTOR_FIQ);
	assert_int_equal(world->x[0], 0x1234);
	log_is("nS");
	assert_ptr_equal(secure_says(OPTEED_RETURN_FIQ_DONE, 0), &cpu.normal);
	assert_int_equal(cpu.normal.elr, 0x1234);
	/* By the convention nothing of the secure world is saved. */
	log_is("N");
}

static void a_late_wake_up_goes_no_further(void **state)
{
	(void)state;
	fake.wakes = 1;
	assert_ptr_equal(monitor_lower(&cpu, &cpu.normal, LOWER_REASON_FIQ), &cpu.normal);
	log_is("");
}

static void a_cpu_that_is_turned_on_visits_the_secure_kernel(void **state)
{
	struct world *world;

	(void)state;
	dispatch_cpu_init(&cpu, 1, ENTRY, 99);
	assert_int_equal(psci_cpu_on(1, ENTRY, 99), PSCI_SUCCESS);
	world = dispatch_on(&cpu);
	assert_ptr_equal(world, &cpu.secure);
	assert_int_equal(world->elr, VECTORS + OPTEED_VECTOR_CPU_ON);
	assert_int_equal(cpu.vectors, 0);
	assert_int_equal(psci_affinity_info(1, 0), PSCI_AFFINITY_ON_PENDING);
	world = secure_says(OPTEED_RETURN_ON_DONE, 0);
	assert_ptr_equal(world, &cpu.normal);
	assert_int_equal(world->elr, ENTRY);
	assert_int_equal(world->x[0], 99);
	assert_int_equal(cpu.vectors, VECTORS);
	assert_int_equal(psci_affinity_info(1, 0), PSCI_AFFINITY_ON);
}

static void a_refused_visit_stops_the_machine(void **state)
{
	(void)state;
	dispatch_on(&cpu);
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_ON_DONE, 1)), FAKE_END_PANIC);
}

static void a_cpu_that_is_turned_off_visits_and_parks(void **state)
{
	(void)state;
	assert_ptr_equal(normal_asks(PSCI_CPU_OFF, 0, 0, 0), &cpu.secure);
	assert_int_equal(cpu.secure.elr, VECTORS + OPTEED_VECTOR_CPU_OFF);
	assert_int_equal(psci_affinity_info(0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_OFF_DONE, 0)), FAKE_END_PARKED);
	assert_int_equal(psci_affinity_info(0, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(cpu.vectors, 0);
}

static void the_last_cpu_stays_on(void **state)
{
	(void)state;
	assert_ptr_equal(normal_asks(PSCI_CPU_OFF, 0, 0, 0), &cpu.normal);
	assert_int_equal((int64_t)cpu.normal.x[0], PSCI_DENIED);
	log_is("");
}

static void a_suspend_that_powers_down_goes_on_at_its_entry(void **state)
{
	struct world *world;

	(void)state;
	world = normal_asks(PSCI_CPU_SUSPEND_64, PSCI_POWER_STATE_DOWN, ENTRY + 64, 7);
	assert_ptr_equal(world, &cpu.secure);
	assert_int_equal(world->elr, VECTORS + OPTEED_VECTOR_CPU_SUSPEND);
	world = secure_says(OPTEED_RETURN_SUSPEND_DONE, 0);
	assert_ptr_equal(world, &cpu.secure);
	assert_int_equal(world->elr, VECTORS + OPTEED_VECTOR_CPU_RESUME);
	world = secure_says(OPTEED_RETURN_RESUME_DONE, 0);
	assert_ptr_equal(world, &cpu.normal);
	assert_int_equal(world->elr, ENTRY + 64);
	assert_int_equal(world->x[0], 7);
	log_is("SswSscN");
}

static void a_standby_waits_and_returns(void **state)
{
	(void)state;
	assert_ptr_equal(normal_asks(PSCI_CPU_SUSPEND_64, 0, 0, 0), &cpu.normal);
	assert_int_equal((int64_t)cpu.normal.x[0], PSCI_SUCCESS);
	log_is("w");
}

static void a_suspend_into_nowhere_is_refused(void **state)
{
	(void)state;
	normal_asks(PSCI_CPU_SUSPEND_64, PSCI_POWER_STATE_DOWN, IMAGE, 0);
	assert_int_equal((int64_t)cpu.normal.x[0], PSCI_INVALID_ADDRESS);
	normal_asks(PSCI_CPU_SUSPEND_64, 0x00FE0000u, ENTRY, 0);
	assert_int_equal((int64_t)cpu.normal.x[0], PSCI_INVALID_PARAMETERS);
	log_is("");
}

static void off_and_reset_visit_first(void **state)
{
	(void)state;
	assert_ptr_equal(normal_asks(PSCI_SYSTEM_OFF, 0, 0, 0), &cpu.secure);
	assert_int_equal(cpu.secure.elr, VECTORS + OPTEED_VECTOR_SYSTEM_OFF);
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_SYSTEM_OFF_DONE, 0)),
			 FAKE_END_STOPPED);
	assert_int_equal(fake.written_address, SECURE_GPIO_BASE + (4u << 0));
	assert_int_equal(fake.written_value, 1u << 0);
	assert_ptr_equal(normal_asks(PSCI_SYSTEM_RESET, 0, 0, 0), &cpu.secure);
	assert_int_equal(cpu.secure.elr, VECTORS + OPTEED_VECTOR_SYSTEM_RESET);
	assert_int_equal(fake_leaves(secure_says(OPTEED_RETURN_SYSTEM_RESET_DONE, 0)),
			 FAKE_END_STOPPED);
	assert_int_equal(fake.written_address, SECURE_GPIO_BASE + (4u << 1));
	assert_int_equal(fake.written_value, 1u << 1);
}

static void a_32_bit_call_has_32_bit_arguments(void **state)
{
	(void)state;
	normal_asks(PSCI_AFFINITY_INFO_32, 0xFFFFFFFF00000001ull, 0xFFFFFFFF00000000ull, 0);
	assert_int_equal(cpu.normal.x[0], PSCI_AFFINITY_OFF);
	normal_asks(PSCI_AFFINITY_INFO_64, 0xFFFFFFFF00000001ull, 0, 0);
	assert_int_equal((int64_t)cpu.normal.x[0], PSCI_INVALID_PARAMETERS);
}

static void versions_and_features_are_answered(void **state)
{
	(void)state;
	normal_asks(PSCI_VERSION, 0, 0, 0);
	assert_int_equal(cpu.normal.x[0], PSCI_VERSION_1_1);
	normal_asks(SMCCC_VERSION, 0, 0, 0);
	assert_int_equal(cpu.normal.x[0], SMCCC_VERSION_1_2);
	normal_asks(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0);
	assert_int_equal(cpu.normal.x[0], SMCCC_SUCCESS);
	normal_asks(SMCCC_ARCH_FEATURES, 0x80008000u, 0, 0);
	assert_int_equal((int64_t)cpu.normal.x[0], SMCCC_NOT_SUPPORTED);
	normal_asks(PSCI_FEATURES, PSCI_SYSTEM_RESET, 0, 0);
	assert_int_equal(cpu.normal.x[0], PSCI_SUCCESS);
	normal_asks(PSCI_FEATURES, 0x84000012u, 0, 0);
	assert_int_equal((int64_t)cpu.normal.x[0], PSCI_NOT_SUPPORTED);
	normal_asks(0x8400FFFFu, 0, 0, 0);
	assert_int_equal((int64_t)cpu.normal.x[0], SMCCC_NOT_SUPPORTED);
	log_is("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_secure_kernel_starts_with_the_device_tree_in_x2,
				       before_the_secure_kernel),
		cmocka_unit_test_setup(the_normal_world_starts_after_entry_done,
				       before_the_secure_kernel),
		cmocka_unit_test_setup(a_secure_kernel_that_cannot_start_is_never_called,
				       before_the_secure_kernel),
		cmocka_unit_test_setup(an_answer_that_was_not_asked_for_stops_the_machine,
				       with_secure_kernel),
		cmocka_unit_test_setup(call_done_is_no_answer_to_a_visit, with_secure_kernel),
		cmocka_unit_test_setup(a_call_that_used_the_vectors_gives_them_back,
				       with_secure_kernel),
		cmocka_unit_test_setup(other_exceptions_of_the_secure_kernel_stop_the_machine,
				       with_secure_kernel),
		cmocka_unit_test_setup(a_secure_interrupt_is_shown_where_the_normal_world_was,
				       with_secure_kernel),
		cmocka_unit_test_setup(a_late_wake_up_goes_no_further, with_secure_kernel),
		cmocka_unit_test_setup(a_cpu_that_is_turned_on_visits_the_secure_kernel,
				       with_secure_kernel),
		cmocka_unit_test_setup(a_refused_visit_stops_the_machine, with_secure_kernel),
		cmocka_unit_test_setup(a_cpu_that_is_turned_off_visits_and_parks, with_two_cpus),
		cmocka_unit_test_setup(the_last_cpu_stays_on, with_secure_kernel),
		cmocka_unit_test_setup(a_suspend_that_powers_down_goes_on_at_its_entry,
				       with_secure_kernel),
		cmocka_unit_test_setup(a_standby_waits_and_returns, with_secure_kernel),
		cmocka_unit_test_setup(a_suspend_into_nowhere_is_refused, with_secure_kernel),
		cmocka_unit_test_setup(off_and_reset_visit_first, with_secure_kernel),
		cmocka_unit_test_setup(a_32_bit_call_has_32_bit_arguments, with_secure_kernel),
		cmocka_unit_test_setup(versions_and_features_are_answered, with_secure_kernel),
	};

	return cmocka_run_group_tests_name("monitor/dispatch", tests, NULL, NULL);
}
