/* message.h - a yielding call: one message of the normal world, from its bytes to its answer.
 *
 * The message is copied in once, every byte of it, and all decisions are made on the copy. What is
 * written back goes field by field, so that what msg.md calls an input is never touched. */
#ifndef SECURE_TEE_MESSAGE_H
#define SECURE_TEE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"
#include "secure/core/shm.h"

/* Serve the message at `offset` of `shm`, whose one reference is taken over. With `room`, a place
 * for RPC requests follows the message. On a secure thread. Answers what the call returns in a0:
 * SMC_OK: the message holds the results. SMC_EBADADDR: it is not all inside `shm`, or claims too
 * many parameters. SMC_EBADCMD: an unknown command, nothing was written. SMC_ENOMEM: it could not
 * be mapped. */
MUST_CHECK uint32_t message_serve(struct shm *shm, uint64_t offset, bool room);

#endif
