/* pta_gprof.h - the pseudo-TA by which a TA puts a profile of itself into a file: RPC GPROF.
 *
 * Only TAs may call; the file is the calling TA's. */
#ifndef SECURE_TEE_PTA_GPROF_H
#define SECURE_TEE_PTA_GPROF_H

#include "secure/tee/pta.h"

/* Bytes of one SEND. */
#define PTA_GPROF_DATA_MAX 0x100000u

/* SEND: VALUE_INOUT a = file, 0 for a new one, MEMREF_INPUT data.
 * START_ and STOP_PC_SAMPLING: NOT_SUPPORTED, and a line in the log. A TA's program counter can be
 * seen only when it traps: a profile of that would show where it makes system calls and not where
 * its time goes. */
extern const struct pta pta_gprof;

#endif
