/* Promises of wait.h. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "secure/core/check.h"
#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/lock.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/core/wait.h"

#define THREADS 6u
#define MS	1000000ull

static struct mutex mutex;
static struct condition condition;

/* One secure thread each, and what it did. */
struct actor {
	struct fake_call call;
	uint32_t timeout_ms;
	TEE_Result res;
	bool holds;
};

static struct actor actors[THREADS];
/* The actors in the order in which they got the mutex. */
static struct actor *order[64];
static size_t order_count;

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	thread_init(THREADS);
	mutex_init(&mutex);
	condition_init(&condition);
	memset(actors, 0, sizeof(actors));
	order_count = 0;
	return 0;
}

static int teardown(void **state)
{
	thread_reset();
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake.maps_live, 0);
	return 0;
}

/* --- What actors do -------------------------------------------------------------------------- */

/* Leave the secure world for something else. */
static void elsewhere(void)
{
	uint32_t unused[4];

	thread_suspend(SMC_RPC_FOREIGN_INTR, 0, 0, unused);
}

static void enter(struct actor *actor)
{
	for (size_t i = 0; i < THREADS; i++) {
		check(!actors[i].holds);
	}
	check(mutex_held(&mutex));
	actor->holds = true;
	order[order_count % array_size(order)] = actor;
	order_count++;
}

static void leave(struct actor *actor)
{
	actor->holds = false;
	mutex_unlock(&mutex);
}

static void work_lock(void *arg)
{
	mutex_lock(&mutex);
	enter(arg);
	elsewhere();
	leave(arg);
}

static void work_wait(void *arg)
{
	struct actor *actor = arg;

	mutex_lock(&mutex);
	enter(actor);
	actor->holds = false;
	actor->res = condition_wait(&condition, &mutex, actor->timeout_ms);
	enter(actor);
	leave(actor);
}

static void work_signal(void *arg)
{
	mutex_lock(&mutex);
	enter(arg);
	condition_signal(&condition);
	leave(arg);
}

static void work_broadcast(void *arg)
{
	mutex_lock(&mutex);
	enter(arg);
	condition_broadcast(&condition);
	elsewhere();
	leave(arg);
}

/* Run as far as it goes: until it ends, waits for a notification, or is elsewhere. */
static void advance(struct actor *actor)
{
	while (!fake_call_finished(&actor->call) &&
	       fake_call_rpc(&actor->call) != SMC_RPC_FOREIGN_INTR) {
		if (!fake_call_serve(&actor->call)) {
			return;
		}
	}
}

static void start(size_t i, void (*work)(void *arg))
{
	fake_call_start(&actors[i].call, work, &actors[i]);
	advance(&actors[i]);
}

/* It comes back from elsewhere. */
static void go_on(size_t i)
{
	assert_int_equal(fake_call_rpc(&actors[i].call), SMC_RPC_FOREIGN_INTR);
	fake_call_resume(&actors[i].call);
	advance(&actors[i]);
}

static bool is_asleep(size_t i)
{
	const struct fake_call *call = &actors[i].call;

	return !fake_call_finished(call) && fake_call_rpc(call) == SMC_RPC_CMD &&
	       fake_call_request(call)->cmd == RPC_CMD_NOTIFICATION &&
	       fake_call_request(call)->params[0].u.value.a == RPC_NOTIFICATION_WAIT;
}

static uint64_t asleep_for(size_t i)
{
	assert_true(is_asleep(i));
	return fake_call_request(&actors[i].call)->params[0].u.value.c;
}

/* It wakes with this result, whether or not anybody sent for it. */
static void wake(size_t i, TEE_Result res)
{
	assert_true(is_asleep(i));
	fake_call_request(&actors[i].call)->ret = res;
	fake_call_resume(&actors[i].call);
	advance(&actors[i]);
}

static void assert_order(const size_t *expected, size_t count)
{
	assert_int_equal(order_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(order[i], &actors[expected[i]]);
	}
}

