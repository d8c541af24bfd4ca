/* Each party dies at each step, while a call is in flight: the others end the call with an
 * error, and hold nothing of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "normal/driver/driver.h"
#include "sim/gate.h"
#include "sim/supplicant.h"
#include "sim/task.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED	 60u
/* No call takes longer, in virtual time, than the tour's waiting and this. */
#define BOUND_NS 2000000000ull

/* --- The supplicant --------------------------------------------------------------------------- */

struct fate {
	unsigned int number; /* of the request */
	enum supplicant_deed deed;
	unsigned int requests; /* that there were */
};

static enum supplicant_deed meet_fate(void *arg, struct supplicant_answer *answer)
{
	struct fate *fate = arg;

	fate->requests++;
	return answer->number == fate->number ? fate->deed : SUPPLICANT_SEND;
}

/* Whatever came before, the next client notices nothing of it. */
static void tour_after(struct world *world)
{
	struct tour tour;

	tour_run(world, &tour);
	expect(tour_is_perfect(&tour));
}

static void tour_with_fate(struct fate *fate, const struct world_options *model)
{
	struct world_options options = *model;
	struct world *world;
	struct tour tour;
	uint64_t begun;

	options.supplicant.meddle = meet_fate;
	options.supplicant.arg = fate;
	fate->requests = 0;
	world = world_new(SEED, tour_scripts, &options);
	trouble_step("the supplicant dies %s request %u",
		     fate->deed == SUPPLICANT_DIE ? "of" : "after", fate->number);
	begun = task_time_ns();
	tour_run(world, &tour);
	expect(task_time_ns() - begun < BOUND_NS);
	tour_after(world);
	world_free(world);
}

static void die_at_each(enum supplicant_deed deed, const struct world_options *options)
{
	struct fate fate = { .deed = SUPPLICANT_SEND, .number = UINT32_MAX };
	unsigned int requests;

	tour_with_fate(&fate, options);
	requests = fate.requests / 2;
	expect(requests > 20);
	fate.deed = deed;
	for (fate.number = 0; fate.number < requests; fate.number++) {
		tour_with_fate(&fate, options);
	}
}

static void a_supplicant_that_dies_of_a_request_fails_it(void **state)
{
	const struct world_options options = { 0 };

	die_at_each(SUPPLICANT_DIE, &options);
}

static void a_supplicant_that_dies_after_an_answer_is_replaced(void **state)
{
	const struct world_options options = { 0 };

	die_at_each(SUPPLICANT_SEND_AND_DIE, &options);
}

static void a_supplicant_without_meta_dies_likewise(void **state)
{
	const struct world_options options = { .supplicant.plain = true };

	die_at_each(SUPPLICANT_DIE, &options);
}

/* --- The supplicant, for good, and the client that waits for the next ------------------------- */

struct visitor {
	struct world *world;
	struct task *task;
	struct tour tour;
	bool done;
};

static void visitor_main(void *arg)
{
	struct visitor *visitor = arg;

	tour_run(visitor->world, &visitor->tour);
	visitor->done = true;
}

/* When nobody can go on any more, somebody presses Ctrl-C. */
static bool interrupt_visitor(void *arg)
{
	struct visitor *visitor = arg;

	if (visitor->done || task_killed(visitor->task)) {
		return false;
	}
	task_kill(visitor->task);
	return true;
}

static void tour_interrupted(struct world *world)
{
	struct visitor visitor = { .world = world };

	visitor.task = task_start("client", visitor_main, &visitor);
	task_on_deadlock(interrupt_visitor, &visitor);
	task_join(visitor.task);
	task_on_deadlock(NULL, NULL);
}

static void a_client_can_be_interrupted_where_no_supplicant_comes_back(void **state)
{
	struct fate fate = { .deed = SUPPLICANT_SEND, .number = UINT32_MAX };
	const struct world_options options = {
		.supplicant = {
			.meddle = meet_fate,
			.arg = &fate,
			.stays_dead = true,
		},
	};
	bool died = true;

	for (fate.number = 0; died; fate.number++) {
		struct world *world = world_new(SEED, tour_scripts, &options);

		fate.requests = 0;
		fate.deed = fate.number % 2 == 0 ? SUPPLICANT_DIE : SUPPLICANT_SEND_AND_DIE;
		trouble_step("the supplicant dies at request %u and stays dead", fate.number);
		tour_interrupted(world);
		died = fate.requests > fate.number;
		/* Then there is one again. */
		supplicant_revive(world->supplicant);
		if (died) {
			tour_after(world);
		}
		world_free(world);
	}
	expect(fate.number > 20);
}

