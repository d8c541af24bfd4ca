/* user.h - a TA's address space and registers, as this port keeps them. */
#ifndef SECURE_PORT_AARCH64_USER_H
#define SECURE_PORT_AARCH64_USER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secure/core/port.h"
#include "secure/port/aarch64/layout.h"

/* One space each for INSTANCES_MAX instances; the number is the ASID. 0 is nobody's. */
#define SPACES_MAX 64u

struct user_registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t tls;
};

static_assert(offsetof(struct user_registers, x) == USER_X, "x");
static_assert(offsetof(struct user_registers, sp) == USER_SP, "sp");
static_assert(offsetof(struct user_registers, pc) == USER_PC, "pc");
static_assert(offsetof(struct user_registers, pstate) == USER_PSTATE, "pstate");
static_assert(offsetof(struct user_registers, tls) == USER_TLS, "tls");
static_assert(sizeof(struct user_registers) == USER_SIZE, "registers");

struct vector {
	_Alignas(16) uint64_t q[32][2];
	uint64_t fpcr;
	uint64_t fpsr;
};

static_assert(offsetof(struct vector, fpcr) == 512, "fpcr");

struct port_space {
	struct user_registers registers;
	struct vector vector;
	struct port_pages *root_pages;
	uint64_t *root;
	uint64_t ttbr;
	/* Entries were taken away and nobody has waited until the hardware knows. */
	bool stale;
	bool used;
};

/* vectors.S */
uint64_t user_enter(struct user_registers *registers);
void vector_save(struct vector *vector);
void vector_load(const struct vector *vector);

#endif