/* --- Mutexes --------------------------------------------------------------------------------- */

static void work_lock_and_unlock(void *arg)
{
	for (unsigned int i = 0; i < 3; i++) {
		check(!mutex_held(&mutex));
		mutex_lock(&mutex);
		check(mutex_held(&mutex));
		mutex_unlock(&mutex);
	}
}

static void a_free_mutex_is_taken_without_leaving_the_secure_world(void **state)
{
	start(0, work_lock_and_unlock);
	assert_true(fake_call_finished(&actors[0].call));
	assert_int_equal(normal.rooms_made, 0);
}

/* covers: RPC_CMD_NOTIFICATION RPC_NOTIFICATION_WAIT RPC_NOTIFICATION_SEND */
static void who_finds_a_mutex_taken_sleeps_on_a_value_of_its_own(void **state)
{
	const struct msg_param *param;

	start(0, work_lock);
	start(1, work_lock);
	start(2, work_lock);
	for (size_t i = 1; i <= 2; i++) {
		assert_true(is_asleep(i));
		param = fake_call_request(&actors[i].call)->params;
		assert_int_equal(fake_call_request(&actors[i].call)->num_params, 1);
		assert_int_equal(param->attr, MSG_ATTR_TYPE_VALUE_INPUT);
		assert_int_equal(param->u.value.b, WAIT_VALUE_BASE + i);
		assert_int_equal(param->u.value.c, RPC_NOTIFICATION_FOREVER);
		assert_true(param->u.value.b <= wait_value_max());
	}
	for (size_t i = 0; i < 3; i++) {
		advance(&actors[i]);
		go_on(i);
	}
}

static void first_come_first_served(void **state)
{
	static const size_t expected[] = { 0, 3, 1, 5, 2, 4, 0 };

	for (size_t i = 0; i < 6; i++) {
		start(expected[i], work_lock);
	}
	go_on(0);
	/* The one who asks again is behind those who wait already. */
	assert_true(fake_call_finished(&actors[0].call));
	start(0, work_lock);
	assert_true(is_asleep(0));
	for (size_t i = 1; i < 7; i++) {
		advance(&actors[expected[i]]);
		go_on(expected[i]);
	}
	assert_order(expected, 7);
	assert_int_equal(normal.sends, 6);
}

static void a_mutex_is_handed_over_not_put_up_for_grabs(void **state)
{
	start(0, work_lock);
	start(1, work_lock);
	go_on(0);
	/* Number 1 was called and has not come yet. */
	assert_true(is_asleep(1));
	start(2, work_lock);
	assert_true(is_asleep(2));
	advance(&actors[1]);
	go_on(1);
	advance(&actors[2]);
	go_on(2);
	assert_order((const size_t[]){ 0, 1, 2 }, 3);
}

static void a_wake_up_may_come_before_the_sleeper_sleeps(void **state)
{
	start(0, work_lock);
	/* Queued, and not even in possession of room for its request. */
	fake_call_start(&actors[1].call, work_lock, &actors[1]);
	assert_int_equal(fake_call_rpc(&actors[1].call), SMC_RPC_ALLOC);
	go_on(0);
	assert_int_equal(normal.sends, 1);
	advance(&actors[1]);
	assert_true(actors[1].holds);
	go_on(1);
}

static void a_wake_up_for_no_reason_changes_nothing(void **state)
{
	start(0, work_lock);
	start(1, work_lock);
	start(2, work_lock);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 2; i >= 1; i--) {
			wake(i, TEE_SUCCESS);
			assert_true(is_asleep(i));
			/* Nor does an error that the normal world makes up. */
			wake(i, TEE_ERROR_BAD_PARAMETERS);
			assert_true(is_asleep(i));
			wake(i, TEE_ERROR_TIMEOUT);
			assert_true(is_asleep(i));
		}
	}
	for (size_t i = 0; i < 3; i++) {
		advance(&actors[i]);
		go_on(i);
	}
	assert_order((const size_t[]){ 0, 1, 2 }, 3);
}