static void without_a_supplicant_a_client_waits_until_interrupted(void **state)
{
	const struct world_options options = { .no_supplicant = true };

	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world *world = world_new(seed, tour_scripts, &options);

		tour_interrupted(world);
		world_free(world);
	}
}

/* --- The client ------------------------------------------------------------------------------- */

static void kill_visitor(void *arg)
{
	struct visitor *visitor = arg;

	if (visitor->task != NULL) {
		task_kill(visitor->task);
	}
}

/* Returns the world switches of the whole tour. */
static uint64_t tour_with_kill(uint64_t number)
{
	struct world *world = world_new(SEED, tour_scripts, NULL);
	struct visitor visitor = { .world = world };
	uint64_t begun = task_time_ns();
	uint64_t switches;

	trouble_step("the client is killed at world switch %llu", (unsigned long long)number);
	visitor.task = task_start("client", visitor_main, &visitor);
	gate_at(number, kill_visitor, &visitor);
	task_join(visitor.task);
	switches = gate_count();
	expect(task_time_ns() - begun < BOUND_NS);
	tour_after(world);
	world_free(world);
	return switches;
}

static void a_client_may_be_killed_at_any_moment(void **state)
{
	uint64_t switches = tour_with_kill(0);

	expect(switches > 50);
	for (uint64_t number = 1; number <= switches; number++) {
		(void)tour_with_kill(number);
	}
}

/* --- The secure world ------------------------------------------------------------------------- */

struct watch {
	struct world *world;
	struct task *task;
};

static void driver_hears(void *arg)
{
	struct watch *watch = arg;

	driver_dead(watch->world->driver);
}

/* The daemon sees its process end a moment later. */
static void secure_world_dies(void *arg)
{
	struct watch *watch = arg;

	watch->task = task_start("watch", driver_hears, watch);
	expect(watch->task != NULL);
	gate_die();
}

static uint64_t visits_with_death(uint64_t seed, uint64_t number)
{
	struct world *world = world_new(seed, tour_scripts, NULL);
	struct visitor visitors[2] = { { .world = world }, { .world = world } };
	struct watch watch = { .world = world };
	uint64_t begun = task_time_ns();
	uint64_t switches;

	trouble_step("the secure world dies at world switch %llu", (unsigned long long)number);
	gate_at(number, secure_world_dies, &watch);
	for (size_t i = 0; i < array_size(visitors); i++) {
		visitors[i].task = task_start("client", visitor_main, &visitors[i]);
	}
	for (size_t i = 0; i < array_size(visitors); i++) {
		task_join(visitors[i].task);
	}
	switches = gate_count();
	if (watch.task != NULL) {
		task_join(watch.task);
	}
	expect(task_time_ns() - begun < BOUND_NS);
	world_free_hostile(world);
	return switches;
}

static void when_the_secure_world_dies_every_call_ends(void **state)
{
	uint64_t switches = visits_with_death(SEED, 0);

	expect(switches > 100);
	/* The first ones are the driver's own. */
	for (uint64_t number = 8; number <= switches; number++) {
		(void)visits_with_death(SEED + number % 8, number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_supplicant_that_dies_of_a_request_fails_it),
		cmocka_unit_test(a_supplicant_that_dies_after_an_answer_is_replaced),
		cmocka_unit_test(a_supplicant_without_meta_dies_likewise),
		cmocka_unit_test(a_client_can_be_interrupted_where_no_supplicant_comes_back),
		cmocka_unit_test(without_a_supplicant_a_client_waits_until_interrupted),
		cmocka_unit_test(a_client_may_be_killed_at_any_moment),
		cmocka_unit_test(when_the_secure_world_dies_every_call_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
