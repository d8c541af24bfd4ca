/* cpu.h - what the monitor keeps for each CPU: the registers of the world that is not running there.
 *
 * A struct cpu lies above the CPU's stack at EL3. The stack pointer at EL3 points at it whenever a
 * lower level runs, so each exception starts on an empty stack: whatever has to go on after a visit of
 * the secure kernel is in here. */
#ifndef MONITOR_CPU_H
#define MONITOR_CPU_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/smc.h"
#include "monitor/offsets.h"

/* The registers of EL1 that each world has values of its own of, in the order of switch_aarch64.S. Left
 * out are AMAIR, ACTLR and AFSR, which hold nothing on this machine. */
enum el1_register {
	EL1_SCTLR,
	EL1_CPACR,
	EL1_TTBR0,
	EL1_TTBR1,
	EL1_TCR,
	EL1_MAIR,
	EL1_VBAR,
	EL1_CONTEXTIDR,
	EL1_TPIDR_EL1,
	EL1_TPIDR_EL0,
	EL1_TPIDRRO_EL0,
	EL1_SP_EL0,
	EL1_SP_EL1,
	EL1_CNTKCTL,
	/* The normal world's only: the secure kernel is entered at its vectors and has no use for what
	 * they held when it left. */
	EL1_ELR,
	EL1_SPSR,
	EL1_ESR,
	EL1_FAR,
	EL1_PAR,
	EL1_CSSELR,
	EL1_COUNT,
};

/* SCTLR_EL1 after a reset: MMU and caches off. */
#define EL1_SCTLR_RESET 0x30D00800u

struct world {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
	uint64_t scr;
	uint64_t cptr;
	uint64_t unused;
	uint64_t el1[EL1_COUNT];
};

static_assert(offsetof(struct world, elr) == WORLD_ELR, "elr");
static_assert(offsetof(struct world, spsr) == WORLD_SPSR, "spsr");
static_assert(offsetof(struct world, scr) == WORLD_SCR, "scr");
static_assert(offsetof(struct world, cptr) == WORLD_CPTR, "cptr");
static_assert(offsetof(struct world, el1) == WORLD_EL1, "el1");
static_assert(sizeof(struct world) == WORLD_SIZE, "world");

struct cpu {
	struct world normal;
	uint64_t scratch[2];
	/* The secure world uses the vector registers: the normal world's are in `fp`. */
	uint64_t fp_lent;
	/* What the secure kernel was asked to do besides calls, by the id that it answers with
	 * (OPTEED_RETURN_*). 0: nothing. */
	uint64_t expected;
	struct world secure;
	/* Of the secure kernel. 0: it cannot be called on this CPU. */
	uint64_t vectors;
	unsigned int index;
	/* Where the normal world begins on this CPU, and its first argument. */
	uint64_t entry;
	uint64_t context;
	_Alignas(64) uint8_t fp[FP_SIZE];
	_Alignas(4096) uint8_t end[];
};

static_assert(offsetof(struct cpu, normal) == CPU_NORMAL, "normal");
static_assert(offsetof(struct cpu, scratch) == CPU_SCRATCH, "scratch");
static_assert(offsetof(struct cpu, secure) == CPU_SECURE, "secure");
static_assert(offsetof(struct cpu, vectors) == CPU_VECTORS, "vectors");
static_assert(offsetof(struct cpu, fp_lent) == CPU_FP_LENT, "fp_lent");
static_assert(offsetof(struct cpu, expected) == CPU_EXPECTED, "expected");
static_assert(CPU_EXPECTED == CPU_FP_LENT + 8, "read as a pair");
static_assert(offsetof(struct cpu, fp) == CPU_FP, "fp");
static_assert(sizeof(struct cpu) == CPU_SIZE, "cpu");

static_assert(CALL_OWNER_SHIFT == SMC_OWNER_SHIFT, "owner");
static_assert(CALL_OWNER_FIRST == SMC_OWNER_TRUSTED_OS, "owner");
static_assert(((uint32_t)CALL_DONE_HIGH << 16 | CALL_DONE_LOW) == OPTEED_RETURN_CALL_DONE, "id");

enum lower_reason {
	LOWER_REASON_SMC = LOWER_SMC,
	LOWER_REASON_IRQ = LOWER_IRQ,
	LOWER_REASON_FIQ = LOWER_FIQ,
	LOWER_REASON_SERROR = LOWER_SERROR,
	LOWER_REASON_OTHER = LOWER_OTHER,
};

#endif