static void a_sleeper_may_wake_before_it_is_sent_for(void **state)
{
	start(0, work_lock);
	start(1, work_lock);
	/* Number 0 has given the mutex away and is about to say so. */
	fake_call_resume(&actors[0].call);
	while (fake_call_rpc(&actors[0].call) != SMC_RPC_CMD) {
		fake_call_serve(&actors[0].call);
	}
	wake(1, TEE_SUCCESS);
	assert_true(actors[1].holds);
	go_on(1);
	assert_true(fake_call_finished(&actors[1].call));
	advance(&actors[0]);

	/* The wake-up came too late; the next sleep ends with it, for no reason. */
	start(0, work_lock);
	start(1, work_lock);
	assert_true(is_asleep(1));
	go_on(0);
	advance(&actors[1]);
	go_on(1);
	assert_order((const size_t[]){ 0, 1, 0, 1 }, 4);
}

static void work_try(void *arg)
{
	struct actor *actor = arg;

	actor->holds = mutex_trylock(&mutex);
	if (actor->holds) {
		check(mutex_held(&mutex));
		elsewhere();
		leave(actor);
	}
}

static void trying_never_sleeps(void **state)
{
	start(0, work_try);
	assert_true(actors[0].holds);
	start(1, work_try);
	assert_true(fake_call_finished(&actors[1].call));
	assert_false(actors[1].holds);
	go_on(0);
	assert_false(mutex_held(&mutex));
	start(1, work_try);
	assert_true(actors[1].holds);
	go_on(1);
}

static void a_sleeper_without_room_for_its_request_leaves_all_the_same(void **state)
{
	start(0, work_lock);
	normal.is_out_of_memory = true;
	start(1, work_lock);
	assert_int_equal(fake_call_rpc(&actors[1].call), SMC_RPC_FOREIGN_INTR);
	go_on(1);
	assert_int_equal(fake_call_rpc(&actors[1].call), SMC_RPC_FOREIGN_INTR);
	assert_false(actors[1].holds);
	normal.is_out_of_memory = false;
	go_on(0);
	go_on(1);
	assert_true(actors[1].holds);
	go_on(1);
	assert_int_equal(order_count, 2);
}

static void a_wake_up_is_sent_again_when_there_was_no_room_for_it(void **state)
{
	start(0, work_lock);
	start(1, work_lock);
	normal.is_out_of_memory = true;
	go_on(0);
	go_on(0);
	assert_int_equal(normal.sends, 0);
	normal.is_out_of_memory = false;
	go_on(0);
	assert_int_equal(normal.sends, 1);
	advance(&actors[1]);
	assert_true(actors[1].holds);
	go_on(1);
}

static void a_wake_up_that_cannot_be_sent_is_given_up_with_words(void **state)
{
	unsigned int tries = 0;

	start(0, work_lock);
	start(1, work_lock);
	normal.is_out_of_memory = true;
	while (!fake_call_finished(&actors[0].call)) {
		go_on(0);
		tries++;
		assert_true(tries < 1000);
	}
	assert_int_equal(normal.sends, 0);
	assert_non_null(strstr(fake.console, "thread 1 could not be woken"));
	/* Nothing is broken: the mutex is its own once it looks. */
	normal.is_out_of_memory = false;
	wake(1, TEE_SUCCESS);
	assert_true(actors[1].holds);
	go_on(1);
}

/* --- Conditions ------------------------------------------------------------------------------ */

static void waiting_gives_the_mutex_back_and_takes_it_again(void **state)
{
	start(0, work_wait);
	assert_true(is_asleep(0));
	assert_int_equal(asleep_for(0), RPC_NOTIFICATION_FOREVER);
	start(1, work_signal);
	assert_true(fake_call_finished(&actors[1].call));
	advance(&actors[0]);
	assert_true(fake_call_finished(&actors[0].call));
	assert_int_equal(actors[0].res, TEE_SUCCESS);
	assert_order((const size_t[]){ 0, 1, 0 }, 3);
}

