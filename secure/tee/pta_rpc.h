/* pta_rpc.h - the diagnostic pseudo-TA: one RPC for whoever asks (abi/pta_rpc.h).
 *
 * Concurrent. What it sends is made of what the client gave and nothing else, in memory that was
 * allocated for it and zeroed, so nothing of the secure world crosses. What it refuses, for others
 * depend on it:
 *  - SHM_FREE: its cookie may be anything, which a kernel takes for a pointer. SHM_ALLOC is
 *    answered with memory, which is given back at once.
 *  - NOTIFICATION with a key that is not one of the PTA_RPC_KEYS: it could take the wake-up of a
 *    secure thread.
 *  - RPMB frames that program a key: that can be done once in the life of a device. */
#ifndef SECURE_TEE_PTA_RPC_H
#define SECURE_TEE_PTA_RPC_H

#include "secure/tee/pta.h"

extern const struct pta pta_rpc;

#endif
