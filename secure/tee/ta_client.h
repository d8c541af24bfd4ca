/* ta_client.h - a TA that is a client of other TAs: system calls 5 to 7.
 *
 * It has its own ids for its sessions, and is known to the others by its UUID. */
#ifndef SECURE_TEE_TA_CLIENT_H
#define SECURE_TEE_TA_CLIENT_H

#include "secure/tee/syscall.h"

TEE_Result ta_client_sys_open(struct caller *caller, const uint64_t args[8]);	/* 5 */
TEE_Result ta_client_sys_close(struct caller *caller, const uint64_t args[8]);	/* 6 */
TEE_Result ta_client_sys_invoke(struct caller *caller, const uint64_t args[8]); /* 7 */

#endif
