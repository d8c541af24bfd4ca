/* Everything at once, chosen by the seed: how many clients, who is killed, when the supplicant
 * dies, when memory runs out, when interrupts come. Nothing is held afterwards, and the next
 * client notices nothing.
 *
 * SIM_SEEDS=FIRST-LAST in the environment runs others than the usual seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "abi/smc.h"
#include "sim/chance.h"
#include "sim/fault.h"
#include "sim/gate.h"
#include "sim/port.h"
#include "sim/supplicant.h"
#include "sim/task.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED_FIRST  1000u
#define SEED_LAST   1150u
#define CLIENTS_MAX 5u

struct visitor {
	struct world *world;
	struct task *task;
	struct tour tour;
	bool done;
};

struct chaos {
	struct chance chance;
	struct world *world;
	struct visitor visitors[CLIENTS_MAX];
	unsigned int count;
	bool supplicant_mortal;
};

static void visitor_main(void *arg)
{
	struct visitor *visitor = arg;

	tour_run(visitor->world, &visitor->tour);
	visitor->done = true;
}

/* One in `odds`. */
static bool happens(struct chaos *chaos, uint64_t odds)
{
	return chance_below(&chaos->chance, odds) == 0;
}

static enum supplicant_deed supplicant_suffers(void *arg, struct supplicant_answer *answer)
{
	struct chaos *chaos = arg;

	if (!chaos->supplicant_mortal || !happens(chaos, 40)) {
		return SUPPLICANT_SEND;
	}
	return happens(chaos, 2) ? SUPPLICANT_DIE : SUPPLICANT_SEND_AND_DIE;
}

static void somebody_is_killed(void *arg)
{
	struct chaos *chaos = arg;
	struct visitor *visitor = &chaos->visitors[chance_below(&chaos->chance, chaos->count)];

	if (happens(chaos, 4)) {
		supplicant_die(chaos->world->supplicant);
		return;
	}
	if (visitor->task != NULL && !visitor->done) {
		task_kill(visitor->task);
	}
}

static struct world *chaos_begin(struct chaos *chaos, uint64_t seed)
{
	struct world_options options = {
		.threads = (unsigned int)chance_below(&chaos->chance, 4) + 1,
		.hidden_capabilities = happens(chaos, 3) ? SMC_SEC_CAP_RPC_ARG : 0,
		.supplicant = {
			.plain = happens(chaos, 4),
			.workers = (unsigned int)chance_below(&chaos->chance, 4) + 1,
			.meddle = supplicant_suffers,
			.arg = chaos,
		},
	};

	return world_new(seed, tour_scripts, &options);
}

static void disturb(struct chaos *chaos)
{
	port_interrupt_every((unsigned int)chance_below(&chaos->chance, 7));
	chaos->supplicant_mortal = happens(chaos, 2);
	/* Not both: a request that gives something back outlives its killed client in memory of its
	 * own, and without that the supplicant is not told. */
	if (happens(chaos, 2)) {
		gate_at(chance_below(&chaos->chance, 200) + 8, somebody_is_killed, chaos);
	} else if (happens(chaos, 2)) {
		fault_begin((unsigned int)chance_below(&chaos->chance, 300),
			    (unsigned int)chance_below(&chaos->chance, 8) + 1);
	}
}

static void visitors_run(struct chaos *chaos)
{
	chaos->count = (unsigned int)chance_below(&chaos->chance, CLIENTS_MAX) + 1;
	for (unsigned int i = 0; i < chaos->count; i++) {
		chaos->visitors[i].world = chaos->world;
		chaos->visitors[i].task = task_start("client", visitor_main, &chaos->visitors[i]);
	}
	for (unsigned int i = 0; i < chaos->count; i++) {
		task_join(chaos->visitors[i].task);
	}
}

static void live(uint64_t seed)
{
	struct chaos chaos = { .count = 0 };
	struct tour tour;

	chance_begin(&chaos.chance, seed, CHANCE_SCENARIO);
	chaos.world = chaos_begin(&chaos, seed);
	trouble_step("SIM_SEEDS=%llu-%llu", (unsigned long long)seed, (unsigned long long)seed);
	disturb(&chaos);
	visitors_run(&chaos);
	(void)fault_end();
	gate_at(0, NULL, NULL);
	chaos.supplicant_mortal = false;
	while (!supplicant_lives(chaos.world->supplicant)) {
		task_yield();
	}
	tour_run(chaos.world, &tour);
	expect(tour_is_perfect(&tour));
	world_free(chaos.world);
}

static void nothing_is_held_whatever_happens(void **state)
{
	unsigned long long first = SEED_FIRST;
	unsigned long long last = SEED_LAST;
	const char *seeds = getenv("SIM_SEEDS");

	if (seeds != NULL && sscanf(seeds, "%llu-%llu", &first, &last) != 2) {
		trouble("SIM_SEEDS is FIRST-LAST");
	}
	for (uint64_t seed = first; seed <= last; seed++) {
		live(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_held_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