static void a_signal_wakes_the_first_who_waits(void **state)
{
	start(2, work_wait);
	start(0, work_wait);
	start(1, work_wait);
	for (size_t i = 0; i < 3; i++) {
		start(5, work_signal);
		assert_int_equal(normal.sends, i + 1);
		advance(&actors[0]);
		advance(&actors[1]);
		advance(&actors[2]);
	}
	assert_order((const size_t[]){ 2, 0, 1, 5, 2, 5, 0, 5, 1 }, 9);
}

static void a_broadcast_wakes_all_in_their_order(void **state)
{
	start(2, work_wait);
	start(0, work_wait);
	start(1, work_wait);
	start(5, work_broadcast);
	/* Nobody is called before the mutex is free. */
	assert_int_equal(normal.sends, 0);
	assert_true(is_asleep(0) && is_asleep(1) && is_asleep(2));
	go_on(5);
	advance(&actors[2]);
	advance(&actors[0]);
	advance(&actors[1]);
	assert_order((const size_t[]){ 2, 0, 1, 5, 2, 0, 1 }, 7);
	assert_int_equal(normal.sends, 3);
}

static void work_signal_unlocked(void *arg)
{
	condition_signal(&condition);
	condition_broadcast(&condition);
}

static void a_signal_needs_no_mutex(void **state)
{
	start(0, work_wait);
	start(1, work_wait);
	start(2, work_wait);
	start(5, work_signal_unlocked);
	for (size_t i = 0; i < 3; i++) {
		advance(&actors[i]);
		assert_true(fake_call_finished(&actors[i].call));
		assert_int_equal(actors[i].res, TEE_SUCCESS);
	}
}

static void a_signal_for_nobody_is_forgotten(void **state)
{
	start(5, work_signal_unlocked);
	assert_true(fake_call_finished(&actors[5].call));
	assert_int_equal(normal.rooms_made, 0);
	start(0, work_wait);
	assert_true(is_asleep(0));
	start(1, work_signal);
	advance(&actors[0]);
	assert_true(fake_call_finished(&actors[0].call));
}

static void one_who_waits_for_a_condition_does_not_get_the_mutex(void **state)
{
	start(0, work_wait);
	start(1, work_lock);
	start(2, work_lock);
	go_on(1);
	assert_true(is_asleep(0));
	advance(&actors[2]);
	go_on(2);
	for (size_t i = 0; i < 3; i++) {
		wake(0, TEE_SUCCESS);
		assert_true(is_asleep(0));
	}
	start(1, work_signal);
	advance(&actors[0]);
	assert_order((const size_t[]){ 0, 1, 2, 1, 0 }, 5);
}

static void a_wait_that_nobody_ends_times_out(void **state)
{
	actors[0].timeout_ms = 250;
	start(0, work_wait);
	assert_int_equal(asleep_for(0), 250);
	wake(0, TEE_ERROR_TIMEOUT);
	assert_true(fake_call_finished(&actors[0].call));
	assert_int_equal(actors[0].res, TEE_ERROR_TIMEOUT);
	/* It is in no queue any more. */
	start(1, work_wait);
	start(2, work_signal);
	advance(&actors[1]);
	assert_true(fake_call_finished(&actors[1].call));
}

static void a_signal_in_time_counts_whatever_the_normal_world_says(void **state)
{
	actors[0].timeout_ms = 250;
	start(0, work_wait);
	start(1, work_signal);
	wake(0, TEE_ERROR_TIMEOUT);
	assert_true(fake_call_finished(&actors[0].call));
	assert_int_equal(actors[0].res, TEE_SUCCESS);
}

static void a_signalled_waiter_still_waits_for_the_mutex(void **state)
{
	actors[0].timeout_ms = 250;
	start(0, work_wait);
	start(1, work_broadcast);
	wake(0, TEE_ERROR_TIMEOUT);
	assert_int_equal(asleep_for(0), RPC_NOTIFICATION_FOREVER);
	go_on(1);
	advance(&actors[0]);
	assert_true(fake_call_finished(&actors[0].call));
	assert_int_equal(actors[0].res, TEE_SUCCESS);
}

