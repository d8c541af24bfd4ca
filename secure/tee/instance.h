/* instance.h - a TA that is loaded: its address space, its flags, its sessions.
 *
 * An instance is there as long as it has sessions, and longer when its flags say so. One call at a
 * time is inside it: `turn`. What that call alone uses (the space, the objects, the sessions that
 * the TA opened) needs no lock; the rest is the roster's. */
#ifndef SECURE_TEE_INSTANCE_H
#define SECURE_TEE_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "secure/core/space.h"
#include "secure/tee/elf.h"
#include "secure/tee/pta.h"
#include "secure/tee/roster.h"
#include "secure/tee/storage.h"
#include "secure/tee/turn.h"

#define INSTANCES_MAX 64u

struct instance {
	struct list link;
	TEE_UUID uuid;
	uint32_t flags; /* TA_FLAG_* */
	/* Of a pseudo-TA, which has no memory and no objects; else NULL. */
	const struct pta *pta;
	struct space *space;
	struct elf_program program;
	uint64_t stack_top;
	struct storage_handles *objects;
	unsigned int sessions;
	bool loading;
	bool panicked;
	uint32_t panic_code;
	struct turn turn;
	struct list opened; /* sessions with other TAs, by session.link */
};

/* At boot. */
void instances_init(void);
/* Free them all, sessions or not. No call may be in progress. */
void instances_reset(void);

/* The instance that a new session with TA `uuid` is for, counted as one session of it: a running
 * one where the flags say so, else a new one, loaded. The roster is given back while it loads, or
 * while it waits for another thread to load.
 * BUSY: single instance, single session, and it has one. TARGET_DEAD: it crashed and is kept that
 * way. OUT_OF_MEMORY. What store_fetch() and elf_load() say. */
MUST_CHECK TEE_Result instance_join(struct roster_locked *locked, const TEE_UUID *uuid,
				    struct instance **instance);

/* One session less. true: it was the last, nobody can find the instance any more, and the caller
 * has to call instance_destroy() when it has given the roster back. */
MUST_CHECK bool instance_leave(struct roster_locked *locked, struct instance *instance);

/* Free an instance without sessions. What it has opened is left to the current call. */
void instance_destroy(struct instance *instance);

/* The TA died in the hands of the current call, which has its turn: give up its memory at once. The
 * instance itself stays until its last session is closed. */
void instance_kill(struct instance *instance, uint32_t panic_code);

/* Instances in all, for the census and for tests. */
unsigned int instance_count(void);

#endif
