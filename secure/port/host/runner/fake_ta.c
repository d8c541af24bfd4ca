/* fake_ta.c - a TA, a hostile one when asked to be. One page of code without data or relocations,
 * entered at its first byte (fake_ta.ld). */
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "abi/host_ta.h"
#include "secure/port/host/fake_tee.h"
#include "secure/port/host/runner.h"
#include "secure/port/host/runner/arch.h"

typedef void (*fake_function)(void);

void fake_entry(unsigned long order, uint64_t second, uint64_t third, unsigned long fourth,
		host_ta_trap trap);

static void trap_with(host_ta_trap trap, uint64_t number, uint64_t word)
{
	const uint64_t args[8] = { word };

	trap(number, args);
}

static void order_echo(uint64_t number, uint64_t word, host_ta_trap trap)
{
	for (;;) {
		const uint64_t args[8] = { word, 1, 2, 3, 4, 5, 6, 7 };

		word = trap(number, args);
	}
}

static void order_linux(long number, const uint64_t *args, host_ta_trap trap)
{
	trap_with(
		trap, 0,
		(uint64_t)arch_call(number, args[0], args[1], args[2], args[3], args[4], args[5]));
}

static void order_overflow(uint64_t depth, host_ta_trap trap)
{
	volatile uint8_t frame[512];

	frame[0] = (uint8_t)depth;
	if (depth != 0) {
		order_overflow(depth - 1, trap);
	}
	trap_with(trap, 0, frame[0]);
}

static void order_scribble(const volatile uint64_t *wish)
{
	struct fake_scribble scribble;
	struct runner_trap *shared;

	/* A copy on the stack: what the client shares may go. There is no memcpy() here. */
	for (uint64_t i = 0; i < sizeof(scribble) / sizeof(uint64_t); i++) {
		((volatile uint64_t *)&scribble)[i] = wish[i];
	}
	shared = (struct runner_trap *)scribble.trap;
	shared->kind = RUNNER_TRAP_SYSCALL;
	__atomic_store_n(&shared->turn, RUNNER_TURN_SECURE, __ATOMIC_SEQ_CST);
	arch_call(SYS_futex, scribble.trap, FUTEX_WAKE, 1, 0, 0, 0);
	for (;;) {
		for (uint64_t i = 0; i < scribble.count; i++) {
			for (uint64_t at = scribble.ranges[i].from; at < scribble.ranges[i].to;
			     at += sizeof(uint64_t)) {
				*(volatile uint64_t *)at = scribble.fill;
			}
		}
	}
}

static void order_forge(struct runner_trap *shared)
{
	shared->kind = 77;
	__atomic_store_n(&shared->turn, 4711, __ATOMIC_SEQ_CST);
	arch_call(SYS_futex, (uintptr_t)&shared->turn, FUTEX_WAKE, 1, 0, 0, 0);
	for (;;) {
		arch_call(SYS_futex, (uintptr_t)&shared->turn, FUTEX_WAIT, 4711, 0, 0, 0);
	}
}

__attribute__((section(".text.entry"))) void fake_entry(unsigned long order, uint64_t second,
							uint64_t third, unsigned long fourth,
							host_ta_trap trap)
{
	if (order == FAKE_TA_ECHO) {
		order_echo(second, third, trap);
	} else if (order == FAKE_TA_ALIGNED) {
		trap_with(trap, (uintptr_t)__builtin_frame_address(0) % 16, fourth);
	} else if (order == FAKE_TA_LOAD) {
		trap_with(trap, 0, *(volatile uint64_t *)second);
	} else if (order == FAKE_TA_STORE) {
		*(volatile uint64_t *)second = third;
		trap_with(trap, 0, 0);
	} else if (order == FAKE_TA_SPIN) {
		while (*(volatile uint64_t *)second == 0) {
		}
		trap_with(trap, 0, 0);
	} else if (order == FAKE_TA_LINUX) {
		order_linux((long)second, (const uint64_t *)third, trap);
	} else if (order == FAKE_TA_ILLEGAL) {
		__builtin_trap();
	} else if (order == FAKE_TA_JUMP) {
		((fake_function)second)();
	} else if (order == FAKE_TA_OVERFLOW) {
		order_overflow(1000, trap);
	} else if (order == FAKE_TA_SCRIBBLE) {
		order_scribble((const volatile uint64_t *)second);
	} else if (order == FAKE_TA_FORGE) {
		order_forge((struct runner_trap *)second);
	}
	__builtin_trap();
}
