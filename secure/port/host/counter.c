#include "secure/port/host/counter.h"

#include <time.h>

#include "secure/core/port.h"

#define NS_PER_SECOND	  1000000000ull
/* Reading the clock takes some tens of nanoseconds: what it is off by is 1 in 10^4 or 10^5 of this. */
#define CALIBRATION_NS	  2000000ull
/* The best of so many pairs of readings: one that nothing came in between of. */
#define CALIBRATION_TRIES 8
/* Nanoseconds are ticks * scale >> 32. */
#define SCALE_SHIFT	  32

struct moment {
	uint64_t ticks;
	uint64_t ns;
};

static struct moment counter_first;
static uint64_t counter_scale;
static uint64_t counter_latest_ns;

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static struct moment moment_now(void)
{
	struct moment best = { 0 };
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < CALIBRATION_TRIES; i++) {
		uint64_t before = counter_read();
		uint64_t ns = clock_ns();
		uint64_t after = counter_read();

		if (after - before < shortest) {
			shortest = after - before;
			best = (struct moment){ .ticks = before + shortest / 2, .ns = ns };
		}
	}
	return best;
}

void counter_start(void)
{
	counter_first = moment_now();
}

static uint64_t scale_of(uint64_t ns, uint64_t ticks)
{
	return (uint64_t)(((__uint128_t)ns << SCALE_SHIFT) / ticks);
}

void counter_calibrate(void)
{
	uint64_t frequency = counter_frequency();
	struct moment last;

	if (frequency != 0) {
		counter_scale = scale_of(NS_PER_SECOND, frequency);
		return;
	}
	while (clock_ns() - counter_first.ns < CALIBRATION_NS) {
		port_relax();
	}
	last = moment_now();
	if (last.ticks <= counter_first.ticks) {
		port_panic("the CPU's counter stands still");
	}
	counter_scale = scale_of(last.ns - counter_first.ns, last.ticks - counter_first.ticks);
}

/* CPUs' counters may be a few ticks apart: nobody may see time go back for that. */
static uint64_t counter_monotonic(uint64_t now)
{
	uint64_t latest = __atomic_load_n(&counter_latest_ns, __ATOMIC_RELAXED);

	while (latest < now) {
		if (__atomic_compare_exchange_n(&counter_latest_ns, &latest, now, true,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			return now;
		}
	}
	return latest;
}

uint64_t port_time_ns(void)
{
	uint64_t now = counter_read();
	uint64_t ticks = now > counter_first.ticks ? now - counter_first.ticks : 0;

	return counter_monotonic((uint64_t)(((__uint128_t)ticks * counter_scale) >> SCALE_SHIFT));
}
