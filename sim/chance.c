#include "sim/chance.h"

#define GOLDEN 0x9E3779B97F4A7C15ull

uint64_t chance_next(struct chance *chance)
{
	uint64_t mixed = chance->state += GOLDEN;

	mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9ull;
	mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBull;
	return mixed ^ mixed >> 31;
}

void chance_begin(struct chance *chance, uint64_t seed, enum chance_stream stream)
{
	chance->state = seed;
	chance->state = chance_next(chance) + (uint64_t)stream;
	chance->state = chance_next(chance);
}

/* The bias of a remainder does not matter for any limit that a scenario uses. */
uint64_t chance_below(struct chance *chance, uint64_t limit)
{
	return chance_next(chance) % limit;
}

void chance_fill(struct chance *chance, void *buffer, size_t size)
{
	uint8_t *bytes = buffer;
	uint64_t word = 0;

	for (size_t i = 0; i < size; i++) {
		if (i % sizeof(word) == 0) {
			word = chance_next(chance);
		}
		bytes[i] = (uint8_t)(word >> i % sizeof(word) * 8);
	}
}
