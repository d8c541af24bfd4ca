/* ffa_answer.h - the two answers that most functions of FF-A have. */
#ifndef SECURE_TEE_FFA_ANSWER_H
#define SECURE_TEE_FFA_ANSWER_H

#include "abi/ffa.h"
#include "abi/smc.h"

static inline void ffa_answer_error(struct smc_regs *regs, int32_t status)
{
	*regs = (struct smc_regs){ .a0 = FFA_ERROR, .a2 = (uint32_t)status };
}

static inline void ffa_answer(struct smc_regs *regs, uint32_t w2, uint32_t w3)
{
	*regs = (struct smc_regs){ .a0 = FFA_SUCCESS, .a2 = w2, .a3 = w3 };
}

/* Of functions that have nothing to say but how it went. */
static inline void ffa_answer_status(struct smc_regs *regs, int32_t status)
{
	if (status == FFA_OK) {
		ffa_answer(regs, 0, 0);
	} else {
		ffa_answer_error(regs, status);
	}
}

#endif