static void one_that_timed_out_waits_for_the_mutex_too(void **state)
{
	actors[0].timeout_ms = 250;
	start(0, work_wait);
	start(1, work_lock);
	wake(0, TEE_ERROR_TIMEOUT);
	assert_int_equal(asleep_for(0), RPC_NOTIFICATION_FOREVER);
	go_on(1);
	advance(&actors[0]);
	assert_int_equal(actors[0].res, TEE_ERROR_TIMEOUT);
	assert_order((const size_t[]){ 0, 1, 0 }, 3);
}

static void a_wake_up_for_no_reason_does_not_end_a_wait_before_its_time(void **state)
{
	actors[0].timeout_ms = 250;
	start(0, work_wait);
	fake.time_ns += 99 * MS + 1;
	wake(0, TEE_SUCCESS);
	/* What is left, and never less. */
	assert_int_equal(asleep_for(0), 151);
	fake.time_ns += 150 * MS;
	wake(0, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(asleep_for(0), 1);
	fake.time_ns += MS;
	wake(0, TEE_SUCCESS);
	assert_true(fake_call_finished(&actors[0].call));
	assert_int_equal(actors[0].res, TEE_ERROR_TIMEOUT);
}

static void the_longest_wait_is_asked_for_as_it_is(void **state)
{
	actors[0].timeout_ms = UINT32_MAX;
	fake.time_ns = 77 * MS;
	start(0, work_wait);
	assert_int_equal(asleep_for(0), UINT32_MAX);
	start(1, work_signal);
	advance(&actors[0]);
	assert_int_equal(actors[0].res, TEE_SUCCESS);
}

static void the_largest_value_covers_every_thread(void **state)
{
	assert_int_equal(WAIT_VALUE_BASE, 64);
	assert_true(wait_value_max() >= WAIT_VALUE_BASE + THREADS - 1);
	assert_true(wait_value_max() <= SMC_NOTIF_VALUE_MAX_DEFAULT);
}

/* --- Many of them ---------------------------------------------------------------------------- */

static uint64_t chance_state;

static unsigned int chance(unsigned int below)
{
	chance_state = chance_state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)((chance_state >> 33) % below);
}

static unsigned int tokens;

static void work_give(void *arg)
{
	for (unsigned int i = 0; i < 10; i++) {
		work_lock(arg);
		mutex_lock(&mutex);
		enter(arg);
		tokens++;
		condition_signal(&condition);
		leave(arg);
	}
}

static void work_take(void *arg)
{
	struct actor *actor = arg;

	for (unsigned int i = 0; i < 10; i++) {
		mutex_lock(&mutex);
		enter(actor);
		while (tokens == 0) {
			actor->holds = false;
			(void)condition_wait(&condition, &mutex, i % 2 == 0 ? WAIT_FOREVER : 5);
			enter(actor);
		}
		tokens--;
		leave(actor);
	}
}

/* One step of a world that schedules, and lies, as the seed says. */
static void step(struct actor *actor)
{
	if (is_asleep((size_t)(actor - actors))) {
		if (chance(3) == 0) {
			/* Time over for some, a wake-up for no reason for others. */
			fake_call_request(&actor->call)->ret =
				chance(2) == 0 ? TEE_ERROR_TIMEOUT : TEE_SUCCESS;
			fake_call_resume(&actor->call);
			return;
		}
	}
	(void)fake_call_serve(&actor->call);
}

static bool all_finished(void)
{
	for (size_t i = 0; i < THREADS; i++) {
		if (!fake_call_finished(&actors[i].call)) {
			return false;
		}
	}
	return true;
}

