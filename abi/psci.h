/* psci.h - how the normal world asks the firmware for CPUs and power, and for the calling convention
 * itself (PSCI 1.1, SMCCC 1.2). */
#ifndef ABI_PSCI_H
#define ABI_PSCI_H

#include <stdint.h>

#define SMCCC_VERSION	    0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_VERSION_1_2   0x00010002
#define SMCCC_NOT_SUPPORTED (-1)
#define SMCCC_SUCCESS	    0

#define PSCI_VERSION	       0x84000000u
#define PSCI_CPU_SUSPEND_32    0x84000001u
#define PSCI_CPU_SUSPEND_64    0xC4000001u
#define PSCI_CPU_OFF	       0x84000002u
#define PSCI_CPU_ON_32	       0x84000003u
#define PSCI_CPU_ON_64	       0xC4000003u
#define PSCI_AFFINITY_INFO_32  0x84000004u
#define PSCI_AFFINITY_INFO_64  0xC4000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF	       0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES	       0x8400000Au

#define PSCI_VERSION_1_1 0x00010001

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	(-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED		(-3)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_ON_PENDING		(-5)
#define PSCI_INTERNAL_FAILURE	(-6)
#define PSCI_INVALID_ADDRESS	(-9)

/* AFFINITY_INFO. */
#define PSCI_AFFINITY_ON	 0
#define PSCI_AFFINITY_OFF	 1
#define PSCI_AFFINITY_ON_PENDING 2

/* MIGRATE_INFO_TYPE: a secure kernel on every CPU, nothing to migrate. */
#define PSCI_MIGRATE_NOT_NEEDED 2

/* CPU_SUSPEND's power state: bit 16 says power down. */
#define PSCI_POWER_STATE_DOWN	  0x00010000u
#define PSCI_POWER_STATE_LEVEL	  0x03000000u
#define PSCI_POWER_STATE_RESERVED 0xFCFE0000u

/* FEATURES of CPU_SUSPEND: the original format of the power state. */
#define PSCI_SUSPEND_FEATURES 0

#endif
