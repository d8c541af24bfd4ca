/* rpmb_policy.h - may this build program its key into a device that has none?
 *
 * Programming is for ever, and shows the key to the normal world. Which file says so is chosen with
 * the build (rpmb_program.c, rpmb_keep.c). */
#ifndef SECURE_TEE_RPMB_POLICY_H
#define SECURE_TEE_RPMB_POLICY_H

#include <stdbool.h>

bool rpmb_may_program(void);

#endif
