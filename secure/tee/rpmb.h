/* rpmb.h - the blocks of a replay-protected memory (abi/rpmb.h), reached through the normal world,
 * which is believed nothing.
 *
 * The device is found when it is first needed, and is the same until the next boot. Every answer
 * carries the device's MAC over a number that we chose, or over the counter that only goes up: what
 * is wrong, old or too short is thrown away and asked for again, so often and no more.
 *
 * A write that was answered wrongly RPMB_WRITE_RETRY_MAX times may be on its way for ever: the device
 * is dead until the next boot, COMMUNICATION. When to one of them there was no answer at all (who
 * asked was killed, the supplicant is gone) it is in doubt, and the next rpmb_open() resolves that:
 * nobody can have the device taken away by dying.
 *
 * Called on a secure thread, by one at a time (the caller's mutex), with no spinlock held; every
 * call sleeps. */
#ifndef SECURE_TEE_RPMB_H
#define SECURE_TEE_RPMB_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/rpmb.h"
#include "lib/bits.h"

/* Blocks that one request reads. */
#define RPMB_READ_MAX 16u

/* At boot. */
void rpmb_init(void);

/* Find the device, and read its counter. *fresh: this was not so before, and all that is remembered
 * of its blocks has to be forgotten: also old writes of ours may still be on their way, until the
 * counter moves. ITEM_NOT_FOUND: there is none that has our key; COMMUNICATION: it is dead, or there
 * is no answer; OUT_OF_MEMORY. */
MUST_CHECK TEE_Result rpmb_open(bool *fresh);

/* How many blocks it has. It is open. */
uint32_t rpmb_block_count(void);

/* Blocks [first, first + count) of the device that is open. COMMUNICATION, OUT_OF_MEMORY. */
MUST_CHECK TEE_Result rpmb_read(uint32_t first, void *to, uint32_t count);

/* Write one block, and be sure of it. Also STORAGE_NO_SPACE: the counter is at its end. After any
 * other error the block has what it had, or what was to be written, and the device is not open. */
MUST_CHECK TEE_Result rpmb_write(uint32_t block, const void *from);

#endif
