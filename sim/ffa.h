/* ffa.h - FF-A by hand: what raw.c and tests say to the secure world in registers. */
#ifndef SIM_FFA_H
#define SIM_FFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/ffa.h"
#include "abi/smc.h"
#include "lib/bits.h"

struct os_file;

/* One call, and its answer. */
struct smc_regs ffa_call(struct smc_regs regs);

/* The two buffers of this normal world, a page each. Whoever had some before has none then. */
void ffa_buffers_begin(void);
void ffa_buffers_end(void);
uint8_t *ffa_tx_bytes(void);
uint8_t *ffa_rx_bytes(void);

/* Registers of a direct message to the TEE. */
struct smc_regs ffa_request(uint32_t service, uint32_t w4, uint32_t w5, uint32_t w6, uint32_t w7);
struct smc_regs ffa_call_with_arg(uint64_t handle, uint32_t offset);
struct smc_regs ffa_resume(uint32_t thread);
/* Did the call leave for a request? */
bool ffa_is_rpc(const struct smc_regs *answer);

/* Share all of `file`. FFA_OK, or the status. */
int32_t ffa_share(const struct os_file *file, uint64_t *handle);
/* UNREGISTER_SHM and FFA_MEM_RECLAIM: the status. */
int32_t ffa_unregister(uint64_t handle);
int32_t ffa_reclaim(uint64_t handle);

/* A description in the layout of 1.1, for a test to spoil. */
struct ffa_description {
	struct ffa_memory memory;
	struct ffa_access access;
	struct ffa_composite composite;
	struct ffa_range ranges[];
};

/* The part before the ranges. */
void ffa_describe(struct ffa_description *description, uint32_t pages, uint32_t ranges);
#define FFA_DESCRIPTION_SIZE(ranges)                                                               \
	(sizeof(struct ffa_description) + (ranges) * sizeof(struct ffa_range))

#endif