/* Nobody holds the mutex twice (enter() sees to that), and no signal is lost. */
static void whatever_the_order_and_the_lies_nothing_breaks(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		chance_state = seed;
		fake_normal_reset();
		for (size_t i = 0; i < THREADS; i++) {
			fake_call_start(&actors[i].call, i % 2 == 0 ? work_give : work_take,
					&actors[i]);
		}
		for (unsigned int steps = 0; !all_finished(); steps++) {
			struct actor *actor = &actors[chance(THREADS)];

			if (steps == 100000) {
				print_error("seed %u\n", (unsigned int)seed);
				fail();
			}
			if (!fake_call_finished(&actor->call)) {
				step(actor);
			}
		}
		assert_int_equal(tokens, 0);
		assert_int_equal(normal.rooms_live, 0);
	}
}

/* --- CPUs at the same time ------------------------------------------------------------------- */

#define CPUS	   3u
#define CPU_ROUNDS 100u

static pthread_mutex_t driver = PTHREAD_MUTEX_INITIALIZER;
static bool running[THREADS];
static unsigned int ended;
static unsigned int shared;

static void work_share(void *arg)
{
	for (unsigned int i = 0; i < CPU_ROUNDS; i++) {
		mutex_lock(&mutex);
		shared++;
		if (i % 8 == 0) {
			elsewhere();
		}
		mutex_unlock(&mutex);
	}
}

/* The driver's half of a call, with its own lock held except while the secure world runs. False: it
 * sleeps and nobody sent for it. */
static bool driver_step(size_t i)
{
	struct fake_call *call = &actors[i].call;
	struct msg_arg *arg;
	bool served = true;

	if (fake_call_rpc(call) == SMC_RPC_CMD) {
		arg = fake_call_request(call);
		served = fake_notification_serve(arg);
	} else if (fake_call_rpc(call) != SMC_RPC_FOREIGN_INTR) {
		/* Room is asked for once a call; what follows is quick. */
		fake_call_serve(call);
		return true;
	}
	if (served) {
		pthread_mutex_unlock(&driver);
		fake_call_resume(call);
		pthread_mutex_lock(&driver);
	}
	return served;
}

static void driver_turn(size_t i)
{
	running[i] = true;
	while (!fake_call_finished(&actors[i].call) && driver_step(i)) {
	}
	running[i] = false;
	if (fake_call_finished(&actors[i].call)) {
		ended++;
	}
}

static void *cpu_main(void *arg)
{
	size_t i = (size_t)(uintptr_t)arg;

	fake_cpu_set((unsigned int)i);
	pthread_mutex_lock(&driver);
	while (ended < THREADS) {
		i = (i + 1) % THREADS;
		if (!running[i] && !fake_call_finished(&actors[i].call)) {
			driver_turn(i);
		}
		pthread_mutex_unlock(&driver);
		port_relax();
		pthread_mutex_lock(&driver);
	}
	pthread_mutex_unlock(&driver);
	return NULL;
}

static void threads_on_several_cpus_share_a_mutex(void **state)
{
	pthread_t cpus[CPUS];

	shared = 0;
	ended = 0;
	memset(running, 0, sizeof(running));
	for (size_t i = 0; i < THREADS; i++) {
		fake_call_start(&actors[i].call, work_share, &actors[i]);
		ended += fake_call_finished(&actors[i].call) ? 1 : 0;
	}
	for (uintptr_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_create(&cpus[i], NULL, cpu_main, (void *)i), 0);
	}
	for (size_t i = 0; i < CPUS; i++) {
		assert_int_equal(pthread_join(cpus[i], NULL), 0);
	}
	assert_int_equal(shared, THREADS * CPU_ROUNDS);
}

/* --- Panics ---------------------------------------------------------------------------------- */

static struct spinlock spinlock = SPINLOCK(LOCK_SESSION);

static void work_lock_twice(void *arg)
{
	mutex_lock(&mutex);
	mutex_lock(&mutex);
}

static void work_try_twice(void *arg)
{
	mutex_lock(&mutex);
	(void)!mutex_trylock(&mutex);
}

