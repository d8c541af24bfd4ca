/* Somebody changes shared memory while the secure world looks at it: after each read, and
 * before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "sim/chance.h"
#include "sim/gate.h"
#include "sim/normal.h"
#include "sim/supplicant.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define SEED 30u

/* --- After a read ----------------------------------------------------------------------------- */

/* The bytes that are not what the normal world wrote there, until the secure world leaves or writes
 * them itself. Nobody but the secure world sees the difference. */
#define CHANGES_MAX 65536u

enum change_kind {
	CHANGE_INVERT,
	CHANGE_ZERO,
	CHANGE_ONES,
	CHANGE_LOW_BITS,
	CHANGE_KINDS,
};

struct change {
	uint8_t *byte;
	uint8_t before;
};

struct changer {
	unsigned int index;
	enum change_kind kind;
	unsigned int reads;
	size_t count;
	struct change changes[CHANGES_MAX];
};

static struct changer changer;

static uint8_t changed(enum change_kind kind, uint8_t byte, size_t place)
{
	switch (kind) {
	case CHANGE_INVERT:
		return (uint8_t)~byte;
	case CHANGE_ZERO:
		return 0;
	case CHANGE_ONES:
		return 0xFF;
	default:
		return place % sizeof(uint32_t) == 0 ? byte ^ 1 : byte;
	}
}

static void change_after_read(void *arg, const struct normal_read *read)
{
	const uint8_t *from = read->from;

	changer.reads++;
	if (read->index != changer.index) {
		return;
	}
	expect(read->size <= CHANGES_MAX);
	for (size_t i = 0; i < read->size; i++) {
		uint8_t *byte = normal_byte(from + i);

		changer.changes[i] = (struct change){ byte, *byte };
		*byte = changed(changer.kind, *byte, i);
	}
	changer.count = read->size;
}

/* What the secure world writes stays. */
static void forget_after_write(void *arg, const void *to, size_t size)
{
	for (size_t i = 0; i < size && changer.count > 0; i++) {
		const uint8_t *byte = normal_byte((const uint8_t *)to + i);

		for (size_t j = 0; j < changer.count; j++) {
			if (changer.changes[j].byte == byte) {
				changer.changes[j].before = *byte;
			}
		}
	}
}

static void restore_on_exit(void *arg)
{
	for (size_t i = 0; i < changer.count; i++) {
		*changer.changes[i].byte = changer.changes[i].before;
	}
	changer.count = 0;
}

static unsigned int tour_with_change(unsigned int index, enum change_kind kind, struct tour *tour)
{
	static const struct normal_observer observer = {
		.read = change_after_read,
		.write = forget_after_write,
	};
	struct world *world = world_new(SEED, tour_scripts, NULL);

	changer.index = index;
	changer.kind = kind;
	changer.reads = 0;
	changer.count = 0;
	normal_observe(&observer);
	gate_on_exit(restore_on_exit, NULL);
	trouble_step("read %u is followed by change %d", index, kind);
	tour_run(world, tour);
	normal_observe(NULL);
	world_free(world);
	return changer.reads;
}

static void a_change_after_a_read_has_no_effect(void **state)
{
	struct tour clean;
	unsigned int reads = tour_with_change(UINT32_MAX, CHANGE_INVERT, &clean);

	expect(tour_is_perfect(&clean));
	expect(reads > 50);
	for (unsigned int index = 0; index < reads; index++) {
		for (int kind = 0; kind < CHANGE_KINDS; kind++) {
			struct tour tour;

			expect_equal(tour_with_change(index, kind, &tour), reads);
			tour_expect_same(&clean, &tour);
		}
	}
}

/* --- Before a read ---------------------------------------------------------------------------- */

/* Of a long read, only so many words are lied about in each tour's neighbourhood. */
#define WORDS_MAX 8u

struct liar {
	unsigned int index;
	size_t word;
	struct chance chance;
	/* Of the read that is lied about, when it is reached. */
	size_t words;
	unsigned int reads;
};

static uint64_t lie_about(struct chance *chance, uint64_t truth)
{
	switch (chance_below(chance, 12)) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return truth + 1;
	case 3:
		return truth - 1;
	case 4:
		return truth ^ 1ull << chance_below(chance, 64);
	case 5:
		return truth | 0xFFF;
	case 6:
		return truth << 32;
	case 7:
		return 1ull << 32;
	case 8:
		return 0xFFFFFFFFull;
	case 9:
		return ~0ull;
	case 10:
		return truth + 4096;
	default:
		return chance_next(chance);
	}
}

static void lie_at_read(void *arg, const struct normal_read *read)
{
	struct liar *liar = arg;
	uint64_t word = 0;
	size_t at = liar->word * sizeof(word);
	size_t size;

	liar->reads++;
	if (read->index != liar->index) {
		return;
	}
	liar->words = (read->size + sizeof(word) - 1) / sizeof(word);
	if (liar->word >= liar->words) {
		return;
	}
	size = read->size - at < sizeof(word) ? read->size - at : sizeof(word);
	memcpy(&word, read->copy + at, size);
	word = lie_about(&liar->chance, word);
	memcpy(read->copy + at, &word, size);
	/* Perhaps it was a name, and something has it now; or the place of memory that was lent. */
	gate_remember_cookie(word);
	supplicant_neighbours_forget();
}

static void tour_with_lie(struct liar *liar, uint64_t seed)
{
	const struct normal_observer observer = { .read = lie_at_read, .arg = liar };
	struct world *world = world_new(seed, tour_scripts, NULL);
	struct tour tour;

	chance_begin(&liar->chance, seed + liar->index * 4096ull + liar->word, CHANCE_SCENARIO);
	liar->words = 0;
	liar->reads = 0;
	normal_observe(&observer);
	trouble_step("word %zu of read %u is a lie", liar->word, liar->index);
	tour_run(world, &tour);
	normal_observe(NULL);
	world_free_hostile(world);
}

static void a_lie_at_any_read_breaks_nothing(void **state)
{
	struct liar liar = { .index = UINT32_MAX };
	unsigned int reads;

	tour_with_lie(&liar, SEED);
	reads = liar.reads;
	for (unsigned int index = 0; index < reads; index++) {
		size_t step = 1;

		liar.index = index;
		for (liar.word = 0; liar.word == 0 || liar.word < liar.words; liar.word += step) {
			/* The schedule stays the clean run's, the lie is another each time. */
			tour_with_lie(&liar, SEED);
			step = (liar.words + WORDS_MAX - 1) / WORDS_MAX;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_after_a_read_has_no_effect),
		cmocka_unit_test(a_lie_at_any_read_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
