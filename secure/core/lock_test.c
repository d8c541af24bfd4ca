/* Promises of lock.h. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/core/lock.h"

#define CPUS   4u
#define ROUNDS 2000u

static struct spinlock session = SPINLOCK(LOCK_SESSION);
static struct spinlock shm = SPINLOCK(LOCK_SHM);
static struct spinlock other_shm = SPINLOCK(LOCK_SHM);
static struct spinlock console = SPINLOCK(LOCK_LOG);

static int setup(void **state)
{
	fake_reset();
	return 0;
}

static void the_depth_counts_what_this_cpu_holds(void **state)
{
	struct spinlock_held a;
	struct spinlock_held b;

	assert_int_equal(lock_depth(), 0);
	a = spinlock_take(&session);
	assert_int_equal(lock_depth(), 1);
	b = spinlock_take(&console);
	assert_int_equal(lock_depth(), 2);
	fake_cpu_set(1);
	assert_int_equal(lock_depth(), 0);
	fake_cpu_set(0);
	spinlock_release(&b);
	spinlock_release(&a);
	assert_int_equal(lock_depth(), 0);
}

static void a_release_forgets_the_lock(void **state)
{
	struct spinlock_held held = spinlock_take(&session);

	assert_ptr_equal(held.lock, &session);
	spinlock_release(&held);
	assert_null(held.lock);
}

static void foreign_interrupts_stay_off_until_the_last_release(void **state)
{
	struct spinlock_held a = spinlock_take(&session);
	struct spinlock_held b = spinlock_take(&shm);

	assert_true(fake_interrupts_off() > 0);
	spinlock_release(&b);
	assert_true(fake_interrupts_off() > 0);
	spinlock_release(&a);
	assert_int_equal(fake_interrupts_off(), 0);
}

static void a_lock_may_be_taken_again_once_released(void **state)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct spinlock_held held = spinlock_take(&shm);

		spinlock_release(&held);
		held = spinlock_take(&other_shm);
		spinlock_release(&held);
	}
}

static uint64_t shared[2];

static void *cpu_main(void *arg)
{
	fake_cpu_set((unsigned int)(uintptr_t)arg);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct spinlock_held held = spinlock_take(&session);

		shared[0]++;
		shared[1] = shared[0];
		spinlock_release(&held);
	}
	return NULL;
}

static void one_cpu_at_a_time_holds_a_lock(void **state)
{
	pthread_t cpus[CPUS];

	for (uintptr_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_create(&cpus[i], NULL, cpu_main, (void *)i), 0);
	}
	for (unsigned int i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_join(cpus[i], NULL), 0);
	}
	assert_int_equal(shared[0], CPUS * ROUNDS);
	assert_int_equal(shared[1], CPUS * ROUNDS);
}

static void take_upwards(void)
{
	struct spinlock_held a = spinlock_take(&console);
	struct spinlock_held b = spinlock_take(&shm);

	spinlock_release(&b);
	spinlock_release(&a);
}

static void take_twice(void)
{
	struct spinlock_held a = spinlock_take(&shm);

	spinlock_take(&shm);
	spinlock_release(&a);
}

static void take_two_of_one_rank(void)
{
	struct spinlock_held a = spinlock_take(&shm);
	struct spinlock_held b = spinlock_take(&other_shm);

	spinlock_release(&b);
	spinlock_release(&a);
}

static void release_twice(void)
{
	struct spinlock_held held = spinlock_take(&shm);

	spinlock_release(&held);
	spinlock_release(&held);
}

static void release_on_another_cpu(void)
{
	struct spinlock_held held = spinlock_take(&shm);

	fake_cpu_set(1);
	spinlock_release(&held);
}

static const struct fake_panic panics[] = {
	{ "take_upwards", take_upwards },
	{ "take_twice", take_twice },
	{ "take_two_of_one_rank", take_two_of_one_rank },
	{ "release_twice", release_twice },
	{ "release_on_another_cpu", release_on_another_cpu },
};

static void taking_a_lock_of_a_lower_or_equal_rank_panics(void **state)
{
	fake_panic_expect("take_upwards", "lock.c");
	fake_panic_expect("take_twice", "lock.c");
	fake_panic_expect("take_two_of_one_rank", "lock.c");
}

static void releasing_what_is_not_held_panics(void **state)
{
	fake_panic_expect("release_twice", "lock != NULL");
	fake_panic_expect("release_on_another_cpu", "lock.c");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_depth_counts_what_this_cpu_holds, setup),
		cmocka_unit_test_setup(a_release_forgets_the_lock, setup),
		cmocka_unit_test_setup(foreign_interrupts_stay_off_until_the_last_release, setup),
		cmocka_unit_test_setup(a_lock_may_be_taken_again_once_released, setup),
		cmocka_unit_test_setup(one_cpu_at_a_time_holds_a_lock, setup),
		cmocka_unit_test_setup(taking_a_lock_of_a_lower_or_equal_rank_panics, setup),
		cmocka_unit_test_setup(releasing_what_is_not_held_panics, setup),
	};

	fake_panics_serve(panics, array_size(panics), argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