static void work_unlock(void *arg)
{
	mutex_unlock(&mutex);
}

static void work_wait_unlocked(void *arg)
{
	(void)condition_wait(&condition, &mutex, WAIT_FOREVER);
}

static void work_lock_in_spinlock(void *arg)
{
	spinlock_take(&spinlock);
	mutex_lock(&mutex);
}

static void run_alone(void (*work)(void *arg))
{
	setup(NULL);
	start(0, work);
}

static void lock_twice(void)
{
	run_alone(work_lock_twice);
}

static void try_twice(void)
{
	run_alone(work_try_twice);
}

static void unlock_what_is_free(void)
{
	run_alone(work_unlock);
}

static void unlock_what_is_anothers(void)
{
	run_alone(work_lock);
	start(1, work_unlock);
}

static void wait_without_the_mutex(void)
{
	run_alone(work_wait_unlocked);
}

static void lock_in_spinlock(void)
{
	run_alone(work_lock_in_spinlock);
}

static void lock_off_thread(void)
{
	setup(NULL);
	mutex_lock(&mutex);
}

static const struct fake_panic panics[] = {
	{ "lock_twice", lock_twice },
	{ "try_twice", try_twice },
	{ "unlock_what_is_free", unlock_what_is_free },
	{ "unlock_what_is_anothers", unlock_what_is_anothers },
	{ "wait_without_the_mutex", wait_without_the_mutex },
	{ "lock_in_spinlock", lock_in_spinlock },
	{ "lock_off_thread", lock_off_thread },
};

static void misuse_panics(void **state)
{
	fake_panic_expect("lock_twice", "owner != ");
	fake_panic_expect("try_twice", "owner != ");
	fake_panic_expect("unlock_what_is_free", "owner != NULL");
	fake_panic_expect("unlock_what_is_anothers", "owner == thread_current()");
	fake_panic_expect("wait_without_the_mutex", "owner");
	fake_panic_expect("lock_in_spinlock", "lock_depth() == 0");
	fake_panic_expect("lock_off_thread", "thread != NULL");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_free_mutex_is_taken_without_leaving_the_secure_world),
		TEST(who_finds_a_mutex_taken_sleeps_on_a_value_of_its_own),
		TEST(first_come_first_served),
		TEST(a_mutex_is_handed_over_not_put_up_for_grabs),
		TEST(a_wake_up_may_come_before_the_sleeper_sleeps),
		TEST(a_wake_up_for_no_reason_changes_nothing),
		TEST(a_sleeper_may_wake_before_it_is_sent_for),
		TEST(trying_never_sleeps),
		TEST(a_sleeper_without_room_for_its_request_leaves_all_the_same),
		TEST(a_wake_up_is_sent_again_when_there_was_no_room_for_it),
		TEST(a_wake_up_that_cannot_be_sent_is_given_up_with_words),
		TEST(waiting_gives_the_mutex_back_and_takes_it_again),
		TEST(a_signal_wakes_the_first_who_waits),
		TEST(a_broadcast_wakes_all_in_their_order),
		TEST(a_signal_needs_no_mutex),
		TEST(a_signal_for_nobody_is_forgotten),
		TEST(one_who_waits_for_a_condition_does_not_get_the_mutex),
		TEST(a_wait_that_nobody_ends_times_out),
		TEST(a_signal_in_time_counts_whatever_the_normal_world_says),
		TEST(a_signalled_waiter_still_waits_for_the_mutex),
		TEST(one_that_timed_out_waits_for_the_mutex_too),
		TEST(a_wake_up_for_no_reason_does_not_end_a_wait_before_its_time),
		TEST(the_longest_wait_is_asked_for_as_it_is),
		TEST(the_largest_value_covers_every_thread),
		TEST(whatever_the_order_and_the_lies_nothing_breaks),
		TEST(threads_on_several_cpus_share_a_mutex),
		cmocka_unit_test(misuse_panics),
	};

	fake_panics_serve(panics, array_size(panics), argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
