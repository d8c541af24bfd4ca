/* clock.h - time for TAs: system calls 12 to 14. */
#ifndef SECURE_TEE_CLOCK_H
#define SECURE_TEE_CLOCK_H

#include "secure/tee/syscall.h"

/* TAs, by UUID, that have set a persistent time. It lasts until the TEE ends. */
#define CLOCK_TAS_MAX 256u

/* A waiting TA looks so often whether it was cancelled. */
#define CLOCK_WAIT_SLICE_MS 50u

/* At boot. */
void clock_init(void);

TEE_Result clock_sys_wait(struct caller *caller, const uint64_t args[8]);	 /* 12 */
TEE_Result clock_sys_get_time(struct caller *caller, const uint64_t args[8]);	 /* 13 */
TEE_Result clock_sys_set_ta_time(struct caller *caller, const uint64_t args[8]); /* 14 */

#endif
