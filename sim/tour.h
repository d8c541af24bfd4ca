/* tour.h - a client that asks for everything once, and the TAs that it asks: the scenario that
 * other scenarios disturb.
 *
 * Undisturbed, all results are TEE_SUCCESS, every RPC command of the secure world crosses at
 * least once, and nothing is held at the end. Disturbed, each step still ends, with some result. */
#ifndef SIM_TOUR_H
#define SIM_TOUR_H

#include <stdint.h>

#include "abi/gp.h"
#include "sim/raw.h"
#include "sim/ta.h"
#include "sim/world.h"

enum tour_step {
	TOUR_ALLOC,
	TOUR_REGISTER,
	TOUR_OPEN,
	TOUR_VALUES,
	TOUR_MEMORY,
	TOUR_TIME,
	TOUR_WAIT,
	TOUR_KERNEL_MEMORY,
	TOUR_STORE,
	TOUR_RPMB,
	TOUR_SOCKET,
	TOUR_PLUGIN,
	TOUR_PROFILE,
	TOUR_CALL,
	TOUR_CANCEL,
	TOUR_CLOSE,
	TOUR_STEPS,
};

struct tour {
	TEE_Result results[TOUR_STEPS];
	/* The other outputs, boiled down. */
	uint64_t outputs;
};

/* `tour_guide` serves the tour and calls `tour_friend`. Both are single instances with any
 * number of sessions: the second client waits for the first. */
extern const struct ta_script tour_guide;
extern const struct ta_script tour_friend;
extern const struct ta_script *const tour_scripts[];

/* Take the tour as a client of its own, with the calling task. */
void tour_run(struct world *world, struct tour *tour);
/* The same by raw messages. Memory is not the client's but this normal world's. */
void tour_run_raw(struct raw *raw, struct tour *tour);

const char *tour_step_name(enum tour_step step);
bool tour_is_perfect(const struct tour *tour);
/* Ends the world with a message when two tours ended differently. */
void tour_expect_same(const struct tour *tour, const struct tour *other);

#endif
