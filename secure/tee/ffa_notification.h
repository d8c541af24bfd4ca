/* ffa_notification.h - asynchronous notifications in the words of FF-A: the values of
 * secure/core/notif.h are bits that the normal world binds, and gets all at once.
 *
 * Value 0, "run bottom halves", has the bit that ENABLE_ASYNC_NOTIF names; every other value has its
 * own. A normal world that names another bit than 0 gives up the value of that number. */
#ifndef SECURE_TEE_FFA_NOTIFICATION_H
#define SECURE_TEE_FFA_NOTIFICATION_H

#include <stdint.h>

#include "abi/gp.h"
#include "abi/smc.h"
#include "lib/bits.h"

/* From registers to registers. */
void ffa_notification_bitmap_create(struct smc_regs *regs);
void ffa_notification_bitmap_destroy(struct smc_regs *regs);
void ffa_notification_bind(struct smc_regs *regs);
void ffa_notification_unbind(struct smc_regs *regs);
void ffa_notification_get(struct smc_regs *regs);

/* ENABLE_ASYNC_NOTIF. BAD_PARAMETERS: no such bit, or it is not bound. */
MUST_CHECK TEE_Result ffa_notification_enable(uint32_t bit);

/* Nothing is bound. */
void ffa_notification_reset(void);

#endif
