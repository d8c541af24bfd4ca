/* pta_system.h - the pseudo-TA that TAs' libraries ask for what is no system call.
 *
 * Only TAs may call. Loading and mapping are not here: TAs of this secure world are one ELF file. */
#ifndef SECURE_TEE_PTA_SYSTEM_H
#define SECURE_TEE_PTA_SYSTEM_H

#include "secure/tee/pta.h"

/* Bytes that one call hands to a plug-in. */
#define PTA_SYSTEM_PLUGIN_DATA_MAX 0x100000u
/* Bytes of entropy in one call. */
#define PTA_SYSTEM_ENTROPY_MAX	   4096u

/* ADD_RNG_ENTROPY: MEMREF_INPUT, which the generator takes in beside the machine's own entropy.
 * DERIVE_TA_UNIQUE_KEY: MEMREF_INPUT extra (may be NULL), MEMREF_OUTPUT key; BAD_PARAMETERS: a size
 * that there is not; SECURITY: the key would not go to private memory of the TA.
 * SUPP_PLUGIN_INVOKE: MEMREF_INPUT native UUID, VALUE_INPUT command and sub-command, MEMREF_INOUT
 * data, VALUE_OUTPUT a = what the plug-in would have written; the plug-in's own result, whatever it
 * is, ITEM_NOT_FOUND: the supplicant has no such plug-in.
 * GET_TPM_EVENT_LOG and the rest: NOT_SUPPORTED. */
extern const struct pta pta_system;

#endif
