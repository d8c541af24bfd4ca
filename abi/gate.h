/* gate.h - the host's world line: posternd (normal) and the secure world's process share one sealed
 * memory object of this layout and a socket over which memory is plugged in.
 *
 * Both sides distrust what they read here: copy once, check the copy. Words marked futex are waited
 * on with the shared (not PRIVATE) futex operations. */
#ifndef ABI_GATE_H
#define ABI_GATE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/smc.h"

#define GATE_MAGIC	  0x45544147u /* "GATE" */
#define GATE_VERSION	  2u
#define GATE_CPUS_MAX	  16u
#define GATE_CONSOLE_SIZE 65536u /* a power of two */

/* File descriptors that the secure world's process is started with. */
#define GATE_FD_MEMORY 3 /* struct gate_memory */
#define GATE_FD_PLUG   4 /* SOCK_SEQPACKET, struct gate_plug */
#define GATE_FD_BOOT   5 /* a pipe that holds one struct gate_boot */

enum gate_turn {
	GATE_TURN_NORMAL = 0,
	GATE_TURN_SECURE = 1,
};

/* One CPU. The normal world owns it while turn is NORMAL: it fills regs, sets turn to SECURE and
 * wakes; the secure world answers in regs, sets turn to NORMAL and wakes. */
struct gate_cpu {
	uint32_t turn;		    /* futex */
	uint32_t foreign_interrupt; /* futex; the normal world sets 1, the secure world clears */
	struct smc_regs regs;
	uint8_t pad[56];
};

enum gate_state {
	GATE_STATE_BOOTING = 0,
	GATE_STATE_READY = 1,
	GATE_STATE_PANICKED = 2,
};

/* Bytes written so far and read so far, modulo 2^32; text holds the newest GATE_CONSOLE_SIZE. The
 * secure world drops what does not fit and counts it in `dropped`. */
struct gate_console {
	uint32_t written; /* futex; by the secure world */
	uint32_t read;	  /* by the normal world */
	uint32_t dropped; /* bytes */
	uint32_t waiting; /* the reader sleeps on `written` */
	char text[GATE_CONSOLE_SIZE];
};

struct gate_memory {
	uint32_t magic;
	uint32_t version;
	uint32_t cpu_count;
	uint32_t state;	       /* futex; enum gate_state, by the secure world */
	uint32_t plugged;      /* messages sent on the plug socket so far, by the normal world */
	uint32_t notification; /* futex; raised by the secure world: one up each time */
	uint8_t pad[40];
	struct gate_cpu cpus[GATE_CPUS_MAX];
	struct gate_console console;
};

/* A memory object appears at, or disappears from, normal physical memory. ADD carries one memfd,
 * sealed against shrinking and growing, whose size is `size`. Sent before the first SMC that names
 * the memory; there is no answer. */
enum gate_plug_operation {
	GATE_PLUG_ADD = 1,
	GATE_PLUG_REMOVE = 2,
};

struct gate_plug {
	uint32_t operation;
	uint32_t pad;
	uint64_t address; /* physical, page aligned */
	uint64_t size;	  /* bytes, a multiple of the page size */
};

/* What the registers mean. */
enum gate_transport {
	GATE_TRANSPORT_SMC = 0, /* abi/smc.h */
	GATE_TRANSPORT_FFA = 1, /* abi/ffa.h */
};

struct gate_boot {
	uint32_t magic;
	uint32_t version;
	uint32_t threads;   /* secure threads */
	uint32_t log_level; /* 0 none .. 4 flow */
	uint32_t transport; /* enum gate_transport */
	uint32_t pad;
	uint8_t device_key[32];
};

static_assert(sizeof(struct gate_cpu) == 128, "two cache lines for each CPU");
static_assert(offsetof(struct gate_cpu, regs) == 8, "registers follow the two words");
static_assert(offsetof(struct gate_memory, cpus) == 64, "CPUs start at a cache line");
static_assert(offsetof(struct gate_memory, console) == 64 + 128 * GATE_CPUS_MAX, "console is last");
static_assert(sizeof(struct gate_plug) == 24, "plug message");
static_assert(sizeof(struct gate_boot) == 56, "boot message");

#endif
