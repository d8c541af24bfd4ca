/* chance.h - all that is random in a simulated world comes from one seed (splitmix64).
 *
 * The same seed and the same calls give the same numbers on every machine. */
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include <stddef.h>
#include <stdint.h>

struct chance {
	uint64_t state;
};

/* Streams of one seed that do not influence one another: a scenario that asks for one more random
 * number does not change who is scheduled. */
enum chance_stream {
	CHANCE_SCHEDULE,
	CHANCE_MEMORY,
	CHANCE_ENTROPY,
	CHANCE_KEY,
	CHANCE_SCENARIO,
};

void chance_begin(struct chance *chance, uint64_t seed, enum chance_stream stream);
uint64_t chance_next(struct chance *chance);
/* Below `limit`, which is not 0. */
uint64_t chance_below(struct chance *chance, uint64_t limit);
void chance_fill(struct chance *chance, void *buffer, size_t size);

#endif
