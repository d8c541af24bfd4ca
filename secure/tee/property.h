/* property.h - what a TA may know about the TEE, its client and itself: system calls 3 and 4.
 *
 * The properties that are in the TA's own image are the dev kit's business. */
#ifndef SECURE_TEE_PROPERTY_H
#define SECURE_TEE_PROPERTY_H

#include "secure/tee/syscall.h"

#define PROPERTY_NAME_MAX 80u /* with the NUL */

TEE_Result property_sys_get(struct caller *caller, const uint64_t args[8]);
TEE_Result property_sys_name_to_index(struct caller *caller, const uint64_t args[8]);

#endif
