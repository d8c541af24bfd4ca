/* ffa_message.h - direct messages to the TEE: services that answer at once, and calls that run on a
 * secure thread. */
#ifndef SECURE_TEE_FFA_MESSAGE_H
#define SECURE_TEE_FFA_MESSAGE_H

#include "abi/smc.h"

/* FFA_MSG_SEND_DIRECT_REQ, from registers to registers. The answer is as wide as the request. */
void ffa_message_serve(struct smc_regs *regs);

#endif
