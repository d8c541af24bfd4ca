/* panic.h - the end of the secure world. */
#ifndef SECURE_PORT_AARCH64_PANIC_H
#define SECURE_PORT_AARCH64_PANIC_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* The registers when the kernel met an exception it has no use for; vectors.S fills it. */
struct dump {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t esr;
	uint64_t far;
};

static_assert(offsetof(struct dump, sp) == 248, "vectors.S knows it");
static_assert(offsetof(struct dump, pc) == 256, "vectors.S knows it");
static_assert(offsetof(struct dump, esr) == 272, "vectors.S knows it");

/* Until kernel_started(), a broken invariant means that there is no secure world at all; afterwards, that
 * every call is answered with an error. Either way the normal world goes on. */
void kernel_started(void);

#endif
